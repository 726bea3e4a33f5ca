package ob

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gont/nt"
)

var seedFlag = flag.Uint64("seed", 0, "run the random test with this seed only")

// mObject is what the model knows of an object.
type mObject struct {
	o          *Object
	references int // ours
	handles    int
	parent     *mObject // where it is named
	name       string
	permanent  bool
	directory  bool
	gone       bool
}

// mHandle is one handle of one table.
type mHandle struct {
	table  int
	value  nt.Handle
	object *mObject
	access nt.AccessMask
}

type run struct {
	testing.TB
	r       *rand.Rand
	root    *mObject
	objects []*mObject
	handles []mHandle
	tables  []*HandleTable
	log     []string
}

func (w *run) step(format string, a ...any) {
	w.log = append(w.log, fmt.Sprintf(format, a...))
	if len(w.log) > 25 {
		w.log = w.log[1:]
	}
}

func (w *run) fail(format string, a ...any) {
	w.Helper()
	w.Fatalf("%s\nlast steps:\n%s", fmt.Sprintf(format, a...), strings.Join(w.log, "\n"))
}

func (m *mObject) pointers(w *run) int {
	n := m.references + m.handles
	if m.parent != nil {
		n++
	}
	for _, c := range w.objects {
		if c.parent == m {
			n++
		}
	}
	return n
}

func (m *mObject) path() string {
	if m.parent == nil {
		return `\` + m.name
	}
	if p := m.parent.path(); p != `\` {
		return p + `\` + m.name
	}
	return `\` + m.name
}

// reachable reports whether m has a path from the root.
func (w *run) reachable(m *mObject) bool {
	for ; m != nil; m = m.parent {
		if m == w.root {
			return true
		}
	}
	return false
}

// settle drops what nothing refers to.
func (w *run) settle() {
	for again := true; again; {
		again = false
		for _, m := range w.objects {
			if !m.gone && m.pointers(w) == 0 {
				m.gone, again = true, true
			}
		}
	}
}

func (w *run) unname(m *mObject) {
	if m.handles == 0 && !m.permanent {
		m.parent, m.name = nil, ""
	}
	w.settle()
}

// pick returns an object that we hold a reference to, or nil.
func (w *run) pick(directory bool) *mObject {
	var c []*mObject
	for _, m := range w.objects {
		if m.references > 0 && (!directory || m.directory) && m != w.root {
			c = append(c, m)
		}
	}
	if len(c) == 0 {
		return nil
	}
	return c[w.r.IntN(len(c))]
}

// child finds a name in a directory, in any case.
func (w *run) child(d *mObject, name string) *mObject {
	for _, m := range w.objects {
		if m.parent == d && strings.EqualFold(m.name, name) {
			return m
		}
	}
	return nil
}

func (w *run) one() {
	switch w.r.IntN(11) {
	case 0, 1: // a new object, with or without a name
		m := &mObject{references: 1, directory: w.r.IntN(3) == 0}
		if m.directory {
			m.o = NewDirectory()
		} else {
			m.o = New(thingType, len(w.objects))
		}
		w.objects = append(w.objects, m)
		w.step("object %d, directory %v", len(w.objects)-1, m.directory)
		d := w.pick(true)
		name := []string{"a", "A", "b", "Long name", "ü", "z"}[w.r.IntN(6)]
		permanent := w.r.IntN(4) == 0
		var base *Object
		path := name
		if d == nil || d == m || w.r.IntN(2) == 0 {
			if d == nil || d == m || !w.reachable(d) {
				d = w.root
			}
			path = strings.TrimSuffix(d.path(), `\`) + `\` + name
		} else {
			base = d.o
		}
		want := nt.StatusSuccess
		if w.child(d, name) != nil {
			want = nt.StatusObjectNameCollision
		}
		w.step("insert as %s, permanent %v: %v", path, permanent, want)
		if s := Insert(base, m.o, path, true, permanent); s != want {
			w.fail("Insert: %v, the model says %v", s, want)
		}
		if want.OK() {
			m.parent, m.name, m.permanent = d, name, permanent
		}
	case 2, 3:
		if m := w.pick(false); m != nil {
			w.step("dereference %d", slices.Index(w.objects, m))
			m.references--
			w.settle()
			m.o.Dereference()
		}
	case 4:
		if m := w.pick(false); m != nil {
			m.references++
			m.o.Reference()
		}
	case 5, 6:
		if m := w.pick(false); m != nil {
			k, access := w.r.IntN(len(w.tables)), nt.AccessMask(w.r.IntN(4))
			h, s := w.tables[k].Insert(m.o, access, 0)
			if !s.OK() || slices.ContainsFunc(w.handles, func(x mHandle) bool { return x.table == k && x.value == h }) {
				w.fail("handle %d: %v", h, s)
			}
			w.step("handle %d of table %d for %d", h, k, slices.Index(w.objects, m))
			m.handles++
			w.handles = append(w.handles, mHandle{k, h, m, access})
		}
	case 7, 8:
		if len(w.handles) > 0 {
			i := w.r.IntN(len(w.handles))
			h := w.handles[i]
			w.handles = slices.Delete(w.handles, i, i+1)
			w.step("close %d of table %d", h.value, h.table)
			h.object.handles--
			w.unname(h.object)
			if s := w.tables[h.table].Close(h.value); !s.OK() {
				w.fail("Close: %v", s)
			}
		}
	case 9:
		if m := w.pick(false); m != nil {
			w.step("make %d temporary", slices.Index(w.objects, m))
			m.permanent = false
			w.unname(m)
			m.o.MakeTemporary()
		}
	case 10: // look for a name that exists
		m := w.objects[w.r.IntN(len(w.objects))]
		if m.gone || m.parent == nil || !w.reachable(m) {
			return
		}
		insensitive := w.r.IntN(2) == 0
		path := m.path()
		if insensitive {
			path = strings.ToUpper(path)
		}
		o, s := Lookup(nil, path, insensitive, nil)
		if s != nt.StatusSuccess || o != m.o {
			w.fail("Lookup %s: %v", path, s)
		}
		m.references++
	}
}

func (w *run) check() {
	objects, handles := 0, 0
	for i, m := range w.objects {
		p, h := m.o.Counts()
		if m.gone {
			if !m.directory && deleted[m.o] != 1 {
				w.fail("object %d has gone and was deleted %d times", i, deleted[m.o])
			}
			continue
		}
		if !m.directory {
			objects++
			handles += m.handles
		}
		if deleted[m.o] != 0 {
			w.fail("object %d was deleted and has %d references", i, m.pointers(w))
		}
		extra := 0
		if m == w.root {
			extra = 6 // the root's own, and what phase 1 put there
		}
		if p != m.pointers(w)+extra || h != m.handles {
			w.fail("object %d has %d references and %d handles, the model says %d and %d", i, p, h, m.pointers(w)+extra, m.handles)
		}
		if m != w.root && m.o.Name() != m.name {
			w.fail("object %d is named %q, the model says %q", i, m.o.Name(), m.name)
		}
		if w.reachable(m) && m.o.Path() != m.path() {
			w.fail("object %d is %q, the model says %q", i, m.o.Path(), m.path())
		}
		if m.directory && m != w.root {
			var want []string
			for _, c := range w.objects {
				if c.parent == m {
					want = append(want, c.name)
				}
			}
			var got []string
			for _, e := range m.o.Body.(*Directory).Entries() {
				got = append(got, e.Name)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				w.fail("directory %d has %q, the model says %q", i, got, want)
			}
		}
	}
	for _, h := range w.handles {
		o, s := w.tables[h.table].Reference(h.value, h.access, nil)
		if s != nt.StatusSuccess || o != h.object.o {
			w.fail("handle %d of table %d: %v", h.value, h.table, s)
		}
		o.Dereference()
		if h.access != 3 {
			if _, s := w.tables[h.table].Reference(h.value, 3, nil); s != nt.StatusAccessDenied {
				w.fail("handle %d with rights %d gives 3: %v", h.value, h.access, s)
			}
		}
	}
	if n, k := thingType.Counts(); n != objects || k != handles {
		w.fail("%d things and %d handles, the model says %d and %d", n, k, objects, handles)
	}
}

// TestRandom compares names, counts and handles with a model over thousands of
// random operations, and looks at the end whether all has gone.
func TestRandom(t *testing.T) {
	list := []uint64{1, 2, 3, uint64(time.Now().UnixNano())}
	if *seedFlag != 0 {
		list = []uint64{*seedFlag}
	}
	for _, seed := range list {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			boot(t)
			w := &run{TB: t, r: rand.New(rand.NewPCG(seed, 7)), root: &mObject{o: rootObject, directory: true}}
			w.objects = []*mObject{w.root}
			for range 3 {
				w.tables = append(w.tables, NewHandleTable())
			}
			directories, _ := DirectoryType.Counts()
			for i := range 1200 {
				w.one()
				w.root.gone = false
				if i%10 == 0 {
					w.check()
				}
			}
			for k, table := range w.tables {
				w.step("close all of table %d", k)
				for _, h := range w.handles {
					if h.table == k {
						h.object.handles--
						w.unname(h.object)
					}
				}
				table.CloseAll()
				w.handles = slices.DeleteFunc(w.handles, func(h mHandle) bool { return h.table == k })
				w.check()
			}
			for _, m := range w.objects[1:] {
				if !m.gone {
					m.permanent = false
					w.unname(m)
					m.o.MakeTemporary()
				}
			}
			w.check()
			for _, m := range w.objects[1:] {
				for ; m.references > 0; m.references-- {
					m.o.Dereference()
				}
			}
			for i, m := range w.objects[1:] {
				if p, h := m.o.Counts(); p != 0 || h != 0 {
					t.Errorf("object %d is left with %d references and %d handles", i, p, h)
				}
			}
			if n, _ := thingType.Counts(); n != 0 {
				t.Errorf("%d things are left", n)
			}
			if n, _ := DirectoryType.Counts(); n != directories {
				t.Errorf("%d directories, %d before", n, directories)
			}
			counts(t, "the root", rootObject, 6, 0)
		})
	}
}
