package stornvme

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gont/io/storage"
	"gont/io/storport"
)

// Registers (3.1).
const (
	regCap        = 0x00
	regMask       = 0x0C // INTMS, by a line or MSI
	regUnmask     = 0x10
	regConfig     = 0x14
	regStatus     = 0x1C
	regAdminSizes = 0x24
	regAdminSq    = 0x28
	regAdminCq    = 0x30
	regDoorbells  = 0x1000

	configEnable = 1
	configSizes  = 6<<16 | 4<<20 // entries of 64 and 16 bytes
	statusReady  = 1
	statusFatal  = 2
)

const (
	adminSize    = 32
	mostDepth    = 128 // entries of a queue for transfers
	mostQueues   = 8
	mostUnits    = 4
	mostTags     = 64  // of all units
	mostSegments = 65  // one more than 256 KB need
	listSize     = 512 // bytes of a tag's PRP list
	adminLimit   = 5000 * storport.Millisecond
	mostReady    = 10_000 * storport.Millisecond
)

// limits: PRPs (4.3).
var limits = storport.Limits{Align: 4, Segments: mostSegments, Pages: true}

// controller is an NVMe controller.
type controller struct {
	r          storport.Registers
	length     uint32 // of r
	wait       func(limit uint64, f func() bool) bool
	processors int
	processor  func() int
	line       bool // it pulls its line

	admin    *queue
	page     *storport.Memory
	sequence uint16
	ready    atomic.Bool
	depth    int
	queues   []*queue
	messages int
	lists    *storport.Memory
	shadow   shadow
	units    []*unit
	per      int // tags of a unit

	// By the adapter's lock.
	broken bool // it has lied: nothing begins until it is reset
}

// unit is a namespace.
type unit struct {
	index     int
	namespace uint32
	u         *storport.Unit
	ids       [mostTags]uint16 // of the commands that tags have
	round     uint8
}

func newController(r storport.Registers, length uint32, wait func(uint64, func() bool) bool, processors int, processor func() int) *controller {
	return &controller{r: r, length: length, wait: wait, processors: processors, processor: processor}
}

func (c *controller) wide(at uint32) uint64 {
	return uint64(c.r.Read32(at)) | uint64(c.r.Read32(at+4))<<32
}

func (c *controller) writeWide(at uint32, v uint64) {
	c.r.Write32(at, uint32(v))
	c.r.Write32(at+4, uint32(v>>32))
}

// Start is Controller's.
func (c *controller) Start(messages int) ([]*storport.Unit, error) {
	c.messages, c.line = max(messages, 1), messages == 0
	if c.page = storport.Allocate(4096, 0); c.page == nil {
		return nil, storport.ErrNoMemory
	}
	if c.admin = newQueue(0, adminSize); c.admin == nil {
		return nil, storport.ErrNoMemory
	}
	if err := c.enable(); err != nil {
		return nil, err
	}
	b, err := c.identify(identifyController, 0)
	if err != nil {
		return nil, err
	}
	d := describe(b)
	if err := c.makeQueues(); err != nil {
		return nil, err
	}
	if err := c.createQueues(); err != nil {
		return nil, err
	}
	if d.doorbells {
		c.makeShadow()
	}
	c.useShadow()
	var units []*storport.Unit
	list := c.namespaces(d.namespaces)
	c.per = min(mostTags, c.depth-1) / max(len(list), 1)
	for _, n := range list {
		b, err := c.identify(identifyNamespace, n)
		if err != nil {
			return nil, err
		}
		sectors, size, err := format(b)
		if err != nil {
			storport.Say(fmt.Sprintf("NVMe controller, namespace %d: %v", n, err))
			continue
		}
		if sectors == 0 {
			continue
		}
		p := storage.Port{Name: d.model, Sectors: sectors, SectorSize: size, Physical: size, Requests: c.per, WriteCache: d.cache, ForceUnit: d.cache}
		if d.most != 0 {
			p.MaximumSectors = d.most / size
		}
		if p.Name == "" {
			p.Name = "NVMe disk"
		}
		x := &unit{index: len(c.units), namespace: n}
		x.u = &storport.Unit{Port: p, Data: x}
		c.units = append(c.units, x)
		units = append(units, x.u)
	}
	c.ready.Store(true)
	return units, nil
}

// enable resets the controller and brings it up with its admin queue (7.6.1).
func (c *controller) enable() error {
	v := c.wide(regCap)
	switch {
	case v == ^uint64(0):
		return storport.ErrGone
	case v>>48&15 != 0:
		return fmt.Errorf("it has pages of %d bytes and larger only", 4096<<(v>>48&15))
	case v>>37&1 == 0:
		return errors.New("it does not have the NVM command set")
	}
	limit := min((v>>24&0xFF+1)*500*storport.Millisecond, mostReady)
	c.depth = int(min(v&0xFFFF+1, mostDepth))
	stride := uint32(4) << (v >> 32 & 15)
	if err := c.disable(limit); err != nil {
		return err
	}
	c.doorbells(c.admin, stride)
	c.admin.clear()
	c.r.Write32(regAdminSizes, (adminSize-1)<<16|(adminSize-1))
	c.writeWide(regAdminSq, c.admin.sq.Address)
	c.writeWide(regAdminCq, c.admin.cq.Address)
	if c.line {
		c.r.Write32(regMask, ^uint32(0)) // until there is something to interrupt for
	}
	c.r.Write32(regConfig, configSizes|configEnable)
	state := uint32(0)
	if !c.wait(limit, func() bool { state = c.r.Read32(regStatus); return state&(statusReady|statusFatal) != 0 }) {
		return storport.ErrNoAnswer
	}
	switch {
	case state == ^uint32(0):
		return storport.ErrGone
	case state&statusFatal != 0:
		return errors.New("it reports a fatal error")
	}
	for i, q := range c.queues {
		if !c.doorbells(q, stride) {
			return fmt.Errorf("queue %d has no doorbell", i)
		}
	}
	return nil
}

// disable stops the controller: it uses no memory afterwards.
func (c *controller) disable(limit uint64) error {
	state := c.r.Read32(regStatus)
	if state == ^uint32(0) {
		return storport.ErrGone
	}
	c.r.Write32(regConfig, c.r.Read32(regConfig)&^configEnable)
	if !c.wait(limit, func() bool { state = c.r.Read32(regStatus); return state&statusReady == 0 || state == ^uint32(0) }) {
		return storport.ErrNoAnswer
	}
	if state == ^uint32(0) {
		return storport.ErrGone
	}
	return nil
}

// doorbells sets where a queue's are; false: beyond the registers.
func (c *controller) doorbells(q *queue, stride uint32) bool {
	q.submit = regDoorbells + uint32(2*q.id)*stride
	q.complete = q.submit + stride
	return q.complete+4 <= c.length
}

// makeQueues takes memory for the queues of transfers, as many as there are processors and the
// controller has.
func (c *controller) makeQueues() error {
	if c.depth < 2 {
		return fmt.Errorf("its queues have %d entries", c.depth)
	}
	n := uint32(max(1, min(c.processors, mostQueues)))
	result, err := c.ask(command{opcode: adminSetFeatures, cdw: [3]uint32{featureQueues, (n - 1) | (n-1)<<16}})
	if err != nil {
		return err
	}
	n = min(n, result&0xFFFF+1, result>>16+1)
	if c.lists = storport.Allocate(mostUnits*mostTags*listSize, 0); c.lists == nil {
		return storport.ErrNoMemory
	}
	stride := uint32(4) << (c.wide(regCap) >> 32 & 15)
	for i := range int(n) {
		q := newQueue(i+1, c.depth)
		if q == nil || !c.doorbells(q, stride) {
			q.free()
			break
		}
		c.queues = append(c.queues, q)
	}
	if len(c.queues) == 0 {
		return storport.ErrNoMemory
	}
	return nil
}

// createQueues tells the controller of them (5.3, 5.4).
func (c *controller) createQueues() error {
	const contiguous, interrupts = 1, 2
	for i, q := range c.queues {
		q.clear()
		id := uint32(q.id) | uint32(q.size-1)<<16
		vector := uint32(i % c.messages)
		if _, err := c.ask(command{opcode: adminCreateCompletion, prp1: q.cq.Address, cdw: [3]uint32{id, vector<<16 | interrupts | contiguous}}); err != nil {
			return err
		}
		if _, err := c.ask(command{opcode: adminCreateSubmission, prp1: q.sq.Address, cdw: [3]uint32{id, uint32(q.id)<<16 | contiguous}}); err != nil {
			return err
		}
	}
	if c.line {
		c.r.Write32(regUnmask, ^uint32(0))
	}
	return nil
}

// Reset is Controller's: the whole controller's.
func (c *controller) Reset(u *storport.Unit) (bool, error) {
	c.ready.Store(false)
	err := c.enable()
	if err == nil {
		n := uint32(len(c.queues) - 1)
		if _, err = c.ask(command{opcode: adminSetFeatures, cdw: [3]uint32{featureQueues, n | n<<16}}); err == nil {
			err = c.createQueues()
		}
	}
	if err == nil {
		c.useShadow()
	}
	if err == nil {
		err = c.same(u)
	}
	if err == nil {
		u.Locked(func() { c.broken = false })
		c.ready.Store(true)
	}
	return true, err
}

// same asks whether a unit is still there.
func (c *controller) same(u *storport.Unit) error {
	b, err := c.identify(identifyNamespace, u.Data.(*unit).namespace)
	if err != nil {
		return err
	}
	if sectors, size, err := format(b); err != nil || sectors != u.Port.Sectors || size != u.Port.SectorSize {
		c.ready.Store(true)
		return fmt.Errorf("%w: the namespace is another one", storport.ErrGone)
	}
	return nil
}

// Stop is Controller's.
func (c *controller) Stop() {
	c.ready.Store(false)
	if err := c.disable(mostReady); err != nil && !errors.Is(err, storport.ErrGone) {
		return // it may still write to memory
	}
	for _, q := range append(c.queues, c.admin) {
		q.free()
	}
	c.page.Free()
	c.shadow.Free()
	c.lists.Free()
}
