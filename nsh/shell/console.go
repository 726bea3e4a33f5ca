package shell

import (
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Console is a terminal: what it reads are characters and the sequences of a VT100's
// keys, what it is sent has the sequences of a VT100.
type Console interface {
	io.Reader
	io.Writer
}

// Run is a shell's life on a console: it reads lines and executes them until "exit",
// Ctrl-D on an empty line, or an error of the console, which it returns.
func Run(c Console, sys System, banner string) error {
	lines := &terminal{c: c}
	t := term.NewTerminal(lines, Prompt+" ")
	t.History = &history{}
	// A serial terminal does not tell its size.
	if err := t.SetSize(80, 25); err != nil {
		return err
	}
	s := New(sys, t)
	s.flush = lines.flush
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		line, pos, list := s.Complete(line, pos)
		if len(list) > 0 {
			s.printf("%s\n", columns(list, 79))
		}
		return line, pos, true
	}
	s.printf("%s", banner)
	defer lines.flush()
	for !s.Done() {
		t.SetPrompt(s.prompt())
		line, err := t.ReadLine()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		s.Execute(line)
	}
	return nil
}

// mostHistory is how many lines are kept.
const mostHistory = 100

// history keeps the lines that were entered, the newest first in At's count; a line
// that is blank or the same as the one before is not kept.
type history struct{ lines []string }

func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	if len(h.lines) == mostHistory {
		h.lines = append(h.lines[:0], h.lines[1:]...)
	}
	h.lines = append(h.lines, line)
}

func (h *history) Len() int { return len(h.lines) }

func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// columns puts words beside each other, down first, in lines of at most width.
func columns(words []string, width int) string {
	widest := 0
	for _, w := range words {
		widest = max(widest, utf8.RuneCountInString(w))
	}
	across := max(1, (width+2)/(widest+2))
	down := (len(words) + across - 1) / across
	var lines []string
	for y := range down {
		var b strings.Builder
		for i := y; i < len(words); i += down {
			w := oneLine(words[i])
			b.WriteString(w)
			if i+down < len(words) {
				b.WriteString(strings.Repeat(" ", widest+2-utf8.RuneCountInString(w)))
			}
		}
		lines = append(lines, b.String())
	}
	return strings.Join(lines, "\n")
}
