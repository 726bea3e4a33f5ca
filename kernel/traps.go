//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
	"gont/svc/thread"
)

// runUser is a user thread's goroutine: ring 3 until the next trap, the trap,
// and again, until the thread is to end (DESIGN 4).
func runUser(t *ps.Thread) {
	c := t.Context
	call := &svc.Call{Thread: t, Context: c}
	for {
		if t.HeldUp() {
			ke.SuspendPoint(t.Thread)
			if t.Terminating() {
				return
			}
			if t.UserApcPending() {
				thread.DeliverUserApc(t)
				continue
			}
		}
		t.ContextSet = false
		hal.EnterUser(c) // it comes back at once when there is something to poll for
		if c.Vector != hal.VectorSyscall {
			if c.Vector < 32 {
				thread.UserException(t, c)
			}
			if hal.Attention() {
				poll(true)
			}
			continue
		}
		// A service. RAX is its status, unless it has loaded RAX itself.
		svc.Calls.Add(1)
		n := uint32(c.Rax)
		t.Service = n + 1
		if hal.HeapShort(mm.HeapMinimum) {
			mm.KeepHeap()
		}
		s := nt.StatusInvalidSystemService
		if n < uint32(nt.NumServices) {
			s = nt.StatusSuccess
			if a := onStack[n]; a != 0 {
				s = call.Begin(int(a))
			}
			if s == nt.StatusSuccess {
				s = serviceTable[n](call)
			}
		}
		if ke.Checked {
			checkService(nt.Service(n))
		}
		t.Service = 0
		if t.Continued {
			t.Continued = false
		} else {
			c.Rax = uint64(s)
		}
		if t.NextContext != nil {
			thread.Leave(t)
		}
	}
}

// checkService stops a checked build whose service has not come back as it went:
// at PASSIVE_LEVEL, without a lock.
func checkService(n nt.Service) {
	if irql, held := ke.CurrentIrql(), ke.HeldLocks(); irql != ke.PassiveLevel || held != 0 {
		bugcheck.Check(ex.IrqlGtZeroAtSystemService, uint64(n), uint64(irql), uint64(held), 0, n.String()+" has returned at a raised IRQL or with a lock held")
	}
}
