package inbv

import (
	"bytes"
	"flag"
	"image"
	imagecolor "image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

var write = flag.Bool("write", false, "write the golden images of testdata again")

// testFont has a pattern of its own for every character, and the space is empty.
func testFont(height int) []byte {
	b := make([]byte, 256*height)
	for c := range 256 {
		for row := range height {
			if c != ' ' && row > 0 {
				b[c*height+row] = byte(c*7+row*row*31) | 1
			}
		}
	}
	return b
}

// formats are the pixels' layouts that VBE modes have.
var formats = map[string]FrameBuffer{
	"32": {Bits: 32, Red: Channel{8, 16}, Green: Channel{8, 8}, Blue: Channel{8, 0}},
	"24": {Bits: 24, Red: Channel{8, 16}, Green: Channel{8, 8}, Blue: Channel{8, 0}},
	"16": {Bits: 16, Red: Channel{5, 11}, Green: Channel{6, 5}, Blue: Channel{5, 0}},
	"15": {Bits: 15, Red: Channel{5, 10}, Green: Channel{5, 5}, Blue: Channel{5, 0}},
}

const guard = 4096

func frame(t *testing.T, format string, width, height, pad int) (FrameBuffer, []byte) {
	t.Helper()
	f := formats[format]
	f.Width, f.Height = width, height
	f.Pitch = width*((f.Bits+7)/8) + pad
	all := bytes.Repeat([]byte{0xCD}, height*f.Pitch+2*guard)
	f.Mem = all[guard : guard+height*f.Pitch]
	return f, all
}

// picture is what the frame buffer shows.
func picture(f FrameBuffer) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	for y := range f.Height {
		for x := range f.Width {
			var v uint32
			n := (f.Bits + 7) / 8
			for i := range n {
				v |= uint32(f.Mem[y*f.Pitch+x*n+i]) << (8 * i)
			}
			get := func(c Channel) uint8 { return uint8(v >> c.Shift << (8 - c.Size)) }
			m.Set(x, y, imagecolor.RGBA{get(f.Red), get(f.Green), get(f.Blue), 255})
		}
	}
	return m
}

func golden(t *testing.T, name string, f FrameBuffer) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	got := picture(f)
	if *write {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, got); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want, err := png.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	for y := range f.Height {
		for x := range f.Width {
			if got.At(x, y) != imagecolor.RGBAModel.Convert(want.At(x, y)) {
				t.Fatalf("%s: pixel %d,%d is %v, in the golden image %v (go test -write if that is meant)", name, x, y, got.At(x, y), want.At(x, y))
			}
		}
	}
}

// TestGolden (P1.4, K1): the boot screen with the bar at three places, text, and the stop
// screen's blue, as they were when somebody last looked at them.
func TestGolden(t *testing.T) {
	f, _ := frame(t, "32", 320, 240, 0)
	s, err := NewGraphic(f, testFont(14), 14)
	if err != nil {
		t.Fatal(err)
	}
	s.ShowLogo("Starting", "Version 6.1")
	golden(t, "logo0", f)
	s.SetProgress(42_00)
	s.Write([]byte("a message\n"))
	golden(t, "logo42", f)
	s.SetProgress(whole)
	golden(t, "logo100", f)
	s.HideLogo()
	s.Write([]byte("text\nmore"))
	golden(t, "text", f)
	s.Clear(Blue)
	s.Write([]byte("*** STOP: 0x0000001E"))
	golden(t, "stop", f)
}

// TestFormats: every layout of pixels shows the same as 32 bits do, as exactly as it can,
// and nothing is written outside the frame, or behind a row's pixels.
func TestFormats(t *testing.T) {
	sizes := [][2]int{{320, 200}, {641, 479}, {1024, 768}, {1600, 1200}}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for name := range formats {
		for _, size := range sizes {
			reference, _ := frame(t, "32", size[0], size[1], 0)
			f, all := frame(t, name, size[0], size[1], 12)
			for _, f := range []FrameBuffer{reference, f} {
				s, err := NewGraphic(f, testFont(16), 16)
				if err != nil {
					t.Fatal(err)
				}
				s.ShowLogo("Starting", "Version")
				s.SetProgress(70_00)
				for range 30 {
					s.Write([]byte("text that scrolls, \tand \x01 wraps where the row is not long enough for it, as it often is\n"))
				}
			}
			a, b := picture(reference), picture(f)
			for y := range size[1] {
				for x := range size[0] {
					p, q := a.RGBAAt(x, y), b.RGBAAt(x, y)
					near := func(v, w uint8, c Channel) bool { return v>>(8-c.Size) == w>>(8-c.Size) }
					if !near(p.R, q.R, f.Red) || !near(p.G, q.G, f.Green) || !near(p.B, q.B, f.Blue) {
						t.Fatalf("%s bits, %v: pixel %d,%d is %v, with 32 bits %v", name, size, x, y, q, p)
					}
				}
			}
			for i, v := range all {
				in := i - guard
				if (in < 0 || in >= len(f.Mem) || in%f.Pitch >= f.Pitch-12) && v != 0xCD {
					t.Fatalf("%s bits, %v: byte %d was written", name, size, in)
				}
			}
		}
	}
}

// TestBadFrames: what is no usable frame buffer or font is refused.
func TestBadFrames(t *testing.T) {
	good, _ := frame(t, "32", 640, 480, 0)
	for name, spoil := range map[string]func(*FrameBuffer){
		"bits": func(f *FrameBuffer) { f.Bits = 8 }, "narrow": func(f *FrameBuffer) { f.Width = 100 }, "low": func(f *FrameBuffer) { f.Height = 100 },
		"pitch": func(f *FrameBuffer) { f.Pitch = 639 * 4 }, "short": func(f *FrameBuffer) { f.Mem = f.Mem[1:] }, "wide": func(f *FrameBuffer) { f.Width = 1 << 20 },
		"channel": func(f *FrameBuffer) { f.Green.Size = 9 }, "none": func(f *FrameBuffer) { f.Blue.Size = 0 }, "shift": func(f *FrameBuffer) { f.Red.Shift = 30 },
	} {
		f := good
		spoil(&f)
		if _, err := NewGraphic(f, testFont(16), 16); err != ErrFrame {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, height := range []int{0, 5, 33} {
		if _, err := NewGraphic(good, testFont(16), height); err != ErrFont {
			t.Errorf("font of %d rows: %v", height, err)
		}
	}
	if _, err := NewGraphic(good, testFont(16)[1:], 16); err != ErrFont {
		t.Errorf("short font: %v", err)
	}
}

// TestRepaint: only cells that change are painted, the cursor's leave included, and the
// screen ends as if all had been painted.
func TestRepaint(t *testing.T) {
	f, _ := frame(t, "32", 640, 400, 0)
	s, err := NewGraphic(f, testFont(16), 16)
	if err != nil {
		t.Fatal(err)
	}
	s.Clear(Normal)
	for i := range 60 {
		s.Write([]byte{byte('a' + i%26), byte('b' + i%7), '\n'})
	}
	s.Write([]byte("ab\b"))
	once := picture(f)
	s.paint.forget()
	s.dirty = 1<<s.rows - 1
	s.Show()
	if !bytes.Equal(once.Pix, picture(f).Pix) {
		t.Error("painting everything again changes the picture")
	}
	if n := testing.AllocsPerRun(10, func() {
		s.Write([]byte("more\n"))
		s.Clear(Blue)
		s.ShowLogo("a", "b")
		s.SetProgress(5)
		s.SetProgress(9)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestTextLogo (P1.4): in text mode the logo and the bar are made of characters; messages
// scroll below them, and HideLogo leaves an empty screen.
func TestTextLogo(t *testing.T) {
	mem := make([]byte, Columns*Rows*2)
	s := New(mem, nil)
	s.ShowLogo("Starting", "Version 6.1")
	filled := func() (n int) {
		for x := range 40 {
			if at := (14*Columns + 20 + x) * 2; mem[at] == 0xDC && mem[at+1] == logoBright {
				n++
			}
		}
		return n
	}
	if !s.LogoShown() || line(mem, 11)[34:] != "Version 6.1" || filled() != 0 {
		t.Errorf("%q, %d", line(mem, 11), filled())
	}
	for at, want := range map[int]int{-5: 0, 1: 1, 25_00: 10, 50_00: 20, 100_00: 40, 200_00: 40} {
		if s.SetProgress(at); filled() != want {
			t.Errorf("at %d the bar has %d cells", at, filled())
		}
	}
	logo := line(mem, 6)
	for range 50 {
		s.Write([]byte("message\n"))
	}
	if line(mem, Rows-messageRows-1) != "" || line(mem, Rows-messageRows) != "message" || line(mem, 6) != logo {
		t.Error("messages have left their rows")
	}
	s.HideLogo()
	if s.SetProgress(50_00); s.LogoShown() || line(mem, 6) != "" || line(mem, 14) != "" {
		t.Error("the logo is still there")
	}
}

// TestProgress: subsets, and a bar that never goes back.
func TestProgress(t *testing.T) {
	var p Progress
	step := func(want int, f func()) {
		t.Helper()
		if f(); p.At() != want {
			t.Errorf("at %d, want %d", p.At(), want)
		}
	}
	step(0, func() {})
	step(5_00, func() { p.Update(5) })
	step(25_00, func() { p.Update(25) })
	step(25_00, func() { p.Update(10) })
	step(25_00, func() { p.SetSubset(25, 75); p.Update(0) })
	step(50_00, func() { p.Update(50) })
	step(41_66+8_34, func() { p.UpdateOf(1, 3) })
	step(58_33, func() { p.UpdateOf(2, 3) })
	step(75_00, func() { p.Update(1000) })
	step(75_00, func() { p.UpdateOf(1, 0); p.UpdateOf(5, -1) })
	step(75_00, func() { p.SetSubset(80, 20); p.SetSubset(-1, 50); p.SetSubset(0, 101); p.Update(100) })
	step(80_00, func() { p.SetSubset(0, 100); p.Update(80) })
	step(100_00, func() { p.Update(100) })
}
