package ex

import (
	"strconv"

	"gont/nt"
)

// Trace is the boot trace (SPEC K3): one record a step, in the order of their
// beginning, kept in memory.
type Trace struct {
	Now     func() int64 // nanoseconds
	Print   func(line string)
	Echo    bool // print each record as it is complete (BOOTTRACE)
	records []Record
}

// Record is one step.
type Record struct {
	ID        string // row of SPEC
	Start     int64  // ns since the kernel's first instruction
	Duration  int64  // ns
	Processor int
	Status    nt.Status
}

// String is the machine-readable line (DESIGN 6).
func (r Record) String() string {
	return "TRACE " + r.ID + " " + strconv.FormatInt(r.Start/1000, 10) + " " + strconv.FormatInt(r.Duration/1000, 10) +
		" " + strconv.Itoa(r.Processor) + " " + r.Status.String()
}

// Add keeps a record of a step that has just ended.
func (t *Trace) Add(id string, start int64, s nt.Status) {
	r := Record{ID: id, Start: start, Duration: t.Now() - start, Status: s}
	t.records = append(t.records, r)
	if t.Echo {
		t.Print(r.String())
	}
}

// Records returns all records so far.
func (t *Trace) Records() []Record { return t.records }

// Last returns at most n last records.
func (t *Trace) Last(n int) []Record { return t.records[max(0, len(t.records)-n):] }
