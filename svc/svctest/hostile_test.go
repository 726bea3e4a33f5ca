package svctest

import (
	"flag"
	"math/rand/v2"
	"testing"

	"gont/mm"
	"gont/nt"
)

var calls = flag.Int("calls", 30_000, "calls that TestHostile makes for each of its seeds")

// leftOut are services that end or hold up the one thread that the model has, or start
// threads that nothing runs.
var leftOut = map[nt.Service]bool{
	nt.SvcTerminateProcess: true, nt.SvcTerminateThread: true, nt.SvcSuspendThread: true, nt.SvcShutdownSystem: true,
	nt.SvcCreateThread: true, nt.SvcRaiseException: true, nt.SvcContinue: true, nt.SvcQueueApcThread: true, nt.SvcSetContextThread: true,
	nt.SvcGetContextThread: true, nt.SvcWaitLowEventPair: true, nt.SvcWaitHighEventPair: true, nt.SvcSetLowWaitHighEventPair: true,
	nt.SvcSetHighWaitLowEventPair: true, nt.SvcSetInformationThread: true, nt.SvcSetInformationProcess: true, nt.SvcSetSystemTime: true,
}

// timeouts is the argument, from 0 on, that is the address of a timeout.
var timeouts = map[nt.Service]int{
	nt.SvcWaitForSingleObject: 2, nt.SvcWaitForMultipleObjects: 4, nt.SvcDelayExecution: 1, nt.SvcWaitForKeyedEvent: 3,
	nt.SvcReleaseKeyedEvent: 3, nt.SvcRemoveIoCompletion: 4, nt.SvcRemoveIoCompletionEx: 4,
}

// TestHostile calls services with arguments that nobody sane would give: no panic, no
// lock or IRQL left, and memory management's books are right at the end.
func TestHostile(t *testing.T) {
	for seed := range uint64(3) {
		simulate(t, func(w *world) {
			r := rand.New(rand.NewPCG(seed, 1))
			w.openKeys()
			short := put(w, stackAt, int64(-tick))
			for range *calls {
				n := nt.Service(r.IntN(int(nt.NumServices)))
				if leftOut[n] {
					continue
				}
				args := make([]uint64, n.Arguments())
				for i := range args {
					args[i] = hostile(r)
				}
				if i, ok := timeouts[n]; ok {
					args[i] = short
				}
				if n == nt.SvcNotifyChangeKey {
					args[9] = 1 // a synchronous call waits for ever
				}
				if r.IntN(8) == 0 { // what is looked at is not zero
					at := uint64(dataAt + r.IntN((dataPages-2)*mm.PageSize-8))
					put(w, at, hostile(r))
				}
				w.service(n, args...)
			}
		})
	}
}

// hostile is an argument.
func hostile(r *rand.Rand) uint64 {
	switch r.IntN(10) {
	case 0:
		return r.Uint64()
	case 1, 2:
		return uint64(r.IntN(64)) * 4 // a handle, perhaps
	case 3:
		return ^uint64(0) - uint64(r.IntN(3)) // a pseudo handle, or -3
	case 4:
		return []uint64{0, 1, 2, 3, 4, 8, 0x10000, 0x1000, 0x2000, 0x3000, 0x8000, nt.PageReadWrite, 0x100000, 0x1F0003, 1 << 31, 1 << 32, 1 << 47, 1<<47 - 1, 1 << 63}[r.IntN(19)]
	case 5:
		return []uint64{readOnly, readOnly - 4, hole, hole - 4, hole - 1, 0xFFFF_8000_0000_0000, 0xFFFF_FFFF_8020_1000, nt.MaximumUserAddress, nt.MaximumUserAddress - 3}[r.IntN(9)]
	}
	// Above the stack of arguments, so that the program keeps it.
	return dataAt + uint64(r.IntN((dataPages-2)*mm.PageSize))&^uint64(r.IntN(2)*7)
}
