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
	next       int // next free entry
}

// HandleTable is one process's handles. Handle values are multiples of 4,
// starting with 4.
type HandleTable struct {
	mu      ke.FastMutex
	entries []handleEntry
	free    int // first free entry, 0: none
	count   int
	closed  bool
}

// NewHandleTable makes an empty table.
func NewHandleTable() *HandleTable { return &HandleTable{entries: make([]handleEntry, 1, 16)} }

// Insert makes a handle with the given rights. The object gets a reference of
// the handle's own. STATUS_INSUFFICIENT_RESOURCES when the table is full,
// STATUS_PROCESS_IS_TERMINATING when it has been closed.
func (t *HandleTable) Insert(o *Object, access nt.AccessMask, attributes uint32) (nt.Handle, nt.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return 0, nt.StatusProcessIsTerminating
	}
	i := t.free
	if i == 0 {
		if len(t.entries) > MaximumHandles {
			return 0, nt.StatusInsufficientResources
		}
		i = len(t.entries)
		t.entries = append(t.entries, handleEntry{})
	} else {
		t.free = t.entries[i].next
	}
	o.addHandle()
	t.entries[i] = handleEntry{object: o, access: access, attributes: attributes}
	t.count++
	return nt.Handle(i * 4), nt.StatusSuccess
}

func (t *HandleTable) entry(h nt.Handle) *handleEntry {
	i := h / 4
	if h%4 != 0 || i == 0 || i >= nt.Handle(len(t.entries)) || t.entries[i].object == nil {
		return nil
	}
	return &t.entries[i]
}

// Reference is ObReferenceObjectByHandle: the object, with a reference for the
// caller, if the handle has the rights and the type (nil: any) fits.
func (t *HandleTable) Reference(h nt.Handle, access nt.AccessMask, typ *Type) (*Object, nt.Status) {
	t.mu.Lock()
	var o *Object
	s := nt.StatusSuccess
	switch e := t.entry(h); {
	case e == nil:
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
	defer t.mu.Unlock()
	e := t.entry(h)
	if e == nil {
		return nil, 0, 0, nt.StatusInvalidHandle
	}
	return e.object.Reference(), e.access, e.attributes, nt.StatusSuccess
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
	t.entries = make([]handleEntry, len(from.entries), max(len(from.entries), 16))
	t.free, t.count = 0, 0
	for i := len(from.entries) - 1; i > 0; i-- {
		e := from.entries[i]
		if e.object == nil || e.attributes&nt.ObjInherit == 0 {
			t.entries[i].next, t.free = t.free, i
			continue
		}
		e.object.addHandle()
		t.entries[i] = e
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
	for i := int(after/4) + 1; i < len(t.entries) && n < len(list); i++ {
		if e := &t.entries[i]; e.object != nil {
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
		t.mu.Unlock()
		return nt.StatusInvalidHandle
	}
	if e.attributes&nt.ObjProtectClose != 0 {
		t.mu.Unlock()
		return nt.StatusHandleNotClosable
	}
	o := e.object
	*e = handleEntry{next: t.free}
	t.free = int(h / 4)
	t.count--
	t.mu.Unlock()
	o.dropHandle()
	return nt.StatusSuccess
}

// CloseAll closes every handle and takes no new ones: the process ends.
func (t *HandleTable) CloseAll() {
	t.mu.Lock()
	old := t.entries
	t.entries, t.free, t.count, t.closed = make([]handleEntry, 1), 0, 0, true
	t.mu.Unlock()
	for _, e := range old {
		if e.object != nil {
			e.object.dropHandle()
		}
	}
}

// Count returns how many handles are open.
func (t *HandleTable) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}
