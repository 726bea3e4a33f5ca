package ob

import (
	"sync"
	"testing"
)

// TestDeferred: the Delete procedure runs when DeleteDeferred is called, once, and
// somebody is told when there is something to do.
func TestDeferred(t *testing.T) {
	boot(t)
	told := 0
	Deferred = func() { told++ }
	defer func() { Deferred = nil }()
	a, b, c := New(thingType, nil), New(thingType, nil), New(thingType, nil)
	a.Reference()
	a.DereferenceDeferDelete()
	expect(t, "nothing to do", told, 0)
	a.DereferenceDeferDelete()
	b.DereferenceDeferDelete()
	expect(t, "told once", told, 1)
	expect(t, "deletions", len(deleted), 0)
	expect(t, "one that is to go", a.TryReference(), false)
	DeleteDeferred()
	expect(t, "a", deleted[a], 1)
	expect(t, "b", deleted[b], 1)
	c.DereferenceDeferDelete()
	expect(t, "told again", told, 2)
	DeleteDeferred()
	DeleteDeferred()
	expect(t, "c", deleted[c], 1)
	n, _ := thingType.Counts()
	expect(t, "objects", n, 0)
	func() {
		defer func() { expect(t, "once too often", recover() != nil, true) }()
		c.DereferenceDeferDelete()
	}()
}

// TestDeferredParallel: none is lost or deleted twice when several give back and
// delete at the same time.
func TestDeferredParallel(t *testing.T) {
	boot(t)
	var mu sync.Mutex
	gone := map[*Object]int{}
	thingType.Delete = func(o *Object) {
		mu.Lock()
		gone[o]++
		mu.Unlock()
	}
	Deferred = DeleteDeferred
	defer func() { Deferred = nil }()
	const each = 2000
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range each {
				New(thingType, nil).DereferenceDeferDelete()
			}
		})
	}
	all.Wait()
	DeleteDeferred()
	expect(t, "objects that went", len(gone), 4*each)
	for _, n := range gone {
		if n != 1 {
			t.Fatalf("one was deleted %d times", n)
		}
	}
}
