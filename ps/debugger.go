package ps

import (
	"cmp"
	"slices"

	"gont/ke"
)

// What the kernel's debugger reads. All processors are stopped, and no lock is taken: what
// another processor was changing may be seen half done. A map that is being changed cannot be read
// (it may lead nowhere): while mu is held, processes are those in the active list, and threads those that run.

// DebugProcesses lists the processes that have not ended.
func DebugProcesses() []*Process { return slices.Clone(active) }

// DebugThreads lists a process's threads by id.
func (p *Process) DebugThreads() []*Thread {
	if mu.Held() {
		return running(func(t *Thread) bool { return t.Process == p })
	}
	list := make([]*Thread, 0, len(p.threads))
	for _, t := range p.threads {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *Thread) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// DebugThread returns the thread with an id, or nil.
func DebugThread(id uint64) *Thread {
	if mu.Held() {
		if list := running(func(t *Thread) bool { return t.ID == id }); len(list) > 0 {
			return list[0]
		}
		return nil
	}
	t, _ := cids[id].(*Thread)
	return t
}

// DebugProcess returns the process with an id, or nil.
func DebugProcess(id uint64) *Process {
	if mu.Held() {
		if i := slices.IndexFunc(active, func(p *Process) bool { return p.ID == id }); i >= 0 {
			return active[i]
		}
		return nil
	}
	p, _ := cids[id].(*Process)
	return p
}

// running lists the threads of processes that processors run and is true of.
func running(is func(*Thread) bool) (list []*Thread) {
	for n := range ke.MaximumProcessors {
		if k := ke.RunningThread(n); k != nil {
			if t, _ := k.Owner.(*Thread); t != nil && is(t) {
				list = append(list, t)
			}
		}
	}
	return list
}
