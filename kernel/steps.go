//go:build kernel

package main

import (
	"strings"

	bootline "gont/arc/options"
	"gont/ex"
	"gont/hal"
	"gont/nt"
)

// step is one row of SPEC's phase tables. do returns what went wrong.
type step struct {
	id   string
	name string
	do   func() nt.Status
	// code is the stop code of a failure, sub its second parameter.
	code ex.BugCode
	sub  uint64
}

var (
	options = bootline.Parse("")
	trace   = &ex.Trace{Now: tsc, Nanoseconds: func(v int64) int64 { return hal.TscToNs(uint64(v)) }, Print: dbgPrintLine, Held: true}
)

// tsc is the trace's clock: it counts before anybody knows how fast (P0.4).
func tsc() int64 { return int64(hal.ReadTSC()) }

// runSteps runs a phase. A step that fails, or that FAIL= names, stops the
// system with its own code.
func runSteps(steps []step, failed func(*step, nt.Status)) {
	for i := range steps {
		s := &steps[i]
		start := tsc()
		status := nt.StatusUnsuccessful
		if !options.Fails(s.id) {
			status = s.do()
		}
		trace.Add(s.id, start, status)
		if !status.OK() {
			failed(s, status)
		}
	}
}

// stepIDs has every step's id; main fills it.
var stepIDs = map[string]bool{}

// isStep reports whether FAIL= can name id.
func isStep(id string) bool {
	return stepIDs[id] || strings.HasPrefix(id, "P1.43.") && len(id) == 7 && id[6] >= '1' && id[6] <= '4'
}

// part runs a stage of a step that has a stop code of its own; FAIL= takes its
// id too.
func part(id string, do func() nt.Status) nt.Status {
	if options.Fails(id) {
		return nt.StatusUnsuccessful
	}
	return do()
}
