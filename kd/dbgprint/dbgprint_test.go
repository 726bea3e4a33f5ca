package dbgprint

import (
	"strings"
	"testing"

	"gont/kd"
	"gont/ke"
	"gont/nt"
)

// slowPort takes so many bytes each time it is asked, and keeps them.
type slowPort struct {
	takes int
	now   int64
	got   strings.Builder
}

func (p *slowPort) connect() {
	ke.Initialize(ke.Hooks{Now: func() uint64 { return 5 * 156250 }})
	output = kd.NewOutput(func(b []byte) int { return port.Send(b) }, func() int64 { return port.Now() })
	deferred.Store(false)
	kick.Store(nil)
	Connect(Port{Send: func(b []byte) int {
		n := min(p.takes, len(b))
		p.got.Write(b[:n])
		return n
	}, Now: func() int64 { p.now++; return p.now }, Pause: func() { p.now += 1_000_000_000 }, Put: func(c byte) { p.got.WriteByte(c) }})
}

// TestWaits: until Defer a line is on the port when Line returns, and a dead port holds
// nobody up for ever.
func TestWaits(t *testing.T) {
	p := &slowPort{takes: 3}
	p.connect()
	if Line("a line that takes long"); p.got.String() != "a line that takes long\r\n" {
		t.Errorf("%q", p.got.String())
	}
	p.takes = 0
	if Line("for nobody"); p.now < kd.Patience {
		t.Errorf("given up after %d ns", p.now)
	}
	p.takes = 100
	p.got.Reset()
	Line("first")
	Line("second")
	if got := p.got.String(); !strings.HasPrefix(got, "first\r\n") || !strings.Contains(got, "bytes of text lost]") || !strings.HasSuffix(got, "second\r\n") {
		t.Errorf("after the pause: %q", got)
	}
}

// TestDeferred: from Defer on nobody waits; ticks and the driver send what is left, and
// Settle begins the waiting again.
func TestDeferred(t *testing.T) {
	p := &slowPort{}
	p.connect()
	started := false
	Defer(func(send func()) { started = send != nil })
	Line("waits")
	if !started || p.got.Len() != 0 || (Console{}).Waiting() != 7 {
		t.Fatalf("started %v, sent %q", started, p.got.String())
	}
	kicked := 0
	Console{}.Connect(func() { kicked++ })
	Tick()
	if kicked != 1 {
		t.Errorf("the driver is kicked %d times", kicked)
	}
	p.takes = 5
	if (Console{}).Pump() || p.got.String() != "waits\r\n" {
		t.Errorf("pumped %q", p.got.String())
	}
	Console{}.Connect(nil)
	p.takes = 0
	Line("again")
	p.takes = 1
	Settle()
	if Line("the end"); !strings.HasSuffix(p.got.String(), "again\r\nthe end\r\n") || kicked != 1 {
		t.Errorf("settled %q, kicked %d times", p.got.String(), kicked)
	}
}

// TestFull: text that finds no room is dropped, and that is said; Take hands over the rest
// and ends the sending.
func TestFull(t *testing.T) {
	p := &slowPort{}
	p.connect()
	Defer(func(func()) {})
	Print(strings.Repeat("x", kd.OutputSize))
	Print("too much")
	p.takes = kd.OutputSize
	for range 20 {
		Tick()
	}
	p.takes = 0
	Print("then")
	Take()
	if got := strings.TrimLeft(p.got.String(), "x"); got != "\r\n[8 bytes of text lost]\r\nthen" {
		t.Errorf("%q", got)
	}
}

// TestPrograms: a program whose text finds no room waits until there is, and no longer than
// its thread lives.
func TestPrograms(t *testing.T) {
	p := &slowPort{}
	p.connect()
	now := uint64(5 * 156250)
	ke.Initialize(ke.Hooks{Now: func() uint64 { return now }, Panic: func(th *ke.Thread, r any) { t.Errorf("%s panics: %v", th.Name, r) }})
	Defer(func(func()) {})
	done := [2]nt.Status{nt.StatusPending, nt.StatusPending}
	ke.StartThread(ke.NewThread("program", 8, func() {
		PrintWaiting(strings.Repeat("p", kd.UserShare))
		done[0] = PrintWaiting("one more")
	}))
	ke.StartThread(ke.NewThread("console", 8, func() { done[1] = Console{}.Write([]byte("raw\n")) }))
	for ke.RunReady() {
	}
	if done[0] == 0 || done[1] == 0 {
		t.Fatalf("nobody waits: %v", done)
	}
	Line("the kernel has room") // programs have filled their share alone
	p.takes = 100
	for range 1000 {
		ke.RunReady()
		Tick()
	}
	if done[0] != 0 || done[1] != 0 {
		t.Errorf("%v", done)
	}
	got := strings.TrimLeft(p.got.String(), "p")
	if !strings.HasPrefix(got, "the kernel has room\r\n") || !strings.Contains(got, "one more") || !strings.Contains(got, "raw\n") || strings.Contains(got, "raw\r") {
		t.Errorf("%q", got)
	}
}
