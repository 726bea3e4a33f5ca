// Package inbv is the boot video driver's text form (SPEC P0.11): 80 by 25
// characters of VGA text memory.
package inbv

// Attributes: background << 4 | foreground.
const (
	Normal = 0x07
	Bright = 0x0F
	Blue   = 0x1F
)

// Columns and Rows of the screen.
const (
	Columns = 80
	Rows    = 25
)

// Screen writes to a text buffer of Columns*Rows*2 bytes.
type Screen struct {
	mem    []byte
	x, y   int
	attr   byte
	cursor func(position int)
}

// New makes a screen on text memory; cursor, if not nil, moves the hardware's.
func New(mem []byte, cursor func(position int)) *Screen {
	return &Screen{mem: mem[:Columns*Rows*2], attr: Normal, cursor: cursor}
}

// Clear fills the screen with an attribute's background.
func (s *Screen) Clear(attr byte) {
	s.attr, s.x, s.y = attr, 0, 0
	for i := 0; i < len(s.mem); i += 2 {
		s.mem[i], s.mem[i+1] = ' ', attr
	}
	s.moved()
}

// Put writes one character; newline, return and tab do what they say, other
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
		i := (s.y*Columns + s.x) * 2
		s.mem[i], s.mem[i+1] = c, s.attr
		s.x++
	}
	if s.x == Columns {
		s.x = 0
		s.y++
	}
	if s.y == Rows {
		copy(s.mem, s.mem[Columns*2:])
		for i := len(s.mem) - Columns*2; i < len(s.mem); i += 2 {
			s.mem[i], s.mem[i+1] = ' ', s.attr
		}
		s.y--
	}
}

// Write writes text and moves the cursor behind it.
func (s *Screen) Write(b []byte) (int, error) {
	for _, c := range b {
		s.Put(c)
	}
	s.moved()
	return len(b), nil
}

func (s *Screen) moved() {
	if s.cursor != nil {
		s.cursor(s.y*Columns + s.x)
	}
}
