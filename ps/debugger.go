package ps

import (
	"cmp"
	"slices"
)

// What the kernel's debugger reads. All processors are stopped, and no lock is taken: what
// another processor was changing may be seen half done.

// DebugProcesses lists the processes that have not ended.
func DebugProcesses() []*Process { return slices.Clone(active) }

// DebugThreads lists a process's threads by id.
func (p *Process) DebugThreads() []*Thread {
	list := make([]*Thread, 0, len(p.threads))
	for _, t := range p.threads {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *Thread) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// DebugThread returns the thread with an id, or nil.
func DebugThread(id uint64) *Thread {
	t, _ := cids[id].(*Thread)
	return t
}

// DebugProcess returns the process with an id, or nil.
func DebugProcess(id uint64) *Process {
	p, _ := cids[id].(*Process)
	return p
}
