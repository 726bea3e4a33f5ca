package kd

import (
	"math/rand"
	"strings"
	"testing"
)

// typed lets a person type at a stop.
func typed(m *model, e *Engine, lines ...string) string {
	out, _, _ := m.again(e, strings.Join(lines, "\r")+"\r")
	return strings.ReplaceAll(out, "\r", "")
}

func console(t *testing.T) (*model, *Engine) {
	t.Helper()
	m := newModel()
	e := NewEngine(m, "COM2, 115200 baud")
	out, went, _ := m.play(e, Event{Reason: Request, Text: "a test"}, "")
	if went || !strings.Contains(out, "Break on processor 0: a test") || !strings.Contains(out, "kd> ") || !strings.Contains(out, "help") {
		t.Fatalf("%q", out)
	}
	return m, e
}

// TestCommands: every command, and what it says of what it does not understand.
func TestCommands(t *testing.T) {
	m, e := console(t)
	for _, c := range []struct {
		line string
		want []string
	}{
		{"r", []string{"rax=0000000000000000", "rsp=ffffffff80401800", "rip=ffffffff80201000", "main.f (main.go:10)", "push rbp"}},
		{"r rax=1f+1", []string{"rax=0000000000000020"}},
		{"r @rax", []string{"rax=0000000000000020"}},
		{"r xyz", []string{"xyz is not a register"}},
		{"rx", []string{"xmm0 =00"}},
		{"!analyze", []string{"Break on processor 0: a test", "thread 4.8 Phase1 <&>, Running", "probably caused by main.f"}},
		{".process 4", []string{"process 4, thread 8 Phase1"}},
		{".process 5", []string{"there is no thread of a process 5"}},
		{".process", []string{"process 4, thread 8 Phase1"}},
		{"? rax+0n16-1", []string{"0x2f = 0n47"}},
		{"? main.data", []string{"0xffffffff80400000"}},
		{"? poi(rsp)", []string{"0xffffffff80201009"}},
		{"? poi(0)", []string{"no memory at 0x0"}},
		{"? 1 +", []string{"nothing after +"}},
		{"? +", []string{"nothing before"}},
		{"? nosuch", []string{"neither a number nor a symbol"}},
		{"db main.data l10", []string{"68 65 6c 6c 6f", "hello, world"}},
		{"dd main.data 8", []string{"6c6c6568 77202c6f"}},
		{"dq main.data l8", []string{"77202c6f6c6c6568"}},
		{"da main.data", []string{`"hello, world"`}},
		{"du main.data", []string{`"???`}},
		{"dps rsp l8", []string{"ffffffff80201009 main.f+0x9 (main.go:19)"}},
		{"db 0", []string{"?? ??", "no memory at 0x0"}},
		{"dw nosuch", []string{"neither"}},
		{"eb main.data 48 45", nil},
		{"da main.data", []string{`"HEllo, world"`}},
		{"eq 0 1", []string{"no memory"}},
		{"eb main.data", []string{"values are missing"}},
		{`s main.data 100 "world"`, []string{"ffffffff80400007"}},
		{"s main.data l100 6c6f", []string{"ffffffff80400003"}},
		{"s main.data 100 zz", []string{"neither a text in quotes nor bytes"}},
		{"s main.data 100 ffffff", []string{"not found"}},
		{"u main.f 3", []string{"main.f:", "push rbp", "mov rbp, rsp", "call 0xffffffff80201010"}},
		{"u 0", []string{"no memory at 0x0"}},
		{"k", []string{"ffffffff80201000 main.f (main.go:10)", "ffffffff80201009 main.f+0x8"}},
		{"k 10", []string{"ffffffff80201009"}},
		{"k 99", []string{"thread 99 has no registers"}},
		{"bp main.f+4", []string{"breakpoint 1 at ffffffff80201004"}},
		{"bp 0", []string{"no memory at 0x0"}},
		{"ba w4 main.data", []string{"hardware breakpoint h0: write to ffffffff80400000"}},
		{"ba w4 main.data+1", []string{"not a multiple of 4"}},
		{"ba q1 main.data", []string{"is not e, w or r"}},
		{"ba", []string{"ba e|w|r"}},
		{"bl", []string{"  1 e ffffffff80201004", " h0 e ffffffff80400000 write to, 4 bytes"}},
		{"bd 1", nil},
		{"bl", []string{"  1 d ffffffff80201004"}},
		{"be 1", nil},
		{"bc h0", nil},
		{"bc 9", []string{"there is no breakpoint 9"}},
		{"x f", []string{"ffffffff80201000 main.f"}},
		{"x nosuch", []string{"no symbol has"}},
		{"ln main.f+2", []string{"main.f+0x2 (main.go:12)"}},
		{"ln 0", []string{"belongs to no symbol"}},
		{"~", []string{"* 0 thread 8, ring 0, ffffffff80201000 main.f", "  1 thread c, ring 0"}},
		{"~1s", []string{"* 1 thread c"}},
		{"~7s", []string{"is not the number of a processor"}},
		{".thread 10", []string{"thread 10"}},
		{"r rax=1", []string{"its registers cannot be set"}},
		{"t", []string{"thread 10 does not run"}},
		{".thread 99", []string{"there is no thread 99"}},
		{".thread 8", nil},
		{"!thread", []string{`!thread of ""`, "stack of 4.8 Phase1", "main.f"}}, {"!thread 10", []string{"stack of 4.10 waiter", "main.f"}}, {"!thread zz", []string{`!thread of "zz"`}},
		{"!process 4 7", []string{`!process of "4"`, "stack of 4.8 ", "stack of 4.10 "}}, {"!process 4", []string{`!process of "4"`}},
		{"!threads", []string{"*      4.8      Phase1 <&>", "waiter", "Waiting: Executive"}},
		{"!echo what", []string{"what"}},
		{"help", []string{"ba e|w|r[length] address", "!echo"}},
		{"nosuch", []string{"nosuch is not a command; help lists them"}},
		{".reboot", nil},
	} {
		out := typed(m, e, c.line)
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: %q is missing in\n%s", c.line, w, out)
			}
		}
	}
	if m.resets != 1 {
		t.Errorf("%d resets", m.resets)
	}
}

// TestLineEditing: history, completion, Ctrl-C, and gdb in the middle.
func TestLineEditing(t *testing.T) {
	m, e := console(t)
	typed(m, e, "? 1+1")
	if out := typed(m, e, "\x1b[A"); !strings.Contains(out, "0x2 = 0n2") {
		t.Errorf("up: %q", out)
	}
	if out := typed(m, e, ""); !strings.Contains(out, "0x2 = 0n2") {
		t.Errorf("an empty line: %q", out)
	}
	if out := typed(m, e, "? main.d\t"); !strings.Contains(out, "0xffffffff80400000") {
		t.Errorf("completion: %q", out)
	}
	if out := typed(m, e, "? 7\x7f8"); !strings.Contains(out, "0x8") {
		t.Errorf("backspace: %q", out)
	}
	if out := typed(m, e, "abc\x03? 5"); !strings.Contains(out, "0x5") || strings.Contains(out, "not a command") {
		t.Errorf("Ctrl-C: %q", out)
	}
	if out, _, _ := m.again(e, "+"+packets("qC")); !strings.Contains(out, "$QC8#") {
		t.Errorf("gdb: %q", out)
	}
}

// TestConsoleRuns: g past breakpoints, t, p, gu, gn, q.
func TestConsoleRuns(t *testing.T) {
	m, e := console(t)
	code := m.memory[modelCode]
	m.again(e, "bp main.f+4\rg\r")
	if code[4] != opcodeInt3 {
		t.Fatal("no breakpoint")
	}
	m.regs[0].Rip = modelCode + 5
	out, _, _ := m.play(e, breakpointEvent, "")
	if !strings.Contains(out, "Breakpoint 1 on processor 0") || code[4] != 0xE8 {
		t.Fatalf("%q", out)
	}
	// g steps over it with the other processor stopped, and then lets all go on.
	_, went, own := m.again(e, "g\r")
	if !went || !own || m.meant != 1 || code[4] != 0xE8 || m.regs[0].Rflags&FlagTrap == 0 {
		t.Fatalf("meant %#x, code %#x", m.meant, code[4])
	}
	m.regs[0].Rip = modelCode + 16
	_, went, own = m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step, Last: true}, "")
	if !went || !own || m.meant != allProcessors || code[4] != opcodeInt3 {
		t.Fatalf("meant %#x, code %#x", m.meant, code[4])
	}
	// p over the call: a breakpoint behind it, gone at the next stop.
	m.regs[0].Rip = modelCode + 5
	m.play(e, breakpointEvent, "")
	m.again(e, "bc *\rp\r")
	if code[9] != opcodeInt3 {
		t.Error("no breakpoint behind the call")
	}
	m.regs[0].Rip = modelCode + 10
	out, _, _ = m.play(e, breakpointEvent, "")
	if code[9] != 0x90 || e.breakpoints.at(0, modelCode+9) != nil || m.regs[0].Rip != modelCode+9 {
		t.Errorf("%q", out)
	}
	if _, went, _ = m.again(e, "t\r"); !went || m.meant != 1 {
		t.Errorf("t: meant %#x", m.meant)
	}
	if out, _, _ = m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step, Last: true}, ""); !strings.Contains(out, "Step on processor 0") {
		t.Errorf("%q", out)
	}
	m.again(e, "q\r")
	if e.Attached() {
		t.Error("q: still attached")
	}
	out, went, _ = m.play(e, Event{Reason: BreakIn}, "x")
	if !went || !strings.Contains(out, "Ctrl-C stops it") {
		t.Errorf("%q", out)
	}
	if out, went, _ = m.play(e, Event{Reason: BreakIn}, "\x03"); went || !strings.Contains(out, "Break-in on processor 0") {
		t.Errorf("%q", out)
	}
}

// TestFuzzLines: 10,000 lines neither hang nor crash the console.
func TestFuzzLines(t *testing.T) {
	random := rand.New(rand.NewSource(11))
	m := newModel()
	e := NewEngine(m, "COM2")
	words := []string{"main.f", "main.data", "rsp", "@rip", "poi(", ")", "+", "-", "l10", "8", "ffffffff80400000", "0", "ffffffffffffffff", `"world"`, "*", "h0", "e", "w4", "r8",
		"=", "0n99999999999999999999", "1s", "\t", "\x1b[A", "\x7f", "\x01", "\x05", "é", "$", "l"}
	for range 10_000 {
		var b strings.Builder
		if n := random.Intn(len(commands) + 3); n < len(commands) {
			b.WriteString(commands[n].name)
		}
		for range random.Intn(5) {
			b.WriteByte(' ')
			if random.Intn(4) == 0 {
				b.WriteByte(byte(random.Intn(256)))
			} else {
				b.WriteString(words[random.Intn(len(words))])
			}
		}
		if !m.busy {
			e.face, e.pushedN = person, 0
		}
		m.play(e, Event{Reason: Request, Text: "fuzz"}, b.String()+"\r")
		for i := range m.regs {
			m.regs[i].Rip, m.regs[i].Cs = modelCode, 0x10
		}
	}
}
