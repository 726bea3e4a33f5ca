package display

import (
	"errors"
	"strings"
	"testing"

	"gont/arc"
	"gont/inbv"
	"gont/kd/dbgprint"
)

// world is a machine with text memory whose port keeps what it is sent.
type world struct {
	text   []byte
	port   strings.Builder
	mapped int // how often a frame buffer was mapped
}

func start(t *testing.T, change func(m *Machine)) *world {
	w := &world{text: make([]byte, 80*25*2)}
	dbgprint.Connect(dbgprint.Port{Send: func(b []byte) int { return must(w.port.Write(b)) }, Now: func() int64 { return 0 }, Pause: func() {},
		Put: func(byte) {}})
	m := Machine{TextMemory: w.text, HasText: func() bool { return true }, EndBios: func() {}, EmergencyPut: func(byte) {}, Progressed: func(int) {},
		CallBios: func(*arc.BiosRegs) error { return errors.New("no BIOS") }, OpenEmergency: func(int, uint32) bool { return false },
		MapFrameBuffer: func(_, size uint64) []byte {
			w.mapped++
			return make([]byte, size)
		}}
	if change != nil {
		change(&m)
	}
	state.mode, state.missed = arc.VideoMode{}, nil
	state.progress = inbv.Progress{}
	Connect(m)
	Configure(false, false, false)
	return w
}

func must(n int, _ error) int { return n }

// shows returns what the text memory shows, without blanks at the ends of rows.
func (w *world) shows() string {
	var b strings.Builder
	for y := range 25 {
		row := make([]byte, 80)
		for x := range row {
			row[x] = w.text[(y*80+x)*2]
		}
		b.WriteString(strings.TrimRight(string(row), " \x00") + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// TestMissed (P1.42): what the user has to see comes again after the logo, and what others
// have written does not.
func TestMissed(t *testing.T) {
	w := start(t, nil)
	Initialize()
	Important("bad option\n")
	Repeat("bad setting\n")
	ShowLogo("Starting", "Version")
	if !strings.Contains(w.shows(), "Starting") || !strings.Contains(w.shows(), "bad option\nbad setting") {
		t.Errorf("with the logo:\n%s", w.shows())
	}
	Verbose("only with %s", "SOS")
	Important("late\n")
	HideLogo()
	if got := w.shows(); got != "bad option\nbad setting\nlate" {
		t.Errorf("after the logo:\n%s", got)
	}
	if got := w.port.String(); got != "bad option\r\nonly with SOS\r\nlate\r\n" {
		t.Errorf("the port: %q", got)
	}
	HideLogo()
	if got := w.shows(); got != "bad option\nbad setting\nlate" {
		t.Errorf("hidden twice:\n%s", got)
	}
}

// TestQuiet (row O): without logo and SOS the screen stays empty until P1.42; SOS overrules
// NOGUIBOOT, and QUIETBOOT takes away what SOS would show.
func TestQuiet(t *testing.T) {
	for _, c := range []struct {
		sos, bare, silent bool
		before, after     string
	}{
		{false, true, false, "", "important"},
		{false, false, true, "", "important"},
		{true, true, false, "text\nimportant\nverbose", "text\nimportant\nverbose"},
		{true, false, true, "text\nimportant", "text\nimportant"},
	} {
		w := start(t, nil)
		Configure(c.sos, c.bare, c.silent)
		Initialize()
		ShowLogo("Starting", "Version")
		String("text\n")
		Important("important\n")
		Verbose("verbose")
		if got := w.shows(); got != c.before {
			t.Errorf("%+v: before: %q", c, got)
		}
		HideLogo()
		if got := w.shows(); got != c.after {
			t.Errorf("%+v: after: %q", c, got)
		}
	}
}

// TestAdopt (P0.1): a mode that the loader's block cannot mean leaves the text screen.
func TestAdopt(t *testing.T) {
	font := make([]byte, 256*16)
	good := arc.VideoMode{FrameBuffer: 0xE0000000, Size: 640 * 480 * 4, Width: 640, Height: 480, Pitch: 640 * 4, BitsPerPixel: 32,
		RedSize: 8, RedShift: 16, GreenSize: 8, GreenShift: 8, BlueSize: 8}
	w := start(t, nil)
	Adopt(good, font, 16)
	if !screen.Graphic() || w.mapped != 1 {
		t.Fatalf("a good mode is not taken; mapped %d times", w.mapped)
	}
	for name, damage := range map[string]func(m *arc.VideoMode){
		"larger than the frame buffer":  func(m *arc.VideoMode) { m.Size-- },
		"a height of 32 bits":           func(m *arc.VideoMode) { m.Height = ^uint32(0) },
		"height and pitch of 32 bits":   func(m *arc.VideoMode) { m.Height, m.Pitch = ^uint32(0), ^uint32(0) },
		"a row wider than its pitch":    func(m *arc.VideoMode) { m.Width = 641 },
		"no height":                     func(m *arc.VideoMode) { m.Height = 0 },
		"text mode":                     func(m *arc.VideoMode) { m.FrameBuffer = 0 },
		"12 bits":                       func(m *arc.VideoMode) { m.BitsPerPixel = 12 },
		"a colour outside of the pixel": func(m *arc.VideoMode) { m.RedShift = 30 },
	} {
		m := good
		damage(&m)
		w := start(t, nil)
		Adopt(m, font, 16)
		Initialize()
		String("seen")
		if screen.Graphic() || w.shows() != "seen" {
			t.Errorf("%s: taken, the text screen shows %q", name, w.shows())
		}
	}
	for name, f := range map[string]func(){
		"no font":      func() { Adopt(good, nil, 16) },
		"a short font": func() { Adopt(good, font[:100], 16) },
		"no height":    func() { Adopt(good, font, 0) },
		"33 rows":      func() { Adopt(good, font, 33) },
	} {
		if start(t, nil); func() bool { f(); return screen.Graphic() }() {
			t.Errorf("%s: taken", name)
		}
	}
	start(t, func(m *Machine) { m.MapFrameBuffer = func(uint64, uint64) []byte { return nil } })
	if Adopt(good, font, 16); screen.Graphic() {
		t.Error("a frame buffer that cannot be mapped is taken")
	}
}

// TestNoVga: a machine without text memory has a screen that nobody sees.
func TestNoVga(t *testing.T) {
	w := start(t, func(m *Machine) { m.HasText = func() bool { return false } })
	Initialize()
	String("unseen")
	if w.shows() != "" || w.port.String() != "unseen" {
		t.Errorf("the screen shows %q, the port got %q", w.shows(), w.port.String())
	}
}

// TestAskBios (P0.20): each answer of the BIOS is told.
func TestAskBios(t *testing.T) {
	for _, c := range []struct {
		mode     arc.VideoMode
		eax, ebx uint32
		err      error
		want     string
	}{
		{err: errors.New("the way is gone"), want: "the way is gone"},
		{eax: 3, want: "the screen is in mode 0x3"},
		{eax: 0x5083, want: "the screen is in mode 0x3"},
		{eax: 0x13, want: "in mode 0x13, not in text mode 3"},
		{mode: arc.VideoMode{FrameBuffer: 1 << 30, Mode: 0x4118}, eax: 0x4F, ebx: 0xC118, want: "the screen is in mode 0x118"},
		{mode: arc.VideoMode{FrameBuffer: 1 << 30, Mode: 0x4118}, eax: 0x4F, ebx: 0x115, want: "in VBE mode 0x115, by OSLDR in 0x118"},
		{mode: arc.VideoMode{FrameBuffer: 1 << 30, Mode: 0x4118}, eax: 0x14F, want: "does not say which VBE mode it is (AX=014Fh)"},
	} {
		w := start(t, func(m *Machine) {
			m.CallBios = func(r *arc.BiosRegs) error {
				r.Eax, r.Ebx = c.eax, c.ebx
				return c.err
			}
		})
		state.mode = c.mode
		if AskBios(); !strings.Contains(w.port.String(), c.want) || !strings.HasPrefix(w.port.String(), "P0.20: ") {
			t.Errorf("%+v: %q", c, w.port.String())
		}
	}
}

// TestRedirect (P0.13): a port that is not there, or is no name of a port, is told.
func TestRedirect(t *testing.T) {
	asked := 0
	for name, want := range map[string]string{"COM1": "anyway", "COM2": "goes to COM2, too, at 9600", "COM3": "there is no port COM3", "COM": "there is no port COM",
		"": "there is no port", "COM22": "there is no port COM22", "LPT!": "there is no port LPT!"} {
		w := start(t, func(m *Machine) {
			m.OpenEmergency = func(n int, rate uint32) bool {
				asked++
				return n == 2 && rate == 9600
			}
		})
		if Redirect(name, 9600); !strings.Contains(w.port.String(), want) {
			t.Errorf("%q: %q", name, w.port.String())
		}
	}
	if asked == 0 {
		t.Error("no port was asked")
	}
}

// TestStopScreen (K1): the stop screen needs no screen, and clears a logo.
func TestStopScreen(t *testing.T) {
	screen = nil
	Stop()
	PutRaw('x')
	PutScreen('x')
	ShowRaw()
	var emergency strings.Builder
	w := start(t, func(m *Machine) { m.EmergencyPut = func(c byte) { emergency.WriteByte(c) } })
	Initialize()
	ShowLogo("Starting", "Version")
	Stop()
	PutRaw('A')
	PutScreen('B')
	if ShowRaw(); w.shows() != "AB" || emergency.String() != "A" || w.text[1] != 0x1F {
		t.Errorf("the screen shows %q with attribute %#x, the emergency port got %q", w.shows(), w.text[1], emergency.String())
	}
}

// TestTerminal: the driver of \Device\Video0 writes where no logo stands.
func TestTerminal(t *testing.T) {
	w := start(t, nil)
	Initialize()
	v := &Terminal{}
	ShowLogo("Starting", "Version")
	if v.Display([]byte("early")) || strings.Contains(w.shows(), "early") {
		t.Error("text is written into the logo")
	}
	HideLogo()
	if !v.Display([]byte("a\x1b[2;1Hb")) || w.shows() != "a\nb" {
		t.Errorf("%q", w.shows())
	}
	if x, y := v.Size(); x != 80 || y != 25 {
		t.Errorf("%d by %d", x, y)
	}
}

// TestProgress: the drivers' part of the bar lies between 25 and 75 percent.
func TestProgress(t *testing.T) {
	start(t, nil)
	Initialize()
	ShowLogo("Starting", "Version")
	Progress(10)
	DriverProgress(1, 2)
	if at := state.progress.At(); at != 50_00 {
		t.Errorf("half of the drivers: %d", at)
	}
	DriverProgress(1, 0)
	Progress(5)
	if at := state.progress.At(); at != 50_00 {
		t.Errorf("backwards: %d", at)
	}
	if Progress(100); state.progress.At() != 100_00 {
		t.Errorf("the end: %d", state.progress.At())
	}
}
