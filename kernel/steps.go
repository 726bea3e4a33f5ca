//go:build kernel

package main

import (
	bootline "gont/arc/options"
	"gont/ex"
	"gont/hal"
	"gont/kernel/debugger"
	"gont/nt"
)

// step is one row of the phase tables. do returns what went wrong; the rest is
// declared in ex.Steps.
type step struct {
	id string
	do func() nt.Status
}

var (
	options = bootline.Parse("")
	trace   = &ex.Trace{Now: tsc, Nanoseconds: func(v int64) int64 { return hal.TscToNs(uint64(v)) }, Print: dbgPrintLine, Held: true}
)

// tsc is the trace's clock: it counts before anybody knows how fast (P0.4).
func tsc() int64 { return int64(hal.ReadTSC()) }

// sequence checks order and needs of the steps at every boot.
var sequence *ex.Sequence

// beginSteps tells what the phase tables have.
func beginSteps() {
	var ids []string
	for _, list := range [][]step{phase0, phase1} {
		for i := range list {
			ids = append(ids, list[i].id)
		}
	}
	sequence = ex.NewSequence(ids)
}

// runSteps runs a phase. A step that fails, or that FAIL= names, stops the
// system with its own code and parameters.
func runSteps(steps []step) {
	for i := range steps {
		id := steps[i].id
		if text := sequence.Begin(id); text != "" {
			code := ex.PhaseZeroInitialization
			if initializationPhase > 0 {
				code = ex.PhaseOneInitialization
			}
			bugCheck(code, uint64(nt.StatusUnsuccessful), 0, 0, uint64(i), text)
		}
		debugger.Poll()
		start := tsc()
		status := part(id, steps[i].do)
		if options.Fails(id) { // P0.1 reads the options
			status = nt.StatusUnsuccessful
		}
		trace.Add(id, start, status)
		if !status.OK() {
			stepFailed(id, status)
		}
		sequence.End(id)
		if p := ex.FindStep(id).Progress; p != 0 {
			updateProgress(p)
		}
	}
}

// failedPart is the id of the part of a step that failed, failureText what more there is
// to say than the status.
var failedPart, failureText string

// stepFailed stops the system because a step has failed.
func stepFailed(id string, status nt.Status) {
	declared := ex.FindStep(id)
	text := id + " " + declared.Name
	if failedPart != "" && failedPart != id {
		declared = ex.FindStep(failedPart)
		text += ", " + declared.Name
	}
	if failureText == "" {
		failureText = status.String()
	}
	p := declared.Parameters(status)
	bugCheck(declared.StopCode(), p[0], p[1], p[2], p[3], text+": "+failureText)
}

// fail records why and returns STATUS_UNSUCCESSFUL.
func fail(err error) nt.Status {
	failureText = err.Error()
	return nt.StatusUnsuccessful
}

// isStep reports whether FAIL= can name id.
func isStep(id string) bool {
	s := ex.FindStep(id)
	return s != nil && (s.IsPart() || sequence.Has(id))
}

// part runs a step, or a part of one that has a stop code or parameters of its own
// (ex.Steps): FAIL= takes its id, too.
func part(id string, do func() nt.Status) nt.Status {
	status := nt.StatusUnsuccessful
	if !options.Fails(id) {
		status = do()
	}
	if !status.OK() && failedPart == "" {
		failedPart = id
	}
	return status
}
