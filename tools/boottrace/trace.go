package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// step is a TRACE line.
type step struct {
	id              string
	start, duration int64 // microseconds
	processor       int
	status          string
	memory          int64 // KB
}

// note is a NOTE line, which belongs to the step whose TRACE line comes next with its id.
type note struct{ id, text string }

// trace is one start.
type trace struct {
	steps []step
	notes []note
	open  string // the step of the last BEGIN line, when no TRACE line followed
}

// parse reads a transcript. A TRACE line that starts earlier than the one before begins
// another start.
func parse(r io.Reader) (*trace, error) {
	t := &trace{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "TRACE":
			s, err := parseStep(rest)
			if err != nil {
				return nil, fmt.Errorf("line %d, %q: %w", n, line, err)
			}
			if k := len(t.steps); k > 0 && s.start < t.steps[k-1].start {
				t.steps, t.notes = nil, nil
			}
			t.steps, t.open = append(t.steps, s), ""
		case "NOTE":
			id, text, _ := strings.Cut(rest, " ")
			t.notes = append(t.notes, note{id, text})
		case "BEGIN":
			t.open, _, _ = strings.Cut(rest, " ")
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(t.steps) == 0 && t.open != "" {
		return nil, fmt.Errorf("there are no TRACE lines: the start hung in %s, before the clock's rate was known", t.open)
	}
	if len(t.steps) == 0 {
		return nil, errors.New("there are no TRACE lines: was the system started with BOOTTRACE?")
	}
	return t, nil
}

// parseStep reads what stands behind the word TRACE.
func parseStep(text string) (s step, err error) {
	f := strings.Fields(text)
	if len(f) != 6 {
		return s, fmt.Errorf("%d fields, not id, start, duration, processor, status and memory", len(f))
	}
	s.id, s.status = f[0], f[4]
	number := func(name, text string) (n int64) {
		n, e := strconv.ParseInt(text, 10, 64)
		if e != nil && err == nil {
			err = fmt.Errorf("%s %q is no number", name, text)
		}
		return n
	}
	s.start, s.duration = number("start", f[1]), number("duration", f[2])
	s.processor, s.memory = int(number("processor", f[3])), number("memory", f[5])
	if err == nil && (s.start < 0 || s.duration < 0 || s.processor < 0) {
		err = errors.New("a negative time or processor")
	}
	return s, err
}

// event is a row of Chrome's trace format ("Trace Event Format", complete, instant and
// metadata events).
type event struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Start    int64          `json:"ts"`
	Duration *int64         `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Scope    string         `json:"s,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// file is the whole.
type file struct {
	Events []event `json:"traceEvents"`
	Unit   string  `json:"displayTimeUnit"`
}

// Rows of the picture: OSLDR is one thread, each processor is another.
const loaderRow, processorRow = 0, 1

// chrome makes events: steps, and the notes at the starts of theirs.
func (t *trace) chrome() file {
	f := file{Unit: "ms", Events: []event{{Name: "process_name", Phase: "M", Args: map[string]any{"name": "GoNT's start"}}}}
	named := map[int]bool{}
	at := map[string]step{}
	for _, s := range t.steps {
		at[s.id] = s
		row, name, part := row(s)
		if !named[row] {
			named[row] = true
			f.Events = append(f.Events, event{Name: "thread_name", Phase: "M", Thread: row, Args: map[string]any{"name": name}})
		}
		d := s.duration
		f.Events = append(f.Events, event{Name: s.id, Category: part, Phase: "X", Start: s.start, Duration: &d, Thread: row,
			Args: map[string]any{"status": s.status, "memory (KB)": s.memory}})
	}
	for _, n := range t.notes {
		if s, ok := at[n.id]; ok {
			r, _, part := row(s)
			f.Events = append(f.Events, event{Name: n.id + " " + n.text, Category: part, Phase: "i", Start: s.start, Thread: r, Scope: "t"})
		}
	}
	return f
}

// row says on which row a step is shown, what the row is called, and the part of the start.
func row(s step) (n int, name, part string) {
	if strings.HasPrefix(s.id, "B") {
		return loaderRow, "OSLDR", "OSLDR"
	}
	part, _, _ = strings.Cut(s.id, ".")
	return processorRow + s.processor, "processor " + strconv.Itoa(s.processor), part
}
