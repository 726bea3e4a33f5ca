package ob

import (
	"testing"

	"gont/nt"
)

// thingType is an object type for tests; deleted counts what went.
var thingType *Type

// deleted says how often each object's Delete was called.
var deleted map[*Object]int

// boot makes the namespace as phases 0 and 1 do.
func boot(t testing.TB) {
	t.Helper()
	if s := InitSystem0(); !s.OK() {
		t.Fatal(s)
	}
	if s := InitSystem1(); !s.OK() {
		t.Fatal(s)
	}
	deleted = map[*Object]int{}
	var s nt.Status
	thingType, s = CreateType(Type{Name: "Thing", Valid: nt.StandardAll | 3,
		Generic: [4]nt.AccessMask{nt.ReadControl | 1, nt.ReadControl | 2, nt.Synchronize, nt.StandardAll | 3},
		Delete:  func(o *Object) { deleted[o]++ }})
	if !s.OK() {
		t.Fatal(s)
	}
}

func expect(t testing.TB, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func counts(t testing.TB, what string, o *Object, pointers, handles int) {
	t.Helper()
	p, h := o.Counts()
	if p != pointers || h != handles {
		t.Errorf("%s has %d references and %d handles, want %d and %d", what, p, h, pointers, handles)
	}
}
