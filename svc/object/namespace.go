package object

import (
	"unicode/utf16"
	"unsafe"

	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// NtCreateDirectoryObject(*handle, access, attributes)
func NtCreateDirectoryObject(c *svc.Call) nt.Status {
	return svc.CreateObject(c, ob.NewDirectory())
}

// NtCreateSymbolicLinkObject(*handle, access, attributes, *target)
func NtCreateSymbolicLinkObject(c *svc.Call) nt.Status {
	t := c.Thread
	target, s := svc.ReadString(t, c.Arg(4))
	if !s.OK() {
		return s
	}
	if target == "" {
		return nt.StatusInvalidParameter
	}
	return svc.CreateObject(c, ob.New(ob.LinkType, &ob.SymbolicLink{Target: target}))
}

// NtQuerySymbolicLinkObject(handle, *string, *length): the string's buffer is the
// caller's. Who asks for the length gets a zero behind the target, which counts.
func NtQuerySymbolicLinkObject(c *svc.Call) nt.Status {
	t := c.Thread
	o, l, s := svc.Body[*ob.SymbolicLink](t, c.Arg(1), nt.SymbolicLinkQuery, ob.LinkType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	var u nt.UnicodeString
	if s := svc.Get(t, c.Arg(2), &u); !s.OK() {
		return s
	}
	text := utf16.Encode([]rune(l.Target))
	length := uint16(len(text) * 2)
	if c.Arg(3) != 0 {
		text = append(text, 0)
	}
	n := uint32(len(text) * 2)
	if s := svc.PutOptional(t, c.Arg(3), &n); !s.OK() {
		return s
	}
	if n > uint32(u.MaximumLength) {
		return nt.StatusBufferTooSmall
	}
	if s := svc.CopyTo(t, u.Buffer, unsafe.Pointer(unsafe.SliceData(text)), uint64(n)); !s.OK() {
		return s
	}
	u.Length = length
	return svc.Put(t, c.Arg(2), &u)
}

// maximumDirectoryAnswer is how much of a directory's list NtQueryDirectoryObject
// makes at a time, in bytes: enough for the longest name. There is more when that
// is full (STATUS_MORE_ENTRIES), however much room the caller has.
const maximumDirectoryAnswer = 128 << 10

// NtQueryDirectoryObject(handle, buffer, length, single, restart, *context,
// *returned): OBJECT_DIRECTORY_INFORMATION entries, one of zeros, then the
// strings. The context is the index of the next entry.
func NtQueryDirectoryObject(c *svc.Call) nt.Status {
	t := c.Thread
	restart := c.Arg(5)
	ctxVA := c.Arg(6)
	retVA := c.Arg(7)
	o, d, s := svc.Body[*ob.Directory](t, c.Arg(1), nt.DirectoryQuery, ob.DirectoryType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	var next uint32
	if restart&0xFF == 0 {
		if s := svc.Get(t, ctxVA, &next); !s.OK() {
			return s
		}
	}
	single := c.Bool(4)
	length := min(uint64(c.Uint32(3)), maximumDirectoryAnswer)
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
		u := nt.UnicodeString{Buffer: c.Arg(2) + at}
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
	if s := svc.CopyTo(t, c.Arg(2), unsafe.Pointer(unsafe.SliceData(buf)), need); !s.OK() {
		return s
	}
	next += uint32(n)
	if s := svc.Put(t, ctxVA, &next); !s.OK() {
		return s
	}
	if length := uint32(need); retVA != 0 {
		if s := svc.Put(t, retVA, &length); !s.OK() {
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

// Services that open an object by name: (*handle, access, attributes).
var (
	NtOpenDirectoryObject    = svc.OpenService(&ob.DirectoryType)
	NtOpenSymbolicLinkObject = svc.OpenService(&ob.LinkType)
)
