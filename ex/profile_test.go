package ex

import (
	"encoding/binary"
	"testing"

	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// TestProfileRange: what NtCreateProfile refuses, and which address is counted
// where.
func TestProfileRange(t *testing.T) {
	for _, c := range []struct {
		r    ProfileRange
		want nt.Status
	}{
		{ProfileRange{Base: 0x1000, Size: 0x100, Shift: 2, Length: 0x100}, nt.StatusSuccess},
		{ProfileRange{Base: 0x1000, Size: 0x101, Shift: 2, Length: 0x100}, nt.StatusBufferTooSmall},
		{ProfileRange{Base: 0x1000, Size: 0x100, Shift: 2}, nt.StatusInvalidParameter7},
		{ProfileRange{Base: 0x1000, Size: 0x100, Shift: 1, Length: 0x100}, nt.StatusInvalidParameter},
		{ProfileRange{Base: 0x1000, Size: 0x100, Shift: 32, Length: 0x100}, nt.StatusInvalidParameter},
		{ProfileRange{Base: 1 << 63, Size: 1<<63 + 1, Shift: 31, Length: ^uint32(0)}, nt.StatusBufferTooSmall},
		{ProfileRange{Base: ^uint64(0) - 5, Size: 0x100, Shift: 31, Length: 4}, nt.StatusBufferOverflow},
	} {
		if s := c.r.Check(); s != c.want {
			t.Errorf("%+v: %v, want %v", c.r, s, c.want)
		}
	}
	r := ProfileRange{Base: 0x1000, Size: 0x105, Shift: 4, Buffer: 0x5000, Length: 0x40}
	for rip, want := range map[uint64]uint64{0xFFF: 0, 0x1000: 0x5000, 0x100F: 0x5000, 0x1010: 0x5004, 0x10FF: 0x503C,
		0x1100: 0 /* the last bucket has no room */, 0x1105: 0, ^uint64(0): 0} {
		va, ok := r.bucket(rip)
		if ok != (want != 0) || ok && va != want {
			t.Errorf("%#x is counted at %#x, %v", rip, va, ok)
		}
	}
}

// buyer makes a process with a page of buckets.
func (w *world) buyer() (p *ps.Process, buffer uint64) {
	w.t.Helper()
	p, s := ps.CreateProcess(ps.System, "buyer", nil, ps.SystemToken, false)
	if !s.OK() {
		w.t.Fatal(s)
	}
	buffer, _, s = p.Space.Allocate(0, mm.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		w.t.Fatal(s)
	}
	return p, buffer
}

func profile(typ *ob.Type, of, owner *ps.Process, r ProfileRange) *ob.Object {
	p := &Profile{ProfileRange: r, Owner: owner.Object.Reference(), Affinity: 5}
	if of != nil {
		p.Process = of.Object.Reference()
	}
	return ob.New(typ, p)
}

// TestProfile: ticks are counted for the right process, processor, ring and
// interval, while the profile is started.
func TestProfile(t *testing.T) {
	simulate(t, func(w *world) {
		typ, _ := ob.CreateType(ob.Type{Name: "Profile", Delete: DeleteProfile})
		p, buffer := w.buyer()
		other, _ := w.buyer()
		count := func(i uint64) uint32 {
			var b [4]byte
			p.Space.ReadBytes(buffer+i*4, b[:])
			return binary.LittleEndian.Uint32(b[:])
		}
		o := profile(typ, p, p, ProfileRange{Base: 0x10000, Size: 0x1000, Shift: 4, Buffer: buffer, Length: 0x400})
		tick := func(processor int, n, rip uint64, p *ps.Process) {
			if Profiling() {
				ProfileTick(processor, n, rip, p)
			}
		}
		tick(0, 1, 0x10020, p)
		w.expect("not started", count(2), uint32(0))
		w.expect("StartProfile", StartProfile(o), nt.StatusSuccess)
		w.expect("again", StartProfile(o), nt.StatusProfilingNotStopped)
		for n := range uint64(3) {
			tick(0, n, 0x10020, p)
			tick(1, n, 0x10020, p) // not of its processors
			tick(2, n, 0x10FFF, p)
			tick(0, n, 0x10020, other)
			tick(0, n, 0x20020, p)
		}
		w.expect("bucket 2", count(2), uint32(3))
		w.expect("bucket 255", count(255), uint32(3))
		SetProfileInterval(390_000, 156_250)
		w.expect("interval", ProfileInterval(156_250), uint32(312_500))
		for n := range uint64(10) {
			tick(0, n, 0x10020, p)
		}
		SetProfileInterval(1, 156_250)
		w.expect("every second tick", count(2), uint32(8))
		all := profile(typ, nil, p, ProfileRange{Base: 1 << 63, Size: 0x1000, Shift: 4, Buffer: buffer + 0x400, Length: 0x400})
		StartProfile(all)
		tick(0, 1, 1<<63+0x10, other)
		w.expect("ring 0", count(0x101), uint32(1))
		w.expect("StopProfile", StopProfile(o), nt.StatusSuccess)
		w.expect("again", StopProfile(o), nt.StatusProfilingNotStarted)
		tick(0, 1, 0x10020, p)
		w.expect("stopped", count(2), uint32(8))

		// Without the buckets, and without the process, ticks do no harm.
		p.Space.Free(buffer, 0, nt.MemRelease)
		StartProfile(o)
		tick(0, 1, 0x10020, p)
		p.Terminate(nt.StatusSuccess)
		tick(0, 1, 0x10020, p)
		o.Dereference()
		all.Dereference()
		other.Terminate(nt.StatusSuccess)
		w.settle()
		w.expect("profiling", Profiling(), false)
		n, _ := typ.Counts()
		w.expect("profiles", n, 0)
	})
}

// TestProfileLimit: so many at a time.
func TestProfileLimit(t *testing.T) {
	simulate(t, func(w *world) {
		typ, _ := ob.CreateType(ob.Type{Name: "Profile", Delete: DeleteProfile})
		var list []*ob.Object
		for i := range MaximumProfiles + 1 {
			o := profile(typ, nil, ps.System, ProfileRange{Base: 0, Size: 1 << 40, Shift: 31, Buffer: 0x10000, Length: 4096})
			want := nt.StatusSuccess
			if i == MaximumProfiles {
				want = nt.StatusProfilingAtLimit
			}
			w.expect("StartProfile", StartProfile(o), want)
			list = append(list, o)
		}
		ProfileTick(0, 0, 0x1000, ps.System) // System has no memory of its own
		for _, o := range list {
			o.Dereference()
		}
		w.expect("profiling", Profiling(), false)
	})
}
