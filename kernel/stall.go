//go:build kernel

package main

import (
	"fmt"
	"runtime"
	"strings"
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

// checkStall stops the system if a processor has stalled, and prints the stacks of
// the goroutines that wait for a lock or a channel of the Go runtime. PASSIVE_LEVEL, any processor.
func checkStall() {
	n := hal.StalledProcessor()
	if n < 0 || !stallSeen.CompareAndSwap(false, true) {
		return
	}
	for _, g := range waitingGoroutines() {
		dbgprint.Print(g)
	}
	bugCheck(ex.GoRuntimeFailure, 0, uint64(n), 0, 0, fmt.Sprintf("%s (processor %d)", stalledText, n))
}

// processorStalled stops the system when all processors have stalled. It runs on the
// scheduler's stack, which shows nothing of the cause, so the screen has no stack; and it
// looks up no function names, because that may need memory, and no goroutine can run that
// would make some available.
func processorStalled() {
	stop(ex.GoRuntimeFailure, [4]uint64{0, uint64(hal.ProcessorNumber())}, stalledText, 0, 0)
}

// waitingGoroutines are the stacks of goroutines that neither run, nor wait in the
// dispatcher, nor belong to the runtime.
func waitingGoroutines() (list []string) {
	b := make([]byte, 256<<10)
	b = b[:runtime.Stack(b, true)]
	for _, g := range strings.Split(string(b), "\n\n") {
		head, _, _ := strings.Cut(g, "\n")
		wait := head[strings.IndexByte(head, '[')+1:]
		for _, usual := range []string{"running", "runnable", "coroutine", "GC ", "force gc", "finalizer", "cleanup"} {
			if strings.HasPrefix(wait, usual) {
				g = ""
			}
		}
		if g != "" {
			list = append(list, "\n"+g+"\n")
		}
	}
	return list
}
