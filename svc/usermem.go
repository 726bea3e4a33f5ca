package svc

import (
	"unsafe"

	"gont/nt"
	"gont/ps"
)

// Access to the current process's memory. Every pointer from ring 3 goes
// through here: the range is checked, and what faults is made present or is
// STATUS_ACCESS_VIOLATION, or STATUS_IN_PAGE_ERROR. A fault may wait for a paging
// file: no lock is held here, and the level is PASSIVE_LEVEL.

// CopyStatus is what a service says of memory that ps.UserFault has not made present.
func CopyStatus(s nt.Status) nt.Status { return ps.CopyStatus(s) }

// CopyFrom copies n bytes from user memory, CopyTo n bytes to it.
func CopyFrom(t *ps.Thread, dst unsafe.Pointer, va, n uint64) nt.Status {
	return ps.CopyFrom(t, dst, va, n)
}

func CopyTo(t *ps.Thread, va uint64, src unsafe.Pointer, n uint64) nt.Status {
	return ps.CopyTo(t, va, src, n)
}

// Get reads a value of a fixed layout; T must hold no Go pointers.
func Get[T any](t *ps.Thread, va uint64, v *T) nt.Status {
	return CopyFrom(t, unsafe.Pointer(v), va, uint64(unsafe.Sizeof(*v)))
}

// Put writes one.
func Put[T any](t *ps.Thread, va uint64, v *T) nt.Status {
	return CopyTo(t, va, unsafe.Pointer(v), uint64(unsafe.Sizeof(*v)))
}

// ProbeWrite makes sure that a later Put succeeds, before anything is done
// that could not be taken back.
func ProbeWrite(t *ps.Thread, va, n uint64) nt.Status { return ps.ProbeWrite(t, va, n) }

// ProbeOptional and PutOptional are for an output that the caller may leave out
// by giving address 0.
func ProbeOptional(t *ps.Thread, va, n uint64) nt.Status {
	if va == 0 {
		return nt.StatusSuccess
	}
	return ProbeWrite(t, va, n)
}

func PutOptional[T any](t *ps.Thread, va uint64, v *T) nt.Status {
	if va == 0 {
		return nt.StatusSuccess
	}
	return Put(t, va, v)
}

// ReadString reads a UNICODE_STRING.
func ReadString(t *ps.Thread, va uint64) (string, nt.Status) {
	var u nt.UnicodeString
	if s := Get(t, va, &u); !s.OK() {
		return "", s
	}
	return ReadUnicode(t, &u)
}

// ReadUnicode reads the text of a UNICODE_STRING whose header has been captured.
func ReadUnicode(t *ps.Thread, u *nt.UnicodeString) (string, nt.Status) {
	if u.Length&1 != 0 {
		return "", nt.StatusObjectNameInvalid
	}
	if u.Length == 0 {
		return "", nt.StatusSuccess
	}
	var few [128]uint16
	b := few[:]
	if n := int(u.Length / 2); n > len(b) {
		b = make([]uint16, n)
	} else {
		b = b[:n]
	}
	if s := CopyFrom(t, unsafe.Pointer(&b[0]), u.Buffer, uint64(u.Length)); !s.OK() {
		return "", s
	}
	return decodeText(b), nt.StatusSuccess
}

// briefText is how many characters a name may have that is kept in a Call.
const briefText = 128

// readBrief is ReadString for a name that is looked at in this call only: a short one in
// ASCII, as most are, lies in the Call itself, and is another one with the next call of
// readBrief.
func (c *Call) readBrief(va uint64) (string, nt.Status) {
	var u nt.UnicodeString
	if s := Get(c.Thread, va, &u); !s.OK() {
		return "", s
	}
	n := int(u.Length / 2)
	if u.Length&1 != 0 || n == 0 || n > briefText {
		return ReadUnicode(c.Thread, &u)
	}
	units := c.units[:n]
	if s := CopyFrom(c.Thread, unsafe.Pointer(&units[0]), u.Buffer, uint64(u.Length)); !s.OK() {
		return "", s
	}
	if decodeASCII(c.text[:], units) < n {
		return decodeText(units), nt.StatusSuccess
	}
	return unsafe.String(&c.text[0], n), nt.StatusSuccess
}

// ReadTimeout captures a LARGE_INTEGER pointer; 0 is for ever.
func ReadTimeout(t *ps.Thread, va uint64) (*int64, nt.Status) {
	if va == 0 {
		return nil, nt.StatusSuccess
	}
	v := new(int64)
	s := Get(t, va, v)
	return v, s
}

// UserRip reports whether a program may go on at an address (SYSRET and IRETQ
// must not see a non-canonical one).
func UserRip(a uint64) bool { return a >= nt.MinimumUserAddress && a <= nt.MaximumUserAddress }

// InUserHalf reports whether n bytes from va on do not leave the program's half;
// whether something is there, the copy finds out.
func InUserHalf(va, n uint64) bool {
	return va <= nt.MaximumUserAddress && n <= nt.MaximumUserAddress-va+1
}
