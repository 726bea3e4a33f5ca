package mm

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"gont/nt"
	"gont/pe"
)

// TestImage maps a good image and compares every byte and every protection.
func TestImage(t *testing.T) {
	boot(t, 1024)
	before := QueryCounts()
	file := goodImage().bytes()
	s, err := NewImageSection("good", file)
	if err != nil {
		t.Fatal(err)
	}
	if i := s.Information(); i.TransferAddress != s.Entry || i.MaximumStackSize != 0x40000 || i.SubSystemType != 1 || i.Machine != 0x8664 || i.ImageCharacteristics&2 == 0 || i.ImageFileSize == 0 {
		t.Errorf("information: %+v", i)
	}
	if s.Base != nt.UserImageBase || s.Size != 0x9000 || s.Entry != nt.UserImageBase+textVA+0x10 || s.StackReserve != 0x40000 || s.Subsystem != 1 {
		t.Errorf("section %+v", s)
	}
	if n := s.Pages(); n != 1+2+1+2 {
		t.Errorf("the section has %d frames", n)
	}
	want := make([]byte, 0x9000)
	copy(want, file[:0x400])
	copy(want[textVA:], pattern(0x1800, 1))
	copy(want[rodataVA:], pattern(0x200, 2))
	copy(want[dataVA:], pattern(dataFile, 3))
	clear(file) // the file's bytes are not kept
	a, _ := NewAddressSpace()
	if _, st := a.MapImage(s); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	if _, st := a.MapImage(s); st != nt.StatusImageNotAtBase {
		t.Errorf("mapped twice: %v", st)
	}
	got := make([]byte, 0x8000)
	if n, st := a.ReadBytes(s.Base, got); st != nt.StatusSuccess || !bytes.Equal(got, want[:0x8000]) {
		t.Errorf("%d bytes are as in the file, then %v", n, st)
	}
	for page := range uint64(9) {
		va := s.Base + page*PageSize
		var r, w, x nt.Status // what a program gets
		switch {
		case page == 0 || page == 3:
			w, x = nt.StatusAccessViolation, nt.StatusAccessViolation
		case page <= 2:
			w = nt.StatusAccessViolation
		case page == 8:
			r, w, x = nt.StatusAccessViolation, nt.StatusAccessViolation, nt.StatusAccessViolation
		default:
			x = nt.StatusAccessViolation
		}
		for access, st := range map[Access]nt.Status{Read: r, Write: w, Execute: x} {
			if got := a.Fault(va, access); got != st {
				t.Errorf("page %d, access %d: %v, want %v", page, access, got, st)
			}
		}
		if p := walk(a.root, va, false); *p&PteWrite != 0 && *p&PteNoExecute == 0 {
			t.Errorf("page %d is writable and executable: %#x", page, *p)
		}
	}
	for va, protect := range map[uint64]uint32{0: nt.PageReadOnly, textVA: nt.PageExecuteRead, rodataVA: nt.PageReadOnly, dataVA: nt.PageReadWrite} {
		if q, _ := a.Query(s.Base + va); q.Protect != protect || q.Type != nt.MemImage || q.AllocationBase != s.Base || q.State != nt.MemCommit {
			t.Errorf("Query(%#x): %+v", va, q)
		}
	}
	if q, _ := a.Query(s.Base + 0x8000); q.State != nt.MemReserve || q.RegionSize != 0x1000 {
		t.Errorf("behind the sections: %+v", q)
	}
	if _, _, st := a.Free(s.Base, 0, nt.MemRelease); st != nt.StatusUnableToDeleteSection {
		t.Errorf("Free of an image: %v", st)
	}
	if _, _, st := a.Allocate(s.Base+0x8000, 1, nt.MemCommit, nt.PageReadWrite); st != nt.StatusAlreadyCommitted {
		t.Errorf("commit in an image: %v", st)
	}
	s.Delete() // the view stays
	if _, st := a.ReadBytes(s.Base, got[:0x3000]); st != nt.StatusSuccess || !bytes.Equal(got[:0x3000], want[:0x3000]) {
		t.Error("the view changed with the section's end")
	}
	a.Destroy()
	same(t, before)
}

// TestImageErrors: each kind of damage has its error, and no page is lost.
func TestImageErrors(t *testing.T) {
	boot(t, 1024)
	before := QueryCounts()
	for name, c := range map[string]struct {
		damage func(m *image)
		want   error
	}{
		"32 bits":                  {func(m *image) { m.machine = 0x14C }, pe.Machine},
		"another processor":        {func(m *image) { m.machine = 0xAA64 }, pe.Machine},
		"PE32":                     {func(m *image) { m.magic = 0x10B }, pe.NotImage},
		"an object file":           {func(m *image) { m.characteristics = 0 }, pe.NotImage},
		"cut in the headers":       {func(m *image) { m.cut = len(m.bytes()) - 100 }, pe.NotImage},
		"cut to nothing":           {func(m *image) { m.cut = len(m.bytes()) }, pe.NotImage},
		"cut in the section table": {func(m *image) { m.sections = nil; m.count = 40; m.cut = 0x200 }, pe.NotImage},
		"cut in a section":         {func(m *image) { m.cut = 1 }, pe.Layout},
		"alignment":                {func(m *image) { m.alignment = 512 }, pe.Layout},
		"no size":                  {func(m *image) { m.size = 0 }, pe.Layout},
		"size too small":           {func(m *image) { m.size = 0x7000 }, pe.Layout},
		"too many sections":        {func(m *image) { m.sections = make([]imageSection, 97) }, pe.Layout},
		"sections overlap":         {func(m *image) { m.sections[1].va = textVA + 0x1000 }, pe.Layout},
		"sections out of order":    {func(m *image) { m.sections[1].va = 0x8000 }, pe.Layout},
		"section in the headers":   {func(m *image) { m.sections[0].va = 0 }, pe.Layout},
		"section not aligned":      {func(m *image) { m.sections[1].va += 0x10 }, pe.Layout},
		"section outside":          {func(m *image) { m.sections[2].va = 0xFFFFF000 }, pe.Layout},
		"section too large":        {func(m *image) { m.sections[2].size = 0xFFFFFFFF }, pe.Layout},
		"data outside of the file": {func(m *image) { m.sections[2].rawAt = 0x100000 }, pe.Layout},
		"data around the end":      {func(m *image) { m.sections[1].rawAt = 0xFFFFFF00 }, pe.Layout},
		"much more data than file": {func(m *image) { m.sections[2].raw = 0xFFFFFFFF }, pe.Layout},
		"writable code":            {func(m *image) { m.sections[0].flags |= pe.Write }, pe.WriteExecute},
		"executable data":          {func(m *image) { m.sections[2].flags |= pe.Execute }, pe.WriteExecute},
		"kernel base":              {func(m *image) { m.base = 0xFFFFFFFF80200000 }, ErrImageSpace},
		"null base":                {func(m *image) { m.base = 0 }, ErrImageSpace},
		"base not aligned":         {func(m *image) { m.base += PageSize }, ErrImageSpace},
		"base at the end":          {func(m *image) { m.base = nt.MaximumUserAddress + 1 - 0x8000&^0xFFFF - 0x10000 + 0x10000 }, ErrImageSpace},
		"entry in data":            {func(m *image) { m.entry = dataVA }, pe.Entry},
		"entry in constants":       {func(m *image) { m.entry = rodataVA }, pe.Entry},
		"entry in the headers":     {func(m *image) { m.entry = 0 }, pe.Entry},
		"entry outside":            {func(m *image) { m.entry = 0xFFFFFFFF }, pe.Entry},
		"checksum":                 {func(m *image) { m.sum = 0x1234 }, pe.BadSum},
		"imports":                  {func(m *image) { m.imports = textVA }, pe.Imports},
		"no sections":              {func(m *image) { m.sections = nil }, pe.Layout},
	} {
		m := goodImage()
		c.damage(m)
		s, err := NewImageSection("bad", m.bytes())
		if !errors.Is(err, c.want) || s != nil || ImageStatus(err).OK() {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
		same(t, before)
	}
	for _, file := range [][]byte{nil, {}, []byte("MZ"), []byte("#!/bin/sh\n"), make([]byte, 5000)} {
		if _, err := NewImageSection("bad", file); !errors.Is(err, pe.NotImage) {
			t.Errorf("%d bytes: %v", len(file), err)
		}
	}
	if _, err := NewImageSection("bad", nil); err.Error() != "mm: not a PE32+ image: not a PE image (no MZ)" {
		t.Error(err)
	}
	for err, want := range map[error]nt.Status{nil: nt.StatusSuccess, ErrNoPages: nt.StatusNoMemory, ErrImageSpace: nt.StatusInvalidImageFormat,
		&pe.Error{Kind: pe.BadSum}: nt.StatusImageChecksumMismatch, &pe.Error{Kind: pe.Imports}: nt.StatusDllNotFound,
		&pe.Error{Kind: pe.Machine}: nt.StatusInvalidImageFormat} {
		if st := ImageStatus(err); st != want {
			t.Errorf("%v: status %v", err, st)
		}
	}
	// Without memory.
	held := drain(t, 0)
	for left := range 6 {
		for range left {
			FreePage(held[len(held)-1])
			held = held[:len(held)-1]
		}
		if _, err := NewImageSection("good", goodImage().bytes()); !errors.Is(err, ErrNoPages) {
			t.Errorf("%d pages: error %v", left, err)
		}
		if n := QueryCounts().Available(); n != uint64(left) {
			t.Errorf("%d pages came back of %d", n, left)
		}
		held = append(held, drain(t, 0)...)
	}
	FreePages(held)
	same(t, before)
}

// TestImageWithoutVirtualSize: then the size in the file counts (PE format,
// section table).
func TestImageWithoutVirtualSize(t *testing.T) {
	boot(t, 1024)
	m := goodImage()
	m.sections[1].size = 0
	s, err := NewImageSection("old", m.bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := NewAddressSpace()
	a.MapImage(s)
	got := make([]byte, 0x200)
	if _, st := a.ReadBytes(s.Base+rodataVA, got); st != nt.StatusSuccess || !bytes.Equal(got, pattern(0x200, 2)) {
		t.Errorf("read %x, %v", got[:8], st)
	}
}

// TestImageBitFlips: no damaged file panics, leaks a page, or makes memory that
// is writable and executable.
func TestImageBitFlips(t *testing.T) {
	boot(t, 2048+16)
	before := QueryCounts()
	good := goodImage().bytes()
	for _, seed := range seeds(2) {
		r := rand.New(rand.NewPCG(seed, 4))
		accepted := 0
		for range 1500 {
			file := bytes.Clone(good)
			for range 1 + r.IntN(3) {
				i := 64 + r.IntN(0x1A0)
				if r.IntN(2) == 0 {
					file[i] ^= 1 << r.IntN(8)
				} else {
					file[i] = byte(r.Uint32())
				}
			}
			s, err := NewImageSection("flipped", file)
			if err != nil {
				if s != nil {
					t.Error("an error and a section")
				}
				continue
			}
			accepted++
			a, _ := NewAddressSpace()
			if _, st := a.MapImage(s); st == nt.StatusCommitmentLimit { // its writable sections are larger than the memory
				a.Destroy()
				s.Delete()
				continue
			} else if st != nt.StatusSuccess {
				t.Fatalf("seed %d: MapImage: %v", seed, st)
			}
			if st := a.Fault(s.Entry, Execute); st != nt.StatusSuccess {
				t.Fatalf("seed %d: the entry point cannot be executed: %v", seed, st)
			}
			for page := range min(s.Size/PageSize, 32) {
				va := s.Base + page*PageSize
				a.Fault(va, Read)
				w, x := a.Fault(va, Write), a.Fault(va, Execute)
				if w == nt.StatusSuccess && x == nt.StatusSuccess {
					t.Fatalf("seed %d: page %d is writable and executable", seed, page)
				}
			}
			a.Destroy()
			s.Delete()
		}
		if accepted == 0 {
			t.Error("no file was good")
		}
		same(t, before)
	}
}
