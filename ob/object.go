// Package ob is the object manager (SPEC P0.14, P1.9): types, objects with
// their two reference counts, the namespace of directories and symbolic links,
// and handle tables.
//
// Locks: one for the namespace and the counts of handles and types (a leaf),
// one for each handle table (taken before it; a parent's before the new one's that
// inherits from it); references are counted without. A type's Delete and Close
// procedures run without either, so they may wait and take any lock that their
// caller does not hold.
//
// IRQL: APC_LEVEL or below, which a checked build enforces (ke.FastMutex); Reference and TryReference take no
// lock and may be called at any level. Who calls anything that may give the last
// reference or handle back (Dereference, Close, CloseAll) holds no lock that a Delete
// or Close procedure takes.
package ob

import (
	"sync/atomic"

	"gont/ke"
	"gont/nt"
)

// Type is OBJECT_TYPE.
type Type struct {
	Name string
	// Valid are the access rights the type knows; Generic maps
	// GENERIC_READ, WRITE, EXECUTE and ALL.
	Valid   nt.AccessMask
	Generic [4]nt.AccessMask
	// Implied: who is given the first right of a pair is given the second, too.
	Implied [][2]nt.AccessMask
	// Waitable is set for types whose bodies are dispatcher objects.
	Waitable bool
	// Delete is called when the last reference has gone, Close whenever a
	// handle has been closed.
	Delete func(o *Object)
	Close  func(o *Object)
	// Parse is called when a name leads to an object of the type, or begins there
	// (OBJECT_TYPE's ParseProcedure): keys and devices have names of their own inside
	// them. nil: nothing can be behind such an object in a name.
	Parse func(o *Object, p *Parse) nt.Status
	// AnyName is set for types whose Parse looks itself at names that begin at an object and with a backslash,
	// which is STATUS_OBJECT_PATH_SYNTAX_BAD for others.
	AnyName bool
	// QueryName is the name of an object that is in no directory (its
	// QueryNameProcedure); it is called without locks. nil: such an object has none.
	QueryName func(o *Object) (string, nt.Status)

	objects, handles         int
	mostObjects, mostHandles int
}

// TypeCounts is a type's accounting: what there is, and the most there ever
// was.
type TypeCounts struct{ Objects, Handles, MostObjects, MostHandles int }

// Totals returns the type's accounting.
func (t *Type) Totals() TypeCounts {
	mu.Lock()
	defer mu.Unlock()
	return TypeCounts{t.objects, t.handles, t.mostObjects, t.mostHandles}
}

// Counts returns how many objects and handles of the type there are.
func (t *Type) Counts() (objects, handles int) {
	mu.Lock()
	defer mu.Unlock()
	return t.objects, t.handles
}

// Object is OBJECT_HEADER with its body.
type Object struct {
	Type *Type
	Body any

	name    string
	key     string // the name, folded: by which parent knows it
	parent  *Directory
	handles int
	// pointers is the number of references. Services take and give back one for
	// every handle they use, on all processors, and need no lock for it: who
	// takes one has another (its own, or that of a name or a handle, which mu
	// or the table's lock keeps), or uses TryReference.
	pointers  atomic.Int64
	permanent bool

	nextDeferred *Object // in the list of deferred deletions
}

var (
	mu    ke.FastMutex
	types []*Type
)

// Name returns the object's own name, "" if it has none.
func (o *Object) Name() string {
	mu.Lock()
	defer mu.Unlock()
	return o.name
}

// QueryName is ObQueryNameString: the full name, "" if there is none. The type's
// QueryName procedure says it of an object that is in no directory.
func (o *Object) QueryName() (string, nt.Status) {
	if path := o.Path(); path != "" || o.Type.QueryName == nil {
		return path, nt.StatusSuccess
	}
	return o.Type.QueryName(o)
}

// Path returns the full name that directories say.
func (o *Object) Path() string {
	mu.Lock()
	defer mu.Unlock()
	return o.path()
}

func (o *Object) path() string {
	if o == rootObject {
		return `\`
	}
	n := 0
	for x := o; x.parent != nil; x = x.parent.object {
		n += 1 + len(x.name)
	}
	b := make([]byte, n)
	for x := o; x.parent != nil; x = x.parent.object {
		n -= len(x.name)
		copy(b[n:], x.name)
		n--
		b[n] = '\\'
	}
	return string(b)
}

// Counts returns the object's pointer and handle counts.
func (o *Object) Counts() (pointers, handles int) {
	mu.Lock()
	defer mu.Unlock()
	return int(o.pointers.Load()), o.handles
}

// Handles returns the object's handle count.
func (o *Object) Handles() int {
	mu.Lock()
	n := o.handles
	mu.Unlock()
	return n
}

// CreateType is ObCreateObjectType. The type appears in \ObjectTypes once that
// exists. STATUS_OBJECT_NAME_COLLISION if the name is taken.
func CreateType(t Type) (*Type, nt.Status) {
	if ke.AllocationFails("object type") {
		return nil, nt.StatusInsufficientResources
	}
	mu.Lock()
	defer mu.Unlock()
	for _, o := range types {
		if o.Name == t.Name {
			return nil, nt.StatusObjectNameCollision
		}
	}
	n := new(Type)
	*n = t
	types = append(types, n)
	if typesDirectory != nil {
		insertType(n)
	}
	return n, nt.StatusSuccess
}

// Types returns all object types, oldest first.
func Types() []*Type {
	mu.Lock()
	defer mu.Unlock()
	return append([]*Type(nil), types...)
}

// New makes an object with one reference, the caller's.
func New(t *Type, body any) *Object {
	o := new(Object)
	o.Initialize(t, body)
	return o
}

// Initialize is New for an object whose memory the caller has: a part of its body, say. The
// memory is new, or that of an object whose Delete procedure has been called and that is
// not used any more.
func (o *Object) Initialize(t *Type, body any) {
	o.Type, o.Body = t, body
	o.pointers.Store(1)
	mu.Lock()
	t.count()
	mu.Unlock()
}

// newObject is New with mu held.
func newObject(t *Type, body any) *Object {
	o := &Object{Type: t, Body: body}
	o.pointers.Store(1)
	t.count()
	return o
}

// count counts a new object of the type. mu is held.
func (t *Type) count() {
	t.objects++
	t.mostObjects = max(t.mostObjects, t.objects)
}

// Reference takes one more reference.
func (o *Object) Reference() *Object {
	o.pointers.Add(1)
	return o
}

// TryReference is ObReferenceObjectSafe: it takes one more reference unless the
// last one has gone already, for those who find an object in a list of their
// own that its Delete procedure has yet to take it out of.
func (o *Object) TryReference() bool {
	for {
		n := o.pointers.Load()
		if n <= 0 {
			return false
		}
		if o.pointers.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Dereference gives one back; with the last the object is deleted.
func (o *Object) Dereference() {
	if n := o.pointers.Add(-1); n <= 0 {
		o.dropped(n)
	}
}

// dropped is Dereference when n, none, are left.
func (o *Object) dropped(n int64) {
	if n < 0 {
		panic("ob: " + o.Type.Name + " dereferenced once too often")
	}
	mu.Lock()
	o.Type.objects--
	mu.Unlock()
	if o.Type.Delete != nil {
		o.Type.Delete(o)
	}
}

// addHandle and dropHandle count handles; a handle is a reference as well.
func (o *Object) addHandle() {
	mu.Lock()
	o.pointers.Add(1)
	o.handles++
	o.Type.handles++
	o.Type.mostHandles = max(o.Type.mostHandles, o.Type.handles)
	mu.Unlock()
}

// Hold keeps a new object as a handle does, so that its name, and what ends with the
// last handle, stays until its maker has a handle, whoever opens it by that name
// and closes it meanwhile. Release takes it back.
func (o *Object) Hold() { o.addHandle() }

// Release takes a Hold back, as a handle is closed.
func (o *Object) Release() { o.dropHandle() }

func (o *Object) dropHandle() {
	mu.Lock()
	o.handles--
	o.Type.handles--
	var dir *Object
	if o.handles == 0 && !o.permanent {
		dir = o.unname()
	}
	mu.Unlock()
	if o.Type.Close != nil {
		o.Type.Close(o)
	}
	if dir != nil {
		o.Dereference() // the name's
		dir.Dereference()
	}
	o.Dereference()
}

// unname takes a temporary object out of its directory and returns the
// directory's object, whose reference the caller owes. mu is held.
func (o *Object) unname() *Object {
	d := o.parent
	if d == nil {
		return nil
	}
	delete(d.entries, o.key)
	changes++
	d.forget(o)
	o.parent, o.name, o.key = nil, "", ""
	return d.object
}

// MakeTemporary lets the name go with the last handle (NtMakeTemporaryObject).
func (o *Object) MakeTemporary() {
	mu.Lock()
	o.permanent = false
	var dir *Object
	if o.handles == 0 {
		dir = o.unname()
	}
	mu.Unlock()
	if dir != nil {
		o.Dereference()
		dir.Dereference()
	}
}

// MapGeneric turns generic rights into the type's own, and adds what those imply.
func (t *Type) MapGeneric(a nt.AccessMask) nt.AccessMask {
	for i, g := range [4]nt.AccessMask{nt.GenericRead, nt.GenericWrite, nt.GenericExecute, nt.GenericAll} {
		if a&g != 0 {
			a = a&^g | t.Generic[i]
		}
	}
	if a&nt.MaximumAllowed != 0 {
		a = a&^nt.MaximumAllowed | t.Valid
	}
	for _, p := range t.Implied {
		if a&p[0] != 0 {
			a |= p[1]
		}
	}
	return a
}
