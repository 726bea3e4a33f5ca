package stornvme

import (
	"sync/atomic"

	"gont/io/storport"
)

const (
	commandSize    = 64
	completionSize = 16
)

// queue is a submission queue with its completion queue (4.1). The adapter's lock guards it, but
// for head, which an interrupt looks at; the admin queue is used by who starts or resets.
type queue struct {
	id       int
	size     int // entries of each
	sq, cq   *storport.Memory
	submit   uint32 // the doorbells
	complete uint32
	tail     int
	head     atomic.Uint32 // index, and in bit 16 the phase that is new
}

const phaseBit = 1 << 16

// newQueue takes memory for a queue, nil where there is none.
func newQueue(id, size int) *queue {
	q := &queue{id: id, size: size, sq: storport.Allocate(size*commandSize, 0), cq: storport.Allocate(size*completionSize, 0)}
	if q.sq == nil || q.cq == nil {
		q.free()
		return nil
	}
	return q
}

func (q *queue) free() {
	if q != nil {
		q.sq.Free()
		q.cq.Free()
	}
}

// clear brings the queue to where a controller that has been reset begins.
func (q *queue) clear() {
	q.sq.Clear(0, q.size*commandSize)
	q.cq.Clear(0, q.size*completionSize)
	q.tail = 0
	q.head.Store(phaseBit)
}

// command is a submission queue entry (4.2), as far as it is used.
type command struct {
	opcode     uint8
	id         uint16
	namespace  uint32
	prp1, prp2 uint64
	cdw        [3]uint32 // 10, 11, 12
}

// put writes a command at the tail. Preconditions: there are fewer commands than entries.
func (q *queue) put(c *command) {
	at := q.tail * commandSize
	m := q.sq
	m.Clear(at, commandSize)
	m.Put32(at, uint32(c.opcode)|uint32(c.id)<<16)
	m.Put32(at+4, c.namespace)
	m.Put64(at+24, c.prp1)
	m.Put64(at+32, c.prp2)
	for i, v := range c.cdw {
		m.Store32(at+40+4*i, v)
	}
	q.tail = (q.tail + 1) % q.size
}

// completion is what the controller says of a command (4.6).
type completion struct {
	result uint32
	id     uint16
	status uint16 // the status field: code 7:0, type 10:8, do not retry 14
	queue  uint16
}

// some reports whether a completion is there. Any level, no lock.
func (q *queue) some() bool {
	h := q.head.Load()
	return q.phase(h) == h&phaseBit
}

// phase is the phase of the entry at a head, in phaseBit's place.
func (q *queue) phase(h uint32) uint32 {
	return q.cq.Load32(int(h&(phaseBit-1))*completionSize+12) & phaseBit
}

// take returns the next completion.
func (q *queue) take() (c completion, ok bool) {
	h := q.head.Load()
	if q.phase(h) != h&phaseBit {
		return c, false
	}
	at := int(h&(phaseBit-1)) * completionSize
	last := q.cq.Load32(at + 12)
	c = completion{result: q.cq.Load32(at), id: uint16(last), status: uint16(last >> 17), queue: uint16(q.cq.Load32(at+8) >> 16)}
	n := h&(phaseBit-1) + 1
	if int(n) == q.size {
		n = 0
		h ^= phaseBit
	}
	q.head.Store(h&phaseBit | n)
	return c, true
}

// index is the head without its phase, for the doorbell.
func (q *queue) index() uint32 { return q.head.Load() & (phaseBit - 1) }
