package kerneltest

import (
	"io"
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

// stops types the line mem at the prompt on COM1, and reports whether the debugger stops the system
// (true), or the prompt answers (false).
func (l *line) stops(g *qemu.Guest) (text string, stopped bool) {
	l.t.Helper()
	const answer = "pages in use are of" // of mem, not what a terminal shows again
	before := strings.Count(g.Text(), answer)
	g.Type("mem\r")
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		l.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		var b [4096]byte
		n, _ := l.conn.Read(b[:])
		l.text += string(b[:n])
		if strings.Contains(l.text, "kd> ") {
			return l.expect(`kd> `), true
		}
		if strings.Count(g.Text(), answer) > before {
			return "", false
		}
	}
	l.t.Fatalf("neither an answer nor a stop; the debugger says %q", l.text)
	return "", false
}

// address finds the address of the instruction that a listing of u has at a pattern.
func (l *line) address(function, count, instruction string) string {
	l.t.Helper()
	text := l.command("u " + function + " " + count)
	m := regexp.MustCompile(`(?m)^([0-9a-f]{16}) [0-9a-f]+ +` + instruction).FindStringSubmatch(text)
	if m == nil {
		l.t.Fatalf("there is no %s in %s:\n%s", instruction, function, text)
	}
	return m[1]
}

// TestDebuggerPrograms (K2): names and lines of functions of programs, by process; a breakpoint
// in code that two processes share stops the one that it was set in; steps cross into ring 3, in
// it, and over a system service; a process that ends leaves no breakpoint in memory that others
// have, too.
func TestDebuggerPrograms(t *testing.T) {
	t.Parallel()
	const execute = `nsh!gont/nsh/shell.(*Shell).Execute`
	g, socket := debugBoot(t, image(t, "/DEBUG"), 2)
	g.Expect(prompt + `$`)
	g.Type("opt\r")
	g.Expect(`(?s)opt\r?\n(.*)\r?\n` + prompt + `$`)
	l := dial(t, socket)
	l.send("\x03")
	l.expect(`kd> `)
	list := regexp.MustCompile(`(?m)PROCESS +([0-9a-f]+) .* nsh\.exe`).FindAllStringSubmatch(l.command("!process"), -1)
	smss := regexp.MustCompile(`(?m)PROCESS +([0-9a-f]+) .* smss\.exe`).FindStringSubmatch(l.command("!process"))
	if len(list) != 2 || smss == nil {
		t.Fatalf("prompts: %v, session manager: %v", list, smss)
	}
	// Names are those of the current thread's process.
	has(t, ".process", l.command(".process "+smss[1]), `thread`, `smss  program; in gdb: add-symbol-file build/smss-debug\.elf`)
	has(t, "k", l.command("k"), `ring 3:`, `smss!runtime/goos\.Call\w*\+0x[0-9a-f]+ \(goos_ntuser\.s:\d+\)`)
	has(t, "x", l.command("x smss!main.main"), `(?m)^0000000140[0-9a-f]{6} smss!main\.main$`)
	has(t, "? of another", l.command("? nsh!main.main"), `neither a number nor a symbol`)
	has(t, "ln", l.command("ln smss!main.main+1"), `smss!main\.main\+0x1 \(main\.go:\d+\)`)
	has(t, "lm", l.command("lm"), `nt  code of ntoskrnl\.exe`, `smss  program`)
	has(t, "no memory", l.command("db 1"), `\?\?`)

	// One process's breakpoint, in memory that both have.
	own, stopped := "", 0
	for _, p := range list {
		l.command("bc *")
		l.command(".process " + p[1])
		has(t, "bp", l.command("bp "+execute), `breakpoint \d+ at 0000000140[0-9a-f]{6} nsh!gont/nsh/shell`)
		has(t, "bl", l.command("bl"), `e process `+p[1]+` 0000000140`)
		l.command1("g")
		text, stop := l.stops(g)
		if stop {
			stopped++
			own = p[1]
			has(t, "stop", text, `Breakpoint \d+ on processor \d`, `nsh!gont/nsh/shell\.\(\*Shell\)\.Execute \(shell\.go:\d+\)`)
			has(t, "k", l.command("k"), `nsh!gont/nsh/shell\.\(\*Shell\)\.Execute`, `nsh!gont/nsh/shell\.Run`, `nsh!main\.main.* \(main\.go:\d+\)`, `nsh!runtime\.main`)
			has(t, "r", l.command("r"), `cs=0033`)
			has(t, "t in ring 3", l.command2("t"), `Step on processor \d`, `nsh!`)
			// Over a system service: the step ends behind it.
			l.command("bc *")
			at := l.address("nsh!runtime/goos.Call", "40", "syscall")
			l.command("bp " + at)
			l.command2("g")
			l.command("bc *")
			has(t, "t over a service", l.command2("t"), `Step on processor \d`, `nsh!runtime/goos\.Call`)
			regs := l.command("r")
			has(t, "behind the service", regs, `cs=0033`, `efl=0000[0-9a-f][2468ace0]`) // TF is clear
			// From ring 0 to ring 3.
			at = l.address("gont/hal.enterUser", "60", "sysret")
			l.command("bp " + at)
			l.command2("g")
			l.command("bc *")
			has(t, "at SYSRET", l.command("r"), `cs=0010`)
			has(t, "t into ring 3", l.command2("t"), `Step on processor \d`)
			has(t, "in ring 3", l.command("r"), `cs=0033`, `efl=0000[0-9a-f][2468ace0]`)
		} else {
			l.send("\x03")
			l.expect(`kd> `)
		}
	}
	if stopped != 1 {
		t.Errorf("a breakpoint in each of two processes has stopped COM1's prompt %d times, want 1", stopped)
	}
	// The prompt ends with a breakpoint in code that it shares.
	l.command("bc *")
	l.command(".process " + own)
	l.command("bp nsh!gont/nsh/shell.(*Shell).Complete")
	at := regexp.MustCompile(`0000000140[0-9a-f]{6}`).FindString(l.command("bl"))
	l.command1("g")
	g.Expect(prompt + `$`)
	g.Type("exit\r")
	g.Expect(`native prompt`) // the session manager starts another one
	l.send("\x03")
	l.expect(`kd> `)
	if text := l.command("bl"); strings.Contains(text, at) {
		t.Errorf("the breakpoint of a process that has ended is there:\n%s", text)
	}
	for _, p := range list {
		if p[1] != own {
			l.command(".process " + p[1])
		}
	}
	if text := l.command("db " + at + " l1"); strings.Contains(text, "  cc") || !strings.Contains(text, at+"  ") {
		t.Errorf("what a process that has ended leaves in shared code:\n%s", text)
	}
	l.command1("q")
}

// pipes are gdb's input and output.
type pipes struct {
	*os.File
	in io.Writer
}

func (p pipes) Write(b []byte) (int, error) { return p.in.Write(b) }

// debugger is a gdb with a person at it.
type debugger struct {
	*line
	cmd *exec.Cmd
}

// startGdb starts gdb as a person does.
func startGdb(t *testing.T, elf string) *debugger {
	t.Helper()
	c := exec.Command("gdb", "-nx", "-q", elf)
	c.Dir = root
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout, c.Stderr = w, w
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		r.Close()
	})
	return &debugger{&line{t: t, conn: pipes{r, in}}, c}
}

// say types a line and returns what gdb says until it asks for the next.
func (d *debugger) say(s string) string {
	d.t.Helper()
	d.send(s + "\n")
	return d.expect(`\(gdb\) `)
}

// TestGdbBreakIn (K2): gdb comes to a system that runs; Ctrl-C stops it while it runs; a
// breakpoint in a program, by name; detach, and the system goes on; gdb comes again.
func TestGdbBreakIn(t *testing.T) {
	t.Parallel()
	elf := debugELF(t)
	c := exec.Command("make", "-s", "build/nsh-debug.elf")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	g, socket := debugBoot(t, image(t, "/DEBUG"), 2)
	g.Expect(prompt + `$`)
	d := startGdb(t, elf)
	d.expect(`\(gdb\) `)
	for _, s := range []string{"set pagination off", "set confirm off", "set width 0", "set remotetimeout 60", "set substitute-path gont " + root} {
		d.say(s)
	}
	target := "target remote " + socket
	has(t, "attach", d.say(target), `Remote debugging using`)
	d.send("continue\n")
	d.expect(`Continuing\.`)
	g.Type("mem\r")
	g.Expect(`(?s)mem\r?\n(.*)\r?\n` + prompt + `$`) // it runs
	if err := d.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	has(t, "Ctrl-C", d.expect(`\(gdb\) `), `received signal SIGINT`)

	// A program's symbols, and a breakpoint in it by name.
	threads := d.say("info threads")
	m := regexp.MustCompile(`(?m)^\*? +(\d+) +Thread \d+ "nsh\.exe`).FindAllStringSubmatch(threads, -1)
	if len(m) == 0 {
		t.Fatalf("no thread of a prompt:\n%s", threads)
	}
	d.say("thread " + m[0][1])
	has(t, "monitor .process", d.say("monitor .process"), `in gdb: add-symbol-file build/nsh-debug\.elf`)
	d.say("add-symbol-file " + filepath.Join(root, "build", "nsh-debug.elf"))
	has(t, "break", d.say(`break shell.go:85`), `Breakpoint 1 at 0x140`)
	d.say("delete")
	has(t, "detach", d.say("detach"), `detached\]`)
	g.Type("opt\r")
	g.Expect(`(?s)opt\r?\n(.*)\r?\n` + prompt + `$`)
	has(t, "attach again", d.say(target), `Remote debugging using`)
	has(t, "bt", d.say("bt 3"), `#0 `)
	has(t, "detach again", d.say("detach"), `detached\]`)
	// A core of the system as it is, which gdb reads without it.
	core := filepath.Join(t.TempDir(), "core")
	d.cmd.Process.Kill() // the socket serves one
	c = exec.Command("go", "run", "./tools/kdcore", "-elf", elf, "-o", core, socket)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	out, err := exec.Command("gdb", "-nx", "-batch", "-ex", "info threads", "-ex", "thread apply all -s bt", "-ex", "print main.initializationPhase", elf, core).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	has(t, "core", string(out), `LWP 8 `, `runtime\.gopark`, `gont/ke\.WaitForMultipleObjects`, `main\.runUser`, `\$1 = [1-9]`)
	g.Type("mem\r")
	g.Expect(`(?s)mem\r?\n(.*)\r?\n` + prompt + `$`)
}
