package viostor

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gont/io/storage"
	"gont/io/storport"
	"gont/nt"
)

// Features (5.2.3, 6).
const (
	featureSizeMax  = 1 << 1
	featureSegMax   = 1 << 2
	featureReadOnly = 1 << 5
	featureBlkSize  = 1 << 6
	featureFlush    = 1 << 9
	featureTopology = 1 << 10
	featureIndirect = 1 << 28
	featureVersion1 = 1 << 32

	wanted = featureSizeMax | featureSegMax | featureReadOnly | featureBlkSize | featureFlush | featureTopology | featureIndirect | featureVersion1
)

// Offsets of the configuration (5.2.4).
const (
	configCapacity = 0
	configSizeMax  = 8
	configSegMax   = 12
	configBlkSize  = 20
	configTopology = 24
)

// Requests and their results (5.2.6).
const (
	requestIn    = 0
	requestOut   = 1
	requestFlush = 4

	resultOk          = 0
	resultError       = 1
	resultUnsupported = 2
)

// mostSegments is how many segments a task has, one more than 256 KB need; mostTags how many
// tasks there are at a time.
const (
	mostSegments = 65
	mostTags     = 32
	resetLimit   = 1000 * storport.Millisecond
)

var limits = storport.Limits{Segments: mostSegments}

// controller is a virtio block device: one disk.
type controller struct {
	t         transport
	wait      func(limit uint64, f func() bool) bool
	features  uint64
	vector    uint16
	unit      *storport.Unit
	q         *queue
	interrupt bool // messages come, which need no acknowledgement
	ready     atomic.Bool
}

func newController(t transport, wait func(uint64, func() bool) bool) *controller {
	return &controller{t: t, wait: wait, vector: noVector}
}

// Start is Controller's.
func (c *controller) Start(messages int) ([]*storport.Unit, error) {
	c.interrupt = messages > 0
	c.t.messages(c.interrupt)
	if c.interrupt {
		c.vector = 0
	}
	if err := c.begin(); err != nil {
		return nil, err
	}
	p, l, err := c.describe()
	segments := l.Segments
	if err != nil {
		return nil, err
	}
	size := int(c.t.queueSize())
	if size == 0 || size&(size-1) != 0 {
		return nil, fmt.Errorf("its queue has %d entries", size)
	}
	if size > mostSize && !c.t.isLegacy() {
		size = mostSize
	}
	if size > 1<<12 {
		return nil, fmt.Errorf("its queue has %d entries", size)
	}
	indirect := c.features&featureIndirect != 0
	if !indirect && segments+2 > size {
		segments = size - 2
	}
	if segments < 2 {
		return nil, fmt.Errorf("it takes %d segments at a time", segments)
	}
	if c.q = newQueue(size, segments, indirect, mostTags); c.q == nil {
		return nil, storport.ErrNoMemory
	}
	p.Requests, p.MaximumSectors = c.q.tags, uint32(segments-1)*4096/p.SectorSize
	if err := c.finish(); err != nil {
		return nil, err
	}
	l.Segments = segments
	c.unit = &storport.Unit{Port: p, Limits: l}
	c.ready.Store(true)
	return []*storport.Unit{c.unit}, nil
}

// begin resets the device and agrees on features (3.1.1, steps 1 to 6).
func (c *controller) begin() error {
	c.t.setStatus(0)
	status := uint8(0)
	if !c.wait(resetLimit, func() bool { status = c.t.status(); return status == 0 || status == 0xFF }) {
		return storport.ErrNoAnswer
	}
	if status == 0xFF {
		return storport.ErrGone
	}
	c.t.setStatus(statusAcknowledge)
	c.t.setStatus(statusAcknowledge | statusDriver)
	offered := c.t.features()
	if !c.t.isLegacy() && offered&featureVersion1 == 0 {
		return errors.New("it does not offer virtio 1")
	}
	c.features = offered & wanted
	c.t.setFeatures(c.features)
	if !c.t.isLegacy() {
		c.t.setStatus(statusAcknowledge | statusDriver | statusFeaturesOk)
		if c.t.status()&statusFeaturesOk == 0 {
			return errors.New("it refuses the features that it offers")
		}
	}
	return nil
}

// finish gives the device its queue and lets it work (3.1.1, steps 7 and 8).
func (c *controller) finish() error {
	c.q.clear()
	if !c.t.setQueue(c.q, c.vector) {
		c.t.setStatus(statusFailed)
		return errors.New("it refuses its queue")
	}
	status := uint8(statusAcknowledge | statusDriver | statusDriverOk)
	if !c.t.isLegacy() {
		status |= statusFeaturesOk
	}
	c.t.setStatus(status)
	if v := c.t.status(); v == 0xFF || v&(statusFailed|statusNeedsReset) != 0 {
		return storport.ErrNoAnswer
	}
	return nil
}

// describe reads what disk it is.
func (c *controller) describe() (p storage.Port, l storport.Limits, err error) {
	has := func(f uint64) bool { return c.features&f != 0 }
	p = storage.Port{Name: "virtio disk", SectorSize: 512, ReadOnly: has(featureReadOnly), WriteCache: has(featureFlush)}
	bytes := uint64(c.t.config(configCapacity)) | uint64(c.t.config(configCapacity+4))<<32
	if bytes == 0 || bytes > 1<<54 {
		return p, l, fmt.Errorf("its size is %d sectors", bytes)
	}
	if has(featureBlkSize) {
		if p.SectorSize = c.t.config(configBlkSize); p.SectorSize < 512 || p.SectorSize > 4096 || p.SectorSize&(p.SectorSize-1) != 0 {
			return p, l, fmt.Errorf("its sectors have %d bytes", p.SectorSize)
		}
	}
	p.Sectors, p.Physical = bytes*512/uint64(p.SectorSize), p.SectorSize
	if has(featureTopology) {
		if exponent := c.t.config(configTopology) & 0xFF; exponent < 8 {
			p.Physical <<= exponent
		}
	}
	l = limits
	if has(featureSegMax) {
		if n := c.t.config(configSegMax); n > 0 {
			l.Segments = int(min(n, mostSegments))
		}
	}
	if has(featureSizeMax) {
		n := c.t.config(configSizeMax)
		if n < 4096 {
			return p, l, fmt.Errorf("its segments have at most %d bytes", n)
		}
		l.Longest = min(n, 1<<22) &^ 4095
	}
	return p, l, nil
}

// Interrupt is Controller's.
func (c *controller) Interrupt(int) bool {
	if c.interrupt {
		return c.ready.Load() && c.q.some()
	}
	v := c.t.acknowledge()
	return v != 0 && v != 0xFF
}

// Begin is Controller's.
func (c *controller) Begin(t *storport.Task) nt.Status {
	if !c.ready.Load() || c.q.broken {
		return nt.StatusIoDeviceError // until it is reset
	}
	kind, write := uint32(requestIn), false
	sector := t.Sector * uint64(t.Unit.Port.SectorSize/512)
	switch t.Function {
	case storage.Write:
		kind, write = requestOut, true
	case storage.Flush:
		if c.features&featureFlush == 0 {
			return nt.StatusSuccess // it writes through
		}
		kind, sector, write = requestFlush, 0, true
	}
	c.q.put(t.Tag, kind, sector, t.Segments, write)
	if c.q.wants() {
		c.t.notifyQueue()
	}
	return nt.StatusPending
}

// Poll is Controller's.
func (c *controller) Poll() {
	for range 2 * mostTags {
		tag, n, ok := c.q.take()
		if !ok {
			return
		}
		t := c.unit.Task(tag)
		if t == nil {
			c.q.broken = true // it has not been asked for this
			return
		}
		t.Done(c.result(t, n))
	}
}

// result is how a task has ended for which the device says that it has written n bytes.
func (c *controller) result(t *storport.Task, n uint32) nt.Status {
	switch c.q.status(t.Tag) {
	case resultOk:
		if t.Function == storage.Read && !c.t.isLegacy() && n != t.Count*t.Unit.Port.SectorSize+1 {
			return nt.StatusIoDeviceError // not all of it has come
		}
		return nt.StatusSuccess
	case resultError:
		return nt.StatusDeviceDataError
	case resultUnsupported:
		return nt.StatusInvalidDeviceRequest
	}
	return nt.StatusIoDeviceError
}

// Reset is Controller's: the device forgets its queue.
func (c *controller) Reset(*storport.Unit) (bool, error) {
	c.ready.Store(false)
	features := c.features
	err := c.begin()
	if err == nil && c.features != features {
		err = errors.New("it offers other features than before")
	}
	if err == nil {
		err = c.finish()
	}
	if err == nil {
		c.ready.Store(true)
	}
	return true, err
}

// Stop is Controller's.
func (c *controller) Stop() {
	c.ready.Store(false)
	c.t.setStatus(0)
	if c.q != nil && c.wait(resetLimit, func() bool { v := c.t.status(); return v == 0 || v == 0xFF }) {
		c.q.free() // else the device may still write there
	}
}
