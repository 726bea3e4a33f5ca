package ex

import (
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// Task is a function that runs in a system thread of its own. Who has started it can give up
// waiting; the thread then runs on, and may never end.
type Task struct{ done *ke.Event }

// StartTask runs f in a new system thread. name is the thread's, for the debugger. The thread is
// no worker thread, so a task that hangs takes nothing away from the work queues. f runs at
// PASSIVE_LEVEL. PASSIVE_LEVEL, no locks.
func StartTask(name string, f func()) *Task {
	t := &Task{ke.NewEvent(nt.NotificationEvent, false)}
	ke.StartThread(ps.CreateSystemThread(name, taskPriority, func(self *ps.Thread) {
		f()
		t.done.Set()
		self.Object.Dereference() // the creator's
	}).Thread)
	return t
}

// taskPriority is that of worker threads of the critical queue.
const taskPriority = 13

// Wait waits until the task has ended, for at most limit (100 ns, counted from now), and reports
// whether it has. PASSIVE_LEVEL, no locks.
func (t *Task) Wait(limit int64) bool {
	timeout := -limit
	return ke.WaitForSingleObject(t.done, ke.KernelMode, false, &timeout) == nt.StatusSuccess
}

// Within runs f in a thread of its own and reports whether it has ended within limit (100 ns).
// When it has not, f still runs. PASSIVE_LEVEL, no locks.
func Within(name string, limit int64, f func()) bool { return StartTask(name, f).Wait(limit) }
