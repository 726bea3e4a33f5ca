package inbv

// logoState is the boot screen's: the logo, a caption below it, the bar; in the last rows
// text, which is for what the user has to see.
type logoState struct {
	shown      bool
	progress   int // hundredths of a percent that the bar shows
	x, y, w, h int // the bar: pixels, or in text mode cells
	end        int // where the background's gradient ends, pixels
}

// messageRows is how many rows below the logo are for text.
const messageRows = 6

// Attributes of the text screen's logo.
const (
	logoBright = 0x0B
	logoDim    = 0x08
)

// blocks is the logo in text mode: half blocks of the OEM code page.
var blocks = [...]string{
	" \xDC\xDF\xDF\xDF\xDF             \xDB\xDC   \xDB  \xDF\xDF\xDB\xDF\xDF",
	" \xDB   \xDC\xDC   \xDC\xDF\xDF\xDF\xDC    \xDB \xDF\xDC \xDB    \xDB  ",
	" \xDF\xDC\xDC\xDC\xDF\xDB   \xDF\xDC\xDC\xDC\xDF    \xDB   \xDF\xDB    \xDB  ",
}

// ShowLogo clears the screen and puts the logo, the caption and an empty bar on it. Text
// goes to the last rows until HideLogo or Clear.
func (s *Screen) ShowLogo(caption, version string) {
	s.Clear(Normal)
	l := &s.logo
	l.progress = 0
	s.top = s.rows - messageRows
	s.y = s.top
	if p := s.paint; p != nil {
		l.end = p.above + s.top*p.height
		for y := range l.end {
			p.fill(0, y, p.Width, 1, p.pixel(p.background(y, l.end)))
		}
		size := min(p.Width/8, l.end/3)
		x, y := (p.Width-int(logoWide*float64(size)))/2, l.end*9/20-size
		p.word(x, y, size, l.end)
		l.w, l.h = p.Width/3, max(p.Height/120, 5)
		l.x, l.y = (p.Width-l.w)/2, l.end*2/3
		p.bar(l.x, l.y, l.w, l.h, 0, l.end)
		p.caption(version, y+size+size/3, l.end, 0.75)
		p.caption(caption, l.y+l.h*3, l.end, 0.45)
	} else {
		for i, b := range blocks {
			s.label((s.columns-len(b))/2, 6+i, logoBright, b)
		}
		s.label((s.columns-len(version))/2, 11, 0x07, version)
		l.w, l.h = 40, 1
		l.x, l.y = (s.columns-l.w)/2, 14
		s.label((s.columns-len(caption))/2, 16, logoDim, caption)
		s.textBar()
	}
	l.shown = true
	s.Show()
}

// textBar puts the bar into the grid.
func (s *Screen) textBar() {
	l := &s.logo
	for i := range l.w {
		c, attr := byte(0xDC), byte(logoDim)
		if l.progress > 0 && i*whole < l.w*l.progress {
			attr = logoBright
		}
		s.text[l.y][(l.x+i)*2], s.text[l.y][(l.x+i)*2+1] = c, attr
	}
	s.dirty |= 1 << l.y
}

// SetProgress makes the bar show at hundredths of a percent. Without a logo it does
// nothing.
func (s *Screen) SetProgress(at int) {
	l := &s.logo
	at = min(max(at, 0), whole)
	if !l.shown || at == l.progress {
		return
	}
	l.progress = at
	if s.paint != nil {
		s.paint.bar(l.x, l.y, l.w, l.h, at, l.end)
		return
	}
	s.textBar()
	s.Show()
}

// LogoShown reports whether the logo is on the screen.
func (s *Screen) LogoShown() bool { return s.logo.shown }

// HideLogo clears the screen for text (SPEC P1.42). Without a logo it does nothing.
func (s *Screen) HideLogo() {
	if s.logo.shown {
		s.Clear(Normal)
	}
}

// caption paints a line of text on the background, in the middle, in white of some
// strength.
func (p *painter) caption(text string, y, end int, strength float64) {
	x := (p.Width - len(text)*cellWidth) / 2
	if x < 0 {
		return
	}
	for row := range p.height {
		back := p.background(y+row, end)
		ink := p.pixel(mix(back, palette[15], strength))
		for i := range len(text) {
			bits := p.font[int(text[i])*p.height+row]
			for b := range cellWidth {
				if bits&(0x80>>b) != 0 {
					p.set((y+row)*p.Pitch+(x+i*cellWidth+b)*p.bytes, ink)
				}
			}
		}
	}
}
