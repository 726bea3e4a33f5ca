//go:build kernel

package main

import (
	"fmt"
	"strings"

	"gont/inbv/display"
	"gont/io/drivers/rampaging"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// Paging (SPEC P1.18): the modified-page writer's thread, and, until the I/O
// system has files to page to (SPEC S3), a paging device in RAM.

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
		return createRAMPagingFile(n)
	}
	return nt.StatusSuccess
}

// createRAMPagingFile makes a paging file of n MB of memory.
func createRAMPagingFile(n uint64) nt.Status {
	pages := n << 8
	const leave = rampaging.LeaveFree
	if free := mm.QueryCounts().Available(); free < pages+leave {
		if free < leave+256 {
			display.String("boot option PAGEFILE: there is too little memory for a paging file in memory\n")
		} else {
			display.String(fmt.Sprintf("boot option PAGEFILE=%d is not a number from 0 to %d, which is what this memory has room for\n", n, (free-leave)>>8))
		}
		return nt.StatusSuccess
	}
	var o rampaging.Options
	for what := range strings.SplitSeq(options.Text("PAGETEST"), ",") {
		switch strings.ToUpper(what) {
		case "":
		case "ERRORS":
			o.Errors = true
		case "WAIT":
			o.Wait = true
		default:
			display.String("boot option PAGETEST=" + what + " is not WAIT or ERRORS\n")
		}
	}
	dbgprint.Line(fmt.Sprintf("P1.18: %d MB of memory are the paging file %s", n, rampaging.Name))
	return rampaging.Create(pages, o)
}
