package fat

import (
	"slices"
	"unicode/utf16"

	"gont/fsrtl"
	"gont/nt"
)

// Entry is what a directory says of a file.
type Entry struct {
	Name, Short []uint16 // Short is nil where Name is an 8.3 name
	Attributes  uint32
	// Created, Accessed and Written are in 100 ns since 1601; 0: not known.
	Created, Accessed, Written int64
	Size                       uint64
	Allocation                 uint64 // bytes
	ID                         uint64 // as Info has it
}

// Text is the entry's name.
func (e *Entry) Text() string { return string(utf16.Decode(e.Name)) }

// EntryTaker takes the entries of a directory, one after the other, until Take returns false. Take is called
// with the volume's lock held, and the Entry is another one's when Take has returned.
type EntryTaker interface{ Take(e *Entry) bool }

// EntryFunc is a function that takes entries.
type EntryFunc func(e *Entry) bool

// Take calls the function.
func (f EntryFunc) Take(e *Entry) bool { return f(e) }

// ReadDir shows f the directory's entries from cursor on whose long or short names the
// pattern stands for (fsrtl.IsNameInExpression; "": all), until it returns false, and returns
// the cursor of the next entry; the one for which f returned false comes again. . and .. are
// entries, but not in the root. The cursor begins at 0.
func (n *Node) ReadDir(cursor uint32, pattern string, f EntryTaker) (next uint32, err error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	switch {
	case v.gone:
		return cursor, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case !n.IsDirectory():
		return cursor, fail(nt.StatusInvalidParameter, "%s is no directory", n.name)
	case n.removed || n.doomed:
		return cursor, fail(nt.StatusDeletePending, "directory %s is deleted", n.name)
	}
	if pattern == "*" {
		pattern = ""
	}
	r := lister{n: n, pattern: pattern, round: uint64(v.clusterSize()) - 1, id: n.idOf(0), f: f, next: cursor}
	r.findUnsettled()
	_, err = n.each(cursor, &r)
	return r.next, err
}

// lister is one ReadDir. The volume's lock is held.
type lister struct {
	n       *Node
	pattern string
	round   uint64 // a cluster's size less one
	id      uint64 // of the directory, as IDs of its entries have it
	f       EntryTaker
	next    uint32 // cursor

	created, accessed, written timeDecoder

	// unsettled are the slots of files whose entries do not have the whole size, unless there are many.
	unsettled []uint32
	many      bool
	few       [8]uint32

	e     Entry // one for all: f keeps none
	short shortUnits
}

// findUnsettled looks for files whose entries do not have the whole size.
func (r *lister) findUnsettled() {
	r.unsettled = r.few[:0]
	if r.many = len(r.n.v.unsettled) > 4*len(r.few); r.many {
		return
	}
	for o := range r.n.v.unsettled {
		if o.parent != r.n {
			continue
		}
		if len(r.unsettled) == len(r.few) {
			r.many = true
			return
		}
		r.unsettled = append(r.unsettled, o.slot)
	}
}

// size is the size of the file with the entry in a slot, which says it is size.
func (r *lister) size(slot uint32, size uint64) uint64 {
	if r.many || slices.Contains(r.unsettled, slot) {
		if o := r.n.v.nodes[nodeKey{r.n.first, slot}]; o != nil {
			return o.size
		}
	}
	return size
}

// visit shows f an entry of the directory.
func (r *lister) visit(slot, _ uint32, raw *[entrySize]byte, long []uint16) bool {
	attributes := raw[11] & attrMask
	if attributes&attrVolume != 0 || raw[0] == '.' && r.n.parent == nil {
		r.next = slot + 1
		return true
	}
	e := &r.e
	name := r.short.decode(raw)
	if long == nil {
		e.Name, e.Short = name, nil
	} else {
		e.Name, e.Short = sound(long), name
	}
	if r.pattern != "" && !r.matches() {
		r.next = slot + 1
		return true
	}
	v := r.n.v
	e.Attributes = uint32(attributes)
	if e.Created = r.created.decode(le.Uint32(raw[14:]), v); e.Created != 0 {
		e.Created += int64(raw[13]) * 100_000
	}
	e.Accessed = r.accessed.decode(uint32(le.Uint16(raw[18:]))<<16, v)
	e.Written = r.written.decode(le.Uint32(raw[22:]), v)
	size := uint64(0)
	if attributes&nt.FileAttributeDirectory == 0 {
		size = uint64(le.Uint32(raw[28:]))
		if r.many || len(r.unsettled) > 0 {
			size = r.size(slot, size)
		}
	}
	e.Size = size
	e.Allocation = (size + r.round) &^ r.round
	e.ID = r.id | uint64(slot)
	if raw[0] == '.' {
		e.ID = r.dots(raw)
	}
	if !r.f.Take(e) {
		return false
	}
	r.next = slot + 1
	return true
}

// dots is the id that . and .. have: the directory's and its parent's.
func (r *lister) dots(raw *[entrySize]byte) uint64 {
	if raw[1] == '.' {
		return r.n.parent.id()
	}
	return r.n.id()
}

// matches says whether the pattern stands for one of the entry's names.
func (r *lister) matches() bool {
	e := &r.e
	return fsrtl.IsNameInExpression(r.pattern, e.Text(), true) ||
		e.Short != nil && fsrtl.IsNameInExpression(r.pattern, string(utf16.Decode(e.Short)), true)
}

// sound is a long name as the volume finds it: half a character is U+FFFD.
func sound(u []uint16) []uint16 {
	for _, c := range u {
		if c >= 0xD800 && c < 0xE000 {
			return utf16.Encode(utf16.Decode(u))
		}
	}
	return u
}
