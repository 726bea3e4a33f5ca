package ob

import (
	"testing"

	"gont/nt"
)

// TestInherit: marked handles, and they alone, come to the child at the same
// values; the free ones are handed out in their order.
func TestInherit(t *testing.T) {
	boot(t)
	parent, child := NewHandleTable(), NewHandleTable()
	o, other := New(thingType, nil), New(thingType, nil)
	var h [6]nt.Handle
	for i := range h {
		use, flags := o, uint32(nt.ObjInherit)
		if i%2 == 1 {
			use, flags = other, 0
		}
		h[i], _ = parent.Insert(use, nt.AccessMask(i), flags)
	}
	parent.Close(h[4])
	child.Inherit(parent)
	expect(t, "handles", child.Count(), 2)
	counts(t, "inherited", o, 5, 4)
	counts(t, "other", other, 4, 3)
	for i, want := range []nt.Status{0, nt.StatusInvalidHandle, 0, nt.StatusInvalidHandle, nt.StatusInvalidHandle, nt.StatusInvalidHandle} {
		x, access, attributes, s := child.ReferenceAny(h[i])
		expect(t, "ReferenceAny", s, want)
		if s.OK() {
			expect(t, "rights", access, nt.AccessMask(i))
			expect(t, "attributes", attributes, uint32(nt.ObjInherit))
			x.Dereference()
		}
	}
	x, _ := child.Insert(other, 1, 0)
	expect(t, "the first free handle", x, h[1])
	list := make([]Open, 2)
	expect(t, "a list", child.List(0, list), 2)
	expect(t, "its first", list[0].Handle, h[0])
	expect(t, "the rest", child.List(list[1].Handle, list), 1)
	expect(t, "the end", child.List(list[0].Handle, list), 0)
	child.CloseAll()
	parent.CloseAll()
	counts(t, "inherited", o, 1, 0)
	counts(t, "other", other, 1, 0)
	// From a process that has ended there is nothing to have.
	late := NewHandleTable()
	late.Inherit(parent)
	expect(t, "handles", late.Count(), 0)
}

// TestProtect: a protected handle stays open until the protection goes or the
// process ends.
func TestProtect(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	o := New(thingType, nil)
	x, _ := h.Insert(o, 1, 0)
	expect(t, "SetAttributes", h.SetAttributes(x, nt.ObjProtectClose), nt.StatusSuccess)
	expect(t, "Close", h.Close(x), nt.StatusHandleNotClosable)
	counts(t, "object", o, 2, 1)
	expect(t, "SetAttributes", h.SetAttributes(x, 0), nt.StatusSuccess)
	expect(t, "Close", h.Close(x), nt.StatusSuccess)
	expect(t, "SetAttributes of none", h.SetAttributes(x, 0), nt.StatusInvalidHandle)
	x, _ = h.Insert(o, 1, nt.ObjProtectClose)
	h.CloseAll()
	counts(t, "object", o, 1, 0)
	_, _, _, s := h.ReferenceAny(x)
	expect(t, "ReferenceAny", s, nt.StatusInvalidHandle)
}

// TestTryReference: what is being deleted stays deleted.
func TestTryReference(t *testing.T) {
	boot(t)
	o := New(thingType, nil)
	expect(t, "alive", o.TryReference(), true)
	o.Dereference()
	o.Dereference()
	expect(t, "deleted", o.TryReference(), false)
	expect(t, "deletions", deleted[o], 1)
}

// TestTwoNames: an object has one name; the second is refused and the first
// stays whole.
func TestTwoNames(t *testing.T) {
	boot(t)
	o := New(thingType, nil)
	expect(t, "first", Insert(nil, o, `\first`, true, false), nt.StatusSuccess)
	expect(t, "second", Insert(nil, o, `\second`, true, false), nt.StatusInvalidParameter)
	expect(t, "path", o.Path(), `\first`)
	expect(t, "the root", Insert(nil, rootObject, `\root`, true, false), nt.StatusInvalidParameter)
	o.MakeTemporary()
	counts(t, "object", o, 1, 0)
	expect(t, "again", Insert(nil, o, `\second`, true, true), nt.StatusSuccess)
	o.MakeTemporary()
	o.Dereference()
	expect(t, "deletions", deleted[o], 1)
}

// TestTotals: the most there ever was stays.
func TestTotals(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	for range 3 {
		o := New(thingType, nil)
		h.Insert(o, 1, 0)
		h.Insert(o, 1, 0)
		o.Dereference()
	}
	expect(t, "totals", thingType.Totals(), TypeCounts{3, 6, 3, 6})
	h.CloseAll()
	expect(t, "totals", thingType.Totals(), TypeCounts{0, 0, 3, 6})
}
