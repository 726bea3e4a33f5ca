package mm

import (
	"bytes"
	"testing"

	"gont/nt"
)

// TestMdl: bytes that begin and end in the middle of pages are seen at any offset, in both
// directions, and in pieces that lie in one page each.
func TestMdl(t *testing.T) {
	boot(t, 1024)
	a := space(t, 8, 4)
	want := make([]byte, 3*PageSize)
	for i := range want {
		want[i] = byte(i*7 + i>>8)
	}
	const va, n = 0x200000 + 100, 2*PageSize + 50
	if _, s := a.WriteBytes(va, want[:n]); !s.OK() {
		t.Fatal(s)
	}
	m, s := a.NewMdl(va, n, Write, nil)
	if !s.OK() || m.Len() != n || !m.Writable() {
		t.Fatalf("%v, %d bytes", s, m.Len())
	}
	for _, c := range []struct{ offset, piece int }{
		{0, PageSize - 100}, {1, PageSize - 101}, {PageSize - 101, 1}, {PageSize - 100, PageSize}, {2*PageSize - 100, 150}, {n - 1, 1}, {n, 0}, {n + 1, 0}, {-1, 0},
	} {
		p := m.Piece(c.offset)
		if len(p) != c.piece || c.piece > 0 && !bytes.Equal(p, want[c.offset:c.offset+c.piece]) {
			t.Errorf("the piece at %d has %d bytes, or others", c.offset, len(p))
		}
		if c.piece > 0 {
			physical, length := m.Address(c.offset)
			if length != c.piece || machine.Page(uint32(physical >> PageShift))[physical%PageSize] != want[c.offset] {
				t.Errorf("at %d: %#x, %d bytes", c.offset, physical, length)
			}
		}
	}
	got := make([]byte, n+10)
	if k := m.CopyOut(got, 0); k != n || !bytes.Equal(got[:n], want[:n]) {
		t.Errorf("%d bytes were copied, or others", k)
	}
	if k := m.CopyOut(got, n-3); k != 3 || m.CopyOut(got, n) != 0 || m.CopyIn(got, n) != 0 || m.CopyIn(got, -1) != 0 {
		t.Errorf("%d bytes from the end", k)
	}
	if k := m.CopyIn(bytes.Repeat([]byte{9}, n), PageSize-110); k != n-(PageSize-110) {
		t.Errorf("%d bytes were taken", k)
	}
	a.ReadBytes(va, got[:n])
	if !bytes.Equal(got[:PageSize-110], want[:PageSize-110]) || !bytes.Equal(got[PageSize-110:n], bytes.Repeat([]byte{9}, n-(PageSize-110))) {
		t.Error("the program sees something else")
	}
	a.WriteBytes(va+5, []byte("new"))
	if string(m.Piece(5)[:3]) != "new" {
		t.Error("the driver does not see what the program writes")
	}
	m.Unlock()
	if m.Len() != 0 || m.Piece(0) != nil || m.CopyOut(got, 0) != 0 {
		t.Error("it describes something after Unlock")
	}
	m.Unlock() // nothing more
	check(t)
}

// TestMdlHolds: the frames stay what they are while the program trims, unmaps, or ends; with
// Unlock nothing is left.
func TestMdlHolds(t *testing.T) {
	boot(t, 1024)
	warm, _ := NewAddressSpace() // what the first one leaves behind
	warm.Destroy()
	before := QueryCounts()
	for name, leave := range map[string]func(a *AddressSpace){
		"trimmed": func(a *AddressSpace) {
			for range 5 {
				a.Age()
			}
			a.Trim(1000, 0, false)
		},
		"decommitted": func(a *AddressSpace) { a.Free(0x200000, 2*PageSize, nt.MemDecommit) },
		"released":    func(a *AddressSpace) { a.Free(0x200000, 0, nt.MemRelease) },
		"protected":   func(a *AddressSpace) { a.Protect(0x200000, 8*PageSize, nt.PageNoAccess) },
		"ended":       func(a *AddressSpace) { a.Destroy() },
	} {
		a := space(t, 8, 8)
		m, s := a.NewMdl(0x200000, 2*PageSize, Write, nil)
		if !s.OK() {
			t.Fatal(name, s)
		}
		leave(a)
		if name != "ended" {
			// New pages do not get the frames.
			b := space(t, 64, 64)
			b.Destroy()
		}
		for i := range 2 {
			if p := m.Piece(i * PageSize); p[0] != byte(i) || p[1] != 7 {
				t.Errorf("%s: page %d begins with %x", name, i, p[:2])
			}
		}
		m.CopyIn([]byte{1, 2, 3}, 0)
		m.Unlock()
		if name == "trimmed" {
			var b [3]byte
			if a.ReadBytes(0x200000, b[:]); b != [3]byte{1, 2, 3} {
				t.Errorf("the program sees %x afterwards", b)
			}
		}
		if name != "ended" {
			a.Destroy()
		}
		same(t, before)
	}
	if n := mdlPages.Load(); n != 0 {
		t.Errorf("%d pages are held", n)
	}
}

// TestMdlFaults: pages that are not present are made so for the access, copies of shared pages
// are the program's own; where that fails nothing stays held.
func TestMdlFaults(t *testing.T) {
	boot(t, 1024)
	a := space(t, 8, 0)
	a.Protect(0x200000+6*PageSize, PageSize, nt.PageReadOnly)
	a.Protect(0x200000+7*PageSize, PageSize, nt.PageNoAccess)
	a.Allocate(0x300000, PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite|nt.PageGuard)
	before := QueryCounts()
	for _, c := range []struct {
		name   string
		va     uint64
		n      int
		access Access
		want   nt.Status
	}{
		{"nothing", 0x200000, 0, Read, nt.StatusInvalidParameter},
		{"less", 0x200000, -1, Read, nt.StatusInvalidParameter},
		{"too much", 0x200000, MaximumMdl + 1, Read, nt.StatusInvalidParameter},
		{"a quarter of the memory", 0x200000, 300 * PageSize, Read, nt.StatusWorkingSetQuota},
		{"the kernel's", 0xFFFF800000000000, 1, Read, nt.StatusAccessViolation},
		{"over the end", nt.MaximumUserAddress, 2, Read, nt.StatusAccessViolation},
		{"around", ^uint64(0) - 1, 100, Read, nt.StatusAccessViolation},
		{"not reserved", 0x200000, 9 * PageSize, Read, nt.StatusAccessViolation},
		{"no access", 0x200000 + 6*PageSize, PageSize + 1, Read, nt.StatusAccessViolation},
		{"read only", 0x200000, 6*PageSize + 1, Write, nt.StatusAccessViolation},
		{"guarded", 0x300000, 1, Read, nt.StatusGuardPageViolation},
		{"guarded no more", 0x300000, 1, Write, nt.StatusSuccess},
		{"reading what is read only", 0x200000, 7 * PageSize, Read, nt.StatusSuccess},
		{"writing", 0x200000, 6 * PageSize, Write, nt.StatusSuccess},
	} {
		m, s := a.NewMdl(c.va, c.n, c.access, nil)
		if s != c.want {
			t.Errorf("%s: %v, want %v", c.name, s, c.want)
		}
		if s.OK() {
			if c.access == Read && m.CopyIn([]byte{1}, 0) != 0 {
				t.Errorf("%s: it was written to", c.name)
			}
			m.Unlock()
		}
		if n := mdlPages.Load(); n != 0 {
			t.Fatalf("%s: %d pages are held", c.name, n)
		}
		check(t)
	}
	if n := QueryCounts().Uses[UsePrivate]; n < before.Uses[UsePrivate] {
		t.Errorf("the program has %d pages, it had %d", n, before.Uses[UsePrivate])
	}

	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	one, _ := NewAddressSpace()
	two, _ := NewAddressSpace()
	one.MapImage(s)
	two.MapImage(s)
	data := s.Base + dataVA
	m, st := one.NewMdl(data, 4, Write, nil)
	if !st.OK() {
		t.Fatal(st)
	}
	m.CopyIn([]byte("mine"), 0)
	var b [4]byte
	if one.ReadBytes(data, b[:]); string(b[:]) != "mine" {
		t.Errorf("who has it sees %q", b)
	}
	if two.ReadBytes(data, b[:]); string(b[:]) == "mine" {
		t.Error("another process sees it")
	}
	m.Unlock()
	two.Destroy()
	if _, st = two.NewMdl(data, 4, Read, nil); st.OK() {
		t.Errorf("in a process that has ended: %v", st)
	}
	one.Destroy()
	check(t)
}
