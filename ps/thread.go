package ps

import (
	"cmp"
	"slices"

	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// Current returns the running thread.
func Current() *Thread {
	t, _ := ke.Current().Owner.(*Thread)
	return t
}

// CreateSystemThread is PsCreateSystemThread: body runs in ring 0. The caller
// owns the reference to t.Object.
func CreateSystemThread(name string, priority int, body func(*Thread)) *Thread {
	t := &Thread{Process: System, Created: now()}
	t.exit.Store(uint32(nt.StatusPending))
	t.Object = ob.New(ThreadType, t)
	t.Thread = ke.NewThread(name, priority, func() {
		body(t)
		t.ended(nt.StatusSuccess)
	})
	t.Thread.Owner = t
	mu.Lock()
	t.ID = lockedID(t)
	System.threads[t.ID] = t
	mu.Unlock()
	return t
}

// CreateThread makes a user thread that starts with ctx; it is not started.
// The caller owns one reference to t.Object; the running thread has another.
// STATUS_PROCESS_IS_TERMINATING when the process is to end.
func CreateThread(p *Process, ctx *hal.Context, teb uint64) (*Thread, nt.Status) {
	t := &Thread{Process: p, Context: ctx, Teb: teb, Start: ctx.Rip, Created: now()}
	t.exit.Store(uint32(nt.StatusPending))
	mu.Lock() // Terminate sees the thread whole, or it is not made
	if p.exiting {
		mu.Unlock()
		return nil, nt.StatusProcessIsTerminating
	}
	t.Thread = ke.NewThread(p.Name, p.Base(), func() {
		RunUser(t)
		t.ended(t.ExitStatus())
	})
	t.Thread.Owner = t
	t.Object = ob.New(ThreadType, t)
	t.Object.Reference() // the running thread's own
	p.Object.Reference()
	t.ID = lockedID(t)
	p.threads[t.ID] = t
	mu.Unlock()
	t.restrict() // a dispatch point: not with the lock
	return t, nt.StatusSuccess
}

// ended is the last thing a thread does before the dispatcher takes it away.
func (t *Thread) ended(s nt.Status) {
	p := t.Process
	if t.Io != nil && EndIo != nil {
		EndIo(t)
	}
	mu.Lock()
	t.exit.CompareAndSwap(uint32(nt.StatusPending), uint32(s))
	t.exitTime.Store(now())
	delete(p.threads, t.ID)
	user, kernel := t.Ticks()
	p.times[0] += user
	p.times[1] += kernel
	last := len(p.threads) == 0 && p != System
	if last {
		p.exiting = true
		p.exit.CompareAndSwap(uint32(nt.StatusPending), t.exit.Load())
	}
	mu.Unlock()
	if t.Context != nil && ForgetContext != nil {
		ForgetContext(t.Context)
	}
	if last {
		p.rundown()
	} else if t.Teb != 0 {
		p.Space.Free(t.Teb, 0, nt.MemRelease) // may be gone already: it is the program's to free
	}
	if t.Context != nil {
		t.Object.Dereference()
	} else {
		freeID(t.ID, t) // nobody need hold a reference
	}
}

// deleteThread is the type's: nobody references the thread any more. The
// process's object lasts that long, and so does its id, which the thread's
// client id names.
func deleteThread(o *ob.Object) {
	t := o.Body.(*Thread)
	freeID(t.ID, t)
	if t.Context != nil {
		t.Process.Object.Dereference()
	}
}

// Terminate asks one user thread to end with status; the first status stays.
func (t *Thread) Terminate(status nt.Status) {
	t.exit.CompareAndSwap(uint32(nt.StatusPending), uint32(status))
	ke.Terminate(t.Thread)
}

// ThreadList lists a process's threads by id.
func (p *Process) ThreadList() []*Thread {
	mu.Lock()
	defer mu.Unlock()
	list := make([]*Thread, 0, len(p.threads))
	for _, t := range p.threads {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *Thread) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Ticks returns how many clock ticks found the process's threads in ring 3 and in
// ring 0, those included that have ended.
func (p *Process) Ticks() (user, kernel uint64) {
	mu.Lock()
	defer mu.Unlock()
	user, kernel = p.times[0], p.times[1]
	for _, t := range p.threads {
		u, k := t.Ticks()
		user, kernel = user+u, kernel+k
	}
	return user, kernel
}

// Ticks returns how many clock ticks found the thread in ring 3 and in ring 0.
func (t *Thread) Ticks() (user, kernel uint64) {
	_, user, kernel = t.Counters()
	return user, kernel
}

// Threads counts a process's threads.
func (p *Process) Threads() int {
	mu.Lock()
	defer mu.Unlock()
	return len(p.threads)
}
