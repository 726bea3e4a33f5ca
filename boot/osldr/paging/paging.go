// Package paging builds the address space the kernel starts in: four-level page
// tables (AMD64 manual 2, 5.3) with the physical map, the kernel image, and the
// identity map of the low 4 GiB for the jump itself.
package paging

import (
	"gont/arc"
	"gont/pe"
)

// Page table entry bits.
const (
	Present  = 1 << 0
	Writable = 1 << 1
	Large    = 1 << 7
	NX       = 1 << 63

	addressMask = 0x000F_FFFF_FFFF_F000
	largePage   = 2 << 20
)

// Tables is a tree of page tables in physical memory.
type Tables struct {
	Root  uint64 // physical address of the PML4
	Pages uint64 // tables made so far

	alloc func() (uint64, error)         // a page for a table
	table func(phys uint64) *[512]uint64 // its contents
}

// New makes an empty root. alloc returns the physical address of a free page,
// table the page at an address.
func New(alloc func() (uint64, error), table func(uint64) *[512]uint64) (*Tables, error) {
	t := &Tables{alloc: alloc, table: table}
	var err error
	t.Root, err = t.page()
	return t, err
}

func (t *Tables) page() (uint64, error) {
	p, err := t.alloc()
	if err != nil {
		return 0, err
	}
	clear(t.table(p)[:])
	t.Pages++
	return p, nil
}

// find is the table of the given level that va belongs to (1: of 4 KiB pages,
// 2: of 2 MiB pages). It makes the tables on the way.
func (t *Tables) find(va uint64, level uint) (*[512]uint64, error) {
	at := t.Root
	for l := uint(4); l > level; l-- {
		e := &t.table(at)[va>>(3+9*l)&511]
		if *e&Present == 0 {
			p, err := t.page()
			if err != nil {
				return nil, err
			}
			*e = p | Present | Writable
		}
		at = *e & addressMask
	}
	return t.table(at), nil
}

// MapLarge maps size bytes at va to physical address pa in pages of 2 MiB; all
// three are multiples of that. flags are entry bits besides Present.
func (t *Tables) MapLarge(va, pa, size, flags uint64) error {
	for end := pa + size; pa < end; {
		row, err := t.find(va, 2)
		if err != nil {
			return err
		}
		for i := va >> 21 & 511; i < 512 && pa < end; i++ {
			row[i] = pa | flags | Present | Large
			va += largePage
			pa += largePage
		}
	}
	return nil
}

// Map maps count pages of 4 KiB at va to physical address pa.
func (t *Tables) Map(va, pa, count, flags uint64) error {
	for ; count > 0; count-- {
		row, err := t.find(va, 1)
		if err != nil {
			return err
		}
		row[va>>12&511] = pa | flags | Present
		va += 4096
		pa += 4096
	}
	return nil
}

// Lookup walks the tables as the processor does. ok is false where nothing is
// mapped; flags are those of the last entry.
func (t *Tables) Lookup(va uint64) (pa, flags uint64, ok bool) {
	at := t.Root
	for l := uint(4); ; l-- {
		e := t.table(at)[va>>(3+9*l)&511]
		if e&Present == 0 {
			return 0, 0, false
		}
		if l == 1 || l == 2 && e&Large != 0 {
			mask := uint64(1)<<(3+9*l) - 1
			return e&addressMask&^mask | va&mask, e &^ addressMask, true
		}
		at = e & addressMask
	}
}

// HandOver maps what every kernel gets: the low 4 GiB where they are,
// executable, and physical memory up to high (4 GiB at least) at arc.PhysMap,
// writable and not executable.
func (t *Tables) HandOver(high uint64) error {
	const low = 4 << 30
	if err := t.MapLarge(0, 0, low, Writable); err != nil {
		return err
	}
	high = max(low, (high+largePage-1)&^uint64(largePage-1))
	return t.MapLarge(arc.PhysMap, 0, high, Writable|NX)
}

// MapImage maps an image that lies at physical address phys at its base, each
// section with what its flags allow; headers are read-only.
func (t *Tables) MapImage(m *pe.Image, phys uint64) error {
	pages := func(bytes uint32) uint64 { return (uint64(bytes) + 4095) / 4096 }
	if err := t.Map(m.Base, phys, pages(m.HeaderSize), NX); err != nil {
		return err
	}
	for i := range m.Sections {
		s := &m.Sections[i]
		flags := uint64(0)
		if s.Flags&pe.Execute == 0 {
			flags |= NX
		}
		if s.Flags&pe.Write != 0 {
			flags |= Writable
		}
		rva := uint64(s.RVA)
		if err := t.Map(m.Base+rva, phys+rva, pages(s.Size), flags); err != nil {
			return err
		}
	}
	return nil
}
