package cm

import (
	"gont/cm/regf"
	"gont/nt"
)

// KeyInformation is what is known of a key. Counts and greatest lengths are regf.KeyInfo's,
// lengths in bytes.
type KeyInformation struct {
	regf.KeyInfo
	Name  []uint16 // its own name, the last of its path
	Class []uint16
	// Volatile: it is in no file. Link: it is a symbolic link. Virt are the flags of
	// virtualization (regf.VirtFlags).
	Volatile, Link bool
	Virt           uint8
}

// Query returns what is known of the key. Name and class are appended to buffers of the
// caller, which may be nil.
func (k *Key) Query(name, class []uint16) (i KeyInformation, s nt.Status) {
	if s = k.lock(false); !s.OK() {
		return i, s
	}
	i = information(k.node.hive, k.node.cell, name, class)
	mu.Unlock()
	return i, nt.StatusSuccess
}

// Enumerate returns what is known of a subkey, by its index: stable ones first, each kind in
// order of names. STATUS_NO_MORE_ENTRIES behind the last.
func (k *Key) Enumerate(index uint32, name, class []uint16) (i KeyInformation, s nt.Status) {
	if s = k.lock(false); !s.OK() {
		return i, s
	}
	h, c := k.node.hive, k.node.hive.r.Subkey(k.node.cell, index)
	if c == regf.NoCell {
		mu.Unlock()
		return i, nt.StatusNoMoreEntries
	}
	if h, c = inside(h, c); h.busy != nil && h.busy.exclusive {
		waitFor(h.busy)
		mu.Unlock()
		return k.Enumerate(index, name, class)
	}
	i = information(h, c, name, class)
	mu.Unlock()
	return i, nt.StatusSuccess
}

// information is KeyInformation of a key. mu is held.
func information(h *hive, c regf.Cell, name, class []uint16) KeyInformation {
	i := KeyInformation{KeyInfo: h.r.Key(c), Class: h.r.AppendClass(class, c), Virt: h.r.VirtFlags(c)}
	i.Volatile, i.Link = h.volatile || c.Volatile(), i.Flags&regf.FlagSymLink != 0
	at, m := outside(h, c)
	i.Name = at.r.AppendName(name, m)
	i.NameLength = 2 * (len(i.Name) - len(name))
	return i
}

// AppendPath appends the key's full name.
func (k *Key) AppendPath(u []uint16) ([]uint16, nt.Status) {
	if s := k.lock(false); !s.OK() {
		return u, s
	}
	u = appendPath(u, k.node.hive, k.node.cell)
	mu.Unlock()
	return u, nt.StatusSuccess
}

// ValueInformation is what is known of a value.
type ValueInformation struct {
	Type uint32
	Size uint32 // of its data, in bytes
	Name []uint16
	// Copied is how many bytes of the data have been copied: as many as there was room
	// for.
	Copied int
}

// QueryValue copies a value's data to data, as much as fits, and appends its name to name,
// if that is not nil.
func (k *Key) QueryValue(which, name []uint16, data []byte) (i ValueInformation, s nt.Status) {
	if s = k.lock(false); !s.OK() {
		return i, s
	}
	h := k.node.hive.r
	v, ok := h.Value(k.node.cell, which)
	if !ok {
		mu.Unlock()
		return i, nt.StatusObjectNameNotFound
	}
	i = ValueInformation{Type: v.Type, Size: v.Size, Copied: h.ReadData(data, v)}
	if name != nil {
		i.Name = h.AppendValueName(name, v)
	}
	mu.Unlock()
	return i, nt.StatusSuccess
}

// EnumerateValue is QueryValue by index, in the order in which values were made.
// STATUS_NO_MORE_ENTRIES behind the last.
func (k *Key) EnumerateValue(index uint32, name []uint16, data []byte) (i ValueInformation, s nt.Status) {
	if s = k.lock(false); !s.OK() {
		return i, s
	}
	h := k.node.hive.r
	v, ok := h.ValueAt(k.node.cell, index)
	if !ok {
		mu.Unlock()
		return i, nt.StatusNoMoreEntries
	}
	i = ValueInformation{Type: v.Type, Size: v.Size, Copied: h.ReadData(data, v)}
	if name != nil {
		i.Name = h.AppendValueName(name, v)
	}
	mu.Unlock()
	return i, nt.StatusSuccess
}

// Entry is one value of QueryValues.
type Entry struct {
	Name   []uint16
	Type   uint32
	Offset uint32 // where its data are in the buffer
	Size   uint32
}

// QueryValues reads several values at one moment (NtQueryMultipleValueKey): their data to
// data, each at a multiple of 4, in the entries' order, as far as they fit. It returns how
// many bytes all of them need. STATUS_OBJECT_NAME_NOT_FOUND if one is missing.
func (k *Key) QueryValues(list []Entry, data []byte) (need uint64, s nt.Status) {
	if s = k.lock(false); !s.OK() {
		return 0, s
	}
	defer mu.Unlock()
	h := k.node.hive.r
	full := false
	for n := range list {
		e := &list[n]
		v, ok := h.Value(k.node.cell, e.Name)
		if !ok {
			return 0, nt.StatusObjectNameNotFound
		}
		need = (need + 3) &^ 3
		e.Type, e.Size, e.Offset = v.Type, v.Size, uint32(need)
		if end := need + uint64(v.Size); full || end > uint64(len(data)) {
			full = true
		} else {
			h.ReadData(data[need:end], v)
		}
		need += uint64(v.Size)
	}
	return need, nt.StatusSuccess
}

// SetTime sets the key's time of the last change, and SetUserFlags, SetVirtFlags the flags
// that are stored with it (NtSetInformationKey).
func (k *Key) SetTime(t uint64) nt.Status {
	return k.setAttribute(func(h *regf.Hive, c regf.Cell) error { h.SetTime(c, t); return nil })
}

// SetUserFlags sets four bits.
func (k *Key) SetUserFlags(flags uint8) nt.Status {
	return k.setAttribute(func(h *regf.Hive, c regf.Cell) error { return h.SetUserFlags(c, flags, now()) })
}

// SetVirtFlags sets them.
func (k *Key) SetVirtFlags(flags uint8) nt.Status {
	return k.setAttribute(func(h *regf.Hive, c regf.Cell) error { return h.SetVirtFlags(c, flags, now()) })
}

func (k *Key) setAttribute(set func(*regf.Hive, regf.Cell) error) nt.Status {
	if s := k.lock(true); !s.OK() {
		return s
	}
	n := k.node
	err := set(n.hive.r, n.cell)
	var posts *Post
	if err == nil {
		posts = changed(n.hive, n.cell, NotifyAttributes)
	}
	mu.Unlock()
	complete(posts)
	return status(err)
}

// Marks are what NtSetInformationKey keeps with a handle's object, not with the key.
type Marks struct{ Virtualization, Tags uint32 }

// Marks returns them.
func (k *Key) Marks() Marks {
	mu.Lock()
	defer mu.Unlock()
	return k.marks
}

// SetMarks changes them.
func (k *Key) SetMarks(change func(*Marks)) nt.Status {
	if s := k.lock(false); !s.OK() {
		return s
	}
	change(&k.marks)
	mu.Unlock()
	return nt.StatusSuccess
}
