package qemu

import (
	"fmt"
	"testing"
)

// paint makes a picture of 80 by 30 cells with a text at a place, as a guest paints it.
func paint(font []byte, text string, col, row int, attr byte) *picture {
	p := &picture{width: 643, height: 482}
	p.pixels = make([]byte, p.width*p.height*3)
	set := func(x, y int, c [3]byte) { copy(p.pixels[(y*p.width+x)*3:], c[:]) }
	for y := range p.height {
		for x := range p.width {
			set(x, y, vgaColors[attr>>4])
		}
	}
	for i := range len(text) {
		for y := range glyphHeight {
			for x := range glyphWidth {
				if font[int(text[i])*glyphHeight+y]&(0x80>>x) != 0 {
					set(1+(col+i)*8+x, 1+row*16+y, vgaColors[attr&15])
				}
			}
		}
	}
	return p
}

// TestGraphicsText: text of a graphics screen is read back exactly, with its colours; the
// cursor does not hide a character, and what is no character is none.
func TestGraphicsText(t *testing.T) {
	font := make([]byte, 256*glyphHeight)
	for c := 33; c < 256; c++ {
		for y := 2; y < 14; y++ {
			font[c*glyphHeight+y] = byte(c*y) ^ byte(c>>1)&0x7E
		}
	}
	const text = "*** STOP: 0x0000007E ~{|}"
	p := paint(font, text, 3, 7, 0x1F)
	b := append([]byte(fmt.Sprintf("P6\n%d %d\n255\n", p.width, p.height)), p.pixels...)
	p, err := readPPM(b)
	if err != nil {
		t.Fatal(err)
	}
	for y := 14; y < 16; y++ { // a cursor below the last character
		for x := range 8 {
			copy(p.pixels[((1+7*16+y)*p.width+1+(3+len(text)-1)*8+x)*3:], []byte{255, 255, 255})
		}
	}
	copy(p.pixels[((1+20*16+3)*p.width+5)*3:], []byte{1, 200, 77})
	rows := p.cells(font)
	if len(rows) != 30 || len(rows[0]) != 80 || p.textMode() {
		t.Fatalf("%d rows of %d", len(rows), len(rows[0]))
	}
	for i := range len(text) {
		if c := rows[7][3+i]; c.Char != text[i] || text[i] != ' ' && c.Attr != 0x1F {
			t.Errorf("column %d: %q %#x, not %q", i, c.Char, c.Attr, text[i])
		}
	}
	if c := rows[29][79]; c.Char != ' ' || c.Attr != 0x1F {
		t.Errorf("an empty cell is %+v", c)
	}
	if c := rows[20][0]; c.Char != 0 {
		t.Errorf("a speck is %+v", c)
	}
	for _, bad := range []string{"", "P5\n1 1\n255\n", "P6\n4 4\n255\nxx", "P6\n1 1\n65535\n123456"} {
		if _, err := readPPM([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
