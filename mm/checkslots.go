package mm

import (
	"fmt"
	"slices"
)

// CheckAll's part about paging files: each slot that is used belongs to one
// page, and each page that needs one has it.

// beginSlots forgets what was seen. Preconditions: the PFN lock is held, as for
// all of this.
func (d *pfnDatabase) beginSlots() {
	for _, f := range d.paging.file[:d.paging.files] {
		clear(f.seen)
	}
}

// seeSlot notes who has a slot.
func (d *pfnDatabase) seeSlot(e PTE, who string, where uint64) error {
	if e&^(pteFrame|PtePageFile|15<<1) != 0 || e&PtePageFile == 0 || e.file() >= d.paging.files || e.slot() >= d.paging.file[e.file()].size {
		return fmt.Errorf("mm: %s %#x has %#x, which is no slot", who, where, e)
	}
	f, s := d.paging.file[e.file()], e.slot()
	bit := uint64(1) << (s % 64)
	switch {
	case f.used[s/64]&bit == 0:
		return fmt.Errorf("mm: %s %#x has slot %d of %s, which is free", who, where, s, f.name)
	case f.seen[s/64]&bit != 0:
		return fmt.Errorf("mm: %s %#x has slot %d of %s, and somebody else, too", who, where, s, f.name)
	}
	f.seen[s/64] |= bit
	return nil
}

// endSlots adds the slots of frames, of prototypes, and of what is being
// written, to those that address spaces have, and compares them with those in
// use.
func (d *pfnDatabase) endSlots() error {
	if d.paging.files == 0 {
		return nil
	}
	for i := range d.paging.cluster {
		if err := d.seeSlot(d.paging.first+PTE(i)<<PageShift, "the writer's page", uint64(i)); err != nil {
			return err
		}
	}
	for i := range d.pfn {
		p := &d.pfn[i]
		if p.original != 0 {
			if err := d.seeSlot(p.original, "frame", uint64(i)); err != nil {
				return err
			}
		}
		if p.list != Active || p.use != UsePrototype || !p.modified { // not zeroed yet
			continue
		}
		for k := range table(uint32(i)) {
			if e := table(uint32(i))[k].load(); e.inFile() {
				if err := d.seeSlot(e, "prototype", uint64(i)<<PageShift|uint64(k)*8); err != nil {
					return err
				}
			}
		}
	}
	free := uint64(0)
	for _, f := range d.paging.file[:d.paging.files] {
		used := uint32(0)
		for s := range f.size {
			if f.used[s/64]>>(s%64)&1 == 0 {
				continue
			}
			if used++; f.seen[s/64]>>(s%64)&1 == 0 {
				return fmt.Errorf("mm: slot %d of %s is used by nobody", s, f.name)
			}
		}
		if used != f.size-f.free || f.peak < used {
			return fmt.Errorf("mm: %d slots of %s are used, of %d with %d free and a peak of %d", used, f.name, f.size, f.free, f.peak)
		}
		free += uint64(f.free)
	}
	if free != d.paging.free {
		return fmt.Errorf("mm: %d slots are free, %d are said to be", free, d.paging.free)
	}
	return nil
}

// checkIO: what is being read or written is known to those who do it, and only
// that.
func (d *pfnDatabase) checkIO(n uint32) error {
	p := &d.pfn[n]
	ok := true
	switch p.io {
	case ioNone:
		ok = p.list != Transition
	case ioRead:
		ok = false
		for in := d.paging.reads; in != nil; in = in.next {
			ok = ok || slices.Contains(in.frames, n) && p.list == Transition && (p.original != 0) == (in.slots != nil)
		}
	case ioWrite:
		ok = false
		for _, k := range d.paging.cluster {
			ok = ok || k == n
		}
		for w := d.files.writes; w != nil; w = w.next {
			ok = ok || slices.Contains(w.frames, n)
		}
		ok = ok && p.original == 0 && (p.list == Transition || p.list == Active || p.list == ModifiedList || p.list == ModifiedFileList)
	}
	switch p.list {
	case ZeroedList, FreeList, BadList, ModifiedList, ModifiedFileList:
		ok = ok && p.original == 0
	}
	if !ok {
		return fmt.Errorf("mm: the %v page %#x has I/O %d and slot %#x", p.list, n, p.io, p.original)
	}
	return nil
}
