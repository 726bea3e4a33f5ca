package stornvme

import "gont/io/storport"

// Doorbells in memory (Doorbell Buffer Config, NVMe 1.3, 5.7 and 7.13). A write to a doorbell register of an emulated
// controller leaves the guest, which takes longer than the request's way through this driver. Such a controller
// takes two pages: in the first the driver writes what it would write to the registers, in the second the controller writes
// for which of these values it wants the register written, too: when it has nothing to do and does not look.

// shadow are the two pages, each laid out as the registers are from regDoorbells on.
type shadow struct {
	*storport.Memory
	active bool
}

const shadowPage = 4096

// makeShadow takes memory for them where the controller knows them and all doorbells fit.
func (c *controller) makeShadow() {
	last := c.queues[len(c.queues)-1]
	if last.complete+4-regDoorbells <= shadowPage {
		c.shadow.Memory = storport.Allocate(2*shadowPage, 0)
	}
}

// useShadow tells the controller of them, after each reset. Preconditions: no request is under way.
func (c *controller) useShadow() {
	m := c.shadow.Memory
	c.shadow.active = false
	if m == nil {
		return
	}
	m.Clear(0, 2*shadowPage)
	_, err := c.ask(command{opcode: adminDoorbellBuffers, prp1: m.Address, prp2: m.Address + shadowPage})
	c.shadow.active = err == nil
}

// ring writes a doorbell of a queue of transfers. Preconditions: the adapter's lock is held.
func (c *controller) ring(register, v uint32) {
	if !c.shadow.active {
		c.r.Write32(register, v)
		return
	}
	m, at := c.shadow.Memory, int(register-regDoorbells)
	old := m.Load32(at)
	m.Store32(at, v) // is seen before the controller's wish is read
	if wish := m.Load32(shadowPage + at); uint16(v-wish-1) < uint16(v-old) {
		c.r.Write32(register, v)
	}
}
