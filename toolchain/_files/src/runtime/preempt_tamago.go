//go:build tamago

package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

// Preemption on a platform that can stop a thread of the program, as Windows
// can. The runtime's monitor (sysmon) then runs as a thread of its own. It and
// the collector stop a thread whose goroutine has run for too long, look where
// that is, and if the place is safe (isAsyncSafePoint: never in the runtime, in
// assembly or in a system call) let the thread go on in asyncPreempt, as if the
// goroutine had called it there. asyncPreempt saves all registers and flags.
//
// The platform sets all of the following in goos.Hwinit0, or none.

// tamagoThread returns what names the calling thread in tamagoStop, 0 if
// nothing does. It is called on g0 when a thread starts, and may not allocate.
//
//go:linkname tamagoThread
var tamagoThread func() uintptr

// tamagoStop stops a thread and returns where it is: when it reports true the
// thread executes nothing of the program until tamagoGo. It is called on g0 of
// another thread, with locks held, and may not allocate.
//
//go:linkname tamagoStop
var tamagoStop func(thread uintptr) (pc, sp, flags uintptr, ok bool)

// tamagoGo lets a thread that tamagoStop has stopped go on, at pc, with sp and
// flags if pc is not 0, and otherwise where it was.
//
//go:linkname tamagoGo
var tamagoGo func(thread, pc, sp, flags uintptr)

// tamagoUrgent makes the calling thread, the monitor, come before threads that
// run goroutines.
//
//go:linkname tamagoUrgent
var tamagoUrgent func()

// haveSysmon says that the monitor is there.
var haveSysmon bool

// tamagoMonitorDelay is how often the monitor looks, in microseconds, while
// goroutines run. The clocks of the platforms do not resolve less.
const tamagoMonitorDelay = 10_000

// tamagoMonitorStarts is the monitor's first act.
func tamagoMonitorStarts() {
	if tamagoUrgent != nil {
		tamagoUrgent()
	}
}

// suspendLock is held while a thread is being stopped, so that two threads
// cannot stop each other.
var suspendLock mutex

const preemptMSupported = true

// preemptM makes mp run into the next check for preemption, where the platform
// can.
func preemptM(mp *m) {
	switch {
	case tamagoPreempt != nil:
		tamagoPreempt(mp.procid)
	case tamagoStop == nil:
	case getg() == getg().m.g0:
		preemptThread(mp)
	default:
		systemstack(func() { preemptThread(mp) })
	}
}

// preemptThread is preemptM of os_windows.go.
//
//go:nowritebarrierrec
func preemptThread(mp *m) {
	if mp == getg().m {
		throw("self-preempt")
	}
	thread := atomic.Loaduintptr(&mp.thread)
	if thread == 0 { // it is starting
		mp.preemptGen.Add(1)
		return
	}
	lock(&suspendLock)
	pc, sp, flags, ok := tamagoStop(thread)
	unlock(&suspendLock)
	if !ok {
		mp.preemptGen.Add(1)
		return
	}
	// From here to tamagoGo the thread may hold any lock of the runtime.
	to := uintptr(0)
	if gp := gFromSP(mp, sp); gp != nil && wantAsyncPreempt(gp) {
		if safe, resume := isAsyncSafePoint(gp, pc, sp, 0); safe {
			sp -= 8
			*(*uintptr)(unsafe.Pointer(sp)) = resume
			to = abi.FuncPCABI0(asyncPreempt)
		}
	}
	mp.preemptGen.Add(1)
	tamagoGo(thread, to, sp, flags)
}

// gFromSP returns whose stack sp is in: mp's g0 or its goroutine.
func gFromSP(mp *m, sp uintptr) *g {
	if gp := mp.g0; gp != nil && gp.stack.lo < sp && sp < gp.stack.hi {
		return gp
	}
	if gp := mp.curg; gp != nil && gp.stack.lo < sp && sp < gp.stack.hi {
		return gp
	}
	return nil
}

// tamagoOthers reports whether the caller's P is of use to somebody now. A
// goroutine that is about to wait in a system call gives the P away then
// (entersyscallblock). Otherwise entersyscall does, which is cheaper: whoever needs
// the P takes it, and the monitor does when the wait is long.
//
//go:linkname tamagoOthers
func tamagoOthers() bool {
	mp := acquirem()
	pp := mp.p.ptr()
	others := !haveSysmon || !runqempty(pp) || !sched.runq.empty() || pp.timers.wakeTime() != 0 ||
		gcBlackenEnabled != 0 || sched.gcwaiting.Load()
	releasem(mp)
	return others
}
