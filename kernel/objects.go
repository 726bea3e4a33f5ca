//go:build kernel

package main

import (
	"unicode/utf16"
	"unsafe"

	"gont/hal"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ntCreateDirectoryObject(*handle, access, attributes)
func ntCreateDirectoryObject(t *ps.Thread, c *hal.Context) nt.Status {
	return createObject(t, c, ob.NewDirectory())
}

// ntCreateSymbolicLinkObject(*handle, access, attributes, *target)
func ntCreateSymbolicLinkObject(t *ps.Thread, c *hal.Context) nt.Status {
	target, s := readString(t, c.R9)
	if !s.OK() {
		return s
	}
	if target == "" {
		return nt.StatusInvalidParameter
	}
	return createObject(t, c, ob.New(ob.LinkType, &ob.SymbolicLink{Target: target}))
}

// ntQuerySymbolicLinkObject(handle, *string, *length): the string's buffer is the
// caller's. Who asks for the length gets a zero behind the target, which counts.
func ntQuerySymbolicLinkObject(t *ps.Thread, c *hal.Context) nt.Status {
	o, l, s := body[*ob.SymbolicLink](t, c.R10, nt.SymbolicLinkQuery, ob.LinkType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	var u nt.UnicodeString
	if s := get(t, c.Rdx, &u); !s.OK() {
		return s
	}
	text := utf16.Encode([]rune(l.Target))
	length := uint16(len(text) * 2)
	if c.R8 != 0 {
		text = append(text, 0)
	}
	n := uint32(len(text) * 2)
	if s := putOptional(t, c.R8, &n); !s.OK() {
		return s
	}
	if n > uint32(u.MaximumLength) {
		return nt.StatusBufferTooSmall
	}
	if s := copyTo(t, u.Buffer, unsafe.Pointer(unsafe.SliceData(text)), uint64(n)); !s.OK() {
		return s
	}
	u.Length = length
	return put(t, c.Rdx, &u)
}

// maximumDirectoryAnswer is how much of a directory's list NtQueryDirectoryObject
// makes at a time, in bytes: enough for the longest name. There is more when that
// is full (STATUS_MORE_ENTRIES), however much room the caller has.
const maximumDirectoryAnswer = 128 << 10

// ntQueryDirectoryObject(handle, buffer, length, single, restart, *context,
// *returned): OBJECT_DIRECTORY_INFORMATION entries, one of zeros, then the
// strings. The context is the index of the next entry.
func ntQueryDirectoryObject(t *ps.Thread, c *hal.Context) nt.Status {
	restart, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	ctxVA, s := argument(t, c, 6)
	if !s.OK() {
		return s
	}
	retVA, s := argument(t, c, 7)
	if !s.OK() {
		return s
	}
	o, d, s := body[*ob.Directory](t, c.R10, nt.DirectoryQuery, ob.DirectoryType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	var next uint32
	if restart&0xFF == 0 {
		if s := get(t, ctxVA, &next); !s.OK() {
			return s
		}
	}
	single := c.R9&0xFF != 0
	length := min(uint64(uint32(c.R8)), maximumDirectoryAnswer)
	const row = uint64(unsafe.Sizeof(nt.ObjectDirectoryInformation{}))
	entries, total := d.List(int(next), int(maximumDirectoryAnswer/row))
	if next >= uint32(total) {
		return nt.StatusNoMoreEntries
	}
	// How many fit, each with its row and strings, and the zero row?
	need, n := row, 0
	for _, e := range entries {
		more := row + uint64(units(e.Name)+units(e.Type)+2)*2
		if need+more > length {
			break
		}
		need += more
		n++
		if single {
			break
		}
	}
	if n == 0 {
		return nt.StatusBufferTooSmall
	}
	buf := make([]byte, need)
	at := row * uint64(n+1)
	place := func(s string) nt.UnicodeString {
		u := nt.UnicodeString{Buffer: c.Rdx + at}
		for _, ch := range utf16.Encode([]rune(s)) {
			buf[at], buf[at+1] = byte(ch), byte(ch>>8)
			at += 2
			u.Length += 2
		}
		at += 2
		u.MaximumLength = u.Length + 2
		return u
	}
	for i := 0; i < n; i++ {
		info := (*nt.ObjectDirectoryInformation)(unsafe.Pointer(&buf[uint64(i)*row]))
		info.Name = place(entries[i].Name)
		info.TypeName = place(entries[i].Type)
	}
	if s := copyTo(t, c.Rdx, pointerTo(buf), need); !s.OK() {
		return s
	}
	next += uint32(n)
	if s := put(t, ctxVA, &next); !s.OK() {
		return s
	}
	if length := uint32(need); retVA != 0 {
		if s := put(t, retVA, &length); !s.OK() {
			return s
		}
	}
	if int(next) < total && !single {
		return nt.StatusMoreEntries
	}
	return nt.StatusSuccess
}

// units is how many UTF-16 characters a name has.
func units(name string) (n int) {
	for _, r := range name {
		n += utf16.RuneLen(r)
	}
	return n
}
