package realtime

import (
	"sync/atomic"

	"gont/ex"
	"gont/ke"
)

// slipped is for how long the time has stood still, ns, that the system time has not been
// corrected by.
var slipped atomic.Int64

// Slip says that the time has stood still for ns: the debugger had the system. All other
// processors are stopped; any IRQL.
func Slip(ns int64) {
	slipped.Add(ns)
	ex.ShareTscScale()
}

// Correct makes the system time right after the time has stood still. The boot processor
// calls it at clock ticks.
func Correct() {
	if slipped.Load() != 0 {
		ke.SetSystemTime(ke.SystemTime() + uint64(slipped.Swap(0))/100)
	}
}
