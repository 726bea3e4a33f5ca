package bugcheck

import (
	"strings"

	"gont/ex"
)

// How the text is divided so that it fits on a screen of 80 by 25 characters.
const (
	stopColumns  = 80
	stopRows     = 25
	lastRows     = 4 // kept free for what is said at the end: where the report is, and halted
	screenFrames = 7
	screenSteps  = 3
	paramColumns = 20 // a space, 0x, 16 digits and a comma
)

// screenPart lets the screen have as much of a text as fits on it. It allocates nothing.
type screenPart struct {
	put         func(c byte)
	rows        int
	row, column int
	cut         bool // a line that is too long is cut, not continued in the next row
	last        bool // the last rows may be used
	after       byte // the character before
}

// Put shows a character, or not.
func (s *screenPart) Put(c byte) {
	after := s.after
	s.after = c
	limit := s.rows - lastRows
	if s.last {
		limit = s.rows - 1 // the cursor stands in the last row
	}
	if s.row >= limit {
		return
	}
	switch {
	case c == '\n':
		s.row, s.column = s.row+1, 0
		s.put(c)
	case c == ' ' && after == ',' && !s.cut && s.column+paramColumns > stopColumns-1:
		s.row, s.column = s.row+1, 0 // a parameter is not torn
		s.put('\n')
	case s.column < stopColumns-1:
		s.column++
		s.put(c)
	case !s.cut:
		s.row, s.column = s.row+1, 0
		if s.put('\n'); s.row < limit {
			s.column = 1
			s.put(c)
		}
	}
}

// lastStop is what is said of the stop that the last start has ended with, "" for none.
func lastStop(report string) string {
	var lines []string
	for _, l := range strings.Split(report, "\n") {
		if l = strings.TrimPrefix(l, "*** "); l != "" {
			lines = append(lines, l)
		}
	}
	if len(lines) < 2 {
		return ""
	}
	return "The last start ended with " + lines[0] + ", " + lines[1] + "."
}

// parameters says what the parameters of a stop code mean, "" for those without a meaning.
func parameters(code ex.BugCode) [4]string {
	switch code {
	case ex.PageFaultInNonpagedArea, ex.AttemptedExecuteOfNoexecute, ex.AttemptedWriteToReadonly:
		return [4]string{"address", "access (bit 0: the page is there, bit 1: write)", "instruction"}
	case ex.UnexpectedKernelModeTrap:
		return [4]string{"exception", "error code", "instruction", "stack pointer"}
	case ex.KmodeExceptionNotHandled:
		return [4]string{"exception", "instruction", "error code", "stack pointer"}
	case ex.NoPagesAvailable:
		return [4]string{"address", "pages left for the heap"}
	case ex.PfnListCorrupt:
		return [4]string{"page frame", "state wanted", "state found"}
	case ex.IRQLNotLessOrEqual:
		return [4]string{"IRQL"}
	case ex.GoRuntimeFailure:
		return [4]string{"status", "processor"}
	case ex.CriticalProcessDied:
		return [4]string{"process", "status"}
	}
	return [4]string{}
}

// meanings names the parameters that a meaning is known of, in one line.
func (w *writer) meanings(code ex.BugCode) {
	names := parameters(code)
	before := "    "
	for _, name := range names {
		if name != "" {
			w.text(before, name)
			before = "; "
		}
	}
	if names[0] != "" {
		w.text("\n")
	}
}

// explain says what the parameters mean that a meaning is known of.
func (w *writer) explain(code ex.BugCode, p [4]uint64) {
	names := parameters(code)
	for i, name := range names {
		if name != "" {
			w.text("  ", name, ": 0x")
			w.hex(p[i], 16)
			w.text("\n")
		}
	}
}
