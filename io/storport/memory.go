package storport

import (
	"sync/atomic"
	"unsafe"

	"gont/mm"
)

// Memory is memory that driver and device share: page frames behind each other. Its fields are
// little-endian, as this processor's.
type Memory struct {
	Bytes   []byte
	Address uint64 // physical
	first   uint32
	pages   int
}

// Allocate takes zeroed memory for n bytes below the physical address limit (0: anywhere), nil
// where there is none. PASSIVE_LEVEL.
func Allocate(n int, limit uint64) *Memory {
	pages := (n + mm.PageSize - 1) / mm.PageSize
	first, ok := mm.AllocateContiguous(pages, limit)
	if !ok {
		return nil
	}
	b := unsafe.Slice(&mm.Frame(first)[0], pages*mm.PageSize)
	return &Memory{Bytes: b, Address: uint64(first) << mm.PageShift, first: first, pages: pages}
}

// Free gives the memory back; the device does not use it any more. PASSIVE_LEVEL.
func (m *Memory) Free() {
	if m != nil && m.Bytes != nil {
		m.Bytes = nil
		mm.FreeContiguous(m.first, m.pages)
	}
}

// Clear zeroes n bytes from offset on.
func (m *Memory) Clear(offset, n int) { clear(m.Bytes[offset : offset+n]) }

// Load32 and Store32 access a field that the device writes or reads at the same time. What was
// stored before Store32 is seen by a device that sees its value.
func (m *Memory) Load32(offset int) uint32 { return atomic.LoadUint32(m.word(offset)) }

// Store32 stores a value; see Load32.
func (m *Memory) Store32(offset int, v uint32) { atomic.StoreUint32(m.word(offset), v) }

func (m *Memory) word(offset int) *uint32 {
	_ = m.Bytes[offset+3]
	return (*uint32)(unsafe.Pointer(&m.Bytes[offset]))
}

// Put16, Put32 and Put64 store fields before a device is told of them.
func (m *Memory) Put16(offset int, v uint16) {
	_ = m.Bytes[offset+1]
	*(*uint16)(unsafe.Pointer(&m.Bytes[offset])) = v
}

// Put32 is like Put16.
func (m *Memory) Put32(offset int, v uint32) { *m.word(offset) = v }

// Put64 is like Put16; the offset is a multiple of 8.
func (m *Memory) Put64(offset int, v uint64) {
	_ = m.Bytes[offset+7]
	*(*uint64)(unsafe.Pointer(&m.Bytes[offset])) = v
}
