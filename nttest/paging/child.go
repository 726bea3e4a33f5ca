//go:build ntuser

package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strconv"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// child is what a child process does.
func child(args []string) nt.Status {
	n := [3]uint64{}
	for i := range min(len(args)-1, len(n)) {
		n[i], _ = strconv.ParseUint(args[i+1], 10, 64)
	}
	switch args[0] {
	case "work":
		return told(work(n[0], n[1], false))
	case "forever":
		return told(work(n[0], n[1], true))
	case "section":
		return told(countInSection(n[0]))
	case "full":
		return fill()
	case "unwritable":
		return told(unwritablePages())
	case "unreadable":
		return unreadablePage(args[1])
	}
	return nt.StatusInvalidParameter
}

func told(err error) nt.Status {
	if err != nil {
		fmt.Println("paging child:", err)
		return nt.StatusUnsuccessful
	}
	return survived
}

// address makes a pointer to memory that is not Go's.
func address(a uint64) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

func word(a uint64) *uint64 { return (*uint64)(address(a)) }

func page(a uint64) *[512]uint64 { return (*[512]uint64)(address(a)) }

// write fills a page with what only this page of this process has in this
// round; look compares all of it.
func write(a, seed uint64) {
	for i := range page(a) {
		page(a)[i] = (seed + uint64(i)) * 0x9E3779B97F4A7C15
	}
}

func look(a, seed uint64) error {
	for i, v := range page(a) {
		if v != (seed+uint64(i))*0x9E3779B97F4A7C15 {
			return fmt.Errorf("page %#x has %#x at %d", a, v, i)
		}
	}
	return nil
}

// commit takes pages pages.
func commit(pages uint64) (uint64, error) {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, pages*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	return base, s.Err()
}

// work writes to pages pages and looks at them again in several orders.
func work(pages, salt uint64, forever bool) error {
	// All of the heap that is needed comes first: others may take what is left.
	seed, r := make([]uint64, pages), rand.New(rand.NewPCG(salt, 1))
	base, err := commit(pages)
	if err != nil {
		return err
	}
	at := func(i uint64) uint64 { return base + i*nt.PageSize }
	for i := range pages {
		seed[i] = salt<<48 | i<<16
		write(at(i), seed[i])
	}
	for round := uint64(0); round < 2 || forever; round++ {
		for k := range pages {
			if err := look(at(pages-1-k), seed[pages-1-k]); err != nil {
				return fmt.Errorf("round %d, backwards: %w", round, err)
			}
		}
		for range pages {
			i := r.Uint64N(pages)
			if err := look(at(i), seed[i]); err != nil {
				return fmt.Errorf("round %d, by chance: %w", round, err)
			}
			switch r.IntN(8) {
			case 0, 1, 2:
				seed[i] += 1000
				write(at(i), seed[i])
			case 3: // the kernel's copies page, too
				b := unsafe.Slice((*byte)(address(at(i))), nt.PageSize)
				j := r.Uint64N(pages)
				if n, s := ntdll.NtReadVirtualMemory(nt.CurrentProcess, at(j), b); n != nt.PageSize {
					return fmt.Errorf("NtReadVirtualMemory: %w", s)
				}
				seed[i] = seed[j]
			}
		}
		for i := range pages {
			if err := look(at(i), seed[i]); err != nil {
				return fmt.Errorf("round %d, in order: %w", round, err)
			}
		}
	}
	return nil
}

const sectionRounds = 3

// countInSection counts in a word of each page.
func countInSection(n uint64) error {
	h, s := ntdll.NtOpenSection(nt.SectionMapRead|nt.SectionMapWrite, ntdll.NewAttributes(sectionName, 0, 0))
	if !s.OK() {
		return fmt.Errorf("NtOpenSection: %w", s)
	}
	base, size, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite)
	if !s.OK() {
		return fmt.Errorf("NtMapViewOfSection: %w", s)
	}
	for round := range uint64(sectionRounds) {
		for a := base; a < base+size; a += nt.PageSize {
			if v := *word(a + 8*n); v != round {
				return fmt.Errorf("page %#x has %d in round %d", a, v, round)
			}
			*word(a + 8*n) = round + 1
		}
	}
	return nil
}

// region is for calls that take nothing of the Go heap, which could not grow.
var region struct{ base, size uint64 }

func allocate(base, size uint64, typ uint32) nt.Status {
	region.base, region.size = base, size
	return ntdll.Raw(nt.SvcAllocateVirtualMemory, ^uintptr(0), uintptr(unsafe.Pointer(&region.base)), 0,
		uintptr(unsafe.Pointer(&region.size)), uintptr(typ), nt.PageReadWrite)
}

// commitMost commits until it is refused, and then takes a megabyte a processor back:
// the Go runtime of this process needs something, too.
func commitMost() (base, end uint64, s nt.Status) {
	if s = allocate(0, 1<<36, nt.MemReserve); !s.OK() {
		return
	}
	base = region.base
	end = base
	// What a call needs of the Go runtime's heap is there before memory is gone.
	if s = allocate(base, nt.PageSize, nt.MemCommit); !s.OK() {
		return
	}
	if s = decommit(base, nt.PageSize); !s.OK() {
		return
	}
	for step := uint64(8 << 20); step >= 256<<10; {
		if s = allocate(end, step, nt.MemCommit); s.OK() {
			end += step
			continue
		}
		if s != nt.StatusCommitmentLimit {
			return
		}
		step /= 2
	}
	own := uint64(runtime.NumCPU()) << 20
	if end-base <= own {
		return base, end, nt.StatusUnsuccessful
	}
	end -= own
	return base, end, decommit(end, own)
}

// decommit gives pages back and keeps their addresses.
func decommit(base, size uint64) nt.Status {
	region.base, region.size = base, size
	return ntdll.Raw(nt.SvcFreeVirtualMemory, ^uintptr(0), uintptr(unsafe.Pointer(&region.base)), uintptr(unsafe.Pointer(&region.size)), nt.MemDecommit)
}

// fill uses all that can be promised.
func fill() nt.Status {
	base, end, s := commitMost()
	if !s.OK() {
		return s
	}
	for a := base; a < end; a += nt.PageSize {
		write(a, a)
	}
	for a := base; a < end; a += nt.PageSize {
		if err := look(a, a); err != nil {
			return told(err)
		}
	}
	return survived
}

// marked commits pages that begin with text, and then uses so much that they leave
// memory, if they can.
func marked(text string) (base, end uint64, err error) {
	const pages = 64
	if base, err = commit(pages); err != nil {
		return
	}
	end = base + pages*nt.PageSize
	for a := base; a < end; a += nt.PageSize {
		write(a, a)
		copy(unsafe.Slice((*byte)(address(a)), len(text)), text)
	}
	promised, there := room()
	// The heaps of others grow, and what the kernel keeps for its own; but it has to be more than
	// is in memory.
	promised = max(promised*2/3, min(promised*3/4, there+(promised-min(promised, there))/2))
	more, err := commit(promised)
	if err != nil {
		return
	}
	top := more + promised*nt.PageSize
	for range 2 {
		for a := more; a < top; a += nt.PageSize {
			write(a, a)
		}
	}
	return base, end, nil
}

// unwritablePages stay in memory, and what they are.
func unwritablePages() error {
	const text = "GoNT: unwritable"
	base, end, err := marked(text)
	if err != nil {
		return err
	}
	for a := base; a < end; a += nt.PageSize {
		if got := string(unsafe.Slice((*byte)(address(a)), len(text))); got != text || page(a)[511] != (a+511)*0x9E3779B97F4A7C15 {
			return fmt.Errorf("page %#x has %q", a, got)
		}
	}
	return nil
}

// unreadablePage touches pages that cannot be read.
func unreadablePage(how string) nt.Status {
	base, end, err := marked("GoNT: unreadable")
	if err != nil {
		return told(err)
	}
	switch how {
	case "touch":
		none := uint64(0)
		ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, uintptr(unsafe.Pointer(&none)), 8)
		sum := uint64(0)
		for a := base; a < end; a += nt.PageSize {
			sum += *word(a)
		}
		return nt.Status(sum & 0xFF)
	case "panic": // as a Go program sees it
		debug.SetPanicOnFault(true)
		for a := base; a < end; a += nt.PageSize {
			if v, r := attempt(a); r != nil {
				return survived
			} else if string(unsafe.Slice((*byte)(unsafe.Pointer(&v)), 4)) != "GoNT" {
				return nt.StatusUnsuccessful
			}
		}
	case "service":
		for a := base; a < end; a += nt.PageSize {
			if s := ntdll.Raw(nt.SvcQuerySystemTime, uintptr(a+16)); s == nt.StatusInPageError {
				return survived
			} else if !s.OK() {
				return s
			}
		}
	}
	return nt.StatusUnsuccessful
}

// attempt reads a word and returns it and the panic that this was.
func attempt(a uint64) (v uint64, r any) {
	defer func() { r = recover() }()
	return *word(a), nil
}
