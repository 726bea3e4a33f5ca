//go:build ntuser

// Package counts compares what the system counts before and after: the test
// programs that make many processes look with it for what is left behind.
package counts

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Counts is everything the system counts that the end of all other processes must
// bring back to what it was, by name.
type Counts map[string]int64

// The exceptions: the kernel's heap grows, and its collector gives nothing back at
// once; what the zero-page thread works at is nobody's; a file that the kernel has opened
// meanwhile, to flush a hive, keeps the tables of its pages as long as those stay in memory, and mm's
// checker knows whose each is.
const (
	kernelHeap  = "kernel heap"
	hiveBins    = "CMbn" // a hive that has grown keeps its bins
	beingZeroed = "being zeroed"
	fileTables  = "prototype"
)

// Take counts now. What the calling process itself holds, whose id is self, is
// taken out.
func Take(self uint64) (Counts, error) {
	c := Counts{}
	list, s := ntdll.QueryProcesses()
	if !s.OK() {
		return nil, s
	}
	ownCommit, ownThreads := int64(0), int64(0)
	c["processes"] = int64(len(list))
	for _, p := range list {
		if p.UniqueProcessID == self {
			ownCommit = int64(p.PagefileUsage) / nt.PageSize
			ownThreads = int64(p.NumberOfThreads)
			continue
		}
		c["threads"] += int64(p.NumberOfThreads)
		c["handles"] += int64(p.HandleCount)
	}
	own, s := privatePages()
	if !s.OK() {
		return nil, s
	}
	var use nt.SystemPageUsageInformation
	if s := ntdll.QuerySystem(nt.SystemPageUsageInformationClass, &use); !s.OK() {
		return nil, s
	}
	for _, u := range use.Rows[:use.Uses] {
		name, _, _ := bytes.Cut(u.Name[:], []byte{0})
		switch string(name) {
		case kernelHeap, beingZeroed, fileTables, "page table": // its own tables, too
		case "private":
			c["pages for private"] = int64(u.Pages) - own
		default:
			c["pages for "+string(name)] = int64(u.Pages)
		}
	}
	files, s := ntdll.QueryPageFiles()
	if !s.OK() {
		return nil, s
	}
	slots := int64(0)
	for _, f := range files {
		slots += int64(f.TotalInUse)
	}
	// This process may have as many as it is charged for.
	c["pages in paging files"] = max(0, slots-ownCommit)
	types, err := typeCounts(c)
	if err != nil {
		return nil, err
	}
	handles, err := ownHandles(self)
	if err != nil {
		return nil, err
	}
	// The Go runtime makes a thread when it likes, and an event and a handle of the
	// thread for it.
	c["Thread objects"] -= ownThreads
	for i, name := range types {
		n := handles[uint8(i+1)]
		c[name+" handles"] -= n
		if name == "Event" {
			c["Event objects"] -= n
		}
	}
	return c, tagCounts(c)
}

// privatePages is how many pages of this process's working set are its alone.
func privatePages() (n int64, s nt.Status) {
	const shared = 1 << 8 // of a MEMORY_WORKING_SET_BLOCK
	b, total, s := ntdll.QueryWorkingSet(nt.CurrentProcess, 1<<13)
	if !s.OK() {
		return 0, s
	}
	for _, w := range b[:total] {
		if w&shared == 0 {
			n++
		}
	}
	return n, s
}

// query calls a service until the answer fits.
func query(f func(b []byte, need *uint32) nt.Status) ([]byte, error) {
	b := make([]byte, 4096)
	for {
		var need uint32
		s := f(b, &need)
		if s == nt.StatusInfoLengthMismatch && int(need) > len(b) {
			b = make([]byte, need+1024)
			continue
		}
		if !s.OK() {
			return nil, s
		}
		return b[:need], nil
	}
}

// ownHandles counts a process's handles by the number of their object's type.
func ownHandles(process uint64) (map[uint8]int64, error) {
	b, err := query(func(b []byte, need *uint32) nt.Status {
		return ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemHandleInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(need)))
	})
	if err != nil {
		return nil, err
	}
	own := map[uint8]int64{}
	const head = unsafe.Sizeof(nt.SystemHandleInformation{})
	count := (*nt.SystemHandleInformation)(unsafe.Pointer(&b[0])).NumberOfHandles
	if count == 0 {
		return own, nil
	}
	for _, h := range unsafe.Slice((*nt.SystemHandle)(unsafe.Pointer(&b[head])), count) {
		if h.UniqueProcessID == uint16(process) {
			own[h.ObjectTypeIndex]++
		}
	}
	return own, nil
}

// typeCounts adds objects and handles by type, and returns the types' names in the
// order of their numbers, which begin with 1.
func typeCounts(c Counts) (names []string, err error) {
	b, err := query(func(b []byte, need *uint32) nt.Status {
		return ntdll.Raw(nt.SvcQueryObject, 0, nt.ObjectTypesInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(need)))
	})
	if err != nil {
		return nil, err
	}
	n := (*nt.ObjectTypesInformation)(unsafe.Pointer(&b[0])).NumberOfTypes
	at := unsafe.Sizeof(nt.ObjectTypesInformation{})
	for range n {
		t := (*nt.ObjectTypeInformation)(unsafe.Pointer(&b[at]))
		at += unsafe.Sizeof(*t)
		chars := unsafe.Slice((*uint16)(unsafe.Pointer(&b[at])), t.TypeName.Length/2)
		name := make([]byte, len(chars))
		for i, ch := range chars {
			name[i] = byte(ch)
		}
		names = append(names, string(name))
		c[string(name)+" objects"] = int64(t.TotalNumberOfObjects)
		c[string(name)+" handles"] = int64(t.TotalNumberOfHandles)
		at += (uintptr(t.TypeName.MaximumLength) + 7) &^ 7
	}
	return names, nil
}

// tagCounts adds pool bytes by tag.
func tagCounts(c Counts) error {
	b, err := query(func(b []byte, need *uint32) nt.Status {
		return ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemPooltagInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(need)))
	})
	if err != nil {
		return err
	}
	n := (*nt.SystemPooltagInformation)(unsafe.Pointer(&b[0])).Count
	for i := range uintptr(n) {
		t := (*nt.SystemPooltag)(unsafe.Pointer(&b[unsafe.Sizeof(nt.SystemPooltagInformation{})+i*unsafe.Sizeof(nt.SystemPooltag{})]))
		if string(t.Tag[:]) == hiveBins {
			continue
		}
		c["pool bytes of "+string(t.Tag[:])] = int64(t.PagedUsed + t.NonPagedUsed)
	}
	return keptBlocks(c)
}

// keptBlocks takes out of a tag's bytes what look-aside lists keep.
func keptBlocks(c Counts) error {
	b, err := query(func(b []byte, need *uint32) nt.Status {
		return ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemLookasideInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(need)))
	})
	if err != nil {
		return err
	}
	const row = int(unsafe.Sizeof(nt.SystemLookasideInformation{}))
	for ; len(b) >= row; b = b[row:] {
		l := (*nt.SystemLookasideInformation)(unsafe.Pointer(&b[0]))
		block := int64(64) // with its header, a power of two
		for block < int64(l.Size)+16 {
			block *= 2
		}
		c["pool bytes of "+string(l.Tag[:])] -= int64(l.CurrentDepth) * block
	}
	return nil
}

// slack is by how much a count may grow for good: pools keep the pages that they
// have been given, and this program has a heap.
// With a paging file a section's pages come and go.
var slack = map[string]int64{"pages for pool": 64, "pages for private": 16, "pages for section": 16, "pages in paging files": 16}

// Differs lists what is not as before. Pages may have become fewer: working sets
// are trimmed.
func (c Counts) Differs(before Counts) string {
	var list []string
	for name, v := range c {
		old := before[name]
		if pages := strings.HasPrefix(name, "pages"); v != old && !pages || v > old+slack[name] {
			list = append(list, fmt.Sprintf("%s: %d, were %d", name, v, old))
		}
	}
	sort.Strings(list)
	return strings.Join(list, "; ")
}

// HeapPages is what the kernel's heap has taken.
func HeapPages() int64 {
	var p nt.SystemKernelInformation
	ntdll.QuerySystem(nt.SystemKernelInformationClass, &p)
	return int64(p.KernelHeapPages)
}
