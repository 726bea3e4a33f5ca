package ob

import (
	"gont/ke"
	"gont/nt"
)

// MaximumHandles is how many handles a process may have.
const MaximumHandles = 1 << 16

type handleEntry struct {
	object     *Object
	access     nt.AccessMask
	attributes uint32
	next       int32 // next free entry
}

// handleChunk is how many entries are made at a time: a table never needs a large
// block of the kernel's heap.
const handleChunk = 256

// HandleTable is one process's handles. Handle values are multiples of 4,
// starting with 4.
type HandleTable struct {
	mu     ke.FastMutex
	chunks []*[handleChunk]handleEntry
	first  [16]handleEntry // what most processes need; there is no handle 0
	length int             // entries that have been used, with the one of handle 0
	free   int             // first free entry, 0: none
	count  int
	closed bool
	trace  *handleTrace // nil: nothing is traced
}

// NewHandleTable makes an empty table.
func NewHandleTable() *HandleTable { return &HandleTable{length: 1} }

// at is entry i, which is below length.
func (t *HandleTable) at(i int) *handleEntry {
	if i < len(t.first) {
		return &t.first[i]
	}
	i -= len(t.first)
	return &t.chunks[i/handleChunk][i%handleChunk]
}

// grow makes room for one more entry, and returns its number.
func (t *HandleTable) grow() int {
	i := t.length
	if t.length++; i >= len(t.first)+len(t.chunks)*handleChunk {
		t.chunks = append(t.chunks, new([handleChunk]handleEntry))
	}
	return i
}

// Insert makes a handle with the given rights. The object gets a reference of
// the handle's own. STATUS_INSUFFICIENT_RESOURCES when the table is full,
// STATUS_PROCESS_IS_TERMINATING when it has been closed.
func (t *HandleTable) Insert(o *Object, access nt.AccessMask, attributes uint32) (nt.Handle, nt.Status) {
	if ke.AllocationFails("handle") {
		return 0, nt.StatusInsufficientResources
	}
	t.mu.Lock()
	i := t.free
	if i == 0 {
		if s := t.mayGrow(); !s.OK() {
			t.mu.Unlock()
			return 0, s
		}
		i = t.grow()
	}
	e := t.at(i)
	t.free = int(e.next)
	o.addHandle()
	e.object, e.access, e.attributes, e.next = o, access, attributes, 0
	t.count++
	if t.trace != nil {
		t.trace.add(nt.Handle(i*4), HandleOpened, o)
	}
	t.mu.Unlock()
	return nt.Handle(i * 4), nt.StatusSuccess
}

// mayGrow reports why the table takes no more entries. A closed one has no free entry.
// The table's lock is held.
func (t *HandleTable) mayGrow() nt.Status {
	switch {
	case t.closed:
		return nt.StatusProcessIsTerminating
	case t.length > MaximumHandles:
		return nt.StatusInsufficientResources
	}
	return nt.StatusSuccess
}

// entry is the entry of an open handle, nil when h is none. The table's lock is held.
func (t *HandleTable) entry(h nt.Handle) *handleEntry {
	i := h >> 2
	if h&3 != 0 || i >= nt.Handle(t.length) {
		return nil
	}
	var e *handleEntry
	if i < nt.Handle(len(t.first)) {
		e = &t.first[i]
	} else {
		e = t.at(int(i))
	}
	if e.object == nil { // as that of handle 0 always is
		return nil
	}
	return e
}

// Reference is ObReferenceObjectByHandle: the object, with a reference for the
// caller, if the handle has the rights and the type (nil: any) fits.
func (t *HandleTable) Reference(h nt.Handle, access nt.AccessMask, typ *Type) (*Object, nt.Status) {
	t.mu.Lock()
	var o *Object
	s := nt.StatusSuccess
	switch e := t.entry(h); {
	case e == nil:
		if t.trace != nil {
			t.trace.add(h, HandleBad, nil)
		}
		s = nt.StatusInvalidHandle
	case typ != nil && e.object.Type != typ:
		s = nt.StatusObjectTypeMismatch
	case access&^e.access != 0:
		s = nt.StatusAccessDenied
	default:
		o = e.object.Reference()
	}
	t.mu.Unlock()
	return o, s
}

// Access returns a handle's rights and attributes.
func (t *HandleTable) Access(h nt.Handle) (nt.AccessMask, uint32, nt.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entry(h)
	if e == nil {
		return 0, 0, nt.StatusInvalidHandle
	}
	return e.access, e.attributes, nt.StatusSuccess
}

// ReferenceAny takes a reference by handle, whatever its type and rights, and
// says with it what rights and attributes the handle has.
func (t *HandleTable) ReferenceAny(h nt.Handle) (o *Object, access nt.AccessMask, attributes uint32, s nt.Status) {
	t.mu.Lock()
	e := t.entry(h)
	if e == nil {
		t.mu.Unlock()
		return nil, 0, 0, nt.StatusInvalidHandle
	}
	o, access, attributes = e.object.Reference(), e.access, e.attributes
	t.mu.Unlock()
	return o, access, attributes, nt.StatusSuccess
}

// SetAttributes changes a handle's attributes: nt.ObjInherit and
// nt.ObjProtectClose.
func (t *HandleTable) SetAttributes(h nt.Handle, attributes uint32) nt.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entry(h)
	if e == nil {
		return nt.StatusInvalidHandle
	}
	e.attributes = attributes
	return nt.StatusSuccess
}

// Inherit copies the handles that are marked nt.ObjInherit from a table to this
// one, which is new and nobody's yet: same values, rights and attributes.
func (t *HandleTable) Inherit(from *HandleTable) {
	from.mu.Lock()
	defer from.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if from.closed || t.closed {
		return
	}
	for t.length < from.length {
		t.grow()
	}
	for i := from.length - 1; i > 0; i-- {
		e := t.at(i)
		if *e = *from.at(i); e.object == nil || e.attributes&nt.ObjInherit == 0 {
			*e = handleEntry{next: int32(t.free)}
			t.free = i
			continue
		}
		e.object.addHandle()
		t.count++
	}
}

// Open is one handle of a table, for lists.
type Open struct {
	Handle     nt.Handle
	Object     *Object // not referenced: for its type and address only
	Access     nt.AccessMask
	Attributes uint32
}

// List stores open handles in list, as many as there is room for, from the one behind
// after on (0: from the first), and returns how many.
func (t *HandleTable) List(after nt.Handle, list []Open) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := int(after/4) + 1; i < t.length && n < len(list); i++ {
		if e := t.at(i); e.object != nil {
			list[n] = Open{nt.Handle(i * 4), e.object, e.access, e.attributes}
			n++
		}
	}
	return n
}

// Close is NtClose's work. STATUS_HANDLE_NOT_CLOSABLE for a handle that is
// protected.
func (t *HandleTable) Close(h nt.Handle) nt.Status {
	t.mu.Lock()
	e := t.entry(h)
	if e == nil {
		if t.trace != nil {
			t.trace.add(h, HandleBad, nil)
		}
		t.mu.Unlock()
		return nt.StatusInvalidHandle
	}
	if e.attributes&nt.ObjProtectClose != 0 {
		t.mu.Unlock()
		return nt.StatusHandleNotClosable
	}
	o := e.object
	if t.trace != nil {
		t.trace.add(h, HandleClosed, o)
	}
	*e = handleEntry{next: int32(t.free)}
	t.free = int(h / 4)
	t.count--
	t.mu.Unlock()
	o.dropHandle()
	return nt.StatusSuccess
}

// CloseAll closes every handle and takes no new ones: the process ends.
func (t *HandleTable) CloseAll() {
	t.mu.Lock()
	first, chunks := t.first, t.chunks
	t.first, t.chunks, t.length, t.free, t.count, t.closed = [len(first)]handleEntry{}, nil, 1, 0, 0, true
	t.mu.Unlock()
	for i := range first {
		first[i].drop()
	}
	for _, c := range chunks {
		for i := range c {
			c[i].drop()
		}
	}
}

// drop closes the handle of a table that is nobody's any more.
func (e *handleEntry) drop() {
	if e.object != nil {
		e.object.dropHandle()
	}
}

// Count returns how many handles are open.
func (t *HandleTable) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}
