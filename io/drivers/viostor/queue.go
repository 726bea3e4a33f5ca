package viostor

import (
	"sync/atomic"

	"gont/io/storport"
)

// Descriptors (2.6.5): 16 bytes, address, length, flags, next.
const (
	descriptorSize = 16
	flagNext       = 1
	flagWrite      = 2 // by the device
	flagIndirect   = 4
	noNotify       = 1 // of the used ring's flags (2.6.8)

	mostSize = 256 // of the queue
)

// queue is a split virtqueue (2.6) in memory of its own. Every tag has fixed descriptors: with
// indirect ones a table of its own and one in the ring, else perTag of the ring. Preconditions
// of all methods: the adapter's lock, or nobody else.
type queue struct {
	m                            *storport.Memory
	size                         int
	descriptors, available, used uint64 // offsets in m
	indirect                     bool
	perTag                       int // descriptors of a tag
	tags                         int
	areas                        *storport.Memory // a tag's: header, status, table

	next   uint16        // index of the available ring
	seen   atomic.Uint32 // of the used ring, 16 bits; an interrupt looks at it
	broken bool          // the device has lied
}

// Offsets in a tag's area.
const (
	areaHeader = 0
	areaStatus = 16
	areaTable  = 32
)

func (q *queue) areaSize() int { return (areaTable + q.perTag*descriptorSize + 127) &^ 127 }

// newQueue makes a queue of size descriptors, for tasks of up to segments segments; nil where
// there is no memory, or the device's queue is too short for one task.
func newQueue(size, segments int, indirect bool, most int) *queue {
	q := &queue{size: size, indirect: indirect, perTag: segments + 2}
	if indirect {
		q.tags = min(size, most)
	} else {
		q.tags = min(size/q.perTag, most)
	}
	if q.tags < 1 {
		return nil
	}
	// The legacy layout (2.6.2), which is good for both: the used ring at a page of its own.
	q.available = uint64(size * descriptorSize)
	q.used = (q.available + uint64(6+2*size) + 4095) &^ 4095
	q.m = storport.Allocate(int(q.used)+6+8*size, 1<<44)
	q.areas = storport.Allocate(q.tags*q.areaSize(), 0)
	if q.m == nil || q.areas == nil {
		q.free()
		return nil
	}
	return q
}

func (q *queue) free() {
	q.m.Free()
	q.areas.Free()
}

// clear brings the queue to where a device that has been reset begins.
func (q *queue) clear() {
	q.m.Clear(0, len(q.m.Bytes))
	q.next, q.broken = 0, false
	q.seen.Store(0)
}

// put makes the descriptors of a tag: header, data, status.
func (q *queue) put(tag int, kind uint32, sector uint64, data []storport.Segment, write bool) {
	area := tag * q.areaSize()
	a := q.areas
	a.Put32(area, kind)
	a.Put32(area+4, 0)
	a.Put64(area+8, sector)
	a.Put32(area+areaStatus, 0xFF)
	m, at, number := a, area+areaTable, 0
	if !q.indirect {
		m, number = q.m, tag*q.perTag
		at = int(q.descriptors) + number*descriptorSize
	}
	one := func(address uint64, n uint32, flags uint16) {
		m.Put64(at, address)
		m.Put32(at+8, n)
		m.Put16(at+12, flags)
		number++
		m.Put16(at+14, 0)
		if flags&flagNext != 0 {
			m.Put16(at+14, uint16(number))
		}
		at += descriptorSize
	}
	one(a.Address+uint64(area), 16, flagNext)
	flags := uint16(flagNext)
	if !write {
		flags |= flagWrite
	}
	for _, s := range data {
		one(s.Address, s.Length, flags)
	}
	one(a.Address+uint64(area+areaStatus), 1, flagWrite)
	head := tag * q.perTag
	if q.indirect {
		head = tag
		d := int(q.descriptors) + tag*descriptorSize
		q.m.Put64(d, a.Address+uint64(area+areaTable))
		q.m.Put32(d+8, uint32((len(data)+2)*descriptorSize))
		q.m.Put16(d+12, flagIndirect)
		q.m.Put16(d+14, 0)
	}
	q.m.Put16(int(q.available)+4+2*(int(q.next)%q.size), uint16(head))
	q.next++
	q.m.Store32(int(q.available), uint32(q.next)<<16) // flags 0, index
}

// wants reports whether the device wants to be notified.
func (q *queue) wants() bool { return q.m.Load32(int(q.used))&noNotify == 0 }

// index is the device's index of the used ring.
func (q *queue) index() uint16 { return uint16(q.m.Load32(int(q.used)) >> 16) }

// some reports whether the device has used something. Any level, no lock.
func (q *queue) some() bool { return q.index() != uint16(q.seen.Load()) }

// take returns the tag of what the device has used next, and how many bytes it says it has
// written; ok is false when there is nothing, or the device has lied: then the queue is broken.
func (q *queue) take() (tag int, n uint32, ok bool) {
	index, seen := q.index(), uint16(q.seen.Load())
	if q.broken || index == seen {
		return 0, 0, false
	}
	if int(index-seen) > q.tags {
		q.broken = true // more than it has been given
		return 0, 0, false
	}
	e := int(q.used) + 4 + 8*(int(seen)%q.size)
	id := q.m.Load32(e)
	n = q.m.Load32(e + 4)
	q.seen.Store(uint32(seen + 1))
	if !q.indirect {
		if id%uint32(q.perTag) != 0 {
			q.broken = true
			return 0, 0, false
		}
		id /= uint32(q.perTag)
	}
	if id >= uint32(q.tags) {
		q.broken = true
		return 0, 0, false
	}
	return int(id), n, true
}

// status is the byte that the device has written for a tag.
func (q *queue) status(tag int) uint8 { return uint8(q.areas.Load32(tag*q.areaSize() + areaStatus)) }
