//go:build tamago

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// Bound processors: a kernel's way of running goroutines on several processors.
//
// Once tamagoBind has been called on every P, P, M and processor belong
// together for good, and a goroutine stays on the P that it last ran on. There
// is no stealing and no spinning M. Whoever makes a goroutine of another P
// runnable posts it to that P and wakes or preempts its M. So whoever decides
// what a processor runs, by tamagoSwitch, can rely on it.

// tamagoBound says that Ps are bound. It is set once, while every P runs a
// goroutine that does not call the scheduler.
var tamagoBound bool

// tamagoBindings counts the calls of tamagoBind.
var tamagoBindings uint32

// tamagoPreempt, when set, makes the thread procid run Go code soon: it leaves
// ring 3, or its halt. It is called on the system stack and must not block.
//
//go:linkname tamagoPreempt
var tamagoPreempt func(procid uint64)

// tamagoThreads is how many threads goos.Task can give at most, with the first;
// 0 for no limit. Where a P is idle and all threads exist, one of them has just
// let a P go and will take this one.
//
//go:linkname tamagoThreads
var tamagoThreads int32

// tamagoFull reports whether goos.Task must not be called any more. The caller
// holds sched.lock.
func tamagoFull() bool { return tamagoThreads != 0 && mcount() >= tamagoThreads }

// tamagoP is what a bound P has besides.
type tamagoP struct {
	m      muintptr
	inbox  gQueue      // runnable, posted by other Ps; sched.lock protects it
	posted atomic.Bool // inbox is not empty
}

// tamagoBind binds the calling goroutine's P to its M and to the caller's
// processor, and returns when all n Ps have been bound. Every P must call it
// once, without a call of the scheduler between GOMAXPROCS(n) and this one.
//
//go:linkname tamagoBind
//go:nosplit
func tamagoBind(n uint32) {
	gp := getg()
	pp := gp.m.p.ptr()
	pp.tamago.m.set(gp.m)
	gp.tamagoHome = pp.id + 1
	if atomic.Xadd(&tamagoBindings, 1) == n {
		tamagoBound = true
	}
	for atomic.Load(&tamagoBindings) < n {
		procyield(30)
	}
}

// tamagoWaiting reports whether goroutines have been posted to pp.
func tamagoWaiting(pp *p) bool { return pp.tamago.posted.Load() }

// tamagoRestart gives a P that is to run after the world was stopped its own M.
//
//go:nowritebarrierrec
func tamagoRestart(pp *p) {
	if tamagoBound {
		pp.m = pp.tamago.m
	}
}

// tamagoSettle notes where gp runs.
//
//go:nosplit
func tamagoSettle(gp *g, pp *p) {
	if tamagoBound {
		gp.tamagoHome = pp.id + 1
	}
}

// tamagoPost makes a goroutine that is marked runnable run on the P it belongs
// to, if that is another one than the caller's.
//
//go:nowritebarrierrec
func tamagoPost(gp *g) bool {
	home := gp.tamagoHome
	own := getg().m.p.ptr()
	if home == 0 {
		if own != nil {
			return false // it belongs to nobody yet
		}
		home = 1
	}
	pp := allp[home-1]
	if pp == own {
		return false
	}
	lock(&sched.lock)
	pp.tamago.inbox.pushBack(gp)
	pp.tamago.posted.Store(true)
	if tamagoTakeIdle(pp) {
		mp := pp.tamago.m.ptr()
		mp.nextp.set(pp)
		notewakeup(&mp.park)
		unlock(&sched.lock)
		return true
	}
	unlock(&sched.lock)
	preemptone(pp)
	return true
}

// tamagoInject is injectglist.
func tamagoInject(list *gList) {
	for !list.empty() {
		gp := list.pop()
		casgstatus(gp, _Gwaiting, _Grunnable)
		if !tamagoPost(gp) {
			runqput(getg().m.p.ptr(), gp, false)
		}
	}
}

// tamagoTakeIdle takes pp off the list of idle Ps and reports whether it was
// there. The caller holds sched.lock.
//
//go:nowritebarrierrec
func tamagoTakeIdle(pp *p) bool {
	assertLockHeld(&sched.lock)
	var before *p
	for q := sched.pidle.ptr(); q != nil; q = q.link.ptr() {
		if q != pp {
			before = q
			continue
		}
		if before == nil {
			sched.pidle = q.link
		} else {
			before.link = q.link
		}
		timerpMask.set(pp.id)
		idlepMask.clear(pp.id)
		sched.npidle.Add(-1)
		pp.limiterEvent.stop(limiterEventIdle, nanotime())
		return true
	}
	return false
}

// tamagoFindRunnable is findRunnable.
func tamagoFindRunnable() *g {
	mp := getg().m
top:
	pp := mp.p.ptr()
	if sched.gcwaiting.Load() {
		gcstopm()
		goto top
	}
	if pp.runSafePointFn != 0 {
		runSafePointFn()
	}
	now, pollUntil, _ := pp.timers.check(0, nil)
	if gcBlackenEnabled != 0 {
		gp, tnow := gcController.findRunnableGCWorker(pp, now)
		if gp != nil {
			return gp
		}
		now = tnow
	}
	if fingStatus.Load()&(fingWait|fingWake) == fingWait|fingWake {
		if gp := wakefing(); gp != nil {
			ready(gp, 0, true)
		}
	}
	if gcCleanups.needsWake() {
		gcCleanups.wake()
	}
	if pp.tamago.posted.Load() || !sched.runq.empty() {
		lock(&sched.lock)
		gp := tamagoTake(pp)
		unlock(&sched.lock)
		if gp != nil {
			return gp
		}
	}
	if gp, _ := runqget(pp); gp != nil {
		return gp
	}
	if gcBlackenEnabled != 0 && gcShouldScheduleWorker(pp) && gcController.addIdleMarkWorker() {
		if node := (*gcBgMarkWorkerNode)(gcBgMarkWorkerPool.pop()); node != nil {
			pp.gcMarkWorkerMode = gcMarkWorkerIdleMode
			gp := node.gp.ptr()
			casgstatus(gp, _Gwaiting, _Grunnable)
			return gp
		}
		gcController.removeIdleMarkWorker()
	}
	lock(&sched.lock)
	if sched.gcwaiting.Load() || pp.runSafePointFn != 0 {
		unlock(&sched.lock)
		goto top
	}
	if gp := tamagoTake(pp); gp != nil {
		unlock(&sched.lock)
		return gp
	}
	releasep()
	pidleput(pp, now)
	unlock(&sched.lock)
	tamagoPark(pp, pollUntil)
	goto top
}

// tamagoTake takes a goroutine that was posted to pp or belongs to nobody. The
// caller holds sched.lock.
func tamagoTake(pp *p) *g {
	if pp.tamago.inbox.empty() {
		return globrunqget()
	}
	gp := pp.tamago.inbox.pop()
	if pp.tamago.inbox.empty() {
		pp.tamago.posted.Store(false)
	}
	return gp
}

// tamagoPark waits without a P until somebody hands pp back, or takes it back
// when a timer of it is due.
func tamagoPark(pp *p, until int64) {
	mp := getg().m
	for until != 0 {
		if ns := until - nanotime(); ns > 0 && notetsleep(&mp.park, ns) {
			noteclear(&mp.park)
			acquirep(mp.nextp.ptr())
			mp.nextp = 0
			return
		}
		lock(&sched.lock)
		if tamagoTakeIdle(pp) {
			unlock(&sched.lock)
			acquirep(pp)
			return
		}
		coming := mp.nextp != 0
		unlock(&sched.lock)
		if coming {
			break
		}
		until = nanotime() + 100_000 // the world is stopped
	}
	mPark()
	acquirep(mp.nextp.ptr())
	mp.nextp = 0
}

// tamagoSwitch parks the calling goroutine, puts it into *from, stores 0 into
// *held, and runs the goroutine that it finds in *to, which was parked by
// another tamagoSwitch, on the caller's P. When to is nil the goroutine that the
// caller started last runs. When from is nil the caller is to end: it returns
// at once, and the other one runs when it has.
//
// *held is a lock of the caller's: whoever may touch *from holds it.
//
//go:linkname tamagoSwitch
func tamagoSwitch(from, to *uintptr, held *uint32) {
	mp := acquirem()
	if from == nil {
		tamagoRunNext(mp.p.ptr(), to)
		atomic.StoreRel(held, 0)
		releasem(mp)
		return
	}
	mp.switchFrom, mp.switchTo, mp.switchHeld = from, to, held
	releasem(mp)
	gopark(tamagoSwitched, nil, waitReasonCoroutine, traceBlockGeneric, 1)
}

// tamagoSwitched is tamagoSwitch's part on the system stack.
func tamagoSwitched(gp *g, _ unsafe.Pointer) bool {
	mp := getg().m
	*mp.switchFrom = uintptr(unsafe.Pointer(gp))
	tamagoRunNext(mp.p.ptr(), mp.switchTo)
	atomic.StoreRel(mp.switchHeld, 0)
	return true
}

// tamagoRunNext makes the goroutine in *to the next one of pp.
func tamagoRunNext(pp *p, to *uintptr) {
	if to == nil {
		return
	}
	gp := (*g)(unsafe.Pointer(*to))
	*to = 0
	casgstatus(gp, _Gwaiting, _Grunnable)
	gp.tamagoHome = pp.id + 1
	runqput(pp, gp, true)
}
