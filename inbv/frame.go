package inbv

import (
	"encoding/binary"
	"errors"
)

// FrameBuffer is a linear frame buffer (VESA BIOS Extension 3.0, 4.4: mode information).
type FrameBuffer struct {
	Mem           []byte // Height*Pitch bytes at least
	Width, Height int    // pixels
	Pitch         int    // bytes from a row to the next
	Bits          int    // of a pixel: 15, 16, 24, 32
	// Size and place of a colour in a pixel.
	Red, Green, Blue Channel
}

// Channel is a colour's bits in a pixel.
type Channel struct{ Size, Shift uint8 }

// Errors of NewGraphic.
var (
	ErrFrame = errors.New("inbv: this is no frame buffer that can be used")
	ErrFont  = errors.New("inbv: this is no font of 256 characters")
)

// cellWidth is how wide a character is, in pixels: a byte's bits.
const cellWidth = 8

// NewGraphic makes a screen on a frame buffer. font has height bytes for each of the 256
// characters, a byte a row, the leftmost pixel in the highest bit.
func NewGraphic(f FrameBuffer, font []byte, height int) (*Screen, error) {
	bytes := (f.Bits + 7) / 8
	switch {
	case f.Bits != 15 && f.Bits != 16 && f.Bits != 24 && f.Bits != 32,
		f.Width < 40*cellWidth || f.Height < 200 || f.Width > 1<<14 || f.Height > 1<<14,
		f.Pitch < f.Width*bytes || len(f.Mem) < f.Height*f.Pitch:
		return nil, ErrFrame
	case height < 6 || height > 32 || len(font) < 256*height:
		return nil, ErrFont
	}
	for _, c := range []Channel{f.Red, f.Green, f.Blue} {
		if c.Size == 0 || c.Size > 8 || int(c.Size+c.Shift) > f.Bits {
			return nil, ErrFrame
		}
	}
	p := &painter{FrameBuffer: f, font: append([]byte(nil), font[:256*height]...), height: height, bytes: bytes}
	for i, c := range palette {
		p.colors[i] = p.pixel(c)
	}
	s := &Screen{columns: min(f.Width/cellWidth, MaxColumns), rows: min(f.Height/height, MaxRows), attr: Normal, paint: p}
	p.left = (f.Width - s.columns*cellWidth) / 2
	p.above = (f.Height - s.rows*height) / 2
	p.forget()
	return s, nil
}

// painter paints characters and the logo.
type painter struct {
	FrameBuffer
	font        []byte
	height      int // of a character
	bytes       int // of a pixel
	left, above int // where the grid begins
	colors      [16]uint32
	// shown is what every cell shows; attribute and character 0xFFFF: something else.
	shown            [MaxRows][MaxColumns]uint16
	cursorX, cursorY int
	cursorShown      bool
}

const unknownCell = 0xFFFF

// color is red, green and blue of 8 bits each.
type color struct{ r, g, b uint8 }

// palette is that of VGA text mode.
var palette = [16]color{
	{0, 0, 0}, {0, 0, 0xAA}, {0, 0xAA, 0}, {0, 0xAA, 0xAA}, {0xAA, 0, 0}, {0xAA, 0, 0xAA}, {0xAA, 0x55, 0}, {0xAA, 0xAA, 0xAA},
	{0x55, 0x55, 0x55}, {0x55, 0x55, 0xFF}, {0x55, 0xFF, 0x55}, {0x55, 0xFF, 0xFF}, {0xFF, 0x55, 0x55}, {0xFF, 0x55, 0xFF}, {0xFF, 0xFF, 0x55}, {0xFF, 0xFF, 0xFF},
}

// pixel is a colour as the frame buffer has it.
func (p *painter) pixel(c color) uint32 {
	put := func(v uint8, ch Channel) uint32 { return uint32(v>>(8-ch.Size)) << ch.Shift }
	return put(c.r, p.Red) | put(c.g, p.Green) | put(c.b, p.Blue)
}

// set writes one pixel at a byte offset.
func (p *painter) set(at int, v uint32) {
	switch p.bytes {
	case 4:
		binary.LittleEndian.PutUint32(p.Mem[at:], v)
	case 2:
		binary.LittleEndian.PutUint16(p.Mem[at:], uint16(v))
	default:
		p.Mem[at], p.Mem[at+1], p.Mem[at+2] = byte(v), byte(v>>8), byte(v>>16)
	}
}

// fill paints a rectangle in one colour.
func (p *painter) fill(x, y, w, h int, v uint32) {
	for ; h > 0; y, h = y+1, h-1 {
		at := y*p.Pitch + x*p.bytes
		if p.bytes == 4 {
			row := p.Mem[at : at+w*4]
			for len(row) >= 8 {
				binary.LittleEndian.PutUint64(row, uint64(v)<<32|uint64(v))
				row = row[8:]
			}
			if len(row) >= 4 {
				binary.LittleEndian.PutUint32(row, v)
			}
			continue
		}
		for range w {
			p.set(at, v)
			at += p.bytes
		}
	}
}

// forget makes show paint every cell again.
func (p *painter) forget() {
	for y := range p.shown {
		for x := range p.shown[y] {
			p.shown[y][x] = unknownCell
		}
	}
	p.cursorShown = false
}

// clear paints the whole frame in an attribute's background.
func (p *painter) clear(attr byte) {
	p.fill(0, 0, p.Width, p.Height, p.colors[attr>>4])
	for y := range p.shown {
		for x := range p.shown[y] {
			p.shown[y][x] = uint16(attr)<<8 | ' '
		}
	}
	p.cursorShown = false
}

// show paints the cells of dirty rows that have changed, and the cursor.
func (p *painter) show(s *Screen) {
	if p.cursorShown {
		p.shown[p.cursorY][p.cursorX] = unknownCell
		s.dirty |= 1 << p.cursorY
		p.cursorShown = false
	}
	for y := s.top; y < s.rows; y++ {
		if s.dirty&(1<<y) == 0 {
			continue
		}
		row, shown := &s.text[y], &p.shown[y]
		for x := range s.columns {
			cell := uint16(row[x*2+1])<<8 | uint16(row[x*2])
			if shown[x] != cell {
				shown[x] = cell
				p.glyph(x, y, byte(cell), byte(cell>>8))
			}
		}
	}
	if !s.logo.shown {
		p.cursorX, p.cursorY, p.cursorShown = s.x, s.y, true
		p.fill(p.left+s.x*cellWidth, p.above+(s.y+1)*p.height-2, cellWidth, 2, p.colors[s.attr&15])
	}
}

// glyph paints a character into a cell.
func (p *painter) glyph(x, y int, c, attr byte) {
	ink, paper := p.colors[attr&15], p.colors[attr>>4]
	if c == ' ' {
		p.fill(p.left+x*cellWidth, p.above+y*p.height, cellWidth, p.height, paper)
		return
	}
	at := (p.above+y*p.height)*p.Pitch + (p.left+x*cellWidth)*p.bytes
	for _, bits := range p.font[int(c)*p.height : (int(c)+1)*p.height] {
		if p.bytes == 4 {
			row := (*[cellWidth * 4]byte)(p.Mem[at:])
			for i := range cellWidth {
				v := paper
				if bits&(0x80>>i) != 0 {
					v = ink
				}
				binary.LittleEndian.PutUint32(row[i*4:], v)
			}
		} else {
			for i := range cellWidth {
				v := paper
				if bits&(0x80>>i) != 0 {
					v = ink
				}
				p.set(at+i*p.bytes, v)
			}
		}
		at += p.Pitch
	}
}
