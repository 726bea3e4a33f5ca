package mm

import (
	"testing"

	"gont/nt"
)

// TestIncrement: only what is there and writable is counted up; nothing is brought
// in for it.
func TestIncrement(t *testing.T) {
	boot(t, 512)
	a, _ := NewAddressSpace()
	base, _, s := a.Allocate(0x100000, 2*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		t.Fatal(s)
	}
	if a.Increment(base) {
		t.Error("a page that nobody has touched")
	}
	a.WriteBytes(base, []byte{255, 255, 0, 0})
	var b [4]byte
	for range 2 {
		if !a.Increment(base) {
			t.Error("not counted")
		}
	}
	if a.ReadBytes(base, b[:]); b != [4]byte{1, 0, 1, 0} {
		t.Errorf("%v", b)
	}
	for _, va := range []uint64{base + 1, base + PageSize, base + 2*PageSize, 0, 1 << 47} {
		if a.Increment(va) {
			t.Errorf("%#x was counted up", va)
		}
	}
	a.Protect(base, PageSize, nt.PageReadOnly)
	if a.Increment(base) {
		t.Error("a read-only page was written to")
	}
	a.Destroy()
	if a.Increment(base) {
		t.Error("an address space that is gone")
	}
	check(t)
}
