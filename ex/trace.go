package ex

import (
	"strconv"
	"sync/atomic"

	"gont/nt"
)

// TraceSize is how many records the boot trace keeps. When there are more, the oldest are
// overwritten.
const TraceSize = 256

// Trace is the boot trace (SPEC K3): one record a step, in the order of their
// beginning, in a ring of fixed size. One thread at a time adds; any thread may read.
type Trace struct {
	// Now is a clock that only rises. Nanoseconds makes nanoseconds of its
	// value; nil if they are. It is asked only while Held is false.
	Now         func() int64
	Nanoseconds func(int64) int64
	// Memory is how many bytes of memory are in use, Processor which processor runs the
	// caller; 0 where they are nil.
	Memory    func() int64
	Processor func() int
	Print     func(line string)
	Echo      bool // print each record as it is complete (BOOTTRACE)
	// Held keeps records back while nobody knows how fast the clock runs;
	// the first one after prints them all. Until then Begin prints a line, so that the
	// step is seen in which the system hangs.
	Held bool
	// Added is called for each step that has ended, once it is not nil.
	Added func(Record)
	notes map[string]string

	ring    [TraceSize]Record // Start and Duration in units of Now; slot n%TraceSize has record n
	count   atomic.Uint64     // records that are complete
	printed uint64
}

// Record is one step.
type Record struct {
	ID        string // row of SPEC
	Start     int64  // ns since OSLDR's first instruction
	Duration  int64  // ns
	Processor int
	Status    nt.Status
	Memory    int64 // bytes that the step has taken; what it has freed is negative
}

// String is the machine-readable line (DESIGN 6): id, start and duration in microseconds,
// processor, status, KB of memory taken.
func (r Record) String() string {
	return "TRACE " + r.ID + " " + strconv.FormatInt(r.Start/1000, 10) + " " + strconv.FormatInt(r.Duration/1000, 10) +
		" " + strconv.Itoa(r.Processor) + " " + r.Status.String() + " " + strconv.FormatInt(r.Memory/1024, 10)
}

// A Span is a step that is under way.
type Span struct {
	id            string
	start, memory int64
}

// Begin begins a step. While the clock is not understood, and with Echo, it prints a line
// with the clock's value.
func (t *Trace) Begin(id string) Span {
	s := Span{id: id, start: t.Now()}
	if t.Memory != nil {
		s.memory = t.Memory()
	}
	if t.Held && t.Echo {
		t.Print("BEGIN " + id + " " + strconv.FormatInt(s.start, 10))
	}
	return s
}

// End keeps a record of a step that has just ended.
func (t *Trace) End(s Span, status nt.Status) {
	r := Record{ID: s.id, Start: s.start, Duration: t.Now() - s.start, Status: status}
	if t.Memory != nil {
		r.Memory = t.Memory() - s.memory
	}
	if t.Processor != nil {
		r.Processor = t.Processor()
	}
	t.Put(r)
}

// Put keeps a record whose times are in units of Now: of a step that somebody else has done
// and measured.
func (t *Trace) Put(r Record) {
	n := t.count.Load()
	t.ring[n%TraceSize] = r
	t.count.Store(n + 1)
	if t.Added != nil {
		t.Added(t.convert(r))
	}
	if t.Held {
		return
	}
	for t.printed = max(t.printed, t.oldest()); t.printed <= n; t.printed++ {
		if t.Echo {
			t.Print(t.convert(t.ring[t.printed%TraceSize]).String())
		}
	}
}

// oldest is the number of the oldest record that is still there.
func (t *Trace) oldest() uint64 {
	if n := t.count.Load(); n > TraceSize {
		return n - TraceSize
	}
	return 0
}

func (t *Trace) convert(r Record) Record {
	if t.Nanoseconds != nil && !t.Held {
		begin := t.Nanoseconds(r.Start)
		r.Start, r.Duration = begin, t.Nanoseconds(r.Start+r.Duration)-begin
	}
	return r
}

// Records returns all records so far, the oldest first. Any thread may ask, once Held is
// false. A record that is overwritten meanwhile is left out.
func (t *Trace) Records() []Record {
	first, end := t.oldest(), t.count.Load()
	list := make([]Record, 0, end-first)
	for n := first; n < end; n++ {
		list = append(list, t.ring[n%TraceSize])
	}
	// While record n is written, count is n still, and the slot's last holder is n-TraceSize.
	if n := t.count.Load() + 1; n > first+TraceSize {
		list = list[min(uint64(len(list)), n-TraceSize-first):]
	}
	for i := range list {
		list[i] = t.convert(list[i])
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

// Last calls yield for at most n last records, the oldest of them first. It allocates
// nothing, for the stop screen.
func (t *Trace) Last(n int, yield func(r *Record)) {
	end := t.count.Load()
	first := max(t.oldest(), end-min(end, uint64(max(n, 0))))
	for ; first < end; first++ {
		yield(&t.ring[first%TraceSize])
	}
}
