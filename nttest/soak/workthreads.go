//go:build ntuser

package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/guest"
)

// block is what a thread of guest.Threads has in R13.
type block struct {
	wait, set nt.Handle
	rounds    atomic.Uint64
	end       atomic.Uint64
}

// thread is one of them with its stack, whose first page is its block.
type thread struct {
	handle nt.Handle
	stack  ntdll.InitialTeb
	block  *block
	memory uint64
}

// newThread makes a thread, suspended; nil when there is no memory for it now.
func newThread(code, r12 uint64) (*thread, error) {
	t := &thread{}
	var s nt.Status
	var err error
	if t.memory, err = allocate(nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); t.memory == 0 {
		return nil, err
	}
	t.block = (*block)(address(t.memory))
	if t.stack, s = ntdll.RtlCreateUserStack(nt.CurrentProcess, 64<<10, 0); s.OK() {
		c := nt.Context{ContextFlags: nt.ContextFull, Rip: code, Rsp: t.stack.StackBase - 0x28, R12: r12, R13: t.memory}
		if t.handle, _, s = ntdll.NtCreateThread(nt.CurrentProcess, &c, &t.stack, true); s.OK() {
			return t, nil
		}
		release(t.stack.Allocation)
	}
	release(t.memory)
	if scarce(s) {
		return nil, nil
	}
	return nil, fmt.Errorf("a new thread: %w", s)
}

// ended waits for a thread's end, compares its status and takes it away.
func (t *thread) ended(want nt.Status) error {
	err := wait("a thread's end", t.handle)
	if err == nil {
		i, _ := ntdll.NtQueryInformationThread(t.handle)
		err = expect("its status", i.ExitStatus, want)
	}
	ntdll.NtClose(t.handle)
	if err == nil {
		if err = release(t.stack.Allocation); err == nil {
			err = release(t.memory)
		}
	}
	return err
}

// threadRound makes some threads of all kinds, that end by themselves, are ended
// in a loop, or never get to run.
func threadRound(w *hand) error {
	routines := guest.ThreadCode()
	type plan struct {
		*thread
		kill nt.Status
	}
	var list []plan
	w.step(1)
	for range 1 + w.IntN(6) {
		code, r12, kill := routines.Count, 1+w.Uint64N(300_000), nt.Status(0)
		switch w.IntN(5) {
		case 0:
			code, kill = routines.Spin, nt.Status(0x1000+w.IntN(100))
		case 1:
			code, r12 = routines.Push, 1+w.Uint64N(7000) // within the stack
		}
		t, err := newThread(code, r12)
		if err != nil {
			return err
		}
		if t == nil {
			continue
		}
		if w.IntN(3) == 0 {
			ntdll.NtSetPriorityThread(t.handle, int32(1+w.IntN(15)))
		}
		if kill == 0 || w.IntN(4) != 0 {
			ntdll.NtResumeThread(t.handle)
		}
		list = append(list, plan{t, kill})
	}
	w.step(2)
	if w.IntN(2) == 0 {
		ntdll.NtDelayExecution(false, -int64(w.IntN(second/100)))
	}
	for _, p := range list {
		want := nt.Status(guest.OwnEnd)
		if p.kill != 0 {
			w.step(3)
			if w.IntN(2) == 0 { // held back first, and let go
				ntdll.NtSuspendThread(p.handle)
				ntdll.NtResumeThread(p.handle)
			}
			if s := ntdll.NtTerminateThread(p.handle, p.kill); !s.OK() {
				return expect("NtTerminateThread", s, 0)
			}
			want = p.kill
		}
		w.step(4)
		if err := p.ended(want); err != nil {
			return err
		}
	}
	return nil
}

// waitRound: events between two threads, timers, mutants and semaphores.
func waitRound(w *hand) error {
	var made []nt.Handle
	defer func() {
		for _, h := range made {
			ntdll.NtClose(h)
		}
	}()
	var err error
	keep := func(h nt.Handle, s nt.Status) nt.Handle {
		if !s.OK() && err == nil {
			err = fmt.Errorf("an object: %w", s)
		}
		made = append(made, h)
		return h
	}
	there, back := keep(ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, false)), keep(ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, false))
	timer := keep(ntdll.NtCreateTimer(nil, w.IntN(2)))
	mutant, semaphore := keep(ntdll.NtCreateMutant(nil, true)), keep(ntdll.NtCreateSemaphore(nil, 2, 4))
	if err != nil {
		return err
	}
	w.step(1)
	t, err := newThread(guest.ThreadCode().Echo, 0)
	if t == nil {
		return err
	}
	t.block.wait, t.block.set = there, back
	ntdll.NtResumeThread(t.handle)
	n := uint64(5 + w.IntN(50))
	w.step(2)
	for range n {
		ntdll.NtSetEvent(there)
		if err := wait("an answer", back); err != nil {
			return err
		}
	}
	if got := t.block.rounds.Load(); got != n {
		return fmt.Errorf("%d answers to %d events", got, n)
	}
	t.block.end.Store(1)
	ntdll.NtSetEvent(there)
	w.step(3)
	if err := t.ended(guest.OwnEnd); err != nil {
		return err
	}
	w.step(4)
	due := int64(1 + w.IntN(second/50))
	begin := time.Now()
	if s := ntdll.NtSetTimer(timer, -due, int32(w.IntN(3))); !s.OK() {
		return expect("NtSetTimer", s, 0)
	}
	if err := wait("a timer", timer); err != nil {
		return err
	}
	if d := time.Since(begin); d < time.Duration(due)*100-20*time.Millisecond {
		return fmt.Errorf("a timer of %v fired after %v", time.Duration(due)*100, d)
	}
	ntdll.NtCancelTimer(timer)
	w.step(5)
	limit := int64(-1000)
	all := []nt.Handle{mutant, semaphore, there}
	if err := expect("all of three, one of them not signalled", ntdll.NtWaitForMultipleObjects(all, true, false, &limit), nt.StatusTimeout); err != nil {
		return err
	}
	ntdll.NtSetEvent(there)
	if err := expect("all of three", ntdll.NtWaitForMultipleObjects(all, true, false, &limit), nt.StatusSuccess); err != nil {
		return err
	}
	if old, s := ntdll.NtReleaseSemaphore(semaphore, 1); !s.OK() || old != 1 {
		return fmt.Errorf("NtReleaseSemaphore: %v, %d", s, old)
	}
	for range 2 { // it was owned, and then got once more
		if _, s := ntdll.NtReleaseMutant(mutant); !s.OK() {
			return expect("NtReleaseMutant", s, 0)
		}
	}
	_, s := ntdll.NtReleaseMutant(mutant)
	return expect("NtReleaseMutant of what is not owned", s, nt.StatusMutantNotOwned)
}
