//go:build kernel

package hal

import "sync/atomic"

// pollBeforeHalt is how long, in ns, an idle processor looks for an interrupt that it expects before it
// halts. Under a hypervisor a halt gives the processor away, and the disk may have answered before it
// is given back; a bare processor halts at once.
const pollBeforeHalt = 1_000_000

// pollsHalts: there is a hypervisor.
var pollsHalts bool

// ExpectInterrupt says that the calling processor has just given a device something to do: under a
// hypervisor its next halt begins up to a millisecond later, unless the interrupt comes before. Any IRQL.
func ExpectInterrupt() {
	if pollsHalts {
		atomic.StoreUint64(&pcrs[processorNumber()].Expects, 1)
	}
}

// pollExpected is what a processor does before a halt when it expects an interrupt. It returns as soon as
// there is something for the idle thread, whatever that is. IRQL: PASSIVE_LEVEL, idle thread.
func pollExpected() {
	p := pcrs[processorNumber()]
	if atomic.LoadUint64(&p.Expects) == 0 {
		return
	}
	atomic.StoreUint64(&p.Expects, 0)
	for end := Nanotime() + pollBeforeHalt; !attention() && Nanotime() < end; {
		pause()
	}
}
