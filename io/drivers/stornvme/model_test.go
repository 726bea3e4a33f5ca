package stornvme

import (
	"bytes"
	"encoding/binary"

	"gont/io/storport"
)

// model is an NVMe controller with namespaces; it misbehaves as it is told.
type model struct {
	regs   [0x40 / 4]uint32
	spaces []*space
	queues [16]struct {
		sq, cq             uint64
		size, head, tail   int
		cqTail, cqHead     int
		phase              uint16
		created, submitted bool
		vector             uint32
	}
	granted  uint32 // queues, less one
	mdts     uint8
	cache    bool
	manual   bool
	gone     bool
	stuck    bool // CSTS.RDY does not change
	deaf     bool // admin commands are not answered
	masked   bool
	noList   bool
	fail     func(opcode uint8, lba uint64) uint16 // status
	lie      func(c *completion)
	double   bool // completions come twice
	flushes  int
	fua      int
	enables  int
	used     [16]int // commands by queue
	features uint32

	buffers         bool   // it knows doorbells in memory
	refuses         bool   // but does not take them
	shadow, wishes  uint64 // where they are, 0: nowhere
	rings, admitted int    // doorbell registers of queues of transfers that were written; buffers that were taken
}

type space struct {
	data []byte
	lbads,
	meta uint8
}

func newModel(spaces ...*space) *model {
	m := &model{spaces: spaces, granted: 63, mdts: 5, cache: true}
	m.regs[regCap/4] = 255 | 1<<16 | 2<<24
	m.regs[regCap/4+1] = 1 << 5
	return m
}

func newSpace(size int, lbads uint8) *space {
	s := &space{data: make([]byte, size), lbads: lbads}
	for i := range s.data {
		s.data[i] = byte(i*11 + i>>9)
	}
	return s
}

func (m *model) Read8(uint32) uint8     { panic("8 bits") }
func (m *model) Read16(uint32) uint16   { panic("16 bits") }
func (m *model) Write8(uint32, uint8)   { panic("8 bits") }
func (m *model) Write16(uint32, uint16) { panic("16 bits") }
func (m *model) Read32(o uint32) uint32 {
	if m.gone {
		return ^uint32(0)
	}
	return m.regs[o/4]
}

func (m *model) Write32(o, v uint32) {
	if m.gone {
		return
	}
	switch {
	case o == regConfig:
		was := m.regs[o/4]
		m.regs[o/4] = v
		if m.stuck {
			return
		}
		if v&configEnable == 0 {
			clear(m.queues[:])
			m.shadow, m.wishes = 0, 0
			m.regs[regStatus/4] = 0
		} else if was&configEnable == 0 {
			m.enables++
			a := &m.queues[0]
			a.sq, a.cq = m.wide(regAdminSq), m.wide(regAdminCq)
			a.size, a.phase, a.created, a.submitted = int(m.regs[regAdminSizes/4]&0xFFF)+1, 1, true, true
			m.regs[regStatus/4] = statusReady
		}
	case o == regMask:
		m.masked = true
	case o == regUnmask:
		m.masked = false
	case o >= regDoorbells:
		n := o - regDoorbells
		q := &m.queues[n/8]
		if !q.created || int(v) >= q.size {
			panic("a doorbell of no queue, or beyond it")
		}
		if n/8 != 0 {
			m.rings++
		}
		if n/4%2 == 1 {
			q.cqHead = int(v)
			return
		}
		q.tail = int(v)
		if n/8 == 0 && !m.deaf || n/8 != 0 && !m.manual {
			m.serve(int(n/8), 1<<16)
		}
	default:
		m.regs[o/4] = v
	}
}

func (m *model) wide(o int) uint64 { return uint64(m.regs[o/4]) | uint64(m.regs[o/4+1])<<32 }

// pulls reports whether the line is pulled.
func (m *model) pulls() bool {
	for i := range m.queues {
		if q := &m.queues[i]; i > 0 && q.created && q.cqTail != q.cqHead && !m.masked {
			return true
		}
	}
	return false
}

// serve does up to most commands of a queue.
func (m *model) serve(n, most int) {
	if m.shadow != 0 && n > 0 && m.queues[n].created {
		// What is in memory counts; the register is to be written for the first command after these.
		m.queues[n].tail, m.queues[n].cqHead = int(m.word(m.shadow+uint64(8*n))), int(m.word(m.shadow+uint64(8*n+4)))
		b := make([]byte, 4)
		binary.LittleEndian.PutUint32(b, uint32(m.queues[n].tail))
		storport.CopyPhysical(m.wishes+uint64(8*n), b, true)
	}
	for q := &m.queues[n]; most > 0 && q.head != q.tail && q.submitted; most-- {
		e := make([]byte, commandSize)
		if !storport.CopyPhysical(q.sq+uint64(q.head*commandSize), e, false) {
			panic("a queue is nowhere")
		}
		q.head = (q.head + 1) % q.size
		m.used[n]++
		c := completion{id: binary.LittleEndian.Uint16(e[2:]), queue: uint16(n)}
		c.result, c.status = m.do(n, e)
		if m.lie != nil && n > 0 {
			m.lie(&c)
		}
		m.post(n, &c)
		if m.double && n > 0 {
			m.post(n, &c)
		}
	}
}

// word reads memory.
func (m *model) word(pa uint64) uint32 {
	b := make([]byte, 4)
	storport.CopyPhysical(pa, b, false)
	return binary.LittleEndian.Uint32(b)
}

func (m *model) post(n int, c *completion) {
	q := &m.queues[n]
	b := make([]byte, completionSize)
	binary.LittleEndian.PutUint32(b, c.result)
	binary.LittleEndian.PutUint16(b[8:], uint16(q.head))
	binary.LittleEndian.PutUint16(b[10:], c.queue)
	binary.LittleEndian.PutUint16(b[12:], c.id)
	binary.LittleEndian.PutUint16(b[14:], c.status<<1|q.phase)
	storport.CopyPhysical(q.cq+uint64(q.cqTail*completionSize), b, true)
	if q.cqTail++; q.cqTail == q.size {
		q.cqTail = 0
		q.phase ^= 1
	}
}

func (m *model) do(n int, e []byte) (result uint32, status uint16) {
	le := binary.LittleEndian
	nsid, prp1, prp2 := le.Uint32(e[4:]), le.Uint64(e[24:]), le.Uint64(e[32:])
	dw10, dw11, dw12 := le.Uint32(e[40:]), le.Uint32(e[44:]), le.Uint32(e[48:])
	if n == 0 {
		return m.admin(e[0], nsid, prp1, prp2, dw10, dw11)
	}
	if nsid == 0 || int(nsid) > len(m.spaces) {
		return 0, 0x0B
	}
	s := m.spaces[nsid-1]
	lba := uint64(dw10) | uint64(dw11)<<32
	if m.fail != nil {
		if st := m.fail(e[0], lba); st != 0 {
			return 0, st
		}
	}
	if e[0] == opFlush {
		m.flushes++
		return 0, 0
	}
	at, size := lba<<s.lbads, uint64(dw12&0xFFFF+1)<<s.lbads
	if at+size > uint64(len(s.data)) {
		return 0, 0x80
	}
	if m.mdts != 0 && size > 4096<<m.mdts {
		panic("more than the controller takes at a time")
	}
	if dw12&forceUnit != 0 {
		m.fua++
	}
	p := s.data[at : at+size]
	m.piece(&p, prp1, e[0] == opRead)
	if len(p) > 4096 {
		for list := prp2; len(p) > 0; list += 8 {
			b := make([]byte, 8)
			storport.CopyPhysical(list, b, false)
			if le.Uint64(b)%4096 != 0 {
				panic("a page of a list begins in its middle")
			}
			m.piece(&p, le.Uint64(b), e[0] == opRead)
		}
	} else if len(p) > 0 {
		if prp2%4096 != 0 {
			panic("the second page begins in its middle")
		}
		m.piece(&p, prp2, e[0] == opRead)
	}
	return 0, 0
}

// piece moves what lies in a page.
func (m *model) piece(p *[]byte, pa uint64, toMemory bool) {
	n := min(len(*p), int(4096-pa%4096))
	b := (*p)[:n]
	if !toMemory {
		b = bytes.Clone(b)
	}
	if pa%4 != 0 || !storport.CopyPhysical(pa, b, toMemory) {
		panic("memory that there is not")
	}
	copy((*p)[:n], b)
	*p = (*p)[n:]
}

func (m *model) admin(opcode uint8, nsid uint32, prp1, prp2 uint64, dw10, dw11 uint32) (uint32, uint16) {
	le := binary.LittleEndian
	b := make([]byte, 4096)
	switch opcode {
	case adminIdentify:
		switch dw10 {
		case identifyController:
			copy(b[4:], "S1                  A model  ")
			b[77] = m.mdts
			le.PutUint32(b[516:], uint32(len(m.spaces)))
			if m.cache {
				b[525] = 1
			}
			if m.buffers {
				b[257] = 1
			}
		case identifyActive:
			if m.noList {
				return 0, 2
			}
			for i := range m.spaces {
				le.PutUint32(b[4*i:], uint32(i+1))
			}
		case identifyNamespace:
			if nsid == 0 || int(nsid) > len(m.spaces) {
				return 0, 0x0B
			}
			s := m.spaces[nsid-1]
			le.PutUint64(b, uint64(len(s.data))>>s.lbads)
			b[26] = 1
			le.PutUint32(b[132:], uint32(s.meta)|uint32(s.lbads)<<16)
		}
		storport.CopyPhysical(prp1, b, true)
		return 0, 0
	case adminDoorbellBuffers:
		if !m.buffers || m.refuses {
			return 0, 2
		}
		m.shadow, m.wishes = prp1, prp2
		m.admitted++
		return 0, 0
	case adminSetFeatures:
		m.features = min(dw11&0xFFFF, m.granted)
		return m.features | m.features<<16, 0
	case adminCreateCompletion, adminCreateSubmission:
		q := &m.queues[dw10&0xFFFF]
		if dw10&0xFFFF > m.features+1 || dw10&0xFFFF == 0 {
			return 0, 0x101
		}
		if opcode == adminCreateCompletion {
			q.cq, q.size, q.phase, q.created, q.vector = prp1, int(dw10>>16)+1, 1, true, dw11>>16
		} else {
			q.sq, q.submitted = prp1, q.created
		}
		return 0, 0
	}
	return 0, 1
}
