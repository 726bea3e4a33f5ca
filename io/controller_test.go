package io

import (
	"slices"
	"sync/atomic"
	"testing"

	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// TestController: devices get a controller one after the other, in their order, at
// DISPATCH_LEVEL; a routine may let it go at once, or free it before it returns.
func TestController(t *testing.T) {
	simulate(t, func(w *world) {
		c := CreateController("extension")
		w.expect("the extension", c.Extension, "extension")
		var got []int
		var waits []*Wait
		for i, action := range []Action{KeepObject, DeallocateObject, DeallocateObject, KeepObject, KeepObject, DeallocateObject} {
			waits = append(waits, NewWait(func() Action {
				w.expect("the level", ke.CurrentIrql() == ke.DispatchLevel, true)
				if got = append(got, i); i == 4 {
					c.Free() // done with it already
				}
				return action
			}))
		}
		for _, x := range waits {
			c.Allocate(x)
		}
		steps := func(want ...int) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("it was had by %v, want %v", got, want)
			}
		}
		steps(0)
		c.Free()
		steps(0, 1, 2, 3)
		w.expect("the level after", ke.CurrentIrql() == ke.PassiveLevel, true)
		c.Free()
		steps(0, 1, 2, 3, 4, 5)
		if r := panicked(c.Free); r != "io: what nobody has is freed" {
			t.Errorf("a controller that is free is freed: %v", r)
		}
		c.Allocate(waits[1]) // used again
		steps(0, 1, 2, 3, 4, 5, 1)
		DeleteController(c)
		n, _ := ControllerType.Counts()
		w.expect("controllers", n, 0)
	})
}

func panicked(f func()) (r any) {
	old := ke.CurrentIrql()
	defer func() {
		if r = recover(); ke.CurrentIrql() > old {
			ke.LowerIrql(old)
		}
	}()
	f()
	return nil
}

// TestControllerRaces: threads on several processors share a channel; never do two have it, and
// nobody is forgotten.
func TestControllerRaces(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		a := NewAdapter(16 << 20)
		var have, given atomic.Int64
		var threads []*ps.Thread
		for n := range 3 {
			threads = append(threads, w.user("device", func(*ps.Thread) {
				mine := ke.NewEvent(nt.SynchronizationEvent, false)
				keep := NewWait(func() Action {
					if have.Add(1) != 1 {
						t.Error("two have the channel")
					}
					given.Add(1)
					mine.Set()
					return KeepObject
				})
				short := NewWait(func() Action {
					if have.Load() != 0 {
						t.Error("one has the channel that another has")
					}
					given.Add(1)
					mine.Set()
					return DeallocateObject
				})
				for i := range *rounds {
					x := keep
					if (i+n)%3 == 0 {
						x = short
					}
					a.AllocateChannel(x)
					ke.WaitForSingleObject(mine, ke.KernelMode, false, nil)
					if x == keep {
						w.poll()
						have.Add(-1)
						a.FreeChannel()
					}
				}
			}))
		}
		for _, th := range threads {
			w.wait(th)
		}
		w.expect("times that it was given", given.Load(), int64(3**rounds))
		a.Object.Dereference()
		n, _ := AdapterType.Counts()
		w.expect("adapters", n, 0)
	})
}

// TestReaches: which addresses an adapter's bus reaches, at the limit and around it.
func TestReaches(t *testing.T) {
	simulate(t, func(*world) {
		const limit = 16 << 20
		a, all := NewAdapter(limit), NewAdapter(0)
		for _, c := range []struct {
			at, n uint64
			want  bool
		}{{0, limit, true}, {0, limit + 1, false}, {limit - 1, 1, true}, {limit - 1, 2, false}, {limit, 0, true}, {limit, 1, false}, {^uint64(0), 2, false}, {1, ^uint64(0), false}} {
			if got := a.Reaches(c.at, c.n); got != c.want {
				t.Errorf("%d bytes at %#x: %v", c.n, c.at, got)
			}
			if !all.Reaches(c.at, c.n) {
				t.Errorf("a bus without a limit does not reach %#x", c.at)
			}
		}
		a.Object.Dereference()
		all.Object.Dereference()
	})
}

// TestRemoveLock: who removes a device waits for its users, lets nobody in meanwhile, and a
// release too many is noticed.
func TestRemoveLock(t *testing.T) {
	simulate(t, func(w *world) {
		var l RemoveLock
		l.Initialize()
		for range 3 {
			w.expect("a user", l.Acquire(), nt.StatusSuccess)
		}
		l.Release()
		var gone atomic.Bool
		remover := w.user("remover", func(*ps.Thread) {
			l.ReleaseAndWait()
			gone.Store(true)
		})
		w.sleep(3)
		w.expect("one is in it still", gone.Load(), false)
		w.expect("a late user", l.Acquire(), nt.StatusDeletePending)
		l.Release()
		w.wait(remover)
		w.expect("it has gone", gone.Load(), true)
		if r := panicked(l.Release); r != "io: a remove lock is released once too often" {
			t.Errorf("a release too many: %v", r)
		}
		l.Initialize()
		w.expect("a new life", l.Acquire(), nt.StatusSuccess)
		l.ReleaseAndWait() // alone: at once
	})
}

// TestRemoveLockRaces: users come and go on all processors while the device is removed.
func TestRemoveLockRaces(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		for range max(*rounds/10, 10) {
			var l RemoveLock
			l.Initialize()
			var inside atomic.Int64
			var gone atomic.Bool
			var threads []*ps.Thread
			for range 2 {
				threads = append(threads, w.user("user", func(*ps.Thread) {
					for l.Acquire().OK() {
						inside.Add(1)
						if gone.Load() {
							t.Error("somebody is in it after its end")
						}
						w.poll()
						inside.Add(-1)
						l.Release()
					}
				}))
			}
			l.Acquire()
			w.poll()
			l.ReleaseAndWait()
			if inside.Load() != 0 {
				t.Error("it has gone with users in it")
			}
			gone.Store(true)
			for _, th := range threads {
				w.wait(th)
			}
		}
	})
}
