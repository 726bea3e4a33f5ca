package lz4

import "unsafe"

// Room that fast leaves at the ends of its slices, so that it may copy in
// pieces of 8 and 16 bytes without looking.
const (
	inputRoom  = 32
	outputRoom = 64
)

// fast unpacks the common sequences, of at most 14 literals and a match that
// is not too near or too long, and stops, at the beginning of a sequence, where
// the next is not one of these or an end is near. It is the inner loop of a
// boot: it goes without bounds checks because of the room at both ends.
func fast(dst []byte, at int, src []byte, i int) (int, int) {
	if len(src) < inputRoom || len(dst) < outputRoom {
		return i, at
	}
	s, d := unsafe.Pointer(&src[0]), unsafe.Pointer(&dst[0])
	inputEnd, outputEnd := len(src)-inputRoom, len(dst)-outputRoom
	for i <= inputEnd && at <= outputEnd {
		token := *(*byte)(unsafe.Add(s, i))
		literals, match := int(token>>4), int(token&15)
		if literals == 15 || match == 15 {
			break
		}
		*(*[16]byte)(unsafe.Add(d, at)) = *(*[16]byte)(unsafe.Add(s, i+1))
		offset := int(*(*uint16)(unsafe.Add(s, i+1+literals)))
		to := at + literals
		if offset < 8 || offset > to {
			break
		}
		// Eight bytes at a time is right for any distance of eight or more.
		p, q := unsafe.Add(d, to), unsafe.Add(d, to-offset)
		*(*uint64)(p) = *(*uint64)(q)
		*(*uint64)(unsafe.Add(p, 8)) = *(*uint64)(unsafe.Add(q, 8))
		*(*uint64)(unsafe.Add(p, 16)) = *(*uint64)(unsafe.Add(q, 16))
		at = to + match + 4
		i += literals + 3
	}
	return i, at
}

// load32 is the i-th 32-bit word of b, which has it.
func load32(b []byte, i int) uint32 {
	return *(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), 4*i))
}
