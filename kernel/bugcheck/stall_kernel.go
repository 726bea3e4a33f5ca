//go:build kernel

package bugcheck

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"gont/ex"
	"gont/hal"
	"gont/kd/dbgprint"
)

// A processor stalls when what it runs waits inside the Go runtime, for a lock or a
// channel, and not in the dispatcher: nothing else can run there, and if nobody
// ever serves the wait the system hangs. With one processor the runtime notices
// (GO_RUNTIME_FAILURE, "all goroutines are asleep"); with several the clock does.

const stalledText = "for 20 s a processor's thread has waited for a lock or a channel of Go's"

// stallSeen is set by the first processor that finds a stall: this one stops the system.
var stallSeen atomic.Bool

// CheckStall stops the system if a processor has stalled, and prints the stacks of
// the goroutines that wait for a lock or a channel of the Go runtime. PASSIVE_LEVEL, any processor.
func CheckStall() {
	n := hal.StalledProcessor()
	if n < 0 || !stallSeen.CompareAndSwap(false, true) {
		return
	}
	b := make([]byte, 256<<10)
	for _, g := range waiting(string(b[:runtime.Stack(b, true)])) {
		dbgprint.Print(g)
	}
	Check(ex.GoRuntimeFailure, 0, uint64(n), 0, 0, fmt.Sprintf("%s (processor %d)", stalledText, n))
}

// ProcessorStalled stops the system when all processors have stalled. It runs on the
// scheduler's stack, which shows nothing of the cause, so the screen has no stack; and it
// looks up no function names, because that may need memory, and no goroutine can run that
// would make some available.
func ProcessorStalled() {
	stop(ex.GoRuntimeFailure, [4]uint64{0, uint64(hal.ProcessorNumber())}, stalledText, 0, 0)
}
