package ke

// Hooks connect the dispatcher with the machine. Those that say so are called
// with the dispatcher lock held; they must not call anything of this package
// but CurrentIrql, Current and what a Thread tells without a lock.
type Hooks struct {
	// Now is the interrupt time in 100 ns units. It may be called with the
	// dispatcher lock held.
	Now func() uint64
	// Switched is called by the old thread's goroutine right before to runs,
	// on the processor that changes, with the lock held.
	Switched func(from, to *Thread)
	// Exit is called by a thread that ends, before anybody can see it.
	Exit func(*Thread)
	// TimeIncrement is the time between two clock ticks in 100 ns units; 0
	// stands for the constant. Any value is right, the true one is fast.
	TimeIncrement uint32
	// Panic is called for a Go panic in a thread and must not return.
	Panic func(*Thread, any)

	// Processor is the number of the processor that runs the caller, 0 to
	// MaximumProcessors-1. nil: there is one, and StartProcessor is not called.
	// It may be called with the lock held, and at any level.
	Processor func() int
	// Request makes processor n, which is not the caller's, come to a dispatch
	// point: DispatchPoint before it goes (back) to ring 3, RunReady before it
	// halts (see Requested). It is called with the lock held and must not
	// block. Requests do not add up: until n has come there, it is asked once.
	Request func(n int)
	// Skipped is how many ticks Tick has not been told for processor n, while its
	// idle thread had the clock stopped or nobody has looked yet. They count as
	// idle. nil: none. It may be called with the lock held.
	Skipped func(n int) uint64
	// Poll is a dispatch point in a loop that may be long: it does the work of the
	// interrupts that have come to this processor. nil: nothing. PASSIVE_LEVEL, no
	// locks.
	Poll func()
	// Pause is called again and again by a processor that waits for the lock;
	// nil: runtime.Gosched.
	Pause func()
	// Switch gives the processor from the calling goroutine to another. It is
	// called with the lock held, the old thread's bookkeeping done. It parks the
	// caller's goroutine and stores it in *from, then stores 0 in *lock, which
	// releases it (from here on another processor may switch to *from), then
	// runs the goroutine found in *to, which becomes 0, on this processor. It
	// returns when somebody has switched back, maybe on another processor.
	//
	// from is nil when the caller's thread has ended: Switch releases the lock,
	// lets to run next and returns at once, and the goroutine ends.
	// to is nil when its thread has never run: the goroutine that the caller
	// started right before the call is the one that runs next.
	//
	// nil: goroutines hand each other the processor over channels.
	Switch func(from, to *uintptr, lock *uint32)
}

// TimeIncrement is the time between two clock ticks in 100 ns units
// (KeQueryTimeIncrement): 64 ticks a second.
const TimeIncrement = 156_250

// Poll is Hooks.Poll: loops that may be long call it now and then. The calling thread
// may lose the processor in it, and go on on another one. PASSIVE_LEVEL, no locks.
func Poll() {
	if f := db.hooks.Poll; f != nil {
		f()
	}
}
