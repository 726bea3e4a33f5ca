//go:build kernel

package main

import (
	"unicode/utf16"
	"unsafe"

	"gont/hal"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// Access to the current process's memory. Every pointer from ring 3 goes
// through here: the range is checked, and what faults is made present or is
// STATUS_ACCESS_VIOLATION, or STATUS_IN_PAGE_ERROR. A fault may wait for a paging
// file: no lock is held here, and the level is PASSIVE_LEVEL.

func userSpan(va, n uint64) bool {
	return va >= nt.MinimumUserAddress && va <= nt.MaximumUserAddress && n <= nt.MaximumUserAddress-va+1
}

// own is a pointer to the kernel's own side of a copy. The copy keeps no
// pointer, which the compiler cannot see: without this, every value that a
// service reads or writes would be made on the heap.
func own(p unsafe.Pointer) unsafe.Pointer { return pointer(uintptr(p)) }

// copyFrom copies n bytes from user memory.
func copyFrom(t *ps.Thread, dst unsafe.Pointer, va, n uint64) nt.Status {
	if n == 0 {
		return nt.StatusSuccess
	}
	if !userSpan(va, n) {
		return nt.StatusAccessViolation
	}
	for done := uint64(0); ; {
		left, addr, _ := hal.CopyUser(own(unsafe.Add(dst, done)), pointer(uintptr(va+done)), uintptr(n-done))
		if left == 0 {
			return nt.StatusSuccess
		}
		done = n - uint64(left)
		if s := ps.UserFault(t, addr, mm.Read); !s.OK() {
			return copyStatus(s)
		}
	}
}

// copyStatus is what a service says of memory that ps.UserFault has not made present.
func copyStatus(s nt.Status) nt.Status {
	if s == nt.StatusInPageError {
		return s
	}
	return nt.StatusAccessViolation
}

// copyTo copies n bytes to user memory.
func copyTo(t *ps.Thread, va uint64, src unsafe.Pointer, n uint64) nt.Status {
	if n == 0 {
		return nt.StatusSuccess
	}
	if !userSpan(va, n) {
		return nt.StatusAccessViolation
	}
	for done := uint64(0); ; {
		left, addr, _ := hal.CopyUser(pointer(uintptr(va+done)), own(unsafe.Add(src, done)), uintptr(n-done))
		if left == 0 {
			return nt.StatusSuccess
		}
		done = n - uint64(left)
		if s := ps.UserFault(t, addr, mm.Write); !s.OK() {
			return copyStatus(s)
		}
	}
}

// get reads a value of a fixed layout; T must hold no Go pointers.
func get[T any](t *ps.Thread, va uint64, v *T) nt.Status {
	return copyFrom(t, unsafe.Pointer(v), va, uint64(unsafe.Sizeof(*v)))
}

// put writes one.
func put[T any](t *ps.Thread, va uint64, v *T) nt.Status {
	return copyTo(t, va, unsafe.Pointer(v), uint64(unsafe.Sizeof(*v)))
}

// probeWrite makes sure that a later put succeeds, before anything is done
// that could not be taken back.
func probeWrite(t *ps.Thread, va, n uint64) nt.Status {
	if !userSpan(va, n) {
		return nt.StatusAccessViolation
	}
	for at := va; at < va+n; at = at&^(mm.PageSize-1) + mm.PageSize {
		var b byte
		if s := get(t, at, &b); !s.OK() {
			return s
		}
		if s := put(t, at, &b); !s.OK() {
			return s
		}
		if n > mm.PageSize {
			poll(false)
		}
	}
	return nt.StatusSuccess
}

// probeOptional and putOptional are for an output that the caller may leave out
// by giving address 0.
func probeOptional(t *ps.Thread, va, n uint64) nt.Status {
	if va == 0 {
		return nt.StatusSuccess
	}
	return probeWrite(t, va, n)
}

func putOptional[T any](t *ps.Thread, va uint64, v *T) nt.Status {
	if va == 0 {
		return nt.StatusSuccess
	}
	return put(t, va, v)
}

// argument returns a service's n-th argument, from 5 up, from the user's stack.
func argument(t *ps.Thread, c *hal.Context, n int) (uint64, nt.Status) {
	var v uint64
	s := get(t, c.Rsp+uint64(n)*8, &v)
	return v, s
}

// readString reads a UNICODE_STRING.
func readString(t *ps.Thread, va uint64) (string, nt.Status) {
	var u nt.UnicodeString
	if s := get(t, va, &u); !s.OK() {
		return "", s
	}
	return readUnicode(t, &u)
}

// readUnicode reads the text of a UNICODE_STRING whose header has been captured.
func readUnicode(t *ps.Thread, u *nt.UnicodeString) (string, nt.Status) {
	if u.Length&1 != 0 {
		return "", nt.StatusObjectNameInvalid
	}
	if u.Length == 0 {
		return "", nt.StatusSuccess
	}
	b := make([]uint16, u.Length/2)
	if s := copyFrom(t, unsafe.Pointer(&b[0]), u.Buffer, uint64(u.Length)); !s.OK() {
		return "", s
	}
	return string(utf16.Decode(b)), nt.StatusSuccess
}

// attributes is a captured OBJECT_ATTRIBUTES.
type attributes struct {
	root        *ob.Object // referenced
	name        string
	flags       uint32
	insensitive bool
}

// readAttributes captures OBJECT_ATTRIBUTES; va 0 is none. release must be
// called when it succeeds.
func readAttributes(t *ps.Thread, va uint64) (a attributes, s nt.Status) {
	if va == 0 {
		return a, nt.StatusSuccess
	}
	var o nt.ObjectAttributes
	if s = get(t, va, &o); !s.OK() {
		return a, s
	}
	if o.Length != uint32(unsafe.Sizeof(o)) || o.Attributes&^nt.ObjValidAttributes != 0 {
		return a, nt.StatusInvalidParameter
	}
	a.flags = o.Attributes
	a.insensitive = o.Attributes&nt.ObjCaseInsensitive != 0
	if o.ObjectName != 0 {
		if a.name, s = readString(t, o.ObjectName); !s.OK() {
			return a, s
		}
	}
	if o.RootDirectory != 0 {
		if a.root, s = t.Process.Handles.Reference(o.RootDirectory, 0, nil); !s.OK() {
			return a, s
		}
	}
	return a, nt.StatusSuccess
}

func (a *attributes) release() {
	if a.root != nil {
		a.root.Dereference()
	}
}
