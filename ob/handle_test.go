package ob

import (
	"slices"
	"sync"
	"testing"

	"gont/nt"
)

// TestHandleValues: multiples of 4, the last closed is the next used, anything
// else is refused.
func TestHandleValues(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	o := New(thingType, nil)
	var got []nt.Handle
	for range 5 {
		x, s := h.Insert(o, 1, 0)
		expect(t, "Insert", s, nt.StatusSuccess)
		got = append(got, x)
	}
	for i, x := range got {
		expect(t, "handle", x, nt.Handle(4*(i+1)))
	}
	h.Close(8)
	h.Close(16)
	for _, want := range []nt.Handle{16, 8, 24} {
		x, _ := h.Insert(o, 1, 0)
		expect(t, "reused handle", x, want)
	}
	expect(t, "count", h.Count(), 6)
	counts(t, "object", o, 7, 6)
	h.Close(12)
	for _, bad := range []nt.Handle{0, 1, 2, 3, 5, 7, 12, 13, 28, 4000, 1 << 40, 1<<63 + 4, ^nt.Handle(0), ^nt.Handle(3), nt.CurrentProcess, nt.CurrentThread} {
		if _, s := h.Reference(bad, 0, nil); s != nt.StatusInvalidHandle {
			t.Errorf("Reference(%#x): %v", bad, s)
		}
		if _, _, s := h.Access(bad); s != nt.StatusInvalidHandle {
			t.Errorf("Access(%#x): %v", bad, s)
		}
		if s := h.Close(bad); s != nt.StatusInvalidHandle {
			t.Errorf("Close(%#x): %v", bad, s)
		}
	}
	expect(t, "count", h.Count(), 5)
	counts(t, "object", o, 6, 5)
}

// TestAccess: a handle gives what it was opened for, and to its type only.
func TestAccess(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	o := New(thingType, nil)
	x, _ := h.Insert(o, nt.Synchronize|1, nt.ObjInherit)
	for access, want := range map[nt.AccessMask]nt.Status{
		0: nt.StatusSuccess, 1: nt.StatusSuccess, nt.Synchronize: nt.StatusSuccess, nt.Synchronize | 1: nt.StatusSuccess,
		2: nt.StatusAccessDenied, 3: nt.StatusAccessDenied, nt.Delete: nt.StatusAccessDenied, nt.AllAccess: nt.StatusAccessDenied,
	} {
		got, s := h.Reference(x, access, thingType)
		expect(t, "Reference", s, want)
		if s.OK() {
			got.Dereference()
		} else if got != nil {
			t.Error("a status and an object")
		}
	}
	_, s := h.Reference(x, 1, DirectoryType)
	expect(t, "another type", s, nt.StatusObjectTypeMismatch)
	access, attributes, s := h.Access(x)
	expect(t, "Access", s, nt.StatusSuccess)
	expect(t, "rights", access, nt.Synchronize|1)
	expect(t, "attributes", attributes, uint32(nt.ObjInherit))
	counts(t, "object", o, 2, 1)
}

// TestTableFull: the limit is a status, and one less handle is room for one.
func TestTableFull(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	o := New(thingType, nil)
	last := nt.Handle(0)
	for i := range MaximumHandles {
		x, s := h.Insert(o, 1, 0)
		if !s.OK() {
			t.Fatalf("handle %d: %v", i, s)
		}
		last = x
	}
	x, s := h.Insert(o, 1, 0)
	expect(t, "one too many", s, nt.StatusInsufficientResources)
	expect(t, "its handle", x, nt.Handle(0))
	counts(t, "object", o, MaximumHandles+1, MaximumHandles)
	h.Close(last)
	x, s = h.Insert(o, 1, 0)
	expect(t, "Insert", s, nt.StatusSuccess)
	expect(t, "handle", x, last)
	h.CloseAll()
	counts(t, "object", o, 1, 0)
}

// TestCloseAll: all go, none come.
func TestCloseAll(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	var objects []*Object
	for range 20 {
		o := New(thingType, nil)
		objects = append(objects, o)
		h.Insert(o, 1, 0)
		h.Insert(o, 1, 0)
		o.Dereference()
	}
	h.Close(4)
	h.CloseAll()
	for _, o := range objects {
		expect(t, "deleted", deleted[o], 1)
	}
	expect(t, "count", h.Count(), 0)
	o := New(thingType, nil)
	_, s := h.Insert(o, 1, 0)
	expect(t, "Insert", s, nt.StatusProcessIsTerminating)
	counts(t, "object", o, 1, 0)
	expect(t, "Close", h.Close(4), nt.StatusInvalidHandle)
	_, s = h.Reference(4, 0, nil)
	expect(t, "Reference", s, nt.StatusInvalidHandle)
	h.CloseAll()
	if _, n := thingType.Counts(); n != 0 {
		t.Errorf("%d handles are left", n)
	}
}

// TestConcurrent: several goroutines on one table and one directory; the race
// detector looks on.
func TestConcurrent(t *testing.T) {
	boot(t)
	var gone sync.Map
	typ, _ := CreateType(Type{Name: "Shared", Delete: func(o *Object) {
		if _, twice := gone.LoadOrStore(o, true); twice {
			t.Error("deleted twice")
		}
	}})
	h := NewHandleTable()
	CreateDirectory(`\C`)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				name := `\C\` + string(rune('a'+(g+i)%5))
				o := New(typ, nil)
				if s := Insert(nil, o, name, true, false); s == nt.StatusObjectNameCollision {
					o.Dereference()
					if o, s = Lookup(nil, name, true, typ); s == nt.StatusObjectNameNotFound {
						continue
					}
				} else if s != nt.StatusSuccess {
					t.Errorf("Insert: %v", s)
					continue
				}
				x, s := h.Insert(o, 1, 0)
				o.Dereference()
				if s != nt.StatusSuccess {
					t.Errorf("handle: %v", s)
					continue
				}
				r, s := h.Reference(x, 1, typ)
				if s == nt.StatusSuccess {
					r.Path()
					r.Dereference()
				}
				if s := h.Close(x); s != nt.StatusSuccess {
					t.Errorf("Close: %v", s)
				}
			}
		})
	}
	wg.Wait()
	o, _ := Lookup(nil, `\C`, true, nil)
	if e := o.Body.(*Directory).Entries(); len(e) != 0 {
		t.Errorf("left: %v", e)
	}
	if objects, handles := typ.Counts(); objects != 0 || handles != 0 || h.Count() != 0 {
		t.Errorf("%d objects and %d handles are left", objects, handles)
	}
}

// TestHandleTrace (P1.15): the last operations are kept, good and bad ones.
func TestHandleTrace(t *testing.T) {
	boot(t)
	h, o := NewHandleTable(), New(thingType, nil)
	early, _ := h.Insert(o, 1, 0)
	if l, n := h.Traced(); n != 0 || l != nil {
		t.Error("a trace that nobody asked for")
	}
	h.Trace()
	x, _ := h.Insert(o, 1, 0)
	h.Close(early)
	h.Close(early)
	h.Reference(0x7770, 0, nil)
	l, n := h.Traced()
	want := []HandleRecord{{Handle: x, Operation: HandleOpened, Type: "Thing"}, {Handle: early, Operation: HandleClosed, Type: "Thing"},
		{Handle: early, Operation: HandleBad}, {Handle: 0x7770, Operation: HandleBad}}
	for i := range l {
		l[i].Thread = ""
	}
	if n != 4 || !slices.Equal(l, want) {
		t.Errorf("%v", l)
	}
	for range handleTraceLength {
		h.Close(early)
	}
	if l, n := h.Traced(); n != 4+handleTraceLength || len(l) != handleTraceLength || l[0].Operation != HandleBad {
		t.Errorf("%d records of %d", len(l), n)
	}
}
