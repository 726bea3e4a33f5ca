package inbv

import "math"

// The logo is drawn, not stored: the letters' strokes are lines and arcs of one width,
// and a pixel is covered as much as its distance from the nearest stroke says. So it is
// sharp in every mode.

// stroke is a line from (x0, y0) to (x1, y1), or, with r not 0, an arc around (x0, y0)
// that leaves out the sector from 45 degrees above the right to the right (gap) or
// nothing. y grows downward. Unit: the height of a capital.
type stroke struct {
	x0, y0, x1, y1 float64
	r              float64
	gap            bool
}

// letter is strokes in a box of its own.
type letter struct {
	at, width float64
	strokes   []stroke
}

const (
	half     = 0.085 // of a stroke's width
	logoWide = 3.42  // the word's width
)

// word is "GoNT".
var word = [...]letter{
	{0, 1, []stroke{{x0: .5, y0: .5, r: .5 - half, gap: true}, {x0: .56, y0: .5, x1: 1 - half, y1: .5}}},
	{1.09, .68, []stroke{{x0: .34, y0: .66, r: .34 - half}}},
	{1.88, .74, []stroke{{x0: half, y0: 1 - half, x1: half, y1: half}, {x0: half, y0: half, x1: .74 - half, y1: 1 - half}, {x0: .74 - half, y0: 1 - half, x1: .74 - half, y1: half}}},
	{2.70, .72, []stroke{{x0: half, y0: half, x1: .72 - half, y1: half}, {x0: .36, y0: half, x1: .36, y1: 1 - half}}},
}

// distance of a point from a stroke's middle line.
func (s *stroke) distance(x, y float64) float64 {
	x, y = x-s.x0, y-s.y0
	if s.r != 0 {
		if s.gap && x > 0 && y < 0 && -y < x {
			e := s.r * math.Sqrt2 / 2
			return math.Sqrt(min((x-e)*(x-e)+(y+e)*(y+e), (x-s.r)*(x-s.r)+y*y))
		}
		return math.Abs(math.Sqrt(x*x+y*y) - s.r)
	}
	dx, dy := s.x1-s.x0, s.y1-s.y0
	t := min(max((x*dx+y*dy)/(dx*dx+dy*dy), 0), 1)
	x, y = x-t*dx, y-t*dy
	return math.Sqrt(x*x + y*y)
}

// Colours of the boot screen.
var (
	night  = color{0x0B, 0x16, 0x2E} // the background's top; its bottom is black, as the text's
	left   = color{0x00, 0xC2, 0xE8} // the word and the bar, from left
	right  = color{0x8A, 0x7B, 0xFF} // to right
	groove = color{0x24, 0x30, 0x4A} // the bar's empty part
)

// mix is a where t is 0, b where it is 1.
func mix(a, b color, t float64) color {
	m := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*t + .5) }
	return color{m(a.r, b.r), m(a.g, b.g), m(a.b, b.b)}
}

// background is the colour behind a row of pixels.
func (p *painter) background(y, end int) color {
	if y >= end {
		return palette[0]
	}
	t := float64(y) / float64(end)
	return mix(night, palette[0], t)
}

// word paints the logo at (x, y), capitals being size pixels high. end is where the
// background's gradient ends.
func (p *painter) word(x, y, size, end int) {
	unit := 1 / float64(size)
	for i := range word {
		l := &word[i]
		from := int(l.at * float64(size))
		for row := -1; row <= size; row++ {
			back := p.background(y+row, end)
			at := (y+row)*p.Pitch + (x+from-1)*p.bytes
			for column := -1; column <= int(l.width*float64(size))+1; column++ {
				px, py := (float64(from+column)+.5)*unit-l.at, (float64(row)+.5)*unit
				near := math.Inf(1)
				for j := range l.strokes {
					near = min(near, l.strokes[j].distance(px, py))
				}
				if cover := min((half-near)*float64(size)+.5, 1); cover > 0 {
					ink := mix(left, right, (l.at+px)/logoWide)
					p.set(at, p.pixel(mix(back, ink, cover)))
				}
				at += p.bytes
			}
		}
	}
}

// bar paints the progress bar: w by h pixels at (x, y), with round ends, filled for at
// hundredths of a percent.
func (p *painter) bar(x, y, w, h, at, end int) {
	r := float64(h) / 2
	filled := float64(h) + float64(w-h)*float64(at)/whole
	for row := range h {
		back := p.background(y+row, end)
		py := float64(row) + .5 - r
		to := (y+row)*p.Pitch + x*p.bytes
		for column := range w {
			px := float64(column) + .5
			// The distance from the capsule between r and stop.
			cover := func(stop float64) float64 {
				dx := px - min(max(px, r), stop-r)
				return min(max(r-math.Sqrt(dx*dx+py*py)+.5, 0), 1)
			}
			c := mix(back, groove, cover(float64(w)))
			if at > 0 {
				c = mix(c, mix(left, right, px/float64(w)), cover(filled))
			}
			p.set(to, p.pixel(c))
			to += p.bytes
		}
	}
}
