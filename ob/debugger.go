package ob

import (
	"slices"
	"strings"

	"gont/nt"
)

// What the kernel's debugger reads. All processors are stopped, and no lock is taken: what
// another processor was changing may be seen half done.

// DebugEntry is a name of a directory.
type DebugEntry struct {
	Name   string
	Object *Object
	Target string // of a symbolic link
}

// DebugLookup finds an object by its path from the root; no link is followed. nil: there is
// none.
func DebugLookup(path string) *Object {
	o := rootObject
	for part := range strings.SplitSeq(path, `\`) {
		if part == "" {
			continue
		}
		if o == nil {
			return nil
		}
		d, _ := o.Body.(*Directory)
		if d == nil {
			return nil
		}
		o = d.entries[fold(part)]
	}
	return o
}

// DebugEntries lists a directory by name; nil for what is none.
func (o *Object) DebugEntries() (list []DebugEntry) {
	d, _ := o.Body.(*Directory)
	if d == nil {
		return nil
	}
	for _, e := range d.entries {
		r := DebugEntry{Name: e.name, Object: e}
		if l, _ := e.Body.(*SymbolicLink); l != nil {
			r.Target = l.Target
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b DebugEntry) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// DebugName and DebugCounts are Name and Counts.
func (o *Object) DebugName() string                      { return o.name }
func (o *Object) DebugCounts() (pointers, handles int64) { return o.pointers.Load(), int64(o.handles) }

// DebugHandles calls yield for every open handle.
func (t *HandleTable) DebugHandles(yield func(Open) bool) {
	for i := 1; i < t.length; i++ {
		if e := t.at(i); e.object != nil && !yield(Open{nt.Handle(i * 4), e.object, e.access, e.attributes}) {
			return
		}
	}
}

// DebugLocks reports which of the package's locks are held.
func DebugLocks(yield func(name string, held bool)) { yield("ob: names", mu.Held()) }
