package ps

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"testing"

	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
)

// TestFirstProcesses: Idle is 0, System is 4, both run.
func TestFirstProcesses(t *testing.T) {
	simulate(t, func(w *world) {
		w.expect("Idle", Idle.ID, uint64(0))
		w.expect("System", System.ID, uint64(4))
		w.expect("active", fmt.Sprint(len(actives()), " ", actives()[0].Name, " ", actives()[1].Name), "2 Idle System")
		w.expect("System's space", System.Space == nil, true)
		w.expect("System's token", System.Token, SystemToken)
		w.expect("System's handles", System.Handles.Count(), 0)
		w.expect("current process", Current().Process, System)
		w.expect("threads", System.Threads(), 1)
		w.expect("exit status", System.ExitStatus(), nt.StatusPending)
		w.expect("signalled", System.Signalled(), false)
		o, s := ob.Lookup(nil, `\ObjectTypes\Process`, false, nil)
		w.expect("the type's name", s, nt.StatusSuccess)
		o.Dereference()
	})
	if Current() == nil || Current().Process != Idle {
		t.Error("the idle thread is not Idle's")
	}
}

// TestSystemThread: an id, a name, an end.
func TestSystemThread(t *testing.T) {
	simulate(t, func(w *world) {
		e := ke.NewEvent(nt.NotificationEvent, false)
		before := w.totals()
		var self *Thread
		th := CreateSystemThread("worker", 12, func(x *Thread) {
			self = x
			w.expect("Current", Current(), x)
			ke.WaitForSingleObject(e, ke.KernelMode, false, nil)
		})
		w.expect("threads", System.Threads(), 2)
		ke.StartThread(th.Thread)
		w.expect("self", self, th)
		if th.ID%4 != 0 || th.ID == 0 || th.ID == System.ID || th.ID == Current().ID {
			t.Errorf("id %d", th.ID)
		}
		w.expect("context", th.Context == nil, true)
		e.Set()
		w.expect("state", th.State(), ke.Terminated)
		w.expect("exit status", th.ExitStatus(), nt.StatusSuccess)
		w.expect("threads", System.Threads(), 1)
		th.Object.Dereference()
		w.expect("totals", w.totals(), before)
	})
}

// TestLife: a process ends with its last thread, and everything comes back.
func TestLife(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		p := w.process("p")
		p.Object.Reference() // ours
		w.expect("parent", p.Parent, System.ID)
		w.expect("active", len(actives()), 3)
		w.expect("token", p.Token, SystemToken)
		var events [3]*ke.Event
		var threads [3]*Thread
		for i := range events {
			events[i] = ke.NewEvent(nt.NotificationEvent, false)
			threads[i] = w.thread(p, func(x *Thread) {
				w.expect("Current", Current(), x)
				w.expect("wait", ke.WaitForSingleObject(events[i], ke.UserMode, false, nil), nt.StatusSuccess)
				x.Terminate(nt.Status(100 + i))
			})
			w.expect("name", threads[i].Name, "p")
			w.expect("teb", threads[i].Teb, uint64(0x7000))
			ke.StartThread(threads[i].Thread)
		}
		// Handles of its own, to itself and to a thread, do not keep it.
		p.Handles.Insert(p.Object, nt.AllAccess, 0)
		p.Handles.Insert(threads[0].Object, nt.AllAccess, 0)
		w.settle()
		for i, e := range []int{1, 0, 2} {
			w.expect("threads", p.Threads(), 3-i)
			w.expect("signalled", p.Signalled(), false)
			w.expect("exit status", p.ExitStatus(), nt.StatusPending)
			events[e].Set()
			w.settle()
			w.expect("thread's state", threads[e].State(), ke.Terminated)
			w.expect("thread's exit status", threads[e].ExitStatus(), nt.Status(100+e))
		}
		w.expect("signalled", p.Signalled(), true)
		w.expect("exit status", p.ExitStatus(), nt.Status(102))
		w.expect("handles", p.Handles.Count(), 0)
		w.expect("active", len(actives()), 2)
		if len(w.left) != 1 || w.left[0] != p.Space {
			t.Errorf("%d address spaces were left", len(w.left))
		}
		if len(w.forgot) != 3 {
			t.Errorf("%d contexts were forgotten", len(w.forgot))
		}
		w.expect("Terminate", p.Terminate(1), nt.StatusProcessIsTerminating)
		if _, s := CreateThread(p, new(hal.Context), 0); s != nt.StatusProcessIsTerminating {
			t.Errorf("CreateThread: %v", s)
		}
		for _, x := range threads {
			x.Object.Dereference()
		}
		p.Object.Dereference()
		w.expect("totals", w.totals(), before)
	})
}

// TestTerminate: threads that wait, run, are suspended, or have not started.
func TestTerminate(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		p := w.process("p")
		p.Object.Reference()
		e := ke.NewEvent(nt.NotificationEvent, false)
		var waited nt.Status
		waiting := w.thread(p, func(x *Thread) { waited = ke.WaitForSingleObject(e, ke.UserMode, false, nil) })
		running := w.thread(p, func(x *Thread) {
			for !x.Terminating() {
				ke.Yield()
				w.now += tick
				ke.Tick(1, true)
			}
		})
		suspended := w.thread(p, func(x *Thread) {
			for !x.Terminating() {
				ke.SuspendPoint(x.Thread)
			}
		})
		ke.Suspend(suspended.Thread)
		late := w.thread(p, func(x *Thread) { w.expect("late", x.Terminating(), true) })
		for _, x := range []*Thread{waiting, running, suspended} {
			ke.StartThread(x.Thread)
		}
		ke.Delay(ke.KernelMode, false, -5*tick)
		w.expect("Terminate", p.Terminate(77), nt.StatusSuccess)
		w.expect("again", p.Terminate(78), nt.StatusProcessIsTerminating)
		if _, s := CreateThread(p, new(hal.Context), 0); s != nt.StatusProcessIsTerminating {
			t.Errorf("CreateThread: %v", s)
		}
		w.settle()
		w.expect("threads", p.Threads(), 1)
		w.expect("signalled", p.Signalled(), false)
		ke.StartThread(late.Thread)
		w.expect("wait", ke.WaitForSingleObject(&p.Process, ke.KernelMode, false, nil), nt.StatusSuccess)
		w.expect("its wait", waited, nt.StatusUserApc)
		w.expect("exit status", p.ExitStatus(), nt.Status(77))
		for _, x := range []*Thread{waiting, running, suspended, late} {
			w.expect("thread's exit status", x.ExitStatus(), nt.Status(77))
			x.Object.Dereference()
		}
		p.Object.Dereference()
		w.settle()
		w.expect("totals", w.totals(), before)
	})
}

// TestTerminateItself: the current thread goes on until it is out of its
// service.
func TestTerminateItself(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		p := w.process("p")
		p.Object.Reference()
		th := w.thread(p, func(x *Thread) {
			w.expect("Terminate", x.Process.Terminate(5), nt.StatusSuccess)
			w.expect("Terminating", x.Terminating(), true)
			w.expect("signalled", p.Signalled(), false)
			w.expect("space", len(w.left), 0)
		})
		ke.StartThread(th.Thread)
		ke.WaitForSingleObject(&p.Process, ke.KernelMode, false, nil)
		ke.WaitForSingleObject(th.Thread, ke.KernelMode, false, nil)
		w.expect("exit status", p.ExitStatus(), nt.Status(5))
		th.Object.Dereference()
		p.Object.Dereference()
		w.expect("totals", w.totals(), before)
	})
}

// TestTerminateEmpty: a process that never had a thread.
func TestTerminateEmpty(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		p := w.process("p")
		p.Object.Reference()
		w.expect("Terminate", p.Terminate(9), nt.StatusSuccess)
		w.expect("signalled", p.Signalled(), true)
		w.expect("exit status", p.ExitStatus(), nt.Status(9))
		w.expect("again", p.Terminate(9), nt.StatusProcessIsTerminating)
		if _, s := CreateThread(p, new(hal.Context), 0); s != nt.StatusProcessIsTerminating {
			t.Errorf("CreateThread: %v", s)
		}
		p.Object.Dereference()
		w.expect("totals", w.totals(), before)
	})
}

// TestExitStatusPending: a program may give STATUS_PENDING as its exit status;
// its process ends all the same, and once.
func TestExitStatusPending(t *testing.T) {
	for _, how := range []string{"process without threads", "process", "thread", "last thread twice"} {
		t.Run(how, func(t *testing.T) {
			simulate(t, func(w *world) {
				before := w.totals()
				p := w.process("p")
				p.Object.Reference()
				if how != "process without threads" {
					th := w.thread(p, func(x *Thread) {
						if how == "process" {
							p.Terminate(nt.StatusPending)
						} else {
							x.Terminate(nt.StatusPending)
						}
					})
					ke.StartThread(th.Thread)
					ke.WaitForSingleObject(th.Thread, ke.KernelMode, false, nil)
					th.Object.Dereference()
				} else {
					p.Terminate(nt.StatusPending)
				}
				w.expect("signalled", p.Signalled(), true)
				w.expect("Terminate", p.Terminate(1), nt.StatusProcessIsTerminating)
				if _, s := CreateThread(p, new(hal.Context), 0); s != nt.StatusProcessIsTerminating {
					t.Errorf("CreateThread: %v", s)
				}
				w.expect("address spaces left", len(w.left), 1)
				p.Object.Dereference()
				w.expect("totals", w.totals(), before)
			})
		})
	}
}

// TestCreateFails: nothing is left of a process that could not be made.
func TestCreateFails(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		fail := func(what string, section *ob.Object, want nt.Status) {
			t.Helper()
			p, s := CreateProcess(System, "bad", section, SystemToken, false)
			w.expect(what, s, want)
			if p != nil {
				t.Errorf("%s: a status and a process", what)
			}
			w.expect(what+": totals", w.totals(), before)
		}
		// The image's place is taken.
		section := ob.New(w.section, &mm.Section{Base: nt.SharedUserData &^ 0xFFFF, Size: 0x10000})
		shared, _ := mm.AllocatePage(mm.UseShared, true)
		before = w.totals()
		BeforeUser = func(p *Process) nt.Status { return p.Space.MapShared(nt.SharedUserData, shared) }
		fail("image in the way", section, nt.StatusConflictingAddresses)
		n, _ := section.Counts()
		w.expect("section's references", n, 1)
		// BeforeUser declines, after it has done something.
		BeforeUser = func(p *Process) nt.Status {
			p.Space.MapShared(nt.SharedUserData, shared)
			p.Handles.Insert(section, 0, 0)
			return nt.StatusUnsuccessful
		}
		fail("BeforeUser", nil, nt.StatusUnsuccessful)
		n, _ = section.Counts()
		w.expect("section's references", n, 1)
		// No memory.
		var held []uint32
		for {
			n, ok := mm.AllocatePage(mm.UseShared, false)
			if !ok {
				break
			}
			held = append(held, n)
		}
		BeforeUser = func(p *Process) nt.Status { return p.Space.MapShared(nt.SharedUserData, shared) }
		if _, s := CreateProcess(System, "bad", nil, SystemToken, false); s != nt.StatusNoMemory {
			t.Errorf("without memory: %v", s)
		}
		mm.FreePages(held[:1])
		if _, s := CreateProcess(System, "bad", nil, SystemToken, false); s != nt.StatusNoMemory {
			t.Errorf("with one page: %v", s)
		}
		mm.FreePages(held[1:])
		w.expect("totals", w.totals(), before)
		section.Dereference()
	})
}

// TestSection: a process keeps its image's section until it has ended, so that the image's
// file can then be deleted.
func TestSection(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		section := ob.New(w.section, &mm.Section{Base: nt.UserImageBase, Size: 0x10000})
		p, s := CreateProcess(System, "p", section, nil, false)
		w.expect("CreateProcess", s, nt.StatusSuccess)
		p.Object.Reference()
		n, _ := section.Counts()
		w.expect("section's references", n, 2)
		if q, _ := p.Space.Query(nt.UserImageBase); q.Type != nt.MemImage {
			t.Errorf("Query: %+v", q)
		}
		same := p.ImageSection()
		w.expect("ImageSection", same, section)
		same.Dereference()
		p.Terminate(0)
		n, _ = section.Counts()
		w.expect("section's references", n, 1) // though somebody still holds the process
		if p.ImageSection() != nil {
			t.Error("a process that has ended has an image")
		}
		p.Object.Dereference()
		n, _ = section.Counts()
		w.expect("section's references", n, 1)
		section.Dereference()
		n, _ = w.section.Counts()
		w.expect("sections", n, 0)
		w.expect("totals", w.totals(), before)
	})
}

// TestIDs are multiples of 4, unique, and come again after the end of their
// range.
func TestIDs(t *testing.T) {
	simulate(t, func(w *world) {
		seen := map[uint64]bool{}
		p := w.process("p")
		for range 50 {
			th := w.thread(p, nil)
			if th.ID%4 != 0 || seen[th.ID] || th.ID == p.ID {
				t.Errorf("id %d", th.ID)
			}
			seen[th.ID] = true
			ke.StartThread(th.Thread)
		}
		mu.Lock()
		nextID = 1<<24 - 4
		mu.Unlock()
		a := w.process("a")
		w.expect("the last id", a.ID, uint64(1<<24-4))
		b := w.process("b")
		if b.ID == 0 || b.ID == 4 || b.ID == p.ID || seen[b.ID] || b.ID == Current().ID || b.ID > 1000 {
			t.Errorf("the id after it is %d", b.ID)
		}
		w.settle() // p's threads end
		w.expect("p", p.Signalled(), true)
		c := w.process("c")
		w.expect("c's id", c.ID > b.ID && c.ID < 1000, true)
		for _, x := range []*Process{a, b, c} {
			x.Terminate(0)
		}
	})
}

// TestLookup: what has ended keeps its id, and is found by it, as long as
// somebody references it, and no longer.
func TestLookup(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		p := w.process("p")
		id := p.ID
		x := LookupProcess(id)
		w.expect("LookupProcess", x, p)
		th, _ := CreateThread(p, new(hal.Context), 0x7000)
		w.expect("LookupThread", LookupThread(th.ID), th)
		w.expect("a process's id for a thread", LookupThread(id) == nil, true)
		w.expect("a thread's id for a process", LookupProcess(th.ID) == nil, true)
		w.expect("0", LookupProcess(0) == nil, true)
		ke.StartThread(th.Thread)
		w.settle()
		w.expect("ended", p.Signalled(), true)
		p.Object.Dereference() // x
		x = LookupProcess(id)  // the thread holds it
		w.expect("after its end", x, p)
		p.Object.Dereference()
		mu.Lock()
		nextID = id
		mu.Unlock()
		q := w.process("q")
		w.expect("an id in use comes again", q.ID == id || q.ID == th.ID, false)
		th.Object.Dereference()
		th.Object.Dereference()
		w.expect("after the last reference", LookupProcess(id) == nil && LookupThread(th.ID) == nil, true)
		mu.Lock()
		nextID = id
		mu.Unlock()
		r := w.process("r")
		w.expect("the id comes again", r.ID, id)
		q.Terminate(0)
		r.Terminate(0)
		w.expect("totals", w.totals(), before)
	})
}

// TestRandomLives: many processes with many threads that create, end, and end
// each other; nothing is left.
func TestRandomLives(t *testing.T) {
	for seed := range uint64(4) {
		simulate(t, func(w *world) {
			before := w.totals()
			r := rand.New(rand.NewPCG(seed, 8))
			h := ob.NewHandleTable()
			var handles []nt.Handle
			body := func(x *Thread) {
				for !x.Terminating() {
					switch r.IntN(6) {
					case 0:
						x.Terminate(nt.Status(r.IntN(1000)))
					case 1:
						v := int64(-1 - r.IntN(5*tick))
						ke.Delay(ke.UserMode, r.IntN(2) == 0, v)
					case 2:
						ke.Yield()
					case 3:
						x.Process.Space.Allocate(0, uint64(1+r.IntN(8*mm.PageSize)), nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
						x.Process.Handles.Insert(x.Object, 1, 0)
					case 4:
						w.now += tick
						ke.Tick(1, true)
					case 5:
						if x.Process.Threads() < 5 && r.IntN(3) == 0 {
							th, s := CreateThread(x.Process, new(hal.Context), 0)
							if s == nt.StatusProcessIsTerminating {
								break // it will be x's turn soon
							}
							w.bodies[th] = w.bodies[x]
							ke.StartThread(th.Thread)
							th.Object.Dereference()
						}
					}
				}
			}
			for i := range 60 {
				p := w.process(fmt.Sprint("p", i))
				x, _ := h.Insert(p.Object, 1, 0)
				handles = append(handles, x)
				threads := make([]*Thread, r.IntN(4)) // all made before the first can end the process
				for k := range threads {
					threads[k] = w.thread(p, body)
					ke.SetPriority(threads[k].Thread, 1+r.IntN(15))
				}
				for _, th := range threads {
					ke.StartThread(th.Thread)
					th.Object.Dereference()
				}
				w.settle()
				if len(handles) > 10 {
					o, s := h.Reference(handles[0], 1, ProcessType)
					if !s.OK() {
						panic(s)
					}
					victim := o.Body.(*Process)
					victim.Terminate(nt.Status(i))
					w.expect("wait", ke.WaitForSingleObject(&victim.Process, ke.KernelMode, false, nil), nt.StatusSuccess)
					o.Dereference()
					h.Close(handles[0])
					handles = handles[1:]
				}
			}
			for _, p := range actives()[2:] {
				p.Terminate(1)
			}
			ke.Delay(ke.KernelMode, false, -10*tick)
			w.expect("active", len(actives()), 2)
			h.CloseAll()
			w.expect("totals", w.totals(), before)
		})
	}
}

// TestLastHandle: a process without threads ends when nobody can give it one any
// more; one that runs does not.
func TestLastHandle(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		h := ob.NewHandleTable()
		p := w.process("p")
		a, _ := h.Insert(p.Object, 1, 0)
		b, _ := h.Insert(p.Object, 1, 0)
		h.Close(a)
		w.expect("signalled", p.Signalled(), false)
		h.Close(b)
		w.expect("totals", w.totals(), before)

		p = w.process("q")
		a, _ = h.Insert(p.Object, 1, 0)
		e := ke.NewEvent(nt.NotificationEvent, false)
		th := w.thread(p, func(*Thread) { ke.WaitForSingleObject(e, ke.UserMode, false, nil) })
		ke.StartThread(th.Thread)
		th.Object.Dereference()
		h.Close(a)
		w.settle()
		w.expect("threads", p.Threads(), 1)
		e.Set()
		w.settle()
		w.expect("totals", w.totals(), before)
	})
}

// TestChain: a process without threads that keeps the last handle of another, and so
// on, takes all of them along, on a stack that does not grow with their number.
func TestChain(t *testing.T) {
	simulate(t, func(w *world) {
		defer debug.SetMaxStack(debug.SetMaxStack(32 << 10)) // no room to call itself 200 times
		before := w.totals()
		h := ob.NewHandleTable()
		first := w.process("first")
		a, _ := h.Insert(first.Object, 1, 0)
		for last, i := first, 0; i < 200; i++ {
			p, s := CreateProcess(System, "next", nil, SystemToken, false)
			if !s.OK() {
				panic(s)
			}
			last.Handles.Insert(p.Object, 1, 0)
			last = p
		}
		w.expect("active", len(actives()), 203)
		h.Close(a)
		w.expect("active", len(actives()), 2)
		w.expect("totals", w.totals(), before)
	})
}

// TestPublish: a process that is being made is not found, and one that has ended before
// is not listed.
func TestPublish(t *testing.T) {
	simulate(t, func(w *world) {
		before := w.totals()
		p, _ := PrepareProcess(System, "p", nil, SystemToken, false)
		w.expect("found by id", LookupProcess(p.ID) == nil, true)
		w.expect("active", len(actives()), 2)
		p.Publish()
		w.expect("found by id", LookupProcess(p.ID), p)
		p.Object.Dereference()
		w.expect("active", len(actives()), 3)
		p.Terminate(1)
		w.expect("totals", w.totals(), before)
		p, _ = PrepareProcess(System, "p", nil, SystemToken, false)
		p.Object.Reference()
		p.Terminate(1)
		p.Publish()
		w.expect("active", len(actives()), 2)
		p.Object.Dereference()
		w.expect("totals", w.totals(), before)
	})
}
