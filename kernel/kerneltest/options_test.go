package kerneltest

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gont/qemu"
)

// divisor is what a 16550 divides its clock by, read by the machine's monitor while the machine
// stands: the rate is 115200 bits a second, divided.
func divisor(t *testing.T, g *qemu.Guest, base int) (n int) {
	t.Helper()
	hmp := func(format string, a ...any) string {
		out, err := g.HMP(fmt.Sprintf(format, a...))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(out)
	}
	in := func(port int) (v int) {
		text := hmp("i /1bx %#x", port)
		if _, err := fmt.Sscanf(text[strings.LastIndex(text, "=")+1:], " 0x%x", &v); err != nil {
			t.Fatalf("port %#x: %q, %v", port, text, err)
		}
		return v
	}
	hmp("stop")
	control := in(base + 3)
	hmp("o /b %#x %#x", base+3, control|0x80)
	n = in(base) | in(base+1)<<8
	hmp("o /b %#x %#x", base+3, control)
	hmp("cont")
	return n
}

// TestRedirect (P0.13, P1.33, O): with REDIRECT the port that EMSPORT names gets, at its rate, what
// the screen shows, the prompt there included, and no driver takes it; MININT and INRAM are told
// in the registry; NODEBUG wins over DEBUG.
func TestRedirect(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/SOS /REDIRECT /EMSPORT=COM2 /EMSBAUDRATE=57600 /MININT /INRAM /DEBUG /NODEBUG"), 1)
	l := dial(t, socket)
	g.Line(`^P0\.13: what the screen shows goes to COM2, too, at 57600 bits a second$`, stopLine)
	l.expect(`1 System Processor \[256 MB Memory\]`)
	l.expect(`GoNT Session Manager`)
	l.expect(`smss: waiting\r\n`)
	g.Expect(`nt(?: [A-Z]:[^>\n]*)?> `)
	l.expect(`nt(?: [A-Z]:[^>\n]*)?> `) // the one on the screen
	for _, k := range []string{"v", "e", "r", "ret"} {
		if err := g.SendKeys(k); err != nil {
			t.Fatal(err)
		}
	}
	l.expect(`(?s)ver.*version 6\.1, build 7601.*nt(?: [A-Z]:[^>\n]*)?> `)
	if n := divisor(t, g, 0x2F8); n != 2 {
		t.Errorf("COM2 divides by %d, 57600 is 2", n)
	}
	if got := queryKeys(t, g, `SYSTEM\CurrentControlSet\Control\MiniNT`)[""]["Type"]; got != "0x80000001" {
		t.Errorf("MiniNT has %q", got)
	}
	if got := queryKeys(t, g, `HARDWARE\DEVICEMAP\SERIALCOMM`)[""]; len(got) != 1 {
		t.Errorf("serial ports of drivers are %q", got)
	}
	if strings.Contains(g.Text(), "kernel debugger:") {
		t.Error("there is a debugger")
	}
}

// TestOtherKernel (O): KERNEL names another file; NOSHELL leaves the session manager without
// prompts; BAUDRATE alone turns the debugger on, at that rate.
func TestOtherKernel(t *testing.T) {
	t.Parallel()
	img := image(t, "/KERNEL=Other.exe /NOSHELL /BAUDRATE=9600")
	if err := img.CopyIn(filepath.Join(root, "build", "ntoskrnl.exe"), `\Windows\System32\Other.exe`); err != nil {
		t.Fatal(err)
	}
	if err := img.Delete(kernelPath); err != nil {
		t.Fatal(err)
	}
	g, socket := debugBoot(t, img, 1)
	g.Line(`^GoNT kernel: \\Windows\\System32\\Other\.exe, options: `, stopLine)
	g.Line(`^kernel debugger: on COM2, 9600 baud`, stopLine)
	g.Line(waiting, stopLine)
	l := dial(t, socket)
	for range 10 { // a prompt would be started by now, and be there soon
		l.send("\x03")
		l.expect(`kd> `)
		if got := l.command("!process"); !strings.Contains(got, "smss.exe") || strings.Contains(got, "nsh.exe") {
			t.Fatalf("the processes are\n%s", got)
		}
		l.command1("g")
	}
	if n := divisor(t, g, 0x2F8); n != 12 {
		t.Errorf("COM2 divides by %d, 9600 is 12", n)
	}
}

// TestSac (P0.13): the console of emergency management services on its port: channels, the
// system's state, the time, restart of a stopped system; what is wrong is said.
func TestSac(t *testing.T) {
	t.Parallel()
	g, socket := debugBootWith(t, qemu.Config{Image: image(t, "/SOS /REDIRECT=COM2").Name, Disk: qemu.Virtio, Reboot: true})
	l := dial(t, socket)
	l.expect(`smss: waiting\r\n`) // reading all the while: QEMU holds what nobody reads up, a byte at a time
	g.Line(waiting, stopLine)
	g.Expect(prompt + `$`)
	sac := func(command string) string {
		t.Helper()
		l.send(command + "\r")
		l.expect(regexp.QuoteMeta(command) + `\r\n`)
		return l.expect(`SAC>`)
	}
	l.send("\x1b\t")
	l.expect(`EMS services are here(?s:.*)SAC>`)
	has(t, "t", sac("t"), `4  System +\d+ threads`, `smss\.exe`, `nsh\.exe`, `memory \d+ KB, available \d+ KB`)
	has(t, "ch", sac("ch"), `0  Screen`, `1  SAC`)
	has(t, "i", sac("i"), `there is no network`)
	has(t, "p", sac("p"), `paging is off`)
	has(t, "s", sac("s nonsense"), `nonsense is no time`)
	has(t, "s", sac("s 1700-01-01 00:00"), `from 1980 to 2099`)
	has(t, "s", sac("s 2031-02-03 04:05:06"), `2031-02-03 04:05:0\d UTC`)
	has(t, "x", sac("nonsense"), `nonsense is not a command`)
	l.send("ch -si 0\r")
	l.expect(`ch -si 0\r\n`)
	for _, k := range []string{"v", "e", "r", "ret"} {
		if err := g.SendKeys(k); err != nil {
			t.Fatal(err)
		}
	}
	l.expect(`(?s)version 6\.1, build 7601.*nt(?: [A-Z]:[^>\n]*)?> `)
	l.send("\x1b\t")
	l.expect(`SAC>`)
	l.send("crashdump\r")
	l.expect(`(?s)\*\*\* STOP: 0x000000e2 .*MANUALLY_INITIATED_CRASH.*The system has been halted\.\r\n`)
	g.Line(stopLine)
	l.send("t\r")
	l.expect(`restart starts the machine again`)
	l.send("restart\r")
	l.expect(`smss: waiting\r\n`)
	g.Line(`^The last start ended with STOP: 0x000000e2 .*, MANUALLY_INITIATED_CRASH\.$`)
	l.send("\x1b\t")
	l.expect(`SAC>`)
	l.send("shutdown\r")
	if e := g.End(); e.Reason != "guest-shutdown" {
		t.Errorf("%+v", e)
	}
}
