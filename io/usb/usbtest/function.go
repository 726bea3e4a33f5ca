//go:build !kernel

package usbtest

import (
	"gont/io/storport"
	"gont/io/usb"
)

// Function is a Stick as the driver of mass storage sees it, without a host controller. Transfers
// that were submitted wait until Pump is called.
type Function struct {
	Stick     *Stick
	Face      usb.Interface
	Limit     uint64 // Below
	Unplugged bool
	NoReset   bool // Reset fails
	Requests  int  // control requests
	Resets    int

	pipes []*pipe
}

// NewFunction makes the function of a stick's first interface.
func NewFunction(s *Stick) *Function {
	c, err := usb.ParseConfiguration(s.Configuration())
	if err != nil {
		panic(err)
	}
	return &Function{Stick: s, Face: c.Interfaces[0]}
}

// pipe is an endpoint of the function.
type pipe struct {
	f      *Function
	e      usb.Endpoint
	queue  []*usb.Transfer
	halted bool
}

// Interface is Function's.
func (f *Function) Interface() *usb.Interface { return &f.Face }

// Device is Function's.
func (f *Function) Device() *usb.Device { return &usb.Device{} }

// Name is Function's.
func (f *Function) Name() string { return "model" }

// Speed is Function's.
func (f *Function) Speed() usb.Speed {
	if f.Stick.Super {
		return usb.Super
	}
	return usb.High
}

// Below is Function's.
func (f *Function) Below() uint64 { return f.Limit }

// Open is Function's.
func (f *Function) Open(list []usb.Endpoint) (out []usb.Pipe, err error) {
	f.Stick.configuration = 1
	for _, e := range list {
		p := &pipe{f: f, e: e}
		f.pipes, out = append(f.pipes, p), append(out, p)
	}
	return out, nil
}

// Watch is Function's.
func (f *Function) Watch() {}

// Request is Function's.
func (f *Function) Request(s usb.Setup, data []byte, limit uint64) (int, error) {
	f.Requests++
	if f.Unplugged {
		return 0, usb.ErrGone
	}
	n := len(data)
	b := [8]byte{s.RequestType, s.Request, byte(s.Value), byte(s.Value >> 8), byte(s.Index), byte(s.Index >> 8), byte(n), byte(n >> 8)}
	d, r := f.Stick.Setup(b, data)
	switch r {
	case Ack:
		return copy(data, d), nil
	case Stall:
		return 0, usb.ErrStall
	}
	return 0, usb.ErrNoAnswer
}

// Reset is Function's.
func (f *Function) Reset() error {
	f.Resets++
	switch {
	case f.Unplugged:
		return usb.ErrGone
	case f.NoReset:
		return usb.ErrNoAnswer
	}
	for _, p := range f.pipes {
		p.Abort()
		p.halted = false
	}
	f.Stick.BusReset()
	f.Stick.configuration = 1
	return nil
}

// Submit is Pipe's.
func (p *pipe) Submit(t *usb.Transfer) error {
	switch {
	case p.f.Unplugged:
		return usb.ErrGone
	case p.halted:
		return usb.ErrStall
	}
	t.Actual, t.Err = 0, nil
	p.queue = append(p.queue, t)
	return nil
}

// Pump does what waits, and reports whether there was something to do.
func (f *Function) Pump() (some bool) {
	for _, p := range f.pipes {
		for len(p.queue) > 0 {
			t := p.queue[0]
			if !p.run(t) {
				break
			}
			some = true
			p.queue = p.queue[1:]
			t.Done(t)
		}
	}
	return some
}

// run does a transfer; false: the device has nothing yet.
func (p *pipe) run(t *usb.Transfer) bool {
	if p.f.Unplugged {
		t.Err = usb.ErrGone
		return true
	}
	n := 0
	for _, s := range t.Segments {
		n += int(s.Length)
	}
	b := make([]byte, n)
	var r Result
	if p.e.In() {
		var d []byte
		if d, r = p.f.Stick.In(p.e.Address, n); r == Ack && len(d) > n {
			r = Error // babble
		}
		b = append([]byte{}, d...)
	} else {
		at := 0
		for _, s := range t.Segments {
			if !storport.CopyPhysical(s.Address, b[at:at+int(s.Length)], false) {
				panic("usbtest: a segment is no memory")
			}
			at += int(s.Length)
		}
		n, r = p.f.Stick.Out(p.e.Address, b)
		t.Actual = uint32(n)
	}
	switch r {
	case Nak:
		return false
	case Stall:
		t.Err, t.Actual, p.halted = usb.ErrStall, 0, true
		return true
	case Error:
		t.Err, t.Actual, p.halted = usb.ErrTransaction, 0, true
		return true
	}
	if p.e.In() {
		t.Actual = uint32(len(b))
		for _, s := range t.Segments {
			k := min(len(b), int(s.Length))
			if !storport.CopyPhysical(s.Address, b[:k], true) {
				panic("usbtest: a segment is no memory")
			}
			b = b[k:]
		}
	}
	return true
}

// Abort is Pipe's.
func (p *pipe) Abort() error {
	q := p.queue
	p.queue = nil
	for _, t := range q {
		t.Err, t.Actual = usb.ErrAborted, 0
		if p.f.Unplugged {
			t.Err = usb.ErrGone
		}
		t.Done(t)
	}
	return nil
}

// ClearHalt is Pipe's.
func (p *pipe) ClearHalt() error {
	p.Abort()
	_, err := p.f.Request(usb.Setup{RequestType: usb.ToEndpoint, Request: usb.ClearFeature, Index: uint16(p.e.Address)}, nil, 0)
	if err == nil {
		p.halted = false
	}
	return err
}

// Move is Pipe's.
func (p *pipe) Move(t *usb.Transfer, limit uint64) error {
	over := false
	t.Done = func(*usb.Transfer) { over = true }
	if err := p.Submit(t); err != nil {
		return err
	}
	p.f.Pump()
	if !over {
		p.Abort()
		return usb.ErrNoAnswer
	}
	return t.Err
}
