package mm

import (
	"testing"

	"gont/nt"
)

// TestLockPages: locked pages stay when others go, through protection and
// copying, and are forgotten with the memory.
func TestLockPages(t *testing.T) {
	boot(t, 1024)
	a := space(t, 100, 0)
	if _, _, s := a.LockPages(0x200000, 64*PageSize); s != nt.StatusSuccess {
		t.Fatal(s)
	}
	check(t)
	a.Protect(0x200000, 32*PageSize, nt.PageNoAccess)
	a.Protect(0x200000, 32*PageSize, nt.PageReadWrite)
	a.Fault(0x200000, Write)
	for range 5 {
		a.Age()
	}
	if n := a.Trim(1000, 0, false); n != 36 {
		t.Errorf("%d pages went, 64 are locked", n)
	}
	check(t)
	a.Free(0x200000, 10*PageSize, nt.MemDecommit)
	check(t)
	if _, _, s := a.UnlockPages(0x200000, 64*PageSize); s != nt.StatusNotLocked {
		t.Error(s)
	}
	if _, _, s := a.UnlockPages(0x200000+10*PageSize, 54*PageSize); s != nt.StatusSuccess || a.locked != 0 {
		t.Error(s)
	}
	if _, _, s := a.UnlockPages(0x200000+10*PageSize, 1); s != nt.StatusNotLocked {
		t.Error(s)
	}
	for _, c := range []struct {
		base, size uint64
		want       nt.Status
	}{
		{0x200000, 1, nt.StatusAccessViolation},                          // not committed
		{0x200000 + 99*PageSize, PageSize + 1, nt.StatusAccessViolation}, // beyond
		{0x10000, 1, nt.StatusAccessViolation},
		{0, 1, nt.StatusInvalidParameter},
		{0x200000, 0, nt.StatusInvalidParameter},
		{0x200000, ^uint64(0), nt.StatusInvalidParameter},
		{0x200000, 1 << 40, nt.StatusWorkingSetQuota},
	} {
		if _, _, s := a.LockPages(c.base, c.size); s != c.want {
			t.Errorf("LockPages(%#x, %#x): %v, want %v", c.base, c.size, s, c.want)
		}
	}
	if a.locked != 0 {
		t.Errorf("%d pages are locked", a.locked)
	}
	if _, _, s := a.LockPages(0x200000+20*PageSize, 8*PageSize); s != nt.StatusSuccess {
		t.Error(s)
	}
	if _, _, s := a.LockPages(0x200000+24*PageSize, 8*PageSize); s != nt.StatusWasLocked || a.locked != 12 {
		t.Errorf("%v, %d", s, a.locked)
	}
	blocks, n := a.WorkingSet(1000)
	if uint64(n) != a.Private() || len(blocks) != n {
		t.Errorf("%d blocks of %d pages", n, a.Private())
	}
	if few, all := a.WorkingSet(3); len(few) != 3 || all != n {
		t.Errorf("%d of %d", len(few), all)
	}
	for _, b := range blocks {
		if b&0xFFF != 4 || walk(a.root, b&^0xFFF, false) == nil {
			t.Errorf("block %#x", b)
		}
	}
	a.Destroy()
	check(t)
	if _, _, s := a.LockPages(0x200000, 1); s != nt.StatusProcessIsTerminating {
		t.Error(s)
	}
}
