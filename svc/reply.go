package svc

import (
	"unsafe"

	"gont/nt"
	"gont/ps"
)

// Reply is where a service that is asked for information puts the answer: the
// caller's buffer, its length in bytes, and where the answer's length goes (0:
// nowhere).
type Reply struct {
	Thread   *ps.Thread
	Buffer   uint64
	Length   uint32
	Returned uint64
}

// ObjectReply is the reply of NtQueryX(handle, class, buffer, length,
// *returned).
func ObjectReply(c *Call) Reply {
	return Reply{c.Thread, c.Arg(3), c.Uint32(4), c.Arg(5)}
}

// SystemReply is the reply of NtQuerySystemInformation(class, buffer, length,
// *returned).
func SystemReply(c *Call) Reply {
	return Reply{c.Thread, c.Arg(2), c.Uint32(3), c.Arg(4)}
}

// Bytes stores an answer of variable size. STATUS_INFO_LENGTH_MISMATCH, and the
// length that is needed, when the buffer is too small; STATUS_DATATYPE_MISALIGNMENT
// when it is no place for a ULONG.
func (r Reply) Bytes(b []byte) nt.Status {
	n := uint32(len(b))
	if r.Buffer&3 != 0 && r.Length != 0 {
		return nt.StatusDatatypeMisalignment
	}
	if s := PutOptional(r.Thread, r.Returned, &n); !s.OK() {
		return s
	}
	if r.Length < n {
		return nt.StatusInfoLengthMismatch
	}
	return CopyTo(r.Thread, r.Buffer, unsafe.Pointer(unsafe.SliceData(b)), uint64(n))
}

// Exact stores an answer whose buffer must have just its size, as most classes
// of NtQueryX want it; nothing is said about the length otherwise.
func (r Reply) Exact(b []byte) nt.Status {
	if r.Length != uint32(len(b)) {
		return nt.StatusInfoLengthMismatch
	}
	return r.Bytes(b)
}

// AsBytes is a value's memory. T must hold no Go pointers.
func AsBytes[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// Text16 is a name's UTF-16 characters as bytes.
func Text16(s string) []byte {
	u := encodeText(s)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(u))), len(u)*2)
}

// AppendString appends a name's characters and a zero, padded to a multiple of
// 8, to an answer that will be at va, and returns the UNICODE_STRING for it.
func AppendString(b []byte, va uint64, s string) ([]byte, nt.UnicodeString) {
	text := Text16(s)
	u := nt.UnicodeString{Length: uint16(len(text)), MaximumLength: uint16(len(text) + 2), Buffer: va + uint64(len(b))}
	b = append(append(b, text...), 0, 0)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b, u
}

// Input reads the value of NtSetX(handle, class, *value, length):
// STATUS_INFO_LENGTH_MISMATCH when the length is not the value's.
func Input[T any](c *Call, v *T) nt.Status {
	if c.Uint32(4) != uint32(unsafe.Sizeof(*v)) {
		return nt.StatusInfoLengthMismatch
	}
	return Get(c.Thread, c.Arg(3), v)
}

// AppendValue appends a value's memory.
func AppendValue[T any](b []byte, v *T) []byte {
	return append(b, AsBytes(v)...)
}

// Query checks NtQueryX(handle, class, buffer, length, *returned) for objects with one
// class, and stores the answer.
func Query[T any](c *Call, v *T) nt.Status {
	if c.Uint32(2) != 0 {
		return nt.StatusInvalidInfoClass
	}
	return ObjectReply(c).Exact(AsBytes(v))
}
