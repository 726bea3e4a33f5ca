package ex

import (
	"strconv"
	"sync/atomic"

	"gont/nt"
)

// Trace is the boot trace (SPEC K3): one record a step, in the order of their
// beginning, kept in memory.
type Trace struct {
	// Now is a clock that only rises. Nanoseconds makes nanoseconds of its
	// value; nil if they are. It is asked only while Held is false.
	Now         func() int64
	Nanoseconds func(int64) int64
	Print       func(line string)
	Echo        bool // print each record as it is complete (BOOTTRACE)
	// Held keeps records back while nobody knows how fast the clock runs;
	// the first one after prints them all.
	Held bool
	// Added is called for each step that has ended, once it is not nil.
	Added   func(Record)
	notes   map[string]string
	records []Record // Start and Duration in units of Now; of the thread that adds
	printed int
	// published is records as others may read them: what is below its length does not
	// change any more.
	published atomic.Pointer[[]Record]
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
	list := t.records
	t.published.Store(&list)
	if t.Added != nil {
		t.Added(t.convert(r))
	}
	for !t.Held && t.printed < len(t.records) {
		if t.Echo {
			t.Print(t.convert(t.records[t.printed]).String())
		}
		t.printed++
	}
}

func (t *Trace) convert(r Record) Record {
	if t.Nanoseconds != nil && !t.Held {
		begin := t.Nanoseconds(r.Start)
		r.Start, r.Duration = begin, t.Nanoseconds(r.Start+r.Duration)-begin
	}
	return r
}

// Records returns all records so far. Any thread may ask, once Held is false.
func (t *Trace) Records() []Record {
	records := t.published.Load()
	if records == nil {
		return nil
	}
	list := make([]Record, len(*records))
	for i, r := range *records {
		list[i] = t.convert(r)
	}
	return list
}

// Note adds what there is to say of a step besides its status; with Echo it is printed.
func (t *Trace) Note(id, text string) {
	if t.notes == nil {
		t.notes = map[string]string{}
	}
	t.notes[id] = text
	if t.Echo {
		t.Print("NOTE " + id + " " + text)
	}
}

// NoteOf returns what was noted, "" for nothing.
func (t *Trace) NoteOf(id string) string { return t.notes[id] }

// Last returns at most n last records.
func (t *Trace) Last(n int) []Record { return t.records[max(0, len(t.records)-n):] }
