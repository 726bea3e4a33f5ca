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

// CreateSystemThread is PsCreateSystemThread: body runs in ring 0.
func CreateSystemThread(name string, priority int, body func(*Thread)) *Thread {
	t := &Thread{Process: System, ExitStatus: nt.StatusPending}
	t.ID = allocateID(t)
	t.Thread = ke.NewThread(name, priority, func() {
		body(t)
		t.ended(nt.StatusSuccess)
	})
	t.Thread.Owner = t
	t.Object = ob.New(ThreadType, t)
	mu.Lock()
	System.threads[t.ID] = t
	mu.Unlock()
	return t
}

// CreateThread makes a user thread that starts with ctx; it is not started.
// The caller owns one reference to t.Object; the running thread has another.
func CreateThread(p *Process, ctx *hal.Context, teb uint64) (*Thread, nt.Status) {
	t := &Thread{Process: p, Context: ctx, Teb: teb, ExitStatus: nt.StatusPending}
	mu.Lock()
	if p.exiting {
		mu.Unlock()
		return nil, nt.StatusProcessIsTerminating
	}
	mu.Unlock()
	t.ID = allocateID(t)
	t.Thread = ke.NewThread(p.Name, p.Base, func() {
		RunUser(t)
		t.ended(t.ExitStatus)
	})
	t.Thread.Owner = t
	t.Object = ob.New(ThreadType, t)
	t.Object.Reference() // the running thread's own
	p.Object.Reference()
	mu.Lock()
	p.threads[t.ID] = t
	mu.Unlock()
	return t, nt.StatusSuccess
}

// ended is the last thing a thread does before the dispatcher takes it away.
func (t *Thread) ended(s nt.Status) {
	p := t.Process
	mu.Lock()
	if t.ExitStatus == nt.StatusPending {
		t.ExitStatus = s
	}
	delete(p.threads, t.ID)
	delete(cids, t.ID)
	last := len(p.threads) == 0 && p != System
	if last {
		p.exiting = true
		if p.ExitStatus == nt.StatusPending {
			p.ExitStatus = t.ExitStatus
		}
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
		p.Object.Dereference()
		t.Object.Dereference()
	}
}

// Terminate asks one user thread to end with status.
func (t *Thread) Terminate(status nt.Status) {
	mu.Lock()
	if t.ExitStatus == nt.StatusPending {
		t.ExitStatus = status
	}
	mu.Unlock()
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

// Threads counts a process's threads.
func (p *Process) Threads() int {
	mu.Lock()
	defer mu.Unlock()
	return len(p.threads)
}
