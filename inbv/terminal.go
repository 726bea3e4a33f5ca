package inbv

// Terminal writes text with control sequences to a screen: those of ECMA-48 that a line
// editor and a prompt need. Others are swallowed. Characters are those of the OEM code page.
//
//	CSI n A B C D   cursor up, down, right, left      CSI r ; c H  to a row and column, from 1
//	CSI n J         0 to the end, 1 from the start, 2 all of the screen is emptied
//	CSI n K         likewise of the line              CSI n m      colours, 0, 1, 7, 30-37, 40-47, 90-97
//	CSI n P @ X     characters deleted, inserted, emptied
type Terminal struct {
	*Screen
	state   uint8 // 0 text, 1 after ESC, 2 in CSI
	numbers [4]int
	count   int
	private bool
}

// Write writes text and shows it.
func (t *Terminal) Write(b []byte) (int, error) {
	for _, c := range b {
		t.put(c)
	}
	t.Show()
	return len(b), nil
}

func (t *Terminal) put(c byte) {
	switch {
	case t.state == 1:
		t.state = 0
		if c == '[' {
			t.state, t.count, t.private = 2, 0, false
			t.numbers = [4]int{}
		}
	case t.state == 2:
		t.sequence(c)
	case c == 0x1B:
		t.state = 1
	case c == 7:
	case c == 0x7F || c < ' ' && c != '\n' && c != '\r' && c != '\b' && c != '\t':
	default:
		t.Put(c)
	}
}

// sequence takes a byte of a control sequence.
func (t *Terminal) sequence(c byte) {
	switch {
	case c >= '0' && c <= '9':
		if t.count == 0 {
			t.count = 1
		}
		if n := &t.numbers[min(t.count-1, len(t.numbers)-1)]; *n < 10000 {
			*n = *n*10 + int(c-'0')
		}
		return
	case c == ';':
		if t.count == 0 {
			t.count = 1
		}
		t.count = min(t.count+1, len(t.numbers))
		return
	case c >= '<' && c <= '?':
		t.private = true
		return
	case c < 0x40 || c > 0x7E:
		if c < ' ' {
			t.state = 0
		}
		return
	}
	t.state = 0
	if !t.private {
		t.do(c)
	}
}

// do does what a control sequence says that ends in c.
func (t *Terminal) do(c byte) {
	s := t.Screen
	n := max(t.numbers[0], 1)
	switch c {
	case 'A':
		s.y = max(s.y-n, s.top)
	case 'B':
		s.y = min(s.y+n, s.rows-1)
	case 'C':
		s.x = min(s.x+n, s.columns-1)
	case 'D':
		s.x = max(s.x-n, 0)
	case 'G':
		s.x = min(n, s.columns) - 1
	case 'H', 'f':
		s.y = min(max(n-1, s.top), s.rows-1)
		s.x = min(max(t.numbers[1], 1), s.columns) - 1
	case 'J':
		switch t.numbers[0] {
		case 0:
			s.erase(s.y, s.x, s.columns)
			t.rows(s.y+1, s.rows)
		case 1:
			t.rows(s.top, s.y)
			s.erase(s.y, 0, s.x+1)
		case 2, 3:
			t.rows(s.top, s.rows)
		}
	case 'K':
		switch t.numbers[0] {
		case 0:
			s.erase(s.y, s.x, s.columns)
		case 1:
			s.erase(s.y, 0, s.x+1)
		case 2:
			s.erase(s.y, 0, s.columns)
		}
	case 'X':
		s.erase(s.y, s.x, min(s.x+n, s.columns))
	case 'P':
		n = min(n, s.columns-s.x)
		copy(s.text[s.y][2*s.x:2*s.columns], s.text[s.y][2*(s.x+n):2*s.columns])
		s.erase(s.y, s.columns-n, s.columns)
	case '@':
		n = min(n, s.columns-s.x)
		copy(s.text[s.y][2*(s.x+n):2*s.columns], s.text[s.y][2*s.x:2*s.columns])
		s.erase(s.y, s.x, s.x+n)
	case 'm':
		for i := range max(t.count, 1) {
			s.color(t.numbers[i])
		}
	}
}

// rows empties rows from first to before end.
func (t *Terminal) rows(first, end int) {
	for y := first; y < end; y++ {
		t.blank(y)
	}
}

// erase empties a part of a row.
func (s *Screen) erase(y, from, to int) {
	for x := from; x < to; x++ {
		s.text[y][2*x], s.text[y][2*x+1] = ' ', s.attr
	}
	s.dirty |= 1 << y
}

// color changes the attribute as a colour of ECMA-48 says; PCs count blue and red the
// other way round.
func (s *Screen) color(n int) {
	pc := func(n int) byte { return byte(n&1<<2 | n&2 | n&4>>2) }
	switch {
	case n == 0:
		s.attr = Normal
	case n == 1:
		s.attr |= 8
	case n == 7:
		s.attr = s.attr<<4 | s.attr>>4
	case n >= 30 && n <= 37:
		s.attr = s.attr&^7 | pc(n-30)
	case n >= 90 && n <= 97:
		s.attr = s.attr&^7 | pc(n-90) | 8
	case n >= 40 && n <= 47:
		s.attr = s.attr&0x0F | pc(n-40)<<4
	}
}
