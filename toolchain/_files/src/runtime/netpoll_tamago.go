//go:build tamago

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// The poller of a system without descriptors to poll. It does two things: the
// scheduler sleeps in it until the next timer, and a platform can make one
// goroutine runnable from where no Go code may run (see tamagoWaitEvent).

// tamagoEvent is set to a non-zero value by the platform, for instance in an
// interrupt handler in assembly, to make the goroutine in tamagoWaitEvent
// runnable. The platform's goos.Idle must not sleep while it is non-zero.
//
//go:linkname tamagoEvent
var tamagoEvent uint32

var (
	eventWaiter   atomic.Uintptr // *g parked in tamagoWaitEvent
	netpollThread atomic.Uintptr // *m sleeping in netpoll
	netpollBroke  atomic.Uint32
	netpollBreaks atomic.Uint32 // calls of netpollBreak
)

func netpollinit() {}

func netpollIsPollDescriptor(fd uintptr) bool { return false }

// Nothing is pollable: os and net fall back to blocking calls.
func netpollopen(fd uintptr, pd *pollDesc) int32 { return 1 }
func netpollclose(fd uintptr) int32              { return 0 }
func netpollarm(pd *pollDesc, mode int)          { throw("runtime: netpollarm without a pollable descriptor") }

func netpollBreak() {
	netpollBreaks.Add(1)
	if !netpollBroke.CompareAndSwap(0, 1) {
		return
	}
	tamagoWakePoller()
}

// tamagoWakePoller wakes the thread that sleeps in netpoll.
//
//go:nosplit
func tamagoWakePoller() {
	if mp := netpollThread.Load(); mp != 0 {
		tamagoWake((*m)(unsafe.Pointer(mp)))
	}
}

// tamagoWaitEvent parks the calling goroutine until tamagoEvent is non-zero,
// makes it zero, and returns. One goroutine at a time may be in it.
//
//go:linkname tamagoWaitEvent
func tamagoWaitEvent() {
	netpollGenericInit()
	for atomic.Xchg(&tamagoEvent, 0) == 0 {
		gopark(parkForEvent, nil, waitReasonIOWait, traceBlockNet, 2)
	}
}

func parkForEvent(gp *g, _ unsafe.Pointer) bool {
	if !eventWaiter.CompareAndSwap(0, uintptr(unsafe.Pointer(gp))) {
		throw("two goroutines in tamagoWaitEvent")
	}
	netpollAdjustWaiters(1)
	return true
}

// pollEvent returns the parked goroutine if the event is there.
func pollEvent() (gList, int32) {
	var list gList
	if atomic.Load(&tamagoEvent) == 0 {
		return list, 0
	}
	gp := (*g)(unsafe.Pointer(eventWaiter.Swap(0)))
	if gp == nil {
		return list, 0
	}
	list.push(gp)
	return list, -1
}

// netpoll waits until the goos clock has gone delay nanoseconds further, or
// netpollBreak, or an event; delay 0 does not wait, delay < 0 has no end.
func netpoll(delay int64) (gList, int32) {
	if delay == 0 {
		return pollEvent()
	}
	until := int64(maxInt64)
	if delay > 0 {
		until = nanotime() + delay
	}
	if !netpollThread.CompareAndSwap(0, uintptr(unsafe.Pointer(getg().m))) {
		netpollBeside(delay, until)
		return gList{}, 0
	}
	for netpollBroke.Load() == 0 && (delay < 0 || nanotime() < until) {
		if list, delta := pollEvent(); !list.empty() {
			netpollThread.Store(0)
			return list, delta
		}
		tamagoIdle(until)
	}
	netpollThread.Store(0)
	netpollBroke.Store(0)
	return gList{}, 0
}

// netpollBeside is netpoll for a second thread. The scheduler lets one poll at a
// time, but the runtime's own tests call netpoll besides. Nobody wakes this
// thread: it looks for itself.
func netpollBeside(delay, until int64) {
	const pause = 10_000_000
	breaks := netpollBreaks.Load()
	for netpollBreaks.Load() == breaks && (delay < 0 || nanotime() < until) {
		tamagoIdle(min(until, nanotime()+pause))
	}
}
