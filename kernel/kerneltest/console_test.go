package kerneltest

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// has fails unless text has all that is wanted.
func has(t *testing.T, what, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !regexp.MustCompile(w).MatchString(text) {
			t.Errorf("%s: %q is missing in\n%s", what, w, text)
		}
	}
}

// TestDebuggerConsole (K2): break-ins at whatever moments on four processors while programs
// run, after each of which the system goes on; the commands that show the system say the
// same as its services have; a stop by .crash ends in the debugger, with its stack.
func TestDebuggerConsole(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/DEBUG"), 4)
	g.Line(firstLine, stopLine)
	l := dial(t, socket)
	var longest time.Duration
	where := map[string]int{}
	const times = 40
	for range times {
		start := time.Now()
		l.send("\x03")
		text := l.expect(`kd> `)
		longest = max(longest, time.Since(start))
		has(t, "break-in", text, `Break-in on processor \d`)
		for _, p := range strings.Split(l.command("~"), "\n") {
			if f := strings.Fields(strings.TrimPrefix(p, "*")); len(f) > 6 {
				where[f[len(f)-2]]++
			}
		}
		l.command1("g")
	}
	t.Logf("the longest break-in took %v; processors were found at %d places", longest, len(where))
	g.Line(waiting, stopLine) // all that the session manager does is done

	l.send("\x03")
	l.expect(`kd> `)
	processes := l.command("!process")
	has(t, "!process", processes, `(?m)^PROCESS +0 .* Idle$`, `(?m)^PROCESS +4 .* System$`, `(?m)^PROCESS +[0-9a-f]+ .* smss\.exe$`)
	id := regexp.MustCompile(`PROCESS +([0-9a-f]+) .* smss\.exe`).FindStringSubmatch(processes)[1]
	has(t, "!process smss", l.command("!process "+id), `THREAD `+id+`\.[0-9a-f]+ +smss\.exe`)
	has(t, "!process smss 7", l.command("!process "+id+" 7"), `stack of `+id+`\.[0-9a-f]+ smss\.exe`, `gont/ke\.|runtime\.`)
	has(t, "!thread", l.command("!thread"), `THREAD |there is no thread`, `stack of `)
	has(t, "!running", l.command("!running"), `processor 0 `, `processor 3 `)
	// What smss has listed by NtQueryDirectoryObject.
	root := l.command(`!object \`)
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^    (\S+) +(Directory|SymbolicLink -> \S+|Key|Event|Section)\s*$`).FindAllStringSubmatch(strings.ReplaceAll(g.Text(), "\r", ""), -1) {
		has(t, `!object \`, root, regexp.QuoteMeta(m[1])+` +`+regexp.QuoteMeta(m[2]))
		n++
	}
	if n < 5 {
		t.Errorf("the session manager has listed %d objects only", n)
	}
	has(t, "!handle", l.command("!handle "+id), `\d+ handles of smss\.exe`)
	has(t, "!vad", l.command("!vad "+id), `section`, `private`)
	vm := l.command("!vm")
	has(t, "!vm", vm, `memory \d+ KB, available \d+ KB`, `zeroed +\d+ pages`)
	if m := regexp.MustCompile(`memory:\s+(\d+) KB`).FindStringSubmatch(g.Text()); m != nil {
		has(t, "!vm", vm, "memory "+m[1]+" KB")
	}
	has(t, "!memusage", l.command("!memusage"), `memory \d+ KB, available \d+ KB`)
	has(t, "!irql", l.command("!irql"), `processor 0: IRQL \d+`, `processor 3: IRQL \d+`)
	has(t, "!ready", l.command("!ready"), `no thread is ready|priority +\d+  thread [0-9a-f]+`)
	has(t, "!gc", l.command("!gc"), `marks: (true|false); pages made for the heap: [1-9]\d*`)
	has(t, "!pte", l.command("!pte "+kernelText), `PML4E [0-9a-f]{16}  frame`, `PDE|PTE`)
	has(t, "!trace", l.command("!trace"), `TRACE P0\.1 `, `TRACE P1\.43 `)
	has(t, "!goroutines", l.command("!goroutines"), `\d+ goroutines`, `runtime\.main|gont/ke`)
	has(t, "!bugcheck", l.command("!bugcheck 50"), `PAGE_FAULT_IN_NONPAGED_AREA`)
	has(t, "!idt", l.command("!idt 3"), `kdBreakpointGate`)
	has(t, "lm", l.command("lm"), `nt +code of ntoskrnl\.exe, \d+ functions`)
	has(t, "k", l.command("k"), `gont/|runtime\.`)
	has(t, "u", l.command("u main.poll 3"), `main\.poll`, `clock\.go:\d+`)
	// A breakpoint of the console's, over which g goes, and what fails.
	has(t, "bp", l.command("bp main.poll"), `breakpoint 1 at`)
	for range 3 {
		l.command1("g")
		has(t, "breakpoint", l.expect(`kd> `), `Breakpoint 1 on processor \d`, `main\.poll`)
	}
	l.command("bc *") // else another processor may come to it before the step is made
	has(t, "t", l.command2("t"), `Step on processor`)
	has(t, "p", l.command2("p"), `on processor`)
	has(t, "nonsense", l.command("dq 0"), `no memory at 0x0`)
	allStand(t, l.command("!kd"))
	has(t, ".crash", l.command(".crash"), `type g`)
	l.command1("g")
	has(t, "crash", l.expect(`kd> `), `STOP on processor \d: MANUALLY_INITIATED_CRASH`)
	has(t, "k", l.command("k"), `bugcheck\.Check`, `main\.correctTime`)
	has(t, "!running", l.command("!running"), `processor 3 `)
	g.Line(stopLine)
	left, err := strconv.Atoi(regexp.MustCompile(`memory left (\d+)`).FindStringSubmatch(l.command("!kd"))[1])
	if err != nil || left < 1<<20 {
		t.Errorf("the debugger has %d bytes left: commands do not give back what they take", left)
	}
}

// kernelText is an address of the kernel's code.
const kernelText = "ffffffff80201000"

// command1 types a line after which the system goes on.
func (l *line) command1(s string) {
	l.t.Helper()
	l.send(s + "\r")
	l.expect(regexp.QuoteMeta(s) + `[^\n]*\n`)
}

// command2 types a line after which the system goes on and stops again soon.
func (l *line) command2(s string) string {
	l.t.Helper()
	l.command1(s)
	return l.expect(`kd> `)
}

// TestCrashDebug (K1, K2): without DEBUG nothing stops for a debugger; with CRASHDEBUG a
// fault of the kernel opens it, at the fault.
func TestCrashDebug(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/CRASHDEBUG /CRASH=null"), 2)
	g.Line(`^The system waits for a debugger on COM2`)
	l := dial(t, socket)
	l.send("\r")
	l.expect(`kd> `)
	has(t, "k", l.command("k"), `gont/kernel/selftest\.init\.func|selftest\.crashIfAsked`)
	has(t, "r", l.command("r"), `rip=ffffffff8`)
	has(t, "!running", l.command("!running"), `processor 1 `)
	if !strings.Contains(g.Text(), "*** STOP: 0x00000050") {
		t.Error("the stop was not told on COM1")
	}
}
