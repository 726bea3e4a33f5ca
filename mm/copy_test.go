package mm

import (
	"bytes"
	"testing"

	"gont/nt"
)

// TestCopyOnWrite: two processes of one image do not see each other's writes,
// whichever way they write.
func TestCopyOnWrite(t *testing.T) {
	boot(t, 1024)
	before := QueryCounts()
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	original := pattern(dataFile, 3)[:16]
	data := s.Base + dataVA
	expect := func(who string, a *AddressSpace, want []byte) {
		t.Helper()
		got := make([]byte, len(want))
		if _, st := a.ReadBytes(data, got); st != nt.StatusSuccess || !bytes.Equal(got, want) {
			t.Errorf("%s sees %x, %v, want %x", who, got, st, want)
		}
	}
	writes := map[string]func(a *AddressSpace) nt.Status{
		"first touch": func(a *AddressSpace) nt.Status { return nt.StatusSuccess },
		"after reading": func(a *AddressSpace) nt.Status {
			return a.Fault(data, Read)
		},
		"after PAGE_NOACCESS": func(a *AddressSpace) nt.Status {
			a.Fault(data, Read)
			a.Protect(data, 1, nt.PageNoAccess)
			if st := a.Fault(data, Read); st != nt.StatusAccessViolation {
				return st | 1
			}
			_, _, _, st := a.Protect(data, 1, nt.PageReadWrite)
			return st
		},
		"after PAGE_READWRITE": func(a *AddressSpace) nt.Status {
			_, _, _, st := a.Protect(data, 1, nt.PageReadWrite)
			return st
		},
		"through a guard, untouched": func(a *AddressSpace) nt.Status {
			_, _, _, st := a.Protect(data, 1, nt.PageReadWrite|nt.PageGuard)
			if g := a.Fault(data, Write); g != nt.StatusGuardPageViolation {
				return g | 1
			}
			return st
		},
		"through a guard, touched": func(a *AddressSpace) nt.Status {
			a.Fault(data, Read)
			_, _, _, st := a.Protect(data, 1, nt.PageReadWrite|nt.PageGuard)
			if g := a.Fault(data, Write); g != nt.StatusGuardPageViolation {
				return g | 1
			}
			return st
		},
		"a guarded copy": func(a *AddressSpace) nt.Status {
			a.Fault(data, Write)
			_, _, _, st := a.Protect(data, 1, nt.PageReadWrite|nt.PageGuard)
			if g := a.Fault(data, Write); g != nt.StatusGuardPageViolation {
				return g | 1
			}
			return st
		},
		"constants made writable": func(a *AddressSpace) nt.Status {
			a.Fault(s.Base+rodataVA, Read)
			a.Protect(s.Base+rodataVA, 1, nt.PageReadWrite)
			if _, st := a.WriteBytes(s.Base+rodataVA, []byte("X")); !st.OK() {
				return st
			}
			return nt.StatusSuccess
		},
	}
	for name, prepare := range writes {
		a, _ := NewAddressSpace()
		b, _ := NewAddressSpace()
		c, _ := NewAddressSpace()
		for _, x := range []*AddressSpace{a, b, c} {
			if _, st := x.MapImage(s); st != nt.StatusSuccess {
				t.Fatal(st)
			}
		}
		expect(name+": b", b, original)
		if st := prepare(a); st != nt.StatusSuccess {
			t.Errorf("%s: %v", name, st)
		}
		expect(name+": a before", a, original)
		if n, st := a.WriteBytes(data, []byte("written by a....")); st != nt.StatusSuccess || n != 16 {
			t.Errorf("%s: write %v", name, st)
		}
		expect(name+": a", a, []byte("written by a...."))
		expect(name+": b", b, original)
		if _, st := b.WriteBytes(data+4, []byte("BB")); st != nt.StatusSuccess {
			t.Errorf("%s: write by b: %v", name, st)
		}
		expect(name+": c", c, original)
		expect(name+": a", a, []byte("written by a...."))
		ro := make([]byte, 1)
		if _, st := c.ReadBytes(s.Base+rodataVA, ro); st != nt.StatusSuccess || ro[0] != pattern(1, 2)[0] {
			t.Errorf("%s: c's constants have changed", name)
		}
		// A zero page of the image is private from the start.
		if _, st := a.WriteBytes(s.Base+0x7000, []byte{9}); st != nt.StatusSuccess {
			t.Errorf("%s: bss: %v", name, st)
		}
		if _, st := b.ReadBytes(s.Base+0x7000, ro); st != nt.StatusSuccess || ro[0] != 0 {
			t.Errorf("%s: b's bss is %d", name, ro[0])
		}
		a.Destroy()
		b.Destroy()
		check(t)
		expect(name+": c after the others' end", c, original)
		c.Destroy()
	}
	s.Delete()
	same(t, before)
}

// TestCopyWithoutMemory: the page stays as it was.
func TestCopyWithoutMemory(t *testing.T) {
	boot(t, 1024)
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := NewAddressSpace()
	a.MapImage(s)
	a.Fault(s.Base+dataVA, Read)
	held := drain(t, 0)
	for range 2 {
		if st := a.Fault(s.Base+dataVA, Write); st != nt.StatusNoMemory {
			t.Errorf("Fault: %v", st)
		}
		if st := a.Fault(s.Base+dataVA+PageSize, Write); st != nt.StatusNoMemory {
			t.Errorf("Fault of another page: %v", st)
		}
		if st := a.Fault(s.Base+0x7000, Write); st != nt.StatusNoMemory {
			t.Errorf("Fault of a zero page: %v", st)
		}
	}
	b := make([]byte, 4)
	if _, st := a.ReadBytes(s.Base+dataVA, b); st != nt.StatusSuccess || !bytes.Equal(b, pattern(4, 3)) {
		t.Errorf("read %x, %v", b, st)
	}
	FreePages(held)
	if st := a.Fault(s.Base+dataVA, Write); st != nt.StatusSuccess {
		t.Errorf("Fault: %v", st)
	}
	check(t)
}

// TestWriteBehindGuard: the first access after the guard is the system's own
// write; it must copy as well.
func TestWriteBehindGuard(t *testing.T) {
	boot(t, 1024)
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := NewAddressSpace()
	b, _ := NewAddressSpace()
	a.MapImage(s)
	b.MapImage(s)
	data := s.Base + dataVA
	a.Fault(data, Read)
	a.Protect(data, 1, nt.PageReadWrite|nt.PageGuard)
	if st := a.Fault(data, Write); st != nt.StatusGuardPageViolation {
		t.Error(st)
	}
	if _, st := a.WriteBytes(data, []byte("mine")); st != nt.StatusSuccess {
		t.Error(st)
	}
	got := make([]byte, 4)
	if b.ReadBytes(data, got); !bytes.Equal(got, pattern(4, 3)) {
		t.Errorf("the other process sees %q", got)
	}
	if a.ReadBytes(data, got); string(got) != "mine" {
		t.Errorf("the writer sees %q", got)
	}
	check(t)
}

// TestCopyFlushes: after a copy the processor must not use the shared page any
// more, not even to read.
func TestCopyFlushes(t *testing.T) {
	m := boot(t, 1024)
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := NewAddressSpace()
	a.MapImage(s)
	data := s.Base + dataVA
	m.tlb = map[uint64]PTE{}
	defer func() { m.tlb = nil }()
	a.Fault(data, Read)
	m.tlb[data] = *walk(a.root, data, false)
	if st := a.Fault(data, Write); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	if _, kept := m.tlb[data]; kept {
		t.Error("no flush")
	}
}
