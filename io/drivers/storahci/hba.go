package storahci

import (
	"fmt"
	"math/bits"
	"sync/atomic"

	"gont/io/storport"
	"gont/nt"
)

// Registers of the controller (3.1).
const (
	regCap  = 0x00
	regGhc  = 0x04
	regIs   = 0x08
	regPi   = 0x0C
	regCap2 = 0x24
	regBohc = 0x28

	capWide     = 1 << 31 // 64-bit addresses
	capNcq      = 1 << 30
	capOverride = 1 << 24 // command list override
	ghcEnable   = 1 << 31
	ghcInt      = 1 << 1
	ghcReset    = 1 << 0
	cap2Handoff = 1 << 0
	bohcBios    = 1 << 0
	bohcOs      = 1 << 1

	portBase = 0x100
	portSize = 0x80
)

// Times, in 100 ns.
const (
	handoffLimit = 2000 * storport.Millisecond
	resetLimit   = 1000 * storport.Millisecond // 10.4.3
	engineLimit  = 500 * storport.Millisecond  // 10.1.2
	linkLimit    = 1000 * storport.Millisecond
	readyLimit   = 8000 * storport.Millisecond // a disk that has to turn first
	commandLimit = 5000 * storport.Millisecond
)

// hba is an AHCI controller.
type hba struct {
	r            storport.Registers
	wait         func(limit uint64, f func() bool) bool
	capabilities uint32
	slots        int
	most         int       // ports
	ports        [32]*port // those with a disk
	running      atomic.Bool
}

// newHba is a controller whose registers reach to so many ports.
func newHba(r storport.Registers, most int, wait func(uint64, func() bool) bool) *hba {
	c := &hba{r: r, most: most, wait: wait, capabilities: r.Read32(regCap)}
	c.slots = int(c.capabilities>>8&31) + 1
	return c
}

func (c *hba) limits() storport.Limits {
	l := storport.Limits{Align: 2, Segments: mostSegments} // 4.2.3.3
	if c.capabilities&capWide == 0 {
		l.Below = 1 << 32
	}
	return l
}

// Start is Controller's.
func (c *hba) Start(int) (units []*storport.Unit, err error) {
	if c.r.Read32(regCap2)&cap2Handoff != 0 && c.r.Read32(regCap2) != ^uint32(0) {
		// 10.6.3: the firmware gives the controller up; one that does not is not waited for.
		c.r.Write32(regBohc, c.r.Read32(regBohc)|bohcOs)
		c.wait(handoffLimit, func() bool { return c.r.Read32(regBohc)&bohcBios == 0 })
	}
	c.r.Write32(regGhc, ghcEnable) // interrupts off
	implemented := c.r.Read32(regPi)
	if implemented == ^uint32(0) && c.r.Read32(regCap) == ^uint32(0) {
		return nil, storport.ErrGone
	}
	for n := range c.most {
		if implemented&(1<<n) == 0 {
			continue
		}
		p := newPort(c, n)
		u, err := p.start()
		if err != nil {
			storport.Say(fmt.Sprintf("AHCI controller, port %d: %v", n, err))
		}
		if u != nil {
			c.ports[n] = p
			units = append(units, u)
		}
	}
	c.r.Write32(regIs, c.r.Read32(regIs))
	c.running.Store(true)
	c.r.Write32(regGhc, ghcEnable|ghcInt)
	return units, nil
}

// Interrupt is Controller's: ports first, then the controller (5.5.3).
func (c *hba) Interrupt(int) bool {
	is := c.r.Read32(regIs)
	if is == 0 || is == ^uint32(0) && c.r.Read32(regCap) == is {
		return false
	}
	for m := is; m != 0; m &= m - 1 {
		n := bits.TrailingZeros32(m)
		at := uint32(portBase + n*portSize + portIs)
		v := c.r.Read32(at)
		c.r.Write32(at, v)
		if p := c.ports[n]; c.running.Load() && p != nil {
			p.events.Or(v)
		}
	}
	c.r.Write32(regIs, is)
	return true
}

// Poll is Controller's.
func (c *hba) Poll() {
	for _, p := range c.ports {
		if p != nil {
			p.poll()
		}
	}
}

// Begin is Controller's.
func (c *hba) Begin(t *storport.Task) nt.Status { return t.Unit.Data.(*port).begin(t) }

// Recover is Recoverer's.
func (c *hba) Recover(u *storport.Unit) { u.Data.(*port).recover() }

// Reset is Controller's: the port alone, or, where it cannot be stopped, the controller.
func (c *hba) Reset(u *storport.Unit) (whole bool, err error) {
	p := u.Data.(*port)
	p.forget()
	if p.stop() {
		return false, p.reset()
	}
	// 10.4.3
	c.r.Write32(regGhc, ghcEnable|ghcReset)
	if !c.wait(resetLimit, func() bool { return c.r.Read32(regGhc)&ghcReset == 0 }) {
		return true, storport.ErrNoAnswer
	}
	c.r.Write32(regGhc, ghcEnable)
	for _, x := range c.ports {
		if x == nil {
			continue
		}
		x.forget()
		if e := x.reset(); x == p {
			err = e
		} else if e != nil {
			storport.Say(fmt.Sprintf("AHCI controller, port %d: %v", x.number, e))
		}
	}
	c.r.Write32(regGhc, ghcEnable|ghcInt)
	return true, err
}

// Stop is Controller's.
func (c *hba) Stop() {
	c.running.Store(false)
	c.r.Write32(regGhc, ghcEnable)
	for n, p := range c.ports {
		if p != nil && p.stop() {
			p.m.Free() // else the controller may still write there
		}
		c.ports[n] = nil
	}
}
