package viostor

import "gont/io/storport"

// Bits of the device's status (2.1).
const (
	statusAcknowledge = 1
	statusDriver      = 2
	statusDriverOk    = 4
	statusFeaturesOk  = 8
	statusNeedsReset  = 0x40
	statusFailed      = 0x80
)

// noVector means that no message is sent (4.1.4.3).
const noVector = 0xFFFF

// transport is how a driver talks to a virtio device at PCI.
type transport interface {
	status() uint8
	setStatus(uint8)
	features() uint64
	setFeatures(uint64)
	// queueSize is the size of queue 0, a power of two; 0: there is none.
	queueSize() uint16
	// setQueue tells the device where queue 0 is; vector is noVector or 0.
	setQueue(q *queue, vector uint16) bool
	notifyQueue()
	// acknowledge reads and clears the interrupt's status.
	acknowledge() uint8
	config(offset uint32) uint32
	// messages says that the device sends messages: legacy registers move (4.1.4.8).
	messages(on bool)
	// isLegacy: the queue's parts lie behind each other, and lengths are not to be believed.
	isLegacy() bool
}

// modern is the interface of virtio 1 (4.1.4.3).
type modern struct {
	common, notify, isr, device storport.Registers
	multiplier                  uint32
	notifyLength, deviceLength  uint32
	notifyAt                    uint32
}

// Offsets of the common configuration.
const (
	commonFeatureSelect = 0
	commonFeature       = 4
	commonDriverSelect  = 8
	commonDriver        = 12
	commonConfigVector  = 16
	commonStatus        = 20
	commonQueueSelect   = 22
	commonQueueSize     = 24
	commonQueueVector   = 26
	commonQueueEnable   = 28
	commonQueueNotify   = 30
	commonQueueDesc     = 32
	commonQueueDriver   = 40
	commonQueueDevice   = 48
)

func (m *modern) status() uint8     { return m.common.Read8(commonStatus) }
func (m *modern) setStatus(v uint8) { m.common.Write8(commonStatus, v) }

func (m *modern) features() uint64 {
	m.common.Write32(commonFeatureSelect, 0)
	v := uint64(m.common.Read32(commonFeature))
	m.common.Write32(commonFeatureSelect, 1)
	return v | uint64(m.common.Read32(commonFeature))<<32
}

func (m *modern) setFeatures(v uint64) {
	m.common.Write32(commonDriverSelect, 0)
	m.common.Write32(commonDriver, uint32(v))
	m.common.Write32(commonDriverSelect, 1)
	m.common.Write32(commonDriver, uint32(v>>32))
}

func (m *modern) queueSize() uint16 {
	m.common.Write16(commonQueueSelect, 0)
	return m.common.Read16(commonQueueSize)
}

func (m *modern) setQueue(q *queue, vector uint16) bool {
	c := m.common
	c.Write16(commonConfigVector, noVector)
	c.Write16(commonQueueSelect, 0)
	c.Write16(commonQueueSize, uint16(q.size))
	c.Write16(commonQueueVector, vector)
	if c.Read16(commonQueueVector) != vector {
		return false
	}
	for _, p := range []struct {
		at uint32
		v  uint64
	}{{commonQueueDesc, q.m.Address + q.descriptors}, {commonQueueDriver, q.m.Address + q.available}, {commonQueueDevice, q.m.Address + q.used}} {
		c.Write32(p.at, uint32(p.v))
		c.Write32(p.at+4, uint32(p.v>>32))
	}
	at := uint64(c.Read16(commonQueueNotify)) * uint64(m.multiplier)
	if at+2 > uint64(m.notifyLength) {
		return false
	}
	m.notifyAt = uint32(at)
	c.Write16(commonQueueEnable, 1)
	return true
}

func (m *modern) notifyQueue()       { m.notify.Write16(m.notifyAt, 0) }
func (m *modern) acknowledge() uint8 { return m.isr.Read8(0) }
func (m *modern) messages(bool)      {}
func (m *modern) isLegacy() bool     { return false }

func (m *modern) config(o uint32) uint32 {
	if o+4 > m.deviceLength {
		return 0
	}
	return m.device.Read32(o)
}

// legacy is the interface at I/O ports of base address register 0 (4.1.4.8).
type legacy struct {
	r          storport.Registers
	configBase uint32
}

const (
	legacyFeatures      = 0
	legacyDriver        = 4
	legacyQueueAddress  = 8
	legacyQueueSize     = 12
	legacyQueueSelect   = 14
	legacyNotify        = 16
	legacyStatus        = 18
	legacyIsr           = 19
	legacyConfigVector  = 20 // with messages only
	legacyQueueVector   = 22
	legacyConfig        = 20
	legacyConfigMessage = 24
)

func (l *legacy) status() uint8        { return l.r.Read8(legacyStatus) }
func (l *legacy) setStatus(v uint8)    { l.r.Write8(legacyStatus, v) }
func (l *legacy) features() uint64     { return uint64(l.r.Read32(legacyFeatures)) }
func (l *legacy) setFeatures(v uint64) { l.r.Write32(legacyDriver, uint32(v)) }
func (l *legacy) notifyQueue()         { l.r.Write16(legacyNotify, 0) }
func (l *legacy) acknowledge() uint8   { return l.r.Read8(legacyIsr) }
func (l *legacy) isLegacy() bool       { return true }

func (l *legacy) queueSize() uint16 {
	l.r.Write16(legacyQueueSelect, 0)
	return l.r.Read16(legacyQueueSize)
}

func (l *legacy) messages(on bool) {
	l.configBase = legacyConfig
	if on {
		l.configBase = legacyConfigMessage
	}
}

func (l *legacy) setQueue(q *queue, vector uint16) bool {
	l.r.Write16(legacyQueueSelect, 0)
	if l.configBase == legacyConfigMessage {
		l.r.Write16(legacyConfigVector, noVector)
		l.r.Write16(legacyQueueVector, vector)
		if l.r.Read16(legacyQueueVector) != vector {
			return false
		}
	}
	l.r.Write32(legacyQueueAddress, uint32(q.m.Address>>12))
	return true
}

func (l *legacy) config(o uint32) uint32 { return l.r.Read32(l.configBase + o) }
