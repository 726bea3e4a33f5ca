// Package menu is the choice of an operating system, on screen and serial
// console alike (SPEC B4). It knows its consoles only as Terminal.
package menu

import (
	"gont/boot/osldr/bootini"
	"gont/boot/osldr/status"
)

// Key is a key press. Printable ASCII stands for itself.
type Key int

// Keys that have no character.
const (
	None Key = iota
	Up   Key = 0x100 + iota
	Down
	Left
	Right
	Home
	End
	Delete
	F8
	Enter     Key = 13
	Escape    Key = 27
	Backspace Key = 8
)

// Columns and rows of the screen, and of what a serial terminal is taken for.
const (
	Columns = 80
	Rows    = 25
)

// Terminal is both consoles at once.
type Terminal interface {
	Clear()
	// Write puts text at a place (from 0, 0), at most to the end of the row.
	Write(row, column int, text string, reverse bool)
	// Key is the next key, None when none is waiting.
	Key() Key
	// Wait returns at the next interrupt, at least 18 times a second.
	Wait()
	// Seconds counts real time from some moment.
	Seconds() int
}

const (
	titleRow = 1
	firstRow = 4
	helpRow  = 17
	timerRow = 20
	editRow  = 15
	lastRow  = 23 // writing to the end of row 24 may scroll a terminal
)

const help = "Up/Down or digit: choose   Enter: boot   E: edit options   F8 or F: safe mode"

// Run lets the user choose and returns the entry, its options perhaps
// edited. A timeout of 0 or less than 0 waits for ever; OSLDR itself deals
// with "no menu at all".
func Run(t Terminal, c *bootini.Config, timeout int) bootini.Entry {
	return newState(t, c).run(c, timeout)
}

func newState(t Terminal, c *bootini.Config) *state {
	return &state{t: t, entries: append([]bootini.Entry(nil), c.Entries...), at: c.Default}
}

func (m *state) run(c *bootini.Config, timeout int) bootini.Entry {
	t, entries := m.t, m.entries
	m.draw(c)
	end, shown := t.Seconds()+timeout, -1
	counting := timeout > 0
	for {
		if counting {
			left := end - t.Seconds()
			if left <= 0 {
				return entries[m.at]
			}
			if left != shown {
				m.timer("Seconds until the highlighted choice is started: " + status.Dec(uint64(left)))
				shown = left
			}
		}
		k := t.Key()
		if k == None {
			t.Wait()
			continue
		}
		if counting { // any key stops the clock
			counting = false
			m.timer("")
		}
		switch {
		case k == Enter:
			return entries[m.at]
		case k == Up && m.at > 0:
			m.move(m.at - 1)
		case k == Down && m.at < len(entries)-1:
			m.move(m.at + 1)
		case k == Home:
			m.move(0)
		case k == End:
			m.move(len(entries) - 1)
		case k >= '1' && k < '1'+Key(len(entries)) && k <= '9':
			m.move(int(k - '1'))
			return entries[m.at]
		case k == 'e' || k == 'E':
			m.edit()
		case k == F8 || k == 'f' || k == 'F':
			if e, ok := m.advanced(); ok {
				return e
			}
			m.draw(c)
		}
	}
}

type state struct {
	t       Terminal
	entries []bootini.Entry
	at      int
}

func (m *state) draw(c *bootini.Config) {
	m.t.Clear()
	m.t.Write(titleRow, 2, "Please select the operating system to start:", false)
	for i := range m.entries {
		m.line(i)
	}
	m.options()
	m.t.Write(helpRow, 2, help, false)
	m.problems(c)
}

func (m *state) line(i int) {
	s := " " + status.Dec(uint64(i+1)) + " " + m.entries[i].Title
	m.t.Write(firstRow+i, 4, pad(s, 60), i == m.at)
}

func (m *state) options() {
	s := m.entries[m.at].Options
	if s == "" {
		s = "(none)"
	}
	m.t.Write(editRow, 2, pad("Options: "+s, Columns-3), false)
}

func (m *state) timer(s string) { m.t.Write(timerRow, 2, pad(s, Columns-3), false) }

func (m *state) move(to int) {
	from := m.at
	m.at = to
	m.line(from)
	m.line(to)
	m.options()
}

// pad fills or cuts s to n characters.
func pad(s string, n int) string {
	if len(s) >= n {
		return s[:n]
	}
	b := make([]byte, n)
	for i := copy(b, s); i < n; i++ {
		b[i] = ' '
	}
	return string(b)
}

// MaxOptions is the longest option line the editor takes.
const MaxOptions = 255

// edit changes the options of the chosen entry, for this boot only. Enter
// keeps them, Escape does not.
func (m *state) edit() {
	m.t.Write(helpRow, 2, pad("Enter: keep for this boot   Esc: as before", Columns-2), false)
	line := []byte(m.entries[m.at].Options)
	at := len(line)
	const width = Columns - 12
	for {
		from := 0 // scroll long lines
		if at >= width {
			from = at - width + 1
		}
		text := pad(string(line[from:]), width)
		m.t.Write(editRow, 2, "Options: ", false)
		m.t.Write(editRow, 11, text, false)
		m.t.Write(editRow, 11+at-from, text[at-from:at-from+1], true)
		k := m.t.Key()
		for k == None {
			m.t.Wait()
			k = m.t.Key()
		}
		switch {
		case k == Enter:
			m.entries[m.at].Options = string(line)
			m.done()
			return
		case k == Escape:
			m.done()
			return
		case k == Left && at > 0:
			at--
		case k == Right && at < len(line):
			at++
		case k == Home:
			at = 0
		case k == End:
			at = len(line)
		case k == Backspace && at > 0:
			at--
			line = append(line[:at], line[at+1:]...)
		case k == Delete && at < len(line):
			line = append(line[:at], line[at+1:]...)
		case k >= ' ' && k < 0x7F && len(line) < MaxOptions:
			line = append(line, 0)
			copy(line[at+1:], line[at:])
			line[at] = byte(k)
			at++
		}
	}
}

func (m *state) done() {
	m.options()
	m.t.Write(helpRow, 2, pad(help, Columns-3), false)
}
