package inbv

import (
	"strings"
	"testing"
)

func line(mem []byte, y int) string {
	var b []byte
	for x := 0; x < Columns; x++ {
		b = append(b, mem[(y*Columns+x)*2])
	}
	return strings.TrimRight(string(b), " ")
}

// TestScreen (P0.11): lines wrap, the screen scrolls, control characters show as dots.
func TestScreen(t *testing.T) {
	mem := make([]byte, Columns*Rows*2+100)
	at := -1
	s := New(mem, func(p int) { at = p })
	s.Clear(Blue)
	s.Write([]byte("hello\n\tx\x01\x7f\xb0y\n"))
	if line(mem, 0) != "hello" || line(mem, 1) != "        x..\xb0y" || at != 2*Columns {
		t.Errorf("%q %q cursor %d", line(mem, 0), line(mem, 1), at)
	}
	if mem[1] != Blue {
		t.Errorf("attribute %#x", mem[1])
	}
	s.Write([]byte(strings.Repeat("z", Columns+1) + "\n"))
	if line(mem, 2) != strings.Repeat("z", Columns) || line(mem, 3) != "z" {
		t.Error("long line does not wrap")
	}
	for i := 0; i < 50; i++ {
		s.Write([]byte("more\n"))
	}
	s.Write([]byte("last"))
	if line(mem, Rows-1) != "last" || line(mem, 0) != "more" {
		t.Errorf("scrolled wrong: %q %q", line(mem, Rows-1), line(mem, 0))
	}
	// Nothing is written that has not changed, and nothing before Show.
	before := mem[0]
	mem[0] = '!'
	s.Put('x')
	if got := line(mem, Rows-1); got != "last" {
		t.Errorf("%q before Show", got)
	}
	s.Show()
	if got := line(mem, Rows-1); got != "lastx" || mem[0] != '!' {
		t.Errorf("%q after Show, first character %q", got, mem[0])
	}
	mem[0] = before
	for _, c := range mem[Columns*Rows*2:] {
		if c != 0 {
			t.Fatal("wrote past the screen")
		}
	}
}
