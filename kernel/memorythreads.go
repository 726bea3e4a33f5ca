//go:build kernel

package main

import (
	"gont/ex"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/mm"
	"gont/ps"
)

// balancePeriod is how often working sets are looked at, in 100 ns, negative.
const balancePeriod = -10_000_000

// startBalanceSetManager makes the thread that ages working sets, and trims
// them when pages are few (SPEC P1.18). With MMCHECK it also compares all page
// frames with all page tables.
func startBalanceSetManager() {
	t := ps.CreateSystemThread("KeBalanceSetManager", ke.LowRealtime, func(*ps.Thread) {
		for {
			ke.Delay(ke.KernelMode, false, balancePeriod)
			mm.Balance()
			mm.TrimHeap()
			mm.SignalZeroing()
			if options.Has("MMCHECK") {
				if err := mm.CheckAll(); err != nil {
					bugcheck.Check(ex.PfnListCorrupt, 0, 0, 0, 0, err.Error())
				}
			}
		}
	})
	ke.StartThread(t.Thread)
}
