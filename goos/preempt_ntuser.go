//go:build ntuser

package goos

import "unsafe"

// Preemption: the runtime stops its threads by NtSuspendThread, reads where
// they are, and may move them to its preemption point (preempt_tamago.go of the
// toolchain). A thread in a service is stopped when the service has ended, or in a
// dispatch point of it; it is seen behind the SYSCALL instruction then,
// in assembly, and the runtime lets it go on there.

// The runtime's variables for it.
//
//go:linkname tamagoThread runtime.tamagoThread
var tamagoThread func() uintptr

//go:linkname tamagoStop runtime.tamagoStop
var tamagoStop func(thread uintptr) (pc, sp, flags uintptr, ok bool)

//go:linkname tamagoGo runtime.tamagoGo
var tamagoGo func(thread, pc, sp, flags uintptr)

//go:linkname tamagoUrgent runtime.tamagoUrgent
var tamagoUrgent func()

//go:linkname tamagoYield runtime.tamagoYield
var tamagoYield func()

// allowPreemption is Hwinit0's part.
func allowPreemption() {
	tamagoThread = ownThread
	tamagoStop = stopThread
	tamagoGo = goThread
	tamagoUrgent = urgent
	tamagoYield = yield
}

// contextControl is nt.ContextControl: Rip, Rsp, EFlags.
const contextControl = 0x100001

// ownThread returns a handle to the calling thread that only the end of the
// process closes, 0 if there is none to be had.
func ownThread() uintptr {
	var h uintptr
	const sameAccess, protectClose = 2, 1
	if Call(svcDuplicateObject, currentProcess, currentThread, currentProcess, uintptr(unsafe.Pointer(&h)), 0, protectClose, sameAccess, 0) != 0 {
		return 0
	}
	return h
}

// stopThread suspends a thread and waits until it has left ring 3:
// NtSuspendThread alone only asks a thread of another processor.
func stopThread(h uintptr) (pc, sp, flags uintptr, ok bool) {
	if Call(svcSuspendThread, h, 0, 0, 0, 0, 0, 0, 0) != 0 {
		return 0, 0, 0, false
	}
	var c threadContext
	c.flags = contextControl
	if Call(svcGetContextThread, h, uintptr(unsafe.Pointer(&c)), 0, 0, 0, 0, 0, 0) != 0 {
		Call(svcResumeThread, h, 0, 0, 0, 0, 0, 0, 0)
		return 0, 0, 0, false
	}
	return uintptr(c.rip), uintptr(c.rsp), uintptr(c.eflags), true
}

// goThread moves a suspended thread if pc is not 0, and lets it go on.
func goThread(h, pc, sp, flags uintptr) {
	if pc != 0 {
		var c threadContext
		c.flags = contextControl
		c.rip, c.rsp, c.eflags = uint64(pc), uint64(sp), uint32(flags)
		Call(svcSetContextThread, h, uintptr(unsafe.Pointer(&c)), 0, 0, 0, 0, 0, 0)
	}
	Call(svcResumeThread, h, 0, 0, 0, 0, 0, 0, 0)
}

// urgent puts the calling thread two levels above the process's others, so that
// on one processor, too, it comes at its time and not at the end of their quantum.
func urgent() {
	by := int32(2)
	const threadBasePriority = 3
	Call(svcSetInformationThread, currentThread, threadBasePriority, uintptr(unsafe.Pointer(&by)), 4, 0, 0, 0, 0)
}

func yield() { Call(svcYieldExecution, 0, 0, 0, 0, 0, 0, 0, 0) }
