package ke

import "sync"

// database is the dispatcher's state that all processors share (NT's dispatcher
// database).
type database struct {
	mu    sync.Mutex
	hooks Hooks
}

// prcb is what one processor has for itself (KPRCB). The dispatcher lock
// protects it.
type prcb struct {
	current *Thread
	idle    *Thread
	ready   [MaximumPriority]queue
	summary uint32 // bit n: ready[n] is not empty
	irql    uint8
	// quantumEnd: the current thread's quantum has run down, and the next
	// dispatch point below DISPATCH_LEVEL acts on it.
	quantumEnd bool
	timers     timerTable
	switches   uint64
	time       uint64 // interrupt time at the last clock tick
	dpcs       dpcQueue
	balance    balance
}

// processors is how many processors there are.
const processors = 1

var (
	db        database
	processor prcb
)

// self is the processor that runs the caller.
func self() *prcb { return &processor }

func lock() {
	if p := self(); p.irql > DispatchLevel {
		panic(IrqlError(p.irql))
	}
	db.mu.Lock()
}

// lockAny is lock for what is allowed above DISPATCH_LEVEL.
func lockAny() { db.mu.Lock() }

func unlock() { db.mu.Unlock() }
