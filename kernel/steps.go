//go:build kernel

package main

import (
	"fmt"

	bootline "gont/arc/options"
	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/kernel/bugcheck"
	"gont/kernel/debugger"
	"gont/mm"
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
	trace   = &ex.Trace{Now: tsc, Nanoseconds: sinceLoader, Memory: memoryTaken, Processor: hal.ProcessorNumber, Print: dbgprint.Line, Held: true}
)

// tsc is the trace's clock: it counts before anybody knows how fast (P0.4).
func tsc() int64 { return int64(hal.ReadTSC()) }

// sinceLoader makes ns since OSLDR's first instruction of the trace's clock.
func sinceLoader(v int64) int64 { return hal.TscToNs(uint64(v)) - hal.TscToNs(loader.loaderStart) }

// takenBefore is what memoryTaken was when mm began to count, less what mm counted then.
var takenBefore int64

// memoryTaken is how many bytes of memory the kernel has taken: until P0.10 pages of the
// heap that OSLDR has set aside, from then on pages that mm had free.
func memoryTaken() int64 {
	if takenBefore == 0 {
		_, _, pages := hal.Counters()
		return int64(pages * mm.PageSize)
	}
	return takenBefore + pagesInUse()*mm.PageSize
}

// pagesInUse is how many pages are neither free nor could be.
func pagesInUse() int64 {
	c := mm.QueryCounts()
	return int64(c.Ram) - int64(c.Available())
}

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

// runSteps runs a phase; before is called before each step. A step that fails, or that FAIL=
// names, stops the system with its own code and parameters.
func runSteps(steps []step, before func()) {
	for i := range steps {
		id := steps[i].id
		if text := sequence.Begin(id); text != "" {
			code := ex.PhaseZeroInitialization
			if initializationPhase > 0 {
				code = ex.PhaseOneInitialization
			}
			bugcheck.Check(code, uint64(nt.StatusUnsuccessful), 0, 0, uint64(i), text)
		}
		debugger.Poll()
		span := trace.Begin(id)
		currentStep = id
		before()
		status := part(id, steps[i].do)
		if i == 0 && id == "P0.1" { // it has read the options only now
			status = part(id, func() nt.Status { return status })
		}
		trace.End(span, status)
		if !status.OK() {
			stepFailed(id, status)
		}
		sequence.End(id)
		if p := ex.FindStep(id).Progress; p != 0 {
			display.Progress(p)
		}
	}
}

// failedPart is the id of the part of a step that failed, failureText what more there is
// to say than the status.
var failedPart, failureText string

// currentStep is the step that is under way.
var currentStep string

// stepFailed stops the system because a step has failed.
func stepFailed(id string, status nt.Status) {
	if failureText == "" {
		failureText = status.String()
	}
	code, p, text := ex.Failure(id, failedPart, status)
	bugcheck.Check(code, p[0], p[1], p[2], p[3], text+": "+failureText)
}

// rehearsal: with FAIL=* every step and part says how its failure would stop the system, and
// is done all the same.
func rehearsal() bool { return options.Text("FAIL") == "*" }

func rehearse(id, part string) {
	code, p, text := ex.Failure(id, part, nt.StatusUnsuccessful)
	dbgprint.Line(fmt.Sprintf("REHEARSAL %s: 0x%08x (0x%016x, 0x%016x, 0x%016x, 0x%016x) %v: %s", part, uint32(code), p[0], p[1], p[2], p[3], code, text))
}

// fail records why and returns STATUS_UNSUCCESSFUL.
func fail(err error) nt.Status {
	failureText = err.Error()
	return nt.StatusUnsuccessful
}

// failed records why a component's part of a step has ended with a status, and returns the
// status. A nil err leaves it at the status.
func failed(status nt.Status, err error) nt.Status {
	if err != nil {
		failureText = err.Error()
	}
	return status
}

// isStep reports whether FAIL= can name id.
func isStep(id string) bool {
	if id == "*" {
		return true
	}
	s := ex.FindStep(id)
	return s != nil && (s.IsPart() || sequence.Has(id))
}

// part runs a step, or a part of one that has a stop code or parameters of its own
// (ex.Steps): FAIL= takes its id, too.
func part(id string, do func() nt.Status) nt.Status {
	status := nt.StatusUnsuccessful
	if rehearsal() {
		rehearse(currentStep, id)
	}
	if options.Text("HANG") == id {
		for { // nothing is looked at, as a step that waits for a device does
			hal.Pause()
		}
	}
	if !options.Fails(id) {
		status = do()
	}
	if !status.OK() && failedPart == "" {
		failedPart = id
	}
	return status
}
