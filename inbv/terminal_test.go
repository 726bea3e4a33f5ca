package inbv

import (
	"math/rand/v2"
	"testing"
)

// TestTerminal (P0.11): what a line editor sends shows what it means.
func TestTerminal(t *testing.T) {
	for _, c := range []struct{ in, row0, row1 string }{
		{"hello", "hello", ""},
		{"hello\x1b[2D!", "hel!o", ""},
		{"hello\x1b[3D\x1b[K", "he", ""},
		{"hello\r\n\x1b[Ax", "xello", ""},
		{"ab\r\ncd\x1b[2J\x1b[Hz", "z", ""},
		{"abcdef\x1b[3D\x1b[P", "abcef", ""},
		{"abcdef\x1b[3D\x1b[2@", "abc  def", ""},
		{"abcdef\x1b[3D\x1b[2X", "abc  f", ""},
		{"a\x1b[?25hb\x1b[5;999Hc\x1b[1;2Hd", "ad", ""},
		{"\x1b[31mred\x1b[0m\x07", "red", ""},
		{"x\x1b[1J", "", ""},
		{"abc\x1b[2;3Hq\x1b[1K", "abc", ""},
		{"ab\b\bc", "cb", ""},
		{"gr\x81\xE1e", "gr\x81\xE1e", ""},
		{"\x1b[12345678901234567890Cx\x1b[;;;;;;Hy", "y" + spaces(78) + "x", ""},
	} {
		mem := make([]byte, Columns*Rows*2)
		s := New(mem, nil)
		s.Clear(Normal)
		term := &Terminal{Screen: s}
		term.Write([]byte(c.in))
		if a, b := line(mem, 0), line(mem, 1); a != c.row0 || b != c.row1 {
			t.Errorf("%q: %q and %q", c.in, a, b)
		}
	}
	mem := make([]byte, Columns*Rows*2)
	s := New(mem, nil)
	s.Clear(Normal)
	(&Terminal{Screen: s}).Write([]byte("\x1b[1;31ma\x1b[7mb\x1b[mc"))
	if mem[1] != 0x0C || mem[3] != 0xC0 || mem[5] != Normal {
		t.Errorf("attributes %x %x %x", mem[1], mem[3], mem[5])
	}
}

func spaces(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = ' '
	}
	return string(b)
}

// TestTerminalNoise: no bytes lead outside the screen.
func TestTerminalNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	s := New(make([]byte, Columns*Rows*2), nil)
	s.Clear(Normal)
	term := &Terminal{Screen: s}
	const letters = "\x1b[;0123456789ABCDHJKPX@mG?\n\r\b\t x\x80\xff"
	for range 20000 {
		b := make([]byte, rnd.IntN(20))
		for i := range b {
			b[i] = letters[rnd.IntN(len(letters))]
		}
		term.Write(b)
		if s.x < 0 || s.x >= s.columns || s.y < 0 || s.y >= s.rows {
			t.Fatalf("at %d, %d", s.x, s.y)
		}
	}
}
