package svctest

import (
	"testing"

	"gont/mm"
	"gont/nt"
)

// TestTable: every service has a routine.
func TestTable(t *testing.T) {
	for n, f := range routines {
		if f == nil {
			t.Errorf("%v has no routine", nt.Service(n))
		}
	}
}

// TestEvent: from its handle to its end, and each bad argument with its status.
func TestEvent(t *testing.T) {
	simulate(t, func(w *world) {
		const at = dataAt
		expect := func(what string, got, want nt.Status) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		create := func(handle uint64, typ uint64) nt.Status {
			return w.service(nt.SvcCreateEvent, handle, uint64(nt.StandardAll|3), 0, typ, 0)
		}
		expect("create", create(at, nt.SynchronizationEvent), nt.StatusSuccess)
		h := get[uint64](w, at)
		expect("create: type", create(at, 2), nt.StatusInvalidParameter)
		expect("create: read-only", create(readOnly, 0), nt.StatusAccessViolation)
		expect("create: hole", create(hole, 0), nt.StatusAccessViolation)
		expect("create: kernel", create(0xFFFF_8000_0000_0000, 0), nt.StatusAccessViolation)
		expect("create: across the end", create(hole-4, 0), nt.StatusAccessViolation)
		expect("set", w.service(nt.SvcSetEvent, h, at+16), nt.StatusSuccess)
		if old := get[int32](w, at+16); old != 0 {
			t.Errorf("the event was %d", old)
		}
		expect("set: bad place", w.service(nt.SvcSetEvent, h, readOnly), nt.StatusAccessViolation)
		zero := put(w, at+24, int64(0))
		expect("wait", w.service(nt.SvcWaitForSingleObject, h, 0, zero), nt.StatusSuccess)
		expect("wait again", w.service(nt.SvcWaitForSingleObject, h, 0, zero), nt.StatusTimeout)
		expect("query: length", w.service(nt.SvcQueryEvent, h, 0, at+32, 4, 0), nt.StatusInfoLengthMismatch)
		expect("query: class", w.service(nt.SvcQueryEvent, h, 1, at+32, 8, 0), nt.StatusInvalidInfoClass)
		expect("query", w.service(nt.SvcQueryEvent, h, 0, at+32, 8, at+40), nt.StatusSuccess)
		if v := get[[2]int32](w, at+32); v != [2]int32{nt.SynchronizationEvent, 0} {
			t.Errorf("the event is %v", v)
		}
		expect("close", w.service(nt.SvcClose, h), nt.StatusSuccess)
		expect("close again", w.service(nt.SvcClose, h), nt.StatusInvalidHandle)
	})
}

// TestStackArguments: a stack that cannot be read is an access violation, before the
// routine has done anything.
func TestStackArguments(t *testing.T) {
	simulate(t, func(w *world) {
		c := &w.call
		for _, rsp := range []uint64{0, 8, hole - 0x28, hole, 0x7FFF_FFFF_FFF8, 0xFFFF_8000_0000_0000, ^uint64(0)} {
			c.Context.Rsp = rsp
			if s := c.Begin(1); s != nt.StatusAccessViolation {
				t.Errorf("RSP %#x: %v", rsp, s)
			}
			if s := c.Begin(0); s != nt.StatusSuccess {
				t.Errorf("RSP %#x, no arguments there: %v", rsp, s)
			}
		}
	})
}

// TestMemory: allocate, protect, query and free, by the services.
func TestMemory(t *testing.T) {
	simulate(t, func(w *world) {
		base, size, old := put(w, dataAt, uint64(0)), put(w, dataAt+8, uint64(3*mm.PageSize-5)), uint64(dataAt+16)
		all := ^uint64(0)
		if s := w.service(nt.SvcAllocateVirtualMemory, all, base, 0, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
			t.Fatal(s)
		}
		at := get[uint64](w, base)
		if n := get[uint64](w, size); n != 3*mm.PageSize || at&0xFFFF != 0 {
			t.Errorf("%#x bytes at %#x", n, at)
		}
		put(w, at+3*mm.PageSize-8, uint64(42))
		if s := w.service(nt.SvcProtectVirtualMemory, all, base, size, nt.PageReadOnly, old); !s.OK() {
			t.Error(s)
		}
		if v := get[uint32](w, old); v != nt.PageReadWrite {
			t.Errorf("old protection %#x", v)
		}
		if s := w.service(nt.SvcQuerySystemTime, at); s != nt.StatusAccessViolation {
			t.Errorf("an answer to a read-only page: %v", s)
		}
		if s := w.service(nt.SvcQueryVirtualMemory, all, at, 0, dataAt+64, 48, 0); !s.OK() {
			t.Error(s)
		} else if m := get[nt.MemoryBasicInformation](w, dataAt+64); m.BaseAddress != at || m.Protect != nt.PageReadOnly {
			t.Errorf("%+v", m)
		}
		put(w, size, uint64(0))
		if s := w.service(nt.SvcFreeVirtualMemory, all, base, size, nt.MemRelease); !s.OK() {
			t.Error(s)
		}
	})
}

// TestDisplayOnce: NtDisplayString takes the text and refuses what is too long.
func TestDisplayOnce(t *testing.T) {
	simulate(t, func(w *world) {
		for i, ch := range "hi" {
			put(w, dataAt+0x100+uint64(i)*2, uint16(ch))
		}
		u := put(w, dataAt, nt.UnicodeString{Length: 4, MaximumLength: 4, Buffer: dataAt + 0x100})
		if s := w.service(nt.SvcDisplayString, u); !s.OK() || w.displayed != "hi" {
			t.Errorf("%q, %v", w.displayed, s)
		}
		for what, v := range map[string]struct {
			u    nt.UnicodeString
			want nt.Status
		}{
			"long":   {nt.UnicodeString{Length: 0x3000, Buffer: dataAt}, nt.StatusInvalidParameter},
			"odd":    {nt.UnicodeString{Length: 3, Buffer: dataAt}, nt.StatusObjectNameInvalid},
			"hole":   {nt.UnicodeString{Length: 4, Buffer: hole}, nt.StatusAccessViolation},
			"kernel": {nt.UnicodeString{Length: 4, Buffer: 0xFFFFFFFF80201000}, nt.StatusAccessViolation},
		} {
			if s := w.service(nt.SvcDisplayString, put(w, dataAt, v.u)); s != v.want {
				t.Errorf("%s: %v, want %v", what, s, v.want)
			}
		}
	})
}
