package ob

import (
	"strings"
	"testing"

	"gont/nt"
)

// TestReferences: Delete comes once, with the last reference.
func TestReferences(t *testing.T) {
	boot(t)
	o := New(thingType, 7)
	if o.Reference() != o {
		t.Error("Reference returns another object")
	}
	counts(t, "object", o, 2, 0)
	o.Dereference()
	expect(t, "deleted", deleted[o], 0)
	n, _ := thingType.Counts()
	expect(t, "objects", n, 1)
	o.Dereference()
	expect(t, "deleted", deleted[o], 1)
	n, _ = thingType.Counts()
	expect(t, "objects", n, 0)
	func() {
		defer func() {
			r, _ := recover().(string)
			if !strings.Contains(r, "Thing dereferenced once too often") {
				t.Errorf("panic %q", r)
			}
		}()
		o.Dereference()
	}()
	expect(t, "deleted", deleted[o], 1)
}

// TestTypes: names are unique, types are objects of \ObjectTypes.
func TestTypes(t *testing.T) {
	boot(t)
	for _, name := range []string{"Thing", "Type", "Directory"} {
		if typ, s := CreateType(Type{Name: name}); s != nt.StatusObjectNameCollision || typ != nil {
			t.Errorf("a second type %s: %v", name, s)
		}
	}
	var names []string
	for _, typ := range Types() {
		names = append(names, typ.Name)
		o, s := Lookup(nil, `\ObjectTypes\`+typ.Name, false, TypeType)
		if s != nt.StatusSuccess || o.Body != any(typ) {
			t.Errorf("%s: %v", typ.Name, s)
			continue
		}
		o.Dereference()
	}
	expect(t, "types", strings.Join(names, " "), "Type Directory SymbolicLink Thing")
}

// TestMapGeneric: generic rights become the type's.
func TestMapGeneric(t *testing.T) {
	boot(t)
	for a, want := range map[nt.AccessMask]nt.AccessMask{
		0:                                  0,
		1:                                  1,
		nt.GenericRead:                     nt.ReadControl | 1,
		nt.GenericWrite:                    nt.ReadControl | 2,
		nt.GenericExecute:                  nt.Synchronize,
		nt.GenericAll:                      nt.StandardAll | 3,
		nt.MaximumAllowed:                  nt.StandardAll | 3,
		nt.GenericRead | nt.GenericExecute: nt.ReadControl | nt.Synchronize | 1,
		nt.GenericRead | 0x8000:            nt.ReadControl | 0x8001,
	} {
		expect(t, "MapGeneric", thingType.MapGeneric(a), want)
	}
}

// TestTemporary: the name goes with the last handle, the object with the last
// reference.
func TestTemporary(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	o := New(thingType, nil)
	expect(t, "Insert", Insert(nil, o, `\x`, true, false), nt.StatusSuccess)
	a, _ := h.Insert(o, 1, 0)
	b, _ := h.Insert(o, 2, 0)
	counts(t, "object", o, 4, 2)
	h.Close(a)
	expect(t, "name", o.Path(), `\x`)
	h.Close(b)
	counts(t, "object", o, 1, 0)
	expect(t, "name", o.Path(), "")
	_, s := Lookup(nil, `\x`, true, nil)
	expect(t, "Lookup", s, nt.StatusObjectNameNotFound)
	expect(t, "deleted", deleted[o], 0)
	o.Dereference()
	expect(t, "deleted", deleted[o], 1)
	counts(t, "the root", rootObject, 1+6-1, 0) // its own, and one for each entry
}

// TestPermanent: the name stays until it is made temporary.
func TestPermanent(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	o := New(thingType, nil)
	expect(t, "Insert", Insert(nil, o, `\p`, true, true), nt.StatusSuccess)
	a, _ := h.Insert(o, 1, 0)
	o.Dereference()
	h.Close(a)
	counts(t, "object", o, 1, 0)
	got, s := Lookup(nil, `\P`, true, thingType)
	if s != nt.StatusSuccess || got != o {
		t.Fatal(s)
	}
	a, _ = h.Insert(o, 1, 0)
	o.MakeTemporary()
	expect(t, "name with a handle", o.Path(), `\p`)
	h.Close(a)
	expect(t, "name", o.Name(), "")
	o.Dereference()
	expect(t, "deleted", deleted[o], 1)

	// Without a handle the name goes at once, without a name nothing happens.
	o = New(thingType, nil)
	Insert(nil, o, `\q`, true, true)
	o.MakeTemporary()
	counts(t, "object", o, 1, 0)
	o.MakeTemporary()
	counts(t, "object", o, 1, 0)
	o.Dereference()
	expect(t, "deleted", deleted[o], 1)
}

// TestDirectoryLives as long as something is in it.
func TestDirectoryLives(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	d := NewDirectory()
	Insert(nil, d, `\d`, true, false)
	dh, _ := h.Insert(d, nt.DirectoryCreate, 0)
	o := New(thingType, nil)
	expect(t, "Insert", Insert(d, o, `x`, true, false), nt.StatusSuccess)
	oh, _ := h.Insert(o, 1, 0)
	expect(t, "path", o.Path(), `\d\x`)
	counts(t, "directory", d, 4, 1)
	d.Dereference()
	h.Close(dh)
	counts(t, "directory", d, 1, 0)
	n, _ := DirectoryType.Counts()
	h.Close(oh)
	if m, _ := DirectoryType.Counts(); m != n-1 {
		t.Errorf("%d directories, %d before its last entry went", m, n)
	}
	o.Dereference()
}

// TestClose is called for every handle that is closed.
func TestClose(t *testing.T) {
	boot(t)
	closed := 0
	typ, s := CreateType(Type{Name: "Closer", Close: func(*Object) { closed++ }})
	if !s.OK() {
		t.Fatal(s)
	}
	h := NewHandleTable()
	o := New(typ, nil)
	a, _ := h.Insert(o, 0, 0)
	h.Insert(o, 0, 0)
	h.Close(a)
	expect(t, "closed", closed, 1)
	h.CloseAll()
	expect(t, "closed", closed, 2)
	o.Dereference() // no Delete: nothing happens
}
