package ps

import (
	"encoding/binary"

	"gont/mm"
	"gont/nt"
)

import ()

// UserFault is the page fault of a thread in its own address space. Its stack
// grows by it. It may wait for a paging file: PASSIVE_LEVEL, no locks.
func UserFault(t *Thread, va uint64, access mm.Access) nt.Status {
	a := t.Process.Space
	s := a.Fault(va, access)
	if s != nt.StatusGuardPageViolation {
		return s
	}
	le := binary.LittleEndian
	var base, allocation [8]byte
	for _, f := range []struct {
		at uint64
		b  []byte
	}{{nt.TebStackBase, base[:]}, {nt.TebDeallocationStack, allocation[:]}} {
		if _, s := a.ReadBytes(t.Teb+f.at, f.b); s == nt.StatusInPageError {
			return s
		} else if !s.OK() {
			return nt.StatusGuardPageViolation
		}
	}
	limit, s := a.GrowStack(va, le.Uint64(base[:]), le.Uint64(allocation[:]))
	if limit != 0 {
		a.WriteBytes(t.Teb+nt.TebStackLimit, le.AppendUint64(nil, limit)) // the program's loss if it cannot be written
	}
	return s
}
