package kerneltest

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// TestFlood: programs that display more than a serial port at 115200 baud takes cost
// the only processor nothing, and neither does a port that takes nothing any more
// (P1.12). What is displayed comes out in lines, and when the port is back the system
// says how much was lost.
func TestFlood(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, ""), "nttest/flood.exe").Name, Disk: qemu.Virtio, Baud: 115200})
	result := regexp.MustCompile(`FLOOD (slow|dead): share (\d+) %.*`)
	share := func(text string) int {
		m := result.FindStringSubmatch(text)
		t.Log(m[0])
		n, _ := strconv.Atoi(m[2])
		return n
	}
	if n := share(g.Line(`^FLOOD slow: `, stopLine)); n < 50 {
		t.Errorf("with a slow port the thread that displays nothing has %d %% of the processor", n)
	}
	whole := regexp.MustCompile(`^thread \d (a{60}|b{60})$`)
	for _, l := range g.Lines() {
		if strings.HasPrefix(l, "thread ") && !whole.MatchString(l) {
			t.Fatalf("a line is not whole: %q", l)
		}
	}
	g.Hold()
	dead := regexp.MustCompile(`FLOOD dead: `)
	for until := time.Now().Add(4 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		screen := g.ScreenText()
		if i := dead.FindStringIndex(screen); i != nil && result.MatchString(screen[i[0]:]) {
			// Nothing waits for a dead port, so three threads share the processor.
			if n := share(screen[i[0]:]); n < 15 {
				t.Errorf("with a dead port the thread that displays nothing has %d %% of the processor", n)
			}
			break
		}
		if time.Now().After(until) {
			t.Fatalf("the screen shows\n%s", screen)
		}
	}
	g.Release()
	g.Line(`^\[\d+ bytes of text lost\]$`, stopLine)
	g.Line(`^FLOOD alive \d+$`, stopLine)
}

// TestMachineCheck (K1): a machine check stops the system, and the bank that holds the
// error is shown.
func TestMachineCheck(t *testing.T) {
	t.Parallel()
	for _, smp := range []int{1, 2} {
		g := qemu.Boot(t, qemu.Config{Image: image(t, "").Name, Disk: qemu.Virtio, SMP: smp})
		g.Line(waiting, stopLine)
		// Valid, uncorrected, enabled, address and further information valid, context
		// corrupt: a cache hierarchy error.
		if out, err := g.HMP("mce 0 2 0xbe00000000000136 0x5 0x1234000 0x86"); err != nil || out != "" {
			t.Fatal(out, err)
		}
		text := stopped(t, g)
		for _, want := range []string{"MACHINE_CHECK_EXCEPTION", "*** machine-check bank 2: status 0xbe00000000000136, address 0x0000000001234000, misc 0x0000000000000086\n",
			"***   cache hierarchy error, uncorrected, processor state corrupt\n", "*** machine-check global status 0x0000000000000005\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d processors: no %q in\n%s", smp, want, text)
			}
		}
	}
}

// TestStopDead (K1): with a serial port that takes nothing any more the stop screen is
// complete all the same.
func TestStopDead(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "").Name, Disk: qemu.Virtio, SMP: 2, Baud: 115200})
	g.Line(waiting, stopLine)
	g.Hold()
	if _, err := g.HMP("nmi"); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(4 * time.Minute); !strings.Contains(g.ScreenText(), "The system has been halted."); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("the screen shows\n%s", g.ScreenText())
		}
	}
	if s := g.ScreenText(); !strings.Contains(s, "NMI_HARDWARE_FAILURE") {
		t.Errorf("the screen shows\n%s", s)
	}
}
