package kerneltest

import (
	"fmt"
	"path/filepath"
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
	g.Expect(`nt> `)
	l.expect(`nt> `) // the one on the screen
	for _, k := range []string{"v", "e", "r", "ret"} {
		if err := g.SendKeys(k); err != nil {
			t.Fatal(err)
		}
	}
	l.expect(`(?s)ver.*version 6\.1, build 7601.*nt> `)
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
