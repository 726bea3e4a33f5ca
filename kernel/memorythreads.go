//go:build kernel

package main

import (
	"fmt"

	"gont/ex"
	"gont/inbv/display"
	"gont/io/drivers/rampaging"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/mm"
	"gont/nt"
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

// writerPriority is NT's.
const writerPriority = ke.LowRealtime + 1

// startPaging starts the modified-page writer and, with the option PAGEFILE,
// makes a paging file.
func startPaging() nt.Status {
	mm.NewEvent = func() mm.ZeroEvent { return zeroEvent{ke.NewEvent(nt.NotificationEvent, false)} }
	mm.OnPagingError = func(file string, write bool, s nt.Status) {
		what := "read from"
		if write {
			what = "written to"
		}
		dbgprint.Line(fmt.Sprintf("%s: a page could not be %s it: %v; later errors are only counted", file, what, s))
	}
	event := zeroEvent{ke.NewEvent(nt.SynchronizationEvent, false)}
	t := ps.CreateSystemThread("MiModifiedPageWriter", writerPriority, func(*ps.Thread) { mm.ModifiedPageWriter(event) })
	ke.StartThread(t.Thread)
	if n := options.Number("PAGEFILE", 0); n > 0 {
		said, problems, s := rampaging.Configure(n, options.Text("PAGETEST"))
		for _, p := range problems {
			display.String(p + "\n")
		}
		if said != "" {
			dbgprint.Line("P1.18: " + said)
		}
		return s
	}
	return nt.StatusSuccess
}
