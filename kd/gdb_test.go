package kd

import (
	"encoding/hex"
	"math/rand"
	"strings"
	"testing"
)

var breakpointEvent = Event{Reason: Exception, Vector: 3, Last: true}

// ask plays packets and returns the answers.
func ask(t *testing.T, m *model, e *Engine, list ...string) []string {
	t.Helper()
	out, _, _ := m.again(e, packets(list...))
	got, err := answers(out)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// attach stops the model with a request of gdb's.
func attach(t *testing.T) (*model, *Engine) {
	t.Helper()
	m := newModel()
	e := NewEngine(m, "COM2")
	out, went, _ := m.play(e, Event{Reason: BreakIn}, "+"+packets("qSupported:swbreak+", "?"))
	got, err := answers(out)
	if err != nil || went || len(got) != 2 || !strings.Contains(got[0], "PacketSize=") || got[1] != "T02thread:8;core:0;" {
		t.Fatalf("%q, %v", got, err)
	}
	return m, e
}

func TestPackets(t *testing.T) {
	m, e := attach(t)
	for _, c := range []struct{ ask, want string }{
		{"qAttached", "1"}, {"qC", "QC8"}, {"vMustReplyEmpty", ""}, {"!", ""}, {"qSymbol::", "OK"},
		{"Hg10", "OK"}, {"Hg99", "E03"}, {"Hg0", "OK"}, {"Hc-1", "OK"}, {"T10", "OK"}, {"T11", "E03"},
		{"qfThreadInfo", "m1,8,c,10"}, {"qsThreadInfo", "l"},
		{"qThreadExtraInfo,10", hex.EncodeToString([]byte("waiter, Waiting: Executive"))},
		{"mffffffff80400000,5", "68656c6c6f"}, {"m0,4", "E0e"}, {"m,", "E01"}, {"mffffffff80400ffe,4", "00000000"},
		{"mffffffff80401ffe,4", "0000"}, // the memory ends: the part that is there
		{"Mffffffff80400000,2:4142", "OK"}, {"Xffffffff80400002,2:}\x03}\x04", "OK"}, {"mffffffff80400000,4", "41422324"},
		{"M0,1:00", "E0e"}, {"Mffffffff80400000,2:41", "E01"}, {"Mffffffff80400000,2:4x42", "E01"},
		{"p10", "0010208" + "0ffffffff"}, {"p3", "2222222222222222"}, {"p99", "E01"},
		{"P0=efcdab8967452301", "OK"}, {"p0", "efcdab8967452301"}, {"P0=00", "E01"}, {"P10=0010208", "E01"},
		{"Z0,ffffffff80201004,1", "OK"}, {"Z0,0,1", "E0e"}, {"z0,ffffffff80201004,1", "OK"},
		{"Z1,ffffffff80201000,1", "OK"}, {"Z2,ffffffff80400000,8", "OK"}, {"Z4,ffffffff80400008,4", "OK"}, {"Z2,ffffffff80400001,4", "E1c"},
		{"Z2,ffffffff80400010,1", "OK"}, {"Z2,ffffffff80400020,1", "E1c"}, {"Z3,ffffffff80400020,1", ""},
		{"z1,ffffffff80201000,1", "OK"}, {"z2,ffffffff80400010,1", "OK"},
		{"vCont?", "vCont;c;C;s;S;r"}, {"vCont;x", "E01"}, {"vCont;r1", "E01"},
		{"qXfer:features:read:other.xml:0,100", "E00"}, {"qXfer:memory-map:read::0,100", ""},
		{"QStartNoAckMode", "OK"},
		{"qRcmd," + hex.EncodeToString([]byte("!echo a")), "O" + hex.EncodeToString([]byte("a\n"))},
	} {
		want := []string{c.want}
		if strings.HasPrefix(c.ask, "qRcmd") {
			want = append(want, "OK")
		}
		if strings.HasPrefix(c.ask, "p10") {
			want = []string{"0010208" + "0ffffffff"}
		}
		if got := ask(t, m, e, c.ask); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q, want %q", c.ask, got, want)
		}
	}
	// All registers: as many bytes as the description has, and back.
	all := ask(t, m, e, "g")[0]
	if len(all) != 2*registerBytes {
		t.Fatalf("g has %d bytes, want %d", len(all)/2, registerBytes)
	}
	if got := ask(t, m, e, "G"+all, "g"); got[0] != "OK" || got[1] != all {
		t.Errorf("G: %q", got)
	}
	if got := ask(t, m, e, "Hg10", "P0=0000000000000000", "g"); got[1] != "E01" || len(got[2]) != 2*registerBytes {
		t.Errorf("a thread that waits: %q", got)
	}
	// What needs several packets.
	for _, object := range []string{"features:read:target.xml", "threads:read:"} {
		text := ""
		for {
			got := ask(t, m, e, "qXfer:"+object+":"+hexNumber(len(text))+",64")[0]
			text += got[1:]
			if got[0] == 'l' {
				break
			}
		}
		if strings.HasPrefix(object, "features") && text != targetXML {
			t.Errorf("%s differs", object)
		}
		if strings.HasPrefix(object, "threads") && !strings.Contains(text, `<thread id="8" core="0" name="Phase1 &lt;&amp;>">Running</thread>`) {
			t.Error(text)
		}
	}
}

func hexNumber(n int) string {
	const d = "0123456789abcdef"
	if n < 16 {
		return d[n : n+1]
	}
	return hexNumber(n/16) + d[n%16:n%16+1]
}

// TestDamage: a damaged packet is asked for again; a - sends the answer again.
func TestDamage(t *testing.T) {
	m, e := attach(t)
	if out, _, _ := m.again(e, "$qC#00"); out != "-" {
		t.Errorf("%q", out)
	}
	if out, _, _ := m.again(e, "$q$qC#b4"); out != "+$QC8#cc" {
		t.Errorf("%q", out)
	}
	if out, _, _ := m.again(e, "-"); out != "$QC8#cc" {
		t.Errorf("%q", out)
	}
	if got := ask(t, m, e, "m"+strings.Repeat("0", maxPacket+10)); len(got) != 0 {
		t.Errorf("a packet that is too long: %q", got)
	}
	if got := ask(t, m, e, "QStartNoAckMode", "qC"); got[1] != "QC8" {
		t.Errorf("%q", got)
	}
	if out, _, _ := m.again(e, packets("qC")); out[0] != '$' {
		t.Errorf("acknowledged without need: %q", out)
	}
}

// TestGdbRuns: breakpoints, steps, ranges, Ctrl-C, and how the system is left.
func TestGdbRuns(t *testing.T) {
	m, e := attach(t)
	code := m.memory[modelCode]
	out, went, own := m.again(e, packets("Z0,ffffffff80201004,1", "vCont;c"))
	if !went || own || code[4] != opcodeInt3 || m.meant != allProcessors {
		t.Fatalf("%q %v %v, meant %#x", out, went, own, m.meant)
	}
	// The breakpoint is hit: the code is whole again while stopped.
	m.regs[1].Rip = modelCode + 5
	out, went, _ = m.play(e, Event{Reason: Exception, Vector: 3, Processor: 1, Last: true}, packets("mffffffff80201004,1"))
	got, _ := answers(out)
	if went || len(got) != 2 || got[0] != "T05swbreak:;thread:c;core:1;" || got[1] != "e8" || m.regs[1].Rip != modelCode+4 {
		t.Fatalf("%q, RIP %#x", got, m.regs[1].Rip)
	}
	// One step of that thread alone.
	_, went, own = m.again(e, packets("z0,ffffffff80201004,1", "vCont;s:c"))
	if !went || !own || m.regs[1].Rflags&FlagTrap == 0 || m.meant != 2 {
		t.Fatalf("went %v own %v, flags %#x, meant %#x", went, own, m.regs[1].Rflags, m.meant)
	}
	out, _, _ = m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step, Processor: 1, Last: true}, "")
	if got, _ := answers(out); len(got) != 1 || got[0] != "T05thread:c;core:1;" || m.regs[1].Rflags&FlagTrap != 0 {
		t.Fatalf("%q, flags %#x", out, m.regs[1].Rflags)
	}
	// A range: the first step ends in it, the second outside.
	if _, went, _ = m.again(e, packets("vCont;rffffffff80201000,ffffffff80201008:c;c")); !went || m.meant != allProcessors {
		t.Fatalf("meant %#x", m.meant)
	}
	m.regs[1].Rip = modelCode + 7
	if out, went, own = m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step, Processor: 1, Last: true}, ""); !went || !own || out != "" || m.regs[1].Rflags&FlagTrap == 0 {
		t.Fatalf("%q %v %v", out, went, own)
	}
	m.regs[1].Rip = modelCode + 8
	if out, went, _ = m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step, Processor: 1, Last: true}, ""); went || !strings.HasPrefix(out, "$T05thread:c") {
		t.Fatalf("%q", out)
	}
	// A watchpoint, and Ctrl-C, and an acknowledgement that nobody needs.
	m.again(e, packets("Z2,ffffffff80400000,4", "c"))
	if m.points[0] != (Point{true, Write, modelData, 4}) {
		t.Errorf("%+v", m.points)
	}
	if out, _, _ = m.play(e, Event{Reason: Exception, Vector: 1, Dr6: 1, Last: true}, ""); !strings.Contains(out, "watch:ffffffff80400000;") {
		t.Errorf("%q", out)
	}
	m.again(e, packets("c"))
	if _, went, _ = m.play(e, Event{Reason: BreakIn}, "+"); !went {
		t.Error("an acknowledgement has stopped the system")
	}
	if out, went, _ = m.play(e, Event{Reason: BreakIn}, "\x03"); went || !strings.HasPrefix(out, "$T02") {
		t.Errorf("%q %v", out, went)
	}
	// Detach: nothing is left behind.
	m.again(e, packets("Z0,ffffffff80201000,1", "D"))
	if code[0] != 0x55 || m.points != ([4]Point{}) || e.Attached() {
		t.Errorf("code %#x, points %+v", code[0], m.points)
	}
}

// TestExceptions: what is whose.
func TestExceptions(t *testing.T) {
	m, e := attach(t)
	m.again(e, packets("c"))
	// A fault of ring 0: shown; continuing passes it on.
	out, went, _ := m.play(e, Event{Reason: Exception, Vector: 14, Address: 8, Last: true}, "")
	if went || !strings.HasPrefix(out, "$T0bthread:8") {
		t.Fatalf("%q", out)
	}
	if _, went, own := m.again(e, packets("c")); !went || own {
		t.Error("a fault is not handled by going on")
	}
	// Ring 3's own single step is not the debugger's.
	m.regs[0].Cs = 0x33
	if _, went, own := m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step}, ""); !went || own {
		t.Error("a program's single step was taken")
	}
	// Its INT3 is, and goes on behind it; with C05 it is the program's after all.
	m.memory[modelUser][0], m.regs[0].Rip = opcodeInt3, modelUser+1
	if out, _, _ = m.play(e, Event{Reason: Exception, Vector: 3}, ""); !strings.HasPrefix(out, "$T05thread") {
		t.Errorf("%q", out)
	}
	if _, went, own := m.again(e, packets("vCont;C05:8;c")); !went || own {
		t.Error("the program has not got its breakpoint")
	}
	m.play(e, Event{Reason: Exception, Vector: 3}, "")
	if _, went, own := m.again(e, packets("vCont;c")); !went || !own {
		t.Error("the program has got a breakpoint that was handled")
	}
	// A breakpoint that was taken away when it had been hit already is run again.
	m.memory[modelUser][0], m.regs[0].Rip = 0x90, modelUser+1
	if _, went, own := m.play(e, Event{Reason: Exception, Vector: 3}, ""); !went || !own || m.regs[0].Rip != modelUser {
		t.Errorf("RIP %#x", m.regs[0].Rip)
	}
}

// TestFuzzPackets: 10,000 packets and scraps of packets neither hang nor crash the engine,
// and every answer is a packet.
func TestFuzzPackets(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	seeds := []string{"qSupported:a+", "?", "g", "G00", "p10", "P3=00", "mffffffff80400000,40", "Mffffffff80400000,2:4142", "Xffffffff80400000,2:ab",
		"Hg8", "Hc0", "T8", "Z0,ffffffff80201000,1", "z0,ffffffff80201000,1", "Z2,ffffffff80400000,8", "vCont;c", "vCont;s:8;c", "vCont;rffffffff80201000,ffffffff80201004:8",
		"qXfer:features:read:target.xml:0,ffb", "qXfer:threads:read::0,10", "qRcmd,6b", "qRcmd,64622066666666666666663830343030303030", "qThreadExtraInfo,8",
		"D", "k", "c", "s", "C05", "S05;ffffffff80201000", "QStartNoAckMode", "vKill;1", "qCRC:0,1", "m0,ffffffffffffffff", "mffffffffffffffff,10"}
	m := newModel()
	e := NewEngine(m, "COM2")
	for range 10_000 {
		s := []byte(seeds[random.Intn(len(seeds))])
		for range random.Intn(4) {
			if len(s) == 0 {
				break
			}
			switch at := random.Intn(len(s)); random.Intn(4) {
			case 0:
				s[at] = byte(random.Intn(256))
			case 1:
				s = append(s[:at:at], s[at+1:]...)
			case 2:
				s = append(s[:at:at], append([]byte{byte(random.Intn(256))}, s[at:]...)...)
			case 3:
				s = s[:at]
			}
		}
		text := packets(string(s))
		if random.Intn(20) == 0 {
			text = text[:random.Intn(len(text)+1)]
		}
		ev := []Event{{Reason: BreakIn}, breakpointEvent, {Reason: Exception, Vector: 1, Dr6: dr6Step}, {Reason: Exception, Vector: 14, Last: true}, {Reason: Crash, Text: "x"}}[random.Intn(5)]
		ev.Processor = random.Intn(2)
		if !m.busy {
			e.pushedN = 0
		}
		out, _, _ := m.play(e, ev, text)
		if e.face == gdb {
			if i := strings.IndexByte(out, '$'); i >= 0 {
				if _, err := answers(out[i:]); err != nil && !strings.Contains(out, "kd> ") {
					t.Fatalf("%d: %q: %v", i, text, err)
				}
			}
		}
		for i := range m.regs { // a script may have broken the machine it plays on
			m.regs[i].Rip, m.regs[i].Cs = modelCode, 0x10
		}
	}
}
