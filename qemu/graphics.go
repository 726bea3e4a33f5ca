package qemu

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Reading text from a screen in graphics mode: each cell of 8 by 16 pixels is compared with
// the glyphs of the VGA BIOS's font, which the guest has, too.

// picture is a screendump: three bytes a pixel.
type picture struct {
	width, height int
	pixels        []byte
}

func (p *picture) at(x, y int) [3]byte { return [3]byte(p.pixels[(y*p.width+x)*3:]) }

// readPPM reads a binary PPM file with 8 bits a colour.
func readPPM(b []byte) (*picture, error) {
	var p picture
	var most int
	if _, err := fmt.Sscanf(string(b[:min(len(b), 64)]), "P6\n%d %d\n%d\n", &p.width, &p.height, &most); err != nil || most != 255 {
		return nil, fmt.Errorf("this is no screendump: %q", b[:min(len(b), 20)])
	}
	n := p.width * p.height * 3
	if n <= 0 || len(b) < n {
		return nil, fmt.Errorf("the screendump of %d by %d has %d bytes", p.width, p.height, len(b))
	}
	p.pixels = b[len(b)-n:]
	return &p, nil
}

func (vm *VM) picture() (*picture, error) {
	dir, err := os.MkdirTemp("", "gont-qemu")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "screen.ppm")
	if err := vm.Screendump(name); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return readPPM(b)
}

// textMode reports whether the picture is of the adapter's text mode, 80 by 25
// characters of 9 or 8 by 16 pixels.
func (p *picture) textMode() bool { return p.height == 400 && (p.width == 720 || p.width == 640) }

// A glyph's size.
const (
	glyphWidth  = 8
	glyphHeight = 16
)

// letterA is the glyph by which the font is found in the BIOS.
var letterA = []byte{0, 0, 0x10, 0x38, 0x6C, 0xC6, 0xC6, 0xFE, 0xC6, 0xC6, 0xC6, 0xC6, 0, 0, 0, 0}

// font finds the VGA BIOS's font of 16 rows; nil where there is none.
func (vm *VM) font() ([]byte, error) {
	b, err := vm.ReadPhys(0xC0000, 0x10000)
	if err != nil {
		return nil, err
	}
	const before, all int = 'A' * glyphHeight, 256 * glyphHeight
	for i := before; i+all-before <= len(b); i++ {
		if bytes.Equal(b[i:i+glyphHeight], letterA) {
			return b[i-before:][:all], nil
		}
	}
	return nil, nil
}

// vgaColors are the colours of attributes.
var vgaColors = [16][3]byte{
	{0, 0, 0}, {0, 0, 0xAA}, {0, 0xAA, 0}, {0, 0xAA, 0xAA}, {0xAA, 0, 0}, {0xAA, 0, 0xAA}, {0xAA, 0x55, 0}, {0xAA, 0xAA, 0xAA},
	{0x55, 0x55, 0x55}, {0x55, 0x55, 0xFF}, {0x55, 0xFF, 0x55}, {0x55, 0xFF, 0xFF}, {0xFF, 0x55, 0x55}, {0xFF, 0x55, 0xFF}, {0xFF, 0xFF, 0x55}, {0xFF, 0xFF, 0xFF},
}

// attribute is the number of a colour, -1 for one that no attribute has.
func attribute(c [3]byte) int {
	for i, v := range vgaColors {
		near := func(a, b byte) bool { return a>>3 == b>>3 } // modes of 15 and 16 bits
		if near(v[0], c[0]) && near(v[1], c[1]) && near(v[2], c[2]) {
			return i
		}
	}
	return -1
}

// cells reads the picture's characters. A cell that shows none, such as a part of a
// logo, is the character 0. In an empty cell the ink is that of the character before.
func (p *picture) cells(font []byte) [][]Cell {
	glyphs := map[[glyphHeight]byte]byte{}
	for c := 255; c >= 0; c-- { // of those that look alike the lowest, but the space
		glyphs[[glyphHeight]byte(font[c*glyphHeight:])] = byte(c)
	}
	glyphs[[glyphHeight]byte{}] = ' '
	var rows [][]Cell
	left, above := p.width%glyphWidth/2, p.height%glyphHeight/2
	last := byte(7)
	for y := above; y+glyphHeight <= p.height; y += glyphHeight {
		var row []Cell
		for x := left; x+glyphWidth <= p.width; x += glyphWidth {
			c := p.cell(x, y, glyphs, last)
			if c.Char > ' ' {
				last = c.Attr & 15
			}
			row = append(row, c)
		}
		rows = append(rows, row)
	}
	return rows
}

func (p *picture) cell(x, y int, glyphs map[[glyphHeight]byte]byte, last byte) Cell {
	paper := p.at(x, y)
	ink, inked := paper, false
	var bits [glyphHeight]byte
	for row := range glyphHeight {
		for i := range glyphWidth {
			switch c := p.at(x+i, y+row); {
			case c == paper:
			case !inked || c == ink:
				ink, inked = c, true
				bits[row] |= 0x80 >> i
			default:
				return Cell{} // a third colour
			}
		}
	}
	a, b := attribute(paper), attribute(ink)
	if a < 0 || b < 0 {
		return Cell{}
	}
	if !inked {
		return Cell{' ', byte(a)<<4 | last}
	}
	if c, ok := glyphs[bits]; ok {
		return Cell{c, byte(a)<<4 | byte(b)}
	}
	if bits[glyphHeight-1] == 0xFF && bits[glyphHeight-2] == 0xFF { // the cursor
		bits[glyphHeight-1], bits[glyphHeight-2] = 0, 0
		if c, ok := glyphs[bits]; ok {
			return Cell{c, byte(a)<<4 | byte(b)}
		}
	}
	for i := range bits { // the corner is ink
		bits[i] = ^bits[i]
	}
	if c, ok := glyphs[bits]; ok {
		return Cell{c, byte(b)<<4 | byte(a)}
	}
	return Cell{}
}
