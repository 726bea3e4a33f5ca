package sac

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// port is a console and what has come out.
type port struct {
	*Console
	out  strings.Builder
	done []string
}

func newPort() *port {
	p := &port{}
	end := func(name string, err error) func() error {
		return func() error { p.done = append(p.done, name); return err }
	}
	p.Console = New(System{Put: func(c byte) { p.out.WriteByte(c) },
		Processes: func(w io.Writer) {
			for i := range 30 {
				fmt.Fprintf(w, "process %d\n", i)
			}
		}, Memory: func(w io.Writer) { fmt.Fprintln(w, "memory 1 KB") },
		Time: func() string { return "2026-01-02 03:04:05" },
		SetTime: func(s string) error {
			if s == "bad" {
				return errors.New("bad is no time")
			}
			p.done = append(p.done, s)
			return nil
		},
		Crash: end("crash", nil), Restart: end("restart", nil), Shutdown: end("shutdown", errors.New("no way to switch off"))})
	return p
}

func (p *port) type1(s string) string {
	p.out.Reset()
	for i := range len(s) {
		p.Feed(s[i])
	}
	return p.out.String()
}

func (p *port) show(s string) {
	for i := range len(s) {
		p.Screen(s[i])
	}
}

// TestChannels: the screen is shown first; in the other channel it is kept, and shown when the
// channel is chosen again, as far as there is room.
func TestChannels(t *testing.T) {
	p := newPort()
	p.show("hello\n")
	if got := p.out.String(); got != "hello\n" {
		t.Errorf("%q", got)
	}
	if got := p.type1("restart\r"); got != "" || len(p.done) != 0 {
		t.Errorf("the screen's channel takes commands: %q", got)
	}
	if got := p.type1("\x1b\t"); !strings.HasSuffix(got, "SAC>") {
		t.Errorf("%q", got)
	}
	p.show("meanwhile\n")
	if got := p.type1("ch\r"); got != "ch\n0  Screen\n1  SAC\nSAC>" {
		t.Errorf("%q", got)
	}
	if got := p.type1("ch -si 0\r"); got != "ch -si 0\nmeanwhile\n" {
		t.Errorf("%q", got)
	}
	p.type1("\x1b\t")
	p.show(strings.Repeat("x", 3*kept) + "end")
	if got := p.type1("\x1b\t"); len(got) != kept || !strings.HasSuffix(got, "xend") {
		t.Errorf("%d bytes", len(got))
	}
	p.type1("\x1b\t")
	for _, bad := range []string{"ch -si 7", "ch -si", "ch x", "ch -si x"} {
		if got := p.type1(bad + "\r"); !strings.Contains(got, "there is no channel") && !strings.Contains(got, "ch, ch -l") {
			t.Errorf("%s: %q", bad, got)
		}
	}
}

func TestCommands(t *testing.T) {
	p := newPort()
	p.type1("\x1b\t")
	for line, want := range map[string]string{"?": "crashdump    stop", "s": "2026-01-02 03:04:05\n", "s bad": "bad is no time", "i": "no network",
		"x": "x is not a command", "shutdown": "no way to switch off", "restar\x7f\x08art": "\b \b\b \bart\n", "": "SAC>"} {
		if got := p.type1(line + "\r"); !strings.Contains(got, want) || !strings.HasSuffix(got, "SAC>") {
			t.Errorf("%q: %q", line, got)
		}
	}
	if got := p.type1("t\r"); !strings.Contains(got, "process 22\n----\nprocess 23") || !strings.Contains(got, "memory 1 KB") {
		t.Errorf("%q", got)
	}
	if got := p.type1("p\rt\r"); !strings.Contains(got, "paging is off") || strings.Contains(got, "----") {
		t.Errorf("%q", got)
	}
	p.done = nil
	p.type1("s 2026-02-03 04:05\rcrashdump\rrestart\rshutdown\r")
	if got := strings.Join(p.done, "|"); got != "2026-02-03 04:05|crash|restart|shutdown" {
		t.Error(got)
	}
}

// TestStopped: after a stop the screen is shown whatever the channel was, and the machine can
// be started again; nothing allocates.
func TestStopped(t *testing.T) {
	p := newPort()
	p.type1("\x1b\tsomething")
	p.show("before ")
	p.out.Reset()
	p.out.Grow(1 << 16)
	p.Stop()
	p.show("*** STOP\n")
	if got := p.out.String(); got != "before *** STOP\n" {
		t.Errorf("%q", got)
	}
	if got := p.type1("t\r"); !strings.Contains(got, "restart starts the machine again") {
		t.Errorf("%q", got)
	}
	if p.type1("restart\r"); len(p.done) != 1 {
		t.Errorf("%q", p.done)
	}
	p.s.Put = func(byte) {}
	if n := testing.AllocsPerRun(10, func() { p.Screen('x'); p.Feed('t'); p.Feed('\r') }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestFuzz: whatever comes, the console answers afterwards.
func TestFuzz(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := newPort()
	for range 10_000 {
		n := r.IntN(100)
		for range n {
			p.Feed(byte(r.IntN(256)))
		}
		p.out.Reset()
	}
	for p.channel != sacChannel {
		p.type1("\x1b\t")
	}
	p.type1("\r")
	if got := p.type1("s\r"); !strings.Contains(got, "2026-01-02") {
		t.Errorf("%q", got)
	}
}
