// Package inbv is the boot video driver (SPEC P0.11, P1.4): a grid of characters, shown in
// VGA text memory or painted into a linear frame buffer; the logo and the progress bar
// that stand there while the system starts; and the stop screen's blue. It touches memory
// that its caller has mapped, and nothing else of the machine.
//
// A Screen has no lock: its callers see to it that one at a time uses it. Nothing but New
// and NewGraphic allocates.
package inbv

// Attributes: background << 4 | foreground.
const (
	Normal = 0x07
	Blue   = 0x1F
)

// Columns and Rows of a text screen. A graphics screen has as many as there is room for,
// up to MaxColumns and MaxRows.
const (
	Columns    = 80
	Rows       = 25
	MaxColumns = 160
	MaxRows    = 64
)

// Screen is a grid of characters of the OEM code page. Memory of a device's
// is slow, slowest to read: the text is made in ordinary memory, and Show writes what
// has changed.
type Screen struct {
	columns, rows int
	text          [MaxRows][MaxColumns * 2]byte // characters and attributes, as the hardware has them
	dirty         uint64                        // rows, a bit each, that are not shown yet
	x, y          int
	attr          byte
	top           int // the first row that text may use

	mem    []byte // text memory, nil in graphics mode
	cursor func(position int)
	paint  *painter // graphics mode
	logo   logoState
}

// New makes a screen on text memory; cursor, if not nil, moves the hardware's.
func New(mem []byte, cursor func(position int)) *Screen {
	return &Screen{columns: Columns, rows: Rows, mem: mem[:Columns*Rows*2], attr: Normal, cursor: cursor}
}

// Size returns how many columns and rows the screen has.
func (s *Screen) Size() (columns, rows int) { return s.columns, s.rows }

// Graphic reports whether the screen is painted into a frame buffer.
func (s *Screen) Graphic() bool { return s.paint != nil }

// Clear fills the whole screen with an attribute's background. A logo is gone.
func (s *Screen) Clear(attr byte) {
	s.logo.shown = false
	s.top = 0
	s.attr, s.x, s.y = attr, 0, 0
	for y := range s.rows {
		s.blank(y)
	}
	if s.paint != nil {
		s.paint.clear(attr)
	}
	s.Show()
}

// blank empties a row.
func (s *Screen) blank(y int) {
	for x := 0; x < s.columns*2; x += 2 {
		s.text[y][x], s.text[y][x+1] = ' ', s.attr
	}
	s.dirty |= 1 << y
}

// Show writes the rows that have changed, and moves the cursor behind the text.
func (s *Screen) Show() {
	if s.paint != nil {
		s.paint.show(s)
		s.dirty = 0
		return
	}
	for y := range s.rows {
		if s.dirty&(1<<y) != 0 {
			copy(s.mem[y*Columns*2:], s.text[y][:Columns*2])
		}
	}
	s.dirty = 0
	if s.cursor != nil {
		s.cursor(s.y*s.columns + s.x)
	}
}

// Put writes one character of the OEM code page, which Show makes visible. Newline, return,
// tab and backspace do what they say; other control characters are shown as a dot. The
// screen scrolls at its end.
func (s *Screen) Put(c byte) {
	switch {
	case c == '\n':
		s.x = 0
		s.y++
	case c == '\r':
		s.x = 0
	case c == '\b':
		if s.x > 0 {
			s.x--
		}
	case c == '\t':
		for {
			s.Put(' ')
			if s.x&7 == 0 {
				break
			}
		}
		return
	default:
		if c < ' ' || c == 0x7F {
			c = '.'
		}
		s.text[s.y][s.x*2], s.text[s.y][s.x*2+1] = c, s.attr
		s.dirty |= 1 << s.y
		s.x++
	}
	if s.x == s.columns {
		s.x = 0
		s.y++
	}
	if s.y == s.rows {
		copy(s.text[s.top:s.rows], s.text[s.top+1:s.rows])
		s.y--
		s.blank(s.y)
		s.dirty |= 1<<s.rows - 1<<s.top
	}
}

// Write writes text and shows it.
func (s *Screen) Write(b []byte) (int, error) {
	for _, c := range b {
		s.Put(c)
	}
	s.Show()
	return len(b), nil
}

// label writes a string at a place of its own, with an attribute, and leaves the cursor
// where it is.
func (s *Screen) label(x, y int, attr byte, text string) {
	for i := 0; i < len(text) && x+i < s.columns; i++ {
		s.text[y][(x+i)*2], s.text[y][(x+i)*2+1] = text[i], attr
	}
	s.dirty |= 1 << y
}
