package kd

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// port is a model of a UART: it takes burst bytes whenever it is ready.
type port struct {
	mu    sync.Mutex
	got   bytes.Buffer
	ready bool
	burst int
	clock atomic.Int64
}

func (p *port) send(b []byte) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ready {
		return 0
	}
	n, _ := p.got.Write(b[:min(len(b), p.burst)])
	return n
}

func newPort() (*port, *Output) {
	p := &port{ready: true, burst: 16}
	return p, NewOutput(p.send, p.clock.Load)
}

func TestOutputOrder(t *testing.T) {
	p, o := newPort()
	want := ""
	for i := range 5000 { // several times around the buffer
		s := fmt.Sprintf("line %d\n", i)
		if !o.Put(s, OutputSize) {
			t.Fatalf("no room for %q with %d bytes waiting", s, o.Len())
		}
		want += strings.ReplaceAll(s, "\n", "\r\n")
		if i%3 == 0 {
			o.Pump()
		}
	}
	o.Flush(func() {})
	if p.got.String() != want {
		t.Errorf("got %d bytes, want %d", p.got.Len(), len(want))
	}
}

// TestOutputShares: programs fill their share and no more, and the kernel's text
// fits all the same.
func TestOutputShares(t *testing.T) {
	p, o := newPort()
	p.ready = false
	s := strings.Repeat("x", 1000)
	n := 0
	for o.Put(s, UserShare) {
		n++
	}
	if n != UserShare/1000 {
		t.Errorf("programs have put %d kilobytes", n)
	}
	for o.Put(s, OutputSize) {
		n++
	}
	if n != OutputSize/1000 {
		t.Errorf("all have put %d kilobytes", n)
	}
	p.ready = true
	o.Flush(func() {})
	if p.got.Len() != n*1000 {
		t.Errorf("%d bytes came out", p.got.Len())
	}
	if o.Put(strings.Repeat("\n", OutputSize/2+1), OutputSize) {
		t.Error("more than the queue holds went in")
	}
}

// TestOutputDead: nobody waits for a dead port, and it is told what was lost when the
// port comes back.
func TestOutputDead(t *testing.T) {
	p, o := newPort()
	p.ready = false
	o.Put("lost", OutputSize)
	o.Pump()
	p.clock.Add(Patience)
	o.Pump()
	if o.Dead() || o.Len() != 4 {
		t.Fatalf("dead %v, %d bytes wait", o.Dead(), o.Len())
	}
	p.clock.Add(1)
	o.Pump()
	if !o.Dead() || o.Len() != 0 {
		t.Fatalf("dead %v, %d bytes wait", o.Dead(), o.Len())
	}
	o.Put("too", OutputSize)
	o.Flush(func() { t.Error("somebody waits for a dead port") })
	p.ready = true
	o.Put("heard\n", OutputSize)
	o.Flush(func() {})
	o.Put("again\n", OutputSize)
	o.Flush(func() {})
	if want := "heard\r\n\r\n[7 bytes of text lost]\r\nagain\r\n"; p.got.String() != want {
		t.Errorf("got %q, want %q", p.got.String(), want)
	}
	// A port that was idle for long is not dead at its first refusal.
	p.clock.Add(10 * Patience)
	p.ready = false
	o.Put("x", OutputSize)
	o.Pump()
	if o.Dead() {
		t.Error("an idle port was taken for dead")
	}
}

// TestOutputBounded: one call of Pump ends, however much others put.
func TestOutputBounded(t *testing.T) {
	o := (*Output)(nil)
	sent := 0
	o = NewOutput(func(b []byte) int {
		o.Put(strings.Repeat("y", 64), OutputSize)
		sent += min(16, len(b))
		return min(16, len(b))
	}, func() int64 { return 0 })
	o.Put("y", OutputSize)
	o.Pump()
	if sent < pumpLimit || sent > pumpLimit+16 {
		t.Errorf("one Pump has sent %d bytes", sent)
	}
}

// TestOutputTogether: text of several writers comes out whole, each writer's in
// order, and nothing is lost.
func TestOutputTogether(t *testing.T) {
	p, o := newPort()
	const writers, lines = 8, 2000
	var w sync.WaitGroup
	for i := range writers {
		w.Add(1)
		go func() {
			defer w.Done()
			for n := range lines {
				for !o.Put(fmt.Sprintf("%d %d\n", i, n), UserShare) {
					o.Pump()
				}
				o.Pump()
			}
		}()
	}
	w.Wait()
	o.Flush(func() {})
	var next [writers]int
	for _, l := range strings.Split(strings.TrimSuffix(p.got.String(), "\r\n"), "\r\n") {
		var i, n int
		if k, err := fmt.Sscanf(l, "%d %d", &i, &n); k != 2 || err != nil || next[i] != n {
			t.Fatalf("line %q, want %d of writer %d", l, next[i], i)
		}
		next[i]++
	}
	for i, n := range next {
		if n != lines {
			t.Errorf("writer %d: %d lines", i, n)
		}
	}
}

// TestOutputTake: the stop path gets what waits, whoever holds which lock.
func TestOutputTake(t *testing.T) {
	p, o := newPort()
	p.ready = false
	o.Put("before the stop\n", OutputSize)
	o.put.Lock()
	o.pumping.Store(true)
	var got []byte
	o.Take(func(c byte) { got = append(got, c) })
	if string(got) != "before the stop\r\n" || o.Len() != 0 {
		t.Errorf("got %q, %d bytes wait", got, o.Len())
	}
	o.put.Unlock()
	o.pumping.Store(false)
	p.ready = true
	o.Put("after the stop\n", OutputSize)
	o.Pump()
	o.Flush(func() { t.Error("somebody waits for the port of a stopped system") })
	if p.got.Len() != 0 {
		t.Errorf("%q after the stop", p.got.String())
	}
}
