// Package inbv is the boot video driver's text form (SPEC P0.11): 80 by 25
// characters of VGA text memory.
package inbv

// Attributes: background << 4 | foreground.
const (
	Normal = 0x07
	Blue   = 0x1F
)

// Columns and Rows of the screen.
const (
	Columns = 80
	Rows    = 25
)

// Screen writes to a text buffer of Columns*Rows*2 bytes. Text memory is a device's
// and slow, slowest to read: the text is made in ordinary memory, and Show writes what
// has changed.
type Screen struct {
	text   [Rows][Columns * 2]byte // characters and attributes, as the hardware has them
	dirty  uint32                  // rows, a bit each, that mem does not show yet
	mem    []byte
	x, y   int
	attr   byte
	cursor func(position int)
}

const allRows = 1<<Rows - 1

// New makes a screen on text memory; cursor, if not nil, moves the hardware's.
func New(mem []byte, cursor func(position int)) *Screen {
	return &Screen{mem: mem[:Columns*Rows*2], attr: Normal, cursor: cursor}
}

// Clear fills the screen with an attribute's background.
func (s *Screen) Clear(attr byte) {
	s.attr, s.x, s.y = attr, 0, 0
	for y := range s.text {
		s.blank(y)
	}
	s.Show()
}

// blank empties a row.
func (s *Screen) blank(y int) {
	for x := 0; x < Columns*2; x += 2 {
		s.text[y][x], s.text[y][x+1] = ' ', s.attr
	}
	s.dirty |= 1 << y
}

// Show writes the rows that have changed to the text memory, and moves the cursor
// behind the text.
func (s *Screen) Show() {
	for y := range s.text {
		if s.dirty&(1<<y) != 0 {
			copy(s.mem[y*Columns*2:], s.text[y][:])
		}
	}
	s.dirty = 0
	if s.cursor != nil {
		s.cursor(s.y*Columns + s.x)
	}
}

// Put writes one character, which Show makes visible; newline, return and tab do what they say, other
// control characters are shown as a dot. The screen scrolls at its end.
func (s *Screen) Put(c byte) {
	switch {
	case c == '\n':
		s.x = 0
		s.y++
	case c == '\r':
		s.x = 0
	case c == '\t':
		for {
			s.Put(' ')
			if s.x&7 == 0 {
				break
			}
		}
		return
	default:
		if c < ' ' || c > '~' {
			c = '.'
		}
		s.text[s.y][s.x*2], s.text[s.y][s.x*2+1] = c, s.attr
		s.dirty |= 1 << s.y
		s.x++
	}
	if s.x == Columns {
		s.x = 0
		s.y++
	}
	if s.y == Rows {
		copy(s.text[:], s.text[1:])
		s.y--
		s.blank(s.y)
		s.dirty = allRows
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
