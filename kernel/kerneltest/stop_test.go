package kerneltest

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// TestCrashes (K1): faults of the kernel, Go panics and exhaustion end on the
// stop screen, with a name, and the guilty function on the stack.
func TestCrashes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ how, code, stack string }{
		{"null", "0x00000050 (0x0000000000000008,", `selftest\.init\.func`},
		{"wild", "0x00000050 (0xffff900000000000,", `selftest\.init\.func`},
		{"text", "0x000000be (0xffffffff80201000,", `selftest\.init\.func`},
		{"exec", "0x000000fc (0xffffffff", `selftest\.crashIfAsked`},
		{"panic", "0x0000001e", `selftest\.crashIfAsked`},
		{"index", "0x0000001e", `runtime\.panicBounds|runtime\.goPanicIndex`},
		{"heap", "0x0000004d", `selftest\.exhaustHeap`},
		{"stack", "0x0000007f (0x0000000000000008,", `runtime\.`},
		{"pfn", "0x0000004e", `mm\.FreePage`},
		{"irql", "0x0000000a (0x0000000000000002,", `ke\.`},
		{"manual", "0x000000e2 (0x0000000000000001, 0x0000000000000002, 0x0000000000000003, 0x0000000000000004)", `selftest\.crashIfAsked`},
		{"deadlock", "0xdead0001", `runtime\.`},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			text := stopped(t, boot(t, "/CRASH="+c.how))
			if !strings.HasPrefix(text, "*** STOP: "+c.code) {
				t.Errorf("expected %s, got\n%s", c.code, text)
			}
			_, stack, _ := strings.Cut(text, "Stack:\n")
			stack, _, _ = strings.Cut(stack, "Last steps:")
			if !regexp.MustCompile(`(?m)^  [0-9a-f]{16} .*` + c.stack).MatchString(stack) {
				t.Errorf("%s is not on the stack\n%s", c.stack, text)
			}
		})
	}
}

// TestNMI: a non-maskable interrupt in ring 0 or 3 stops the system with its
// own code.
func TestNMI(t *testing.T) {
	t.Parallel()
	g := boot(t, "")
	g.Line(firstLine, stopLine)
	if _, err := g.HMP("nmi"); err != nil {
		t.Fatal(err)
	}
	if text := stopped(t, g); !strings.Contains(text, "NMI_HARDWARE_FAILURE") {
		t.Error(text)
	}
}

// TestBadImage (P1.43): a session manager that is no program.
func TestBadImage(t *testing.T) {
	t.Parallel()
	img := image(t, "")
	if err := img.Write(smssPath, []byte("this is not a program")); err != nil {
		t.Fatal(err)
	}
	text := stopped(t, qemu.Boot(t, qemu.Config{Image: img.Name}))
	if !strings.Contains(text, "SESSION3_INITIALIZATION_FAILED") || !strings.Contains(text, "smss.exe: mm: not a PE32+ image") {
		t.Error(text)
	}
}

// TestLastStop (K1): the report of a stop survives a warm reset, is told once at the next
// start, and can be read in the debugger; one that is damaged is ignored, which is said.
func TestLastStop(t *testing.T) {
	t.Parallel()
	img := image(t, "/CRASH=null /DEBUG")
	g, socket := debugBootWith(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Reboot: true})
	l := dial(t, socket)
	stop := func() {
		t.Helper()
		g.Line(`^The system waits for a debugger`) // at the fault; without a debugger there is no blue screen yet
		l.send("\x03")
		l.expect(`kd> `)
		l.command1("gn")
		g.Line(stopLine)
		g.Line(`^Full report: on the serial port, and at the next start`)
		l.expect(`kd> `)
	}
	stop()
	if strings.Contains(g.Text(), "last stop:") {
		t.Error("a first start tells of a last one")
	}
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.Line(`^last stop: \*\*\* STOP: 0x00000050 \(0x0000000000000008, `)
	g.Line(`^last stop:   [0-9a-f]{16} gont/kernel/selftest\.init\.func`)
	g.Line(`^last stop: Images:$`)
	g.Line(`^last stop:   .*ntoskrnl\.exe$`)
	g.Line(`^The last start ended with STOP: 0x00000050 \(0x0000000000000008, .*\), PAGE_FAULT_IN_NONPAGED_AREA\.$`)
	g.Line(`^The system waits for a debugger`)
	l.send("\x03")
	l.expect(`kd> `)
	has(t, "!bugcheck -last", l.command("!bugcheck -last"), `STOP: 0x00000050`, `selftest\.init\.func`, `ntoskrnl\.exe`)
	l.command1("gn")
	g.Line(`^Full report: on the serial port, and at the next start`)
	l.expect(`kd> `)
	// A byte of the report is changed: HMP cannot write, the debugger can.
	l.command("eb ffff800000800030 21")
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.Line(`^The last start has left the report of a stop, and it is damaged: it is ignored\.$`, `^last stop: `)
	g.Line(`^The system waits for a debugger`)
	l.send("\x03")
	l.expect(`kd> `)
	has(t, "!bugcheck -last", l.command("!bugcheck -last"), `has left no report`)
}

// standStill fails unless all n processors of a stopped system stand, with interrupts off.
func standStill(t *testing.T, g *qemu.Guest, n int) {
	t.Helper()
	var flags [][]string
	for range 100 { // an NMI is on its way
		s, err := g.HMP("info registers -a")
		if err != nil {
			t.Fatal(err)
		}
		on := 0
		flags = regexp.MustCompile(`RFL=([0-9a-f]{8})`).FindAllStringSubmatch(s, -1)
		for _, f := range flags {
			if v, err := strconv.ParseUint(f[1], 16, 32); err != nil || v&0x200 != 0 {
				on++
			}
		}
		if len(flags) == n && on == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("a processor of the stopped system goes on: RFLAGS of the processors are %v", flags)
}

// TestCrashContexts (K1): the stop screen comes whole from each context in which little
// works: interrupt, DPC, locks held that it could want, the Go runtime's thread-local data gone,
// another processor that answers nothing, two stops at once, another processor than the boot
// processor, a fault of the stop screen itself. No processor goes on behind it.
func TestCrashContexts(t *testing.T) {
	t.Parallel()
	const null = "0x00000050 (0x0000000000000008,"
	for _, c := range []struct{ how, code, stack string }{
		{"interrupt", null, `selftest\.crashInInterrupt\.func`},
		{"dpc", null, `selftest\.fault`},
		{"poollock", null, `selftest\.fault`},
		{"screenlock", null, `selftest\.fault`},
		{"dispatcher", null, `selftest\.fault`},
		{"heaplock", null, `selftest\.fault`},
		{"runtime", "0x000000", `selftest\.|runtime\.`},
		{"frozen", null, `selftest\.crashBesideFrozen`},
		{"both", null, `selftest\.`},
		{"elsewhere", null, `selftest\.crashElsewhere`},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, "/CRASH="+c.how).Name, Disk: qemu.Virtio, SMP: 2})
			text := stopped(t, g)
			if !strings.HasPrefix(text, "*** STOP: "+c.code) {
				t.Errorf("expected %s, got\n%s", c.code, text)
			}
			_, stack, _ := strings.Cut(text, "Stack:\n")
			if stack, _, _ = strings.Cut(stack, "Last steps:"); !regexp.MustCompile(`(?m)^  [0-9a-f]{16} .*` + c.stack).MatchString(stack) {
				t.Errorf("%s is not on the stack\n%s", c.stack, text)
			}
			if strings.Count(g.Text(), "*** STOP") != 1 {
				t.Errorf("there is more than one stop in\n%s", text)
			}
			standStill(t, g, 2)
			// The screen: what a person has to see is there at once, from the first row to the last.
			screen := ""
			for range 100 { // the line that ends stopped comes before the screen shows it
				if screen = g.ScreenText(); strings.Contains(screen, "halted.") {
					break
				}
			}
			for _, want := range []string{"*** STOP: 0x", "Stack:", "Last steps:", "Full report: on the serial port", "The system has been halted."} {
				if !strings.Contains(strings.ReplaceAll(screen, "\n", " "), want) {
					t.Errorf("no %q on the screen\n%s", want, screen)
				}
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		g := boot(t, "/CRASH=twice")
		text := stopped(t, g)
		for _, want := range []string{"*** STOP: " + null, "selftest.fault", "*** a fault while the system was being stopped: vector, RIP, CR2 0x000000000000000e 0xffffffff8", " 0x0000000000000010\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	})
}
