package viostor

import (
	"bytes"
	"encoding/binary"

	"gont/io/storport"
)

// model is a virtio block device with memory of its own; it misbehaves as it is told.
type model struct {
	legacyLayout     bool
	data             []byte
	offered, agreed  uint64
	state            uint8
	size             uint16
	blkSize          uint32
	segMax           uint32
	desc, avail, use uint64 // the queue's parts
	vector           uint16
	enabled          bool
	seen, used       uint16
	interrupts       int
	isr              uint8
	manual           bool // notifications do nothing: the test calls serve
	gone             bool
	stuck            bool // a reset does not end
	touched          int  // reads and writes of memory

	// lie changes what the device answers: the used ring's id and length, and the status.
	lie     func(id, n uint32, status *uint8) (uint32, uint32)
	jump    uint16 // added to the used index
	kinds   []uint32
	flushes int
}

func newModel(size int) *model {
	m := &model{data: make([]byte, size), size: 256, blkSize: 512, offered: featureVersion1 | featureFlush | featureIndirect | featureSegMax | featureBlkSize, segMax: 126}
	for i := range m.data {
		m.data[i] = byte(i*7 + i>>9)
	}
	return m
}

// model is a transport.
func (m *model) status() uint8 {
	if m.gone {
		return 0xFF
	}
	return m.state
}
func (m *model) setStatus(v uint8) {
	if m.gone || m.stuck {
		return
	}
	if m.state = v; v == 0 {
		m.enabled, m.seen, m.used = false, 0, 0
	}
}
func (m *model) features() uint64     { return m.offered }
func (m *model) setFeatures(v uint64) { m.agreed = v }
func (m *model) queueSize() uint16    { return m.size }
func (m *model) messages(bool)        {}
func (m *model) isLegacy() bool       { return m.legacyLayout }
func (m *model) setQueue(q *queue, vector uint16) bool {
	m.desc, m.avail, m.use = q.m.Address+q.descriptors, q.m.Address+q.available, q.m.Address+q.used
	m.size, m.vector, m.enabled = uint16(q.size), vector, true
	return true
}
func (m *model) acknowledge() uint8 {
	if m.gone {
		return 0xFF
	}
	v := m.isr
	m.isr = 0
	return v
}
func (m *model) config(o uint32) uint32 {
	b := make([]byte, 64)
	binary.LittleEndian.PutUint64(b, uint64(len(m.data)/512))
	binary.LittleEndian.PutUint32(b[configSegMax:], m.segMax)
	binary.LittleEndian.PutUint32(b[configBlkSize:], m.blkSize)
	return binary.LittleEndian.Uint32(b[o:])
}
func (m *model) notifyQueue() {
	if !m.manual {
		m.serve(1 << 16)
	}
}

func (m *model) memory(pa uint64, b []byte, write bool) {
	m.touched++
	if !storport.CopyPhysical(pa, b, write) {
		panic("the device was told of memory that there is not")
	}
}

func (m *model) get(pa uint64, n int) uint64 {
	b := make([]byte, 8)
	m.memory(pa, b[:n], false)
	return binary.LittleEndian.Uint64(b)
}

type descriptor struct {
	address uint64
	n       uint32
	write   bool
}

// chain reads a request's descriptors.
func (m *model) chain(id uint16) (list []descriptor) {
	table, limit := m.desc, int(m.size)
	d := m.desc + 16*uint64(id)
	if m.get(d+12, 2)&flagIndirect != 0 {
		if m.agreed&featureIndirect == 0 {
			panic("indirect descriptors were not agreed on")
		}
		table, limit = m.get(d, 8), int(m.get(d+8, 4)/16)
		d = table
	}
	for {
		flags := m.get(d+12, 2)
		list = append(list, descriptor{m.get(d, 8), uint32(m.get(d+8, 4)), flags&flagWrite != 0})
		if flags&flagNext == 0 {
			return list
		}
		if next := m.get(d+14, 2); int(next) < limit && len(list) < limit {
			d = table + 16*next
		} else {
			panic("a chain leaves its table")
		}
	}
}

// serve does up to most requests.
func (m *model) serve(most int) {
	for ; most > 0 && m.enabled && !m.gone && m.seen != uint16(m.get(m.avail+2, 2)); most-- {
		id := uint16(m.get(m.avail+4+2*uint64(m.seen%m.size), 2))
		m.seen++
		n, status := m.do(m.chain(id))
		out, length := uint32(id), n
		if m.lie != nil {
			out, length = m.lie(out, n, &status)
		}
		list := m.chain(id)
		m.memory(list[len(list)-1].address, []byte{status}, true)
		e := make([]byte, 8)
		binary.LittleEndian.PutUint32(e, out)
		binary.LittleEndian.PutUint32(e[4:], length)
		m.memory(m.use+4+8*uint64(m.used%m.size), e, true)
		m.used++
		binary.LittleEndian.PutUint16(e, m.used+m.jump)
		m.memory(m.use+2, e[:2], true)
		m.isr = 1
		m.interrupts++
	}
}

// do does a request and returns how many bytes were written to memory.
func (m *model) do(list []descriptor) (n uint32, status uint8) {
	head := make([]byte, 16)
	if list[0].n != 16 || list[0].write {
		panic("the header is none")
	}
	m.memory(list[0].address, head, false)
	kind, sector := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint64(head[8:])
	m.kinds = append(m.kinds, kind)
	at := sector * 512
	for _, d := range list[1 : len(list)-1] {
		if at+uint64(d.n) > uint64(len(m.data)) {
			return 1, resultError
		}
		b := m.data[at : at+uint64(d.n)]
		switch kind {
		case requestIn:
			if !d.write {
				panic("data to be read are not to be written")
			}
			m.memory(d.address, b, true)
			n += d.n
		case requestOut:
			c := bytes.Clone(b)
			m.memory(d.address, c, false)
			copy(b, c)
		}
		at += uint64(d.n)
	}
	if kind == requestFlush {
		m.flushes++
	}
	return n + 1, resultOk
}
