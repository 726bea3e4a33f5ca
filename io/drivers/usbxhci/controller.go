package usbxhci

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gont/io/storport"
	"gont/io/usb"
	"gont/ke"
)

// Times, in 100 ns.
const (
	handoffLimit = 1000 * storport.Millisecond
	haltLimit    = 100 * storport.Millisecond // 5.4.1.1: 16 ms
	resetLimit   = 1000 * storport.Millisecond
	resetRest    = 1 * storport.Millisecond // some controllers may not be asked earlier
	commandLimit = 5000 * storport.Millisecond
)

// mostSlots is how many devices there may be.
const mostSlots = 64

// Layout of the controller's base page: the device context base address array, the event
// ring's table, the command ring's place is a page of its own.
const (
	offTable  = 2048
	baseBytes = 4096
)

// gate is a lock whose holder may wait; without an event (in tests) it is none.
type gate struct{ e *ke.Event }

func (g gate) take() {
	if g.e != nil {
		ke.WaitForSingleObject(g.e, ke.KernelMode, false, nil)
	}
}

func (g gate) release() {
	if g.e != nil {
		g.e.Set()
	}
}

// controller is a host controller.
//
// Locks: bus (PASSIVE_LEVEL; its holder looks at ports and devices), a device's control and then
// command, gates of those who wait for a request and for a command; then lock, a spin lock,
// which guards rings and what is said of them. Transfers' Done is called without it.
type controller struct {
	r       storport.Registers
	wait    func(limit uint64, f func() bool) bool
	newGate func() gate
	bus     gate
	command gate

	op, rt, db uint32 // offsets of registers
	ports      int
	slots      int
	context    int    // bytes of a context
	below      uint64 // of memory
	base       *storport.Memory
	scratch    []*storport.Memory
	messages   bool
	ready      atomic.Bool // rings are there
	port       []rootPort  // by number, from 1 on; by bus

	lock     ke.SpinLock
	dead     bool
	commands ring
	events   events
	asked    int // the command that is waited for; -1
	answer   uint64
	answered atomic.Bool
	devices  [mostSlots + 1]*device // by slot
	first    *usb.Transfer          // those that are done
	last     *usb.Transfer
	due      int // transfers and commands that are out

	// The driver's. An interrupt is to come, none is: called with the lock. What is to come is
	// watched; ports have changed; functions have come or gone; the controller is to be kept from
	// memory: called without locks.
	soon    func()
	idle    func()
	watch   func()
	changed func()
	came    func()
	cut     func()
	ticked  atomic.Bool // ports have changed
	list    []*function // those that are there; by bus
}

// newController looks at the capability registers; n is how many bytes of registers are mapped.
func newController(r storport.Registers, n uint32, wait func(uint64, func() bool) bool) (*controller, error) {
	c := &controller{r: r, wait: wait, asked: -1}
	c.newGate = func() gate { return gate{} }
	nothing := func() {}
	c.soon, c.idle, c.watch, c.changed, c.came, c.cut = nothing, nothing, nothing, nothing, nothing, nothing
	v := r.Read32(capLength)
	if v == ^uint32(0) {
		return nil, storport.ErrGone
	}
	p1, hcc := r.Read32(capParams1), r.Read32(capHcc1)
	c.op, c.rt, c.db = v&0xFF, r.Read32(capRuntime)&^31, r.Read32(capDoorbell)&^3
	c.ports, c.slots = int(p1>>24), min(int(p1&0xFF), mostSlots)
	if version := v >> 16; version < 0x0090 {
		return nil, fmt.Errorf("its version is %04X", version)
	}
	outside := func(at, length uint32) bool { return at > n || length > n-at }
	switch {
	case c.ports == 0 || c.slots == 0:
		return nil, fmt.Errorf("it has %d ports and %d slots", c.ports, c.slots)
	case c.op < 0x20 || outside(c.op, opPorts+uint32(c.ports)*portSize) || outside(c.rt, rtDequeue+8) || outside(c.db, 4*uint32(c.slots+1)):
		return nil, errors.New("its registers lie outside of their range")
	}
	c.context = 32
	if hcc&hccContext64 != 0 {
		c.context = 64
	}
	if hcc&hccWide == 0 {
		c.below = 1 << 32
	}
	c.port = make([]rootPort, c.ports+1)
	return c, nil
}

func (c *controller) read(o uint32) uint32     { return c.r.Read32(c.op + o) }
func (c *controller) write(o uint32, v uint32) { c.r.Write32(c.op+o, v) }

// write64 writes a register of 64 bits, the low half first (5.1).
func (c *controller) write64(o uint32, v uint64) {
	c.r.Write32(o, uint32(v))
	c.r.Write32(o+4, uint32(v>>32))
}

// extended calls f with the offset of each extended capability that has an id.
func (c *controller) extended(id uint32, n uint32, f func(at uint32)) {
	at := c.r.Read32(capHcc1) >> 16 << 2
	for range 64 {
		if at < 0x20 || at+16 > n {
			return
		}
		v := c.r.Read32(at)
		if v&0xFF == id {
			f(at)
		}
		if v>>8&0xFF == 0 || v == ^uint32(0) {
			return
		}
		at += v >> 8 & 0xFF << 2
	}
}

// handOff takes the controller from the firmware (7.1.1): one that does not give it up within a
// second is not waited for. Its system management interrupts are switched off.
func (c *controller) handOff(n uint32) {
	c.extended(extLegacy, n, func(at uint32) {
		if v := c.r.Read32(at); v&legacyBios != 0 {
			c.r.Write32(at, v|legacyOs)
			c.wait(handoffLimit, func() bool { return c.r.Read32(at)&legacyBios == 0 })
		}
		c.r.Write32(at+4, c.r.Read32(at+4)&^legacySmis|legacyClear)
	})
}

// halt stops the controller; false when it does not.
func (c *controller) halt() bool {
	c.write(opCommand, c.read(opCommand)&^(commandRun|commandInterrupt))
	return c.wait(haltLimit, func() bool { return c.read(opStatus)&statusHalted != 0 })
}

// start brings the controller up (4.2). PASSIVE_LEVEL. n is how many bytes of registers there are.
func (c *controller) start(messages bool, n uint32) error {
	c.messages = messages
	c.handOff(n)
	for p := 1; p <= c.ports; p++ {
		c.port[p].expected = c.read(portAt(p))&portConnected != 0
	}
	c.protocols(n)
	if !c.halt() {
		return fmt.Errorf("%w: it does not halt", storport.ErrNoAnswer)
	}
	c.write(opCommand, commandReset)
	c.pause(resetRest)
	if !c.wait(resetLimit, func() bool {
		v := c.read(opCommand)
		return v == ^uint32(0) || v&commandReset == 0 && c.read(opStatus)&statusNotReady == 0
	}) {
		return fmt.Errorf("%w: its reset does not end", storport.ErrNoAnswer)
	}
	if c.read(opStatus) == ^uint32(0) {
		return storport.ErrGone
	}
	if err := c.memory(); err != nil {
		return err
	}
	c.write(opConfig, uint32(c.slots))
	c.write64(c.op+opDcbaa, c.base.Address)
	c.write64(c.op+opRing, c.commands.address(0)|ringCycle)
	c.r.Write32(c.rt+rtModeration, moderation)
	c.r.Write32(c.rt+rtTableSize, 1)
	c.write64(c.rt+rtDequeue, c.events.address())
	c.write64(c.rt+rtTable, c.base.Address+offTable)
	c.r.Write32(c.rt+rtManagement, managementEnable|managementPending)
	c.ready.Store(true)
	c.write(opCommand, commandRun|commandInterrupt)
	if !c.wait(haltLimit, func() bool { return c.read(opStatus)&statusHalted == 0 }) {
		return fmt.Errorf("%w: it does not run", storport.ErrNoAnswer)
	}
	return nil
}

// memory allocates what the controller and the driver share, and fills it in. It is called once.
func (c *controller) memory() error {
	if c.read(opPage)&1 == 0 {
		return errors.New("it has no pages of 4 KB")
	}
	if c.base = storport.Allocate(baseBytes, c.below); c.base == nil {
		return storport.ErrNoMemory
	}
	if c.commands.m = storport.Allocate(ringLength*trbSize, c.below); c.commands.m == nil {
		return storport.ErrNoMemory
	}
	if c.events.m = storport.Allocate(ringLength*trbSize, c.below); c.events.m == nil {
		return storport.ErrNoMemory
	}
	p2 := c.r.Read32(capParams2)
	pages := int(p2>>21&31)<<5 | int(p2>>27)
	if pages > 0 {
		// 4.20: pages of the controller's own, with an array of their addresses.
		list := storport.Allocate(pages*8, c.below)
		if list == nil {
			return storport.ErrNoMemory
		}
		c.scratch = append(c.scratch, list)
		for i := range pages {
			m := storport.Allocate(4096, c.below)
			if m == nil {
				return storport.ErrNoMemory
			}
			c.scratch = append(c.scratch, m)
			list.Put64(i*8, m.Address)
		}
		c.base.Put64(0, list.Address)
	}
	c.commands.clear()
	c.events.clear()
	c.base.Put64(offTable, c.events.m.Address)
	c.base.Put32(offTable+8, ringLength)
	return nil
}

// stop makes the controller quiet for good. It reports whether it has stopped: else its memory is
// the controller's for ever. PASSIVE_LEVEL.
func (c *controller) stop() bool {
	c.lock.Lock()
	c.dead = true
	c.lock.Unlock()
	stopped := c.halt()
	if stopped {
		c.write(opCommand, commandReset)
		c.wait(resetLimit, func() bool { return c.read(opCommand)&commandReset == 0 })
	}
	return stopped
}

// release gives memory back. The controller has stopped, and no interrupt comes any more.
func (c *controller) release() {
	c.ready.Store(false)
	for slot, d := range c.devices {
		if d != nil {
			d.free()
			c.devices[slot] = nil
		}
	}
	for _, m := range append(c.scratch, c.base, c.commands.m, c.events.m) {
		m.Free()
	}
	c.scratch = nil
}

// interrupt acknowledges an interrupt and reports whether it was the controller's. DISPATCH_LEVEL.
func (c *controller) interrupt() bool {
	if !c.ready.Load() {
		return false
	}
	if c.messages {
		return c.events.some() // the message has cleared what is pending (4.17.5)
	}
	v := c.read(opStatus)
	if v == ^uint32(0) || v&statusEvent == 0 {
		return false
	}
	c.write(opStatus, statusEvent)
	m := c.r.Read32(c.rt + rtManagement)
	c.r.Write32(c.rt+rtManagement, m|managementPending)
	return true
}

// fail gives the controller up: it is halted and kept from memory, and all transfers end with
// ErrGone. PASSIVE_LEVEL, without locks.
func (c *controller) fail(why string) {
	c.lock.Lock()
	was := c.dead
	c.dead = true
	c.lock.Unlock()
	if was {
		return
	}
	storport.Say("xHCI controller: " + why + ". Its devices are gone.")
	c.halt()
	c.cut()
	c.lock.Lock()
	for _, d := range c.devices {
		if d != nil {
			d.endAll()
		}
	}
	c.lock.Unlock()
	c.poll()
	if !c.ticked.Swap(true) {
		c.changed()
	}
}

// looksDead reports whether the controller says that it has failed, or does not say anything.
func (c *controller) looksDead() string {
	switch v := c.read(opStatus); {
	case v == ^uint32(0):
		return "it is not there any more"
	case v&statusSystem != 0:
		return "it has had an error at the bus"
	case v&statusInternal != 0:
		return "it has had an error of its own"
	}
	return ""
}
