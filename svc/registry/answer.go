package registry

import (
	"unsafe"

	"gont/nt"
	"gont/ps"
	"gont/svc"
)

// reply is where the answer of a query goes. NT's rules: a buffer too small for the fixed
// part gets nothing, STATUS_BUFFER_TOO_SMALL; one too small for the rest gets what fits,
// STATUS_BUFFER_OVERFLOW; the length that is needed is told in both cases.
type reply struct {
	thread *ps.Thread
	buffer uint64
	length uint32
	needed uint64 // *ULONG; must be there
}

// put stores an answer whose fixed part has minimum bytes: head, which is all that comes
// before the data, and data behind it at offset; size is the data's length, of which some
// are in data, as many as there is room for in the buffer.
func (r *reply) put(minimum int, head []byte, offset int, data []byte, size uint32) nt.Status {
	total := uint64(len(head))
	if size > 0 {
		total = uint64(offset) + uint64(size)
	}
	need := uint32(min(total, 1<<32-1))
	if s := svc.Put(r.thread, r.needed, &need); !s.OK() {
		return s
	}
	if r.length < uint32(minimum) {
		return nt.StatusBufferTooSmall
	}
	if s := r.copy(0, head); !s.OK() {
		return s
	}
	if s := r.copy(offset, data); !s.OK() {
		return s
	}
	if uint64(r.length) < total {
		return nt.StatusBufferOverflow
	}
	return nt.StatusSuccess
}

// copy stores bytes at an offset of the buffer, as many as fit.
func (r *reply) copy(offset int, b []byte) nt.Status {
	if uint64(offset) >= uint64(r.length) {
		return nt.StatusSuccess
	}
	n := min(uint64(len(b)), uint64(r.length)-uint64(offset))
	return svc.CopyTo(r.thread, r.buffer+uint64(offset), unsafe.Pointer(unsafe.SliceData(b)), n)
}

// bytesOf is the memory of UTF-16 units.
func bytesOf(u []uint16) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(u))), 2*len(u))
}
