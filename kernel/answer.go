//go:build kernel

package main

import (
	"unicode/utf16"
	"unsafe"

	"gont/hal"
	"gont/nt"
	"gont/ps"
)

// reply is where a service that is asked for information puts the answer: the
// caller's buffer, its length in bytes, and where the answer's length goes (0:
// nowhere).
type reply struct {
	thread   *ps.Thread
	buffer   uint64
	length   uint32
	returned uint64
}

// objectReply is the reply of NtQueryX(handle, class, buffer, length,
// *returned).
func objectReply(t *ps.Thread, c *hal.Context) (reply, nt.Status) {
	returned, s := argument(t, c, 5)
	return reply{t, c.R8, uint32(c.R9), returned}, s
}

// systemReply is the reply of NtQuerySystemInformation(class, buffer, length,
// *returned).
func systemReply(t *ps.Thread, c *hal.Context) reply {
	return reply{t, c.Rdx, uint32(c.R8), c.R9}
}

// bytes stores an answer of variable size. STATUS_INFO_LENGTH_MISMATCH, and the
// length that is needed, when the buffer is too small; STATUS_DATATYPE_MISALIGNMENT
// when it is no place for a ULONG.
func (r reply) bytes(b []byte) nt.Status {
	n := uint32(len(b))
	if r.buffer&3 != 0 && r.length != 0 {
		return nt.StatusDatatypeMisalignment
	}
	if s := putOptional(r.thread, r.returned, &n); !s.OK() {
		return s
	}
	if r.length < n {
		return nt.StatusInfoLengthMismatch
	}
	return copyTo(r.thread, r.buffer, pointerTo(b), uint64(n))
}

// exact stores an answer whose buffer must have just its size, as most classes
// of NtQueryX want it; nothing is said about the length otherwise.
func (r reply) exact(b []byte) nt.Status {
	if r.length != uint32(len(b)) {
		return nt.StatusInfoLengthMismatch
	}
	return r.bytes(b)
}

// asBytes is a value's memory. T must hold no Go pointers.
func asBytes[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// text16 is a name's UTF-16 characters as bytes.
func text16(s string) []byte {
	u := utf16.Encode([]rune(s))
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(u))), len(u)*2)
}

// appendString appends a name's characters and a zero, padded to a multiple of
// 8, to an answer that will be at va, and returns the UNICODE_STRING for it.
func appendString(b []byte, va uint64, s string) ([]byte, nt.UnicodeString) {
	text := text16(s)
	u := nt.UnicodeString{Length: uint16(len(text)), MaximumLength: uint16(len(text) + 2), Buffer: va + uint64(len(b))}
	b = append(append(b, text...), 0, 0)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b, u
}

// input reads the value of NtSetX(handle, class, *value, length):
// STATUS_INFO_LENGTH_MISMATCH when the length is not the value's.
func input[T any](t *ps.Thread, c *hal.Context, v *T) nt.Status {
	if uint32(c.R9) != uint32(unsafe.Sizeof(*v)) {
		return nt.StatusInfoLengthMismatch
	}
	return get(t, c.R8, v)
}
