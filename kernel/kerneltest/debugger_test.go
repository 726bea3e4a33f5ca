package kerneltest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gont/qemu"
)

// debugBoot boots with a second serial port, which is a socket, and returns its name.
func debugBoot(t *testing.T, img *qemu.Image, smp int) (*qemu.Guest, string) {
	t.Helper()
	return debugBootWith(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, SMP: smp})
}

// debugBootWith is debugBoot for a machine of c.
func debugBootWith(t *testing.T, c qemu.Config) (*qemu.Guest, string) {
	t.Helper()
	return debugBootAt(t, c, 2)
}

// debugBootAt is debugBootWith for the debugger at COM2, COM3 or COM4.
func debugBootAt(t *testing.T, c qemu.Config, com int) (*qemu.Guest, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "kd") // short: the name of a socket is limited
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "com2")
	c.Args = append(c.Args, "-chardev", "socket,id=com2,path="+socket+",server=on,wait=off", "-device", fmt.Sprintf("isa-serial,chardev=com2,index=%d", com-1))
	g := qemu.Boot(t, c)
	t.Cleanup(func() {
		if t.Failed() { // where the processors are that did not stop, or do not go on
			for range 3 {
				s, err := g.HMP("info registers -a")
				t.Log(regexp.MustCompile(`(?m)^(CPU#|R[A-Z0-9]+ ?=|[CG]S =|FS =).*$`).FindAllString(s, -1), err)
			}
		}
	})
	return g, socket
}

// debugELF makes the kernel with symbols.
func debugELF(t *testing.T) string {
	t.Helper()
	c := exec.Command("make", "-s", "build/ntoskrnl-debug.elf")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return filepath.Join(root, "build", "ntoskrnl-debug.elf")
}

// A line is the other end of the debugger's port, or gdb's terminal.
type line struct {
	t    *testing.T
	conn interface {
		io.ReadWriter
		SetReadDeadline(time.Time) error
	}
	text string
}

func dial(t *testing.T, socket string) *line {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &line{t: t, conn: c}
}

func (l *line) send(s string) {
	l.t.Helper()
	if _, err := l.conn.Write([]byte(s)); err != nil {
		l.t.Fatal(err)
	}
}

// expect waits for a text and returns what has come up to its end.
func (l *line) expect(pattern string) string {
	l.t.Helper()
	re := regexp.MustCompile(pattern)
	l.conn.SetReadDeadline(time.Now().Add(25 * time.Second))
	for {
		if at := re.FindStringIndex(l.text); at != nil {
			s := l.text[:at[1]]
			l.text = l.text[at[1]:]
			return strings.ReplaceAll(s, "\r", "")
		}
		var b [4096]byte
		n, err := l.conn.Read(b[:])
		if err != nil {
			l.t.Fatalf("waiting for %q: %v; there is\n%s", pattern, err, l.text)
		}
		l.text += string(b[:n])
	}
}

// command types a line and returns what the console says.
func (l *line) command(s string) string {
	l.t.Helper()
	l.send(s + "\r")
	l.expect(regexp.QuoteMeta(s) + `[^\n]*\n`)
	return l.expect(`kd> `)
}

// TestGdb (K2): a stock gdb, over the kernel's own port: from the first instruction that
// can, through phases 0 and 1 and ring 3, to the detach; the system goes on.
func TestGdb(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("gdb"); err != nil && os.Getenv("GONT_TEST") == "" {
		t.Skip(err)
	}
	elf := debugELF(t)
	g, socket := debugBoot(t, image(t, "/DEBUG /BREAK"), 2)
	g.Line(`^The system waits for a debugger on COM2, 115200 baud`, stopLine)
	script := fmt.Sprintf(`
set pagination off
set confirm off
set width 0
set remotetimeout 60
set substitute-path gont %s
target remote %s
echo [first]\n
bt 5
info threads
break main.keInitSystem
continue
echo [break]\n
bt
info threads
info registers rip eflags xmm6
next
stepi
step
x/2i $pc
finish
print main.initializationPhase
echo [watch]\n
delete
hbreak main.finishPhase1
watch main.initializationPhase
continue
continue
echo [ring 3]\n
delete
monitor !threads
break gont/svc/system.NtDisplayString
continue
bt 4
info threads
monitor ~
echo [memory]\n
set var main.initializationPhase = 7
print main.initializationPhase
set var main.initializationPhase = 2
delete
detach
`, root, socket)
	file := filepath.Join(t.TempDir(), "session.gdb")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("gdb", "-nx", "-batch", "-x", file, elf)
	c.Dir = root
	out, err := c.CombinedOutput()
	text := string(out)
	if err != nil {
		t.Fatalf("gdb: %v\n%s", err, text)
	}
	at := 0
	for _, want := range []string{
		`\[first\]`, `#0 .*DebugBreak`, `debugger\.BreakAsked`, `Thread 1 "Processor" \(Running\)`,
		`hit Breakpoint 1, main\.keInitSystem`, `\[break\]`, `#0  main\.keInitSystem .*phase1\.go`, `main\.runSteps`, `runtime\.goexit`,
		`\* \d+ +Thread 8 "Phase1Initialization" \(Running\)`, `Thread 5 "Idle"`, `"ExWorkerThread \(critical\)" \(`,
		`rip +0xffffffff8`, `eflags .*IF`, `xmm6`, `=> 0xffffffff8`, `main\.part`, `\$1 = 1`,
		`\[watch\]`, `hit Breakpoint 2, main\.finishPhase1`, `hit Hardware watchpoint 3: main\.initializationPhase`, `Old value = 1`, `New value = 2`,
		`\[ring 3\]`, `smss\.exe`, `hit Breakpoint 4, gont/svc/system\.NtDisplayString`, `main\.runUser`, `"smss\.exe" \(Running\)`,
		`\[memory\]`, `\$2 = 7`, `detached\]`,
	} {
		m := regexp.MustCompile(want).FindStringIndex(text[at:])
		if m == nil {
			t.Fatalf("%q is missing behind\n%s\nin\n%s", want, text[:at], text[at:])
		}
		at += m[1]
	}
	g.Line(waiting, stopLine)
}

// TestMakeDebug (K2): `make debug` itself, with a script instead of a person: the kernel's
// own port joins gdb to QEMU's machine, by COM2 and by a 16550 on PCI; symbols and lines are the
// kernel's.
func TestMakeDebug(t *testing.T) {
	t.Parallel()
	debugELF(t)
	script := filepath.Join(t.TempDir(), "session.gdb")
	if err := os.WriteFile(script, []byte("break main.keInitSystem\ncontinue\nbt 3\nmonitor !kd\nmonitor !pci\ndelete\ndetach\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ port, where string }{{"", "COM2"}, {"PCI", "PCI"}} {
		t.Run(c.where, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "make", "-s", "debug", "SCRIPT="+script, "PORT="+c.port, "SMP=2")
			cmd.Dir = root
			// What make starts ends with it.
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			has(t, "make debug", string(out), `hit Breakpoint 1, main\.keInitSystem`, `#0  main\.keInitSystem .*phase1\.go`, `port `+c.where+`, 115200 baud`, `detached\]`)
			if c.port != "" {
				has(t, "!pci", string(out), `1b36:0002  class 070002  command 0`)
			}
		})
	}
}

// TestNoDebugPort (K2): a port on PCI that is not there is told of, and the system starts.
func TestNoDebugPort(t *testing.T) {
	t.Parallel()
	g := boot(t, "/DEBUG /DEBUGPORT=PCI")
	g.Line(`^kernel debugger: PCI is not there; there is no debugger$`, stopLine)
	g.Line(firstLine, stopLine)
}
