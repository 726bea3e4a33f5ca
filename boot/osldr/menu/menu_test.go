package menu

import (
	"fmt"
	"strings"
	"testing"

	"gont/boot/osldr/bootini"
)

// screen is a terminal whose user types keys, one after each tick given.
type screen struct {
	t       *testing.T
	rows    [Rows][Columns]byte
	reverse [Rows][Columns]bool
	keys    []Key // None: let a tick pass
	ticks   int
}

func (s *screen) Clear() { s.rows = [Rows][Columns]byte{} }

func (s *screen) Write(r, c int, text string, reverse bool) {
	if r < 0 || r >= Rows || c < 0 || c+len(text) > Columns {
		s.t.Errorf("write of %q at %d, %d", text, r, c)
		return
	}
	for i := range len(text) {
		s.rows[r][c+i], s.reverse[r][c+i] = text[i], reverse
	}
}

func (s *screen) Key() Key {
	if len(s.keys) == 0 {
		return None
	}
	k := s.keys[0]
	s.keys = s.keys[1:]
	return k
}

func (s *screen) Wait() {
	s.ticks++
	if s.ticks > 18*1000 {
		panic("the menu waits for ever")
	}
}

func (s *screen) Seconds() int { return s.ticks / 18 }

func (s *screen) text() string {
	var b strings.Builder
	for _, r := range s.rows {
		b.WriteString(strings.TrimRight(strings.ReplaceAll(string(r[:]), "\x00", " "), " ") + "\n")
	}
	return b.String()
}

func config(n int) *bootini.Config {
	c := &bootini.Config{Timeout: 5, Default: 1}
	for i := range n {
		c.Entries = append(c.Entries, bootini.Entry{Title: fmt.Sprint("System ", i+1), Options: fmt.Sprint("/o", i+1)})
	}
	return c
}

func typed(s string) (k []Key) {
	for _, c := range s {
		k = append(k, Key(c))
	}
	return k
}

func join(parts ...[]Key) (k []Key) {
	for _, p := range parts {
		k = append(k, p...)
	}
	return k
}

func TestChoice(t *testing.T) {
	for name, c := range map[string]struct {
		keys    []Key
		timeout int
		title   string
		options string
		seconds int // at most; the clock was running when equal
	}{
		"timeout":           {nil, 5, "System 2", "/o2", 5},
		"enter":             {[]Key{Enter}, 5, "System 2", "/o2", 0},
		"up":                {[]Key{Up, Enter}, 5, "System 1", "/o1", 0},
		"down twice":        {[]Key{Down, Down, Enter}, -1, "System 3", "/o3", 0},
		"digit":             {typed("3"), -1, "System 3", "/o3", 0},
		"digit too large":   {typed("4\r"), -1, "System 2", "/o2", 0},
		"home, end":         {[]Key{Home, Up, End, Down, Enter}, -1, "System 3", "/o3", 0},
		"later":             {join(make([]Key, 40), []Key{Enter}), 5, "System 2", "/o2", 2},
		"edit":              {join(typed("e /x\r"), []Key{Enter}), 5, "System 2", "/o2 /x", 0},
		"edit and escape":   {join(typed("E /x"), []Key{Escape, Enter}), 5, "System 2", "/o2", 0},
		"edit in the line":  {join(typed("e"), []Key{Home, Right, Delete, 'p', Left, Left, Left, 'A', End, 'z', Backspace, Enter, Enter}), 5, "System 2", "A/p2", 0},
		"edit at the ends":  {join(typed("e"), []Key{Right, Delete, Home, Left, Backspace, Up, F8, Enter, Enter}), 5, "System 2", "/o2", 0},
		"edit, clock stops": {join(typed("e"), make([]Key, 18*20), []Key{Enter, Enter}), 5, "System 2", "/o2", 20},
	} {
		s := &screen{t: t, keys: c.keys}
		e := Run(s, config(3), c.timeout)
		if e.Title != c.title || e.Options != c.options {
			t.Errorf("%s: %q %q\n%s", name, e.Title, e.Options, s.text())
		}
		if s.Seconds() != c.seconds {
			t.Errorf("%s: %d seconds", name, s.Seconds())
		}
	}
}

// TestForever: without a timeout, and after any key, the menu waits.
func TestForever(t *testing.T) {
	for name, c := range map[string]struct {
		keys    []Key
		timeout int
	}{"timeout -1": {nil, -1}, "key": {typed("x"), 5}, "escape": {[]Key{Escape}, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the menu ended", name)
				}
			}()
			Run(&screen{t: t, keys: c.keys}, config(2), c.timeout)
		}()
	}
}

func TestDrawing(t *testing.T) {
	c := config(10)
	c.Entries[0].Title = strings.Repeat("long ", 40)
	c.Entries[1].Options = strings.Repeat("/option", 30)
	for i := range 9 {
		c.Problems = append(c.Problems, bootini.Problem{Line: i, Text: strings.Repeat("what is wrong ", 3)})
	}
	s := &screen{t: t, keys: join(make([]Key, 30), []Key{Enter})}
	Run(s, c, 7)
	text := s.text()
	for _, want := range []string{"Please select", "1 long", "10 System 10", "Options: /option", "E: edit options",
		`\boot.ini: what`, `\boot.ini line 1: what`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if !s.reverse[firstRow+1][6] || s.reverse[firstRow][6] {
		t.Error("the default is not the highlighted entry")
	}
}

// TestProblems: every bad line is on the screen, with its text or its number.
func TestProblems(t *testing.T) {
	for entries := 1; entries <= bootini.MaxEntries; entries++ {
		for _, n := range []int{0, 1, 3, 4, 5, 9, 30, bootini.MaxProblems} {
			for _, unnamed := range []int{0, 700} {
				if unnamed > 0 && n < bootini.MaxProblems {
					continue
				}
				c := config(entries)
				c.Default, c.Unnamed, c.LastLine = 0, unnamed, 999
				for i := range n {
					c.Problems = append(c.Problems, bootini.Problem{Line: 2 * (i + 1), Text: "this is wrong " + strings.Repeat("x", 9*i)})
				}
				s := &screen{t: t, keys: []Key{Enter}}
				Run(s, c, 7)
				text := s.text()
				named := strings.Count(text, `\boot.ini line `)
				if named < min(n, 2) || (n <= 3 && named != n) {
					t.Errorf("%d entries, %d problems: %d named\n%s", entries, n, named, text)
				}
				left := n + unnamed - named
				if want := fmt.Sprintf(`\boot.ini: %d more, in lines %d`, left, 2*(named+1)); left > 0 && !strings.Contains(text, want) {
					t.Errorf("%d entries, %d problems: no %q in\n%s", entries, n, want, text)
				}
				if left > 0 && left < 15 && !strings.Contains(text, fmt.Sprintf(", %d\n", 2*n)) && left > 1 {
					t.Errorf("the last bad line is missing:\n%s", text)
				}
				for _, w := range []string{"Options: /o1", "E: edit options", fmt.Sprint("System ", entries)} {
					if !strings.Contains(text, w) {
						t.Errorf("%q is overwritten:\n%s", w, text)
					}
				}
			}
		}
	}
	if s := Unnamed(&bootini.Config{Unnamed: 7, LastLine: 80}, 0, 70); s != "7 more, the last in line 80" {
		t.Errorf("%q", s)
	}
}

// TestEditHelp: the editor's help line leaves nothing of the menu's, and comes
// and goes.
func TestEditHelp(t *testing.T) {
	s := &screen{t: t, keys: []Key{'e'}}
	func() {
		defer func() { recover() }() // the editor waits for ever
		Run(s, config(2), -1)
	}()
	seen := strings.TrimRight(string(s.rows[helpRow][2:]), " \x00")
	if seen != "Enter: keep for this boot   Esc: as before" {
		t.Errorf("%q", seen)
	}
}

// TestLongOptions: the editor scrolls, and stops at MaxOptions.
func TestLongOptions(t *testing.T) {
	c := config(1)
	c.Default = 0
	s := &screen{t: t, keys: join(typed("e"+strings.Repeat("abcdefghi ", 40)), []Key{Home, Right, End, Enter, Enter})}
	if e := Run(s, c, -1); len(e.Options) != MaxOptions {
		t.Errorf("%d characters", len(e.Options))
	}
}
