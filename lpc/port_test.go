package lpc

import (
	"fmt"
	"runtime/debug"
	"testing"

	"gont/ke"
	"gont/nt"
	"gont/ob"
)

const tick = 100_000

// simulate runs body in a thread, on a clock of its own.
func simulate(t *testing.T, body func(start func(string, func()))) {
	t.Helper()
	now, done := uint64(tick), false
	ke.Initialize(ke.Hooks{Now: func() uint64 { return now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack()))
	}})
	for _, s := range []nt.Status{ob.InitSystem0(), ob.InitSystem1(), InitSystem()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	start := func(name string, f func()) { ke.StartThread(ke.NewThread(name, ke.NormalPriority, f)) }
	start("test", func() { body(start); done = true })
	for n := 0; !done; n++ {
		if ke.RunReady(); n > 10000 {
			t.Fatal("it does not end")
		}
		now += tick
		ke.Tick(1, false)
	}
}

// TestPort (P1.30): requests are answered in their order, and what cannot be sent has a
// status.
func TestPort(t *testing.T) {
	simulate(t, func(start func(string, func())) {
		o, s := CreatePort(`\Echo`)
		if !s.OK() {
			t.Fatal(s)
		}
		if _, s := CreatePort(`\Echo`); s != nt.StatusObjectNameCollision {
			t.Error("a second port of the name:", s)
		}
		if x, s := ob.Lookup(nil, `\ObjectTypes\Port`, true, ob.TypeType); !s.OK() || x.Body != any(PortType) {
			t.Error("the alias:", s)
		}
		p := o.Body.(*Port)
		if _, s := p.Request(make([]byte, MaximumMessage+1), ke.KernelMode, nil); s != nt.StatusPortMessageTooLong {
			t.Error("a long message:", s)
		}
		soon := int64(-3 * tick)
		if _, s := p.Request([]byte("nobody"), ke.KernelMode, &soon); s != nt.StatusTimeout {
			t.Error("nobody serves:", s)
		}
		ended := false
		start("server", func() {
			for m := p.Receive(); m != nil; m = p.Receive() {
				m.Reply(append([]byte("re: "), m.Data...), nt.StatusPending)
			}
			ended = true
		})
		for i := range 3 {
			text := fmt.Sprint("message ", i)
			if b, s := p.Request([]byte(text), ke.KernelMode, nil); s != nt.StatusPending || string(b) != "re: "+text {
				t.Errorf("%q, %v", b, s)
			}
		}
		p.End()
		ke.Delay(ke.KernelMode, false, -3*tick)
		if _, s := p.Request(nil, ke.KernelMode, nil); s != nt.StatusPortDisconnected || !ended {
			t.Error("after the end:", s, ended)
		}
	})
}

// TestPortFull: a port holds so many messages and no more; at its end all their senders go on.
func TestPortFull(t *testing.T) {
	simulate(t, func(start func(string, func())) {
		p, gone := NewPort(), 0
		for range MaximumQueue {
			start("sender", func() {
				if _, s := p.Request([]byte{1}, ke.KernelMode, nil); s == nt.StatusPortDisconnected {
					gone++
				}
			})
		}
		ke.Delay(ke.KernelMode, false, -2*tick)
		if _, s := p.Request(nil, ke.KernelMode, nil); s != nt.StatusInsufficientResources {
			t.Error("one too many:", s)
		}
		p.End()
		ke.Delay(ke.KernelMode, false, -2*tick)
		if gone != MaximumQueue {
			t.Error(gone, "senders have gone on")
		}
	})
}
