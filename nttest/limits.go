//go:build ntuser

package main

import (
	"fmt"
	"runtime/debug"
	"runtime/goos"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Lists and names that are as long as they can be, and what is left of the kernel's heap
// when programs have taken what they can.

// createDirectory makes a directory below another one.
func createDirectory(root nt.Handle, name string) (h nt.Handle, s nt.Status) {
	s = ntdll.Raw(nt.SvcCreateDirectoryObject, pointer(&h), 0xF, pointer(ntdll.NewAttributes(name, 0, root)))
	return h, s
}

// fillDirectory makes n events with names of so many characters, in a directory.
func fillDirectory(n, length int) (root nt.Handle, all []nt.Handle, err error) {
	root, s := createDirectory(0, `\TestLong`)
	if err = expect("NtCreateDirectoryObject", s, 0); err != nil {
		return 0, nil, err
	}
	all = []nt.Handle{root}
	name := strings.Repeat("n", length-4)
	for i := range n {
		h, s := ntdll.NtCreateEvent(ntdll.NewAttributes(fmt.Sprintf("%s%04d", name, i), 0, root), 0, false)
		if err = expect("NtCreateEvent", s, 0); err != nil {
			break
		}
		all = append(all, h)
	}
	return root, all, err
}

func closeAll(list []nt.Handle) {
	for _, h := range list {
		ntdll.NtClose(h)
	}
}

// queryDirectory is one call of NtQueryDirectoryObject for as many entries as there is
// room for; next is the context.
func queryDirectory(h nt.Handle, buffer, size uint64, next *uint32) nt.Status {
	return bare(nt.SvcQueryDirectoryObject, uintptr(h), uintptr(buffer), uintptr(size), 0, 0, pointer(next))
}

var limitTests = []test{
	{"nested-directories", func() error {
		var all []nt.Handle
		defer func() { closeAll(all) }()
		name := strings.Repeat("d", 100)
		h, s := createDirectory(0, `\`+name)
		for s.OK() {
			all = append(all, h)
			h, s = createDirectory(h, name)
		}
		// 324 paths of 101 characters each are 32,724 long.
		if s != nt.StatusNameTooLong || len(all) != 324 {
			return fmt.Errorf("%d directories, then %v", len(all), s)
		}
		b := make([]byte, 1<<17)
		var n uint32
		s = ntdll.Raw(nt.SvcQueryObject, uintptr(all[323]), nt.ObjectNameInformationClass, pointer(&b[0]), uintptr(len(b)), pointer(&n))
		if got := (*nt.UnicodeString)(unsafe.Pointer(&b[0])).Length; !s.OK() || got != 324*101*2 {
			return fmt.Errorf("the last one's name: %v, %d bytes", s, got)
		}
		return nil
	}},
	{"long-directory", func() error {
		const entries, room = 40, 1 << 20
		root, all, err := fillDirectory(entries, 30_000)
		defer closeAll(all)
		if err != nil {
			return err
		}
		b, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, room, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtAllocateVirtualMemory", s, 0)
		}
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, b, 0, nt.MemRelease)
		calls := 0
		for next := uint32(0); next < entries; calls++ {
			before := next
			s := queryDirectory(root, b, room, &next)
			if next <= before || next < entries && s != nt.StatusMoreEntries || next == entries && s != nt.StatusSuccess {
				return fmt.Errorf("from entry %d: %v, next %d", before, s, next)
			}
		}
		if calls < 2 {
			return fmt.Errorf("%d calls", calls)
		}
		return nil
	}},
	{"low-memory", func() error {
		// What it needs for itself may be what is missing: its runtime or the kernel
		// ends it then.
		s := nt.Status(0)
		for tries := 0; s != 0x600D && tries < 5; tries++ {
			var err error
			if s, err = run(120*time.Second, "low-memory"); err != nil {
				return err
			}
		}
		return expect("the child", s, 0x600D)
	}},
	// What the kernel's heap has grown by for objects is free memory again when they are gone
	// and a program cannot be promised what it asks for.
	{"heap-given-back", func() error {
		heap := func() (pages uint64) {
			var k nt.SystemKernelInformation
			ntdll.QuerySystem(nt.SystemKernelInformationClass, &k)
			return k.KernelHeapPages
		}
		var b nt.SystemBasicInformation
		ntdll.QuerySystem(nt.SystemBasicInformationClass, &b)
		// shrink has the kernel look for memory until the heap has fewer than so many pages, or so
		// many tenths of a second are over.
		shrink := func(below uint64, tries int) (pages uint64) {
			for ; tries > 0; tries-- {
				base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, uint64(b.NumberOfPhysicalPages)*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
				if s.OK() { // there is a paging file
					ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
				}
				if pages = heap(); pages < below {
					break
				}
				ntdll.NtDelayExecution(false, -1_000_000)
			}
			return pages
		}
		const grown = 400                // pages; the names have 8 MB, of which what is unused in the heap takes some
		before := shrink(grown+1024, 10) // what earlier tests have left there
		_, all, err := fillDirectory(400, 20_000)
		full := heap()
		closeAll(all)
		if err != nil {
			return err
		}
		if full < before+grown {
			return fmt.Errorf("the heap has grown from %d to %d pages only", before, full)
		}
		if after := shrink(full-grown+1, 50); after > full-grown {
			return fmt.Errorf("the heap has %d pages of %d, before %d", after, full, before)
		}
		return nil
	}},
	// Pieces of one page each, without end.
	{"pieces", func() error {
		const pages = 1 << 13
		b, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, pages*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			if s == nt.StatusCommitmentLimit {
				return nil // a small machine
			}
			return expect("NtAllocateVirtualMemory", s, 0)
		}
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, b, 0, nt.MemRelease)
		for i := uint64(0); i < pages; i += 2 {
			if _, s := ntdll.NtProtectVirtualMemory(nt.CurrentProcess, b+i*nt.PageSize, nt.PageSize, nt.PageReadOnly); !s.OK() {
				return expect("page "+strconv.FormatUint(i, 10), s, 0)
			}
		}
		for i := uint64(0); i < pages; i += 1023 {
			want := uint32(nt.PageReadOnly)
			if i%2 != 0 {
				want = nt.PageReadWrite
			}
			if m, s := ntdll.NtQueryVirtualMemory(nt.CurrentProcess, b+i*nt.PageSize); !s.OK() || m.Protect != want || m.RegionSize != nt.PageSize {
				return fmt.Errorf("page %d: %v %+v", i, s, m)
			}
		}
		_, s = ntdll.NtProtectVirtualMemory(nt.CurrentProcess, b, pages*nt.PageSize, nt.PageReadWrite)
		if m, _ := ntdll.NtQueryVirtualMemory(nt.CurrentProcess, b); !s.OK() || m.RegionSize != pages*nt.PageSize {
			return fmt.Errorf("all of them: %v %+v", s, m)
		}
		return nil
	}},
}

func init() { register("low-memory", func([]string) nt.Status { return lowMemoryChild() }) }

// lowMemoryChild takes all memory, and objects until there are no more; then it lets
// the kernel make garbage, more than it has in reserve.
func lowMemoryChild() nt.Status {
	debug.SetGCPercent(-1)
	root, _, err := fillDirectory(4, 30_000)
	if err != nil {
		return nt.StatusUnsuccessful
	}
	b, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 1<<18, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return s
	}
	// From here on nothing may need memory in this program.
	x := new(struct {
		base, size uint64
		handle     nt.Handle
		next       uint32
	})
	attributes := ntdll.NewAttributes(strings.Repeat("a", 30_000), 0, root)
	name := (*nt.UnicodeString)(unsafe.Pointer(at(uintptr(attributes.ObjectName))))
	first := (*[2]uint16)(unsafe.Pointer(at(uintptr(name.Buffer))))
	queryDirectory(root, b, 1<<18, &x.next)
	for size := uint64(64 << 20); size >= nt.PageSize; {
		x.base, x.size = 0, size
		if s := bare(nt.SvcAllocateVirtualMemory, ^uintptr(0), pointer(&x.base), 0, pointer(&x.size), nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
			size /= 2
			continue
		}
		for a := x.base; a < x.base+x.size; a += nt.PageSize {
			*at(uintptr(a)) = 1
		}
	}
	for i := range 16_000 {
		*first = [2]uint16{uint16(i)&0xFF | 0x4000, uint16(i>>8) | 0x4000}
		if s = bare(nt.SvcCreateEvent, pointer(&x.handle), 0x1F0003, pointer(attributes), nt.NotificationEvent, 0, 0); !s.OK() {
			break
		}
	}
	if s != nt.StatusInsufficientResources {
		return s
	}
	for range 40 {
		x.next = 0
		if s := queryDirectory(root, b, 1<<18, &x.next); s != nt.StatusMoreEntries && s != nt.StatusInsufficientResources {
			return s
		}
	}
	return 0x600D
}

// bare is ntdll.Raw for a program that has no memory left. Pointers are by pointer.
func bare(s nt.Service, a, b, c, d, e, f uintptr) nt.Status {
	return nt.Status(goos.Call(uint32(s), a, b, c, d, e, f, 0, 0))
}
