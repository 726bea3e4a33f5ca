package cm

import (
	"fmt"
	"testing"

	"gont/nt"
)

// TestNotify: who is told of which change.
func TestNotify(t *testing.T) {
	start(t)
	base, _ := CreateKey(`\Registry\Machine\SYSTEM\N`, false)
	a, _ := base.Create("A", false)
	b, _ := a.Create("B", false)
	type watcher struct {
		path   string
		filter uint32
		tree   bool
		told   int
		last   nt.Status
		key    *Key
	}
	var all []*watcher
	for _, path := range []string{``, `\A`, `\A\B`, `\Other`} {
		for _, filter := range []uint32{NotifyName, NotifyLastSet, NotifyAttributes, notifyAll} {
			for _, tree := range []bool{false, true} {
				k, s := CreateKey(`\Registry\Machine\SYSTEM\N`+path, false)
				if !s.OK() {
					t.Fatal(s)
				}
				all = append(all, &watcher{path: path, filter: filter, tree: tree, key: k})
			}
		}
	}
	arm := func(w *watcher) {
		s := w.key.Notify(w.filter, w.tree, &Post{Complete: func(s nt.Status) { w.told++; w.last = s }})
		expect(t, "Notify", s, nt.StatusPending)
	}
	// check does something with \A and compares with the rule.
	check := func(what string, at string, filter uint32, do func() nt.Status) {
		t.Helper()
		for _, w := range all {
			w.told = 0
			arm(w)
			w.told = 0 // what was pending of before
			arm(w)
			w.told = 0
		}
		expect(t, what, do(), nt.StatusSuccess)
		for _, w := range all {
			above := w.path == "" || w.path == `\A` && (at == `\A` || at == `\A\B`) || w.path == at
			want := 0
			if w.filter&filter != 0 && above && (w.path == at || w.tree) {
				want = 1
			}
			if (w.told > 0) != (want > 0) {
				t.Errorf("%s: %q, filter %d, tree %v: told %d times, want %d", what, w.path, w.filter, w.tree, w.told, want)
			} else if w.told > 0 && w.last != nt.StatusNotifyEnumDir {
				t.Errorf("%s: %v", what, w.last)
			}
			if w.told == 0 {
				w.key.mustCancel(t)
			}
		}
	}
	check("set a value", `\A`, NotifyLastSet, func() nt.Status { return a.SetUint32("x", 1) })
	check("set a value below", `\A\B`, NotifyLastSet, func() nt.Status { return b.SetUint32("x", 1) })
	check("delete a value", `\A`, NotifyLastSet, func() nt.Status { return a.DeleteValue("x") })
	check("make a key", `\A`, NotifyName, func() nt.Status { k, s := a.Create("C", false); k.Close(); return s })
	check("rename a key", `\A`, NotifyName, func() nt.Status { k, _ := a.Open("C"); defer k.Close(); return k.Rename([]uint16{'D'}) })
	check("delete a key", `\A`, NotifyName, func() nt.Status { k, _ := a.Open("D"); defer k.Close(); return k.Delete() })
	check("set a time", `\A`, NotifyAttributes, func() nt.Status { return a.SetTime(5) })
	for _, w := range all {
		w.told = 0
		arm(w)
		w.key.Close()
		if w.told != 1 || w.last != nt.StatusNotifyCleanup {
			t.Errorf("closed: %d, %v", w.told, w.last)
		}
	}
	for _, k := range []*Key{base, a, b} {
		k.Close()
	}
	nothingOpen(t)
}

// mustCancel takes all posts of a key's watch back.
func (k *Key) mustCancel(t *testing.T) {
	mu.Lock()
	list := k.watch.posts
	mu.Unlock()
	for p := list; p != nil; {
		next := p.next
		if !k.Cancel(p) {
			t.Error("a post was not there")
		}
		p = next
	}
}

// TestNotifyBetween: what changes between two calls is not lost; filters are those of the first
// call; a key that goes takes its watches along; changes are seen through mount points.
func TestNotifyBetween(t *testing.T) {
	start(t)
	k, _ := CreateKey(`\Registry\Machine\HARDWARE\W`, true)
	other, _ := k.Open("")
	got := ""
	post := func() *Post { return &Post{Complete: func(s nt.Status) { got += fmt.Sprintf("%v ", s) }} }
	expect(t, "filter 0", k.Notify(0, false, post()), nt.StatusInvalidParameter)
	expect(t, "filter 16", k.Notify(16, false, post()), nt.StatusInvalidParameter)
	k.Notify(NotifyLastSet, false, post())
	k.Notify(NotifyName, true, post()) // both wait for values
	sub, _ := k.Create("S", true)
	sub.Close()
	expect(t, "another change", got, "")
	other.SetUint32("x", 1)
	expect(t, "told", got, "STATUS_NOTIFY_ENUM_DIR STATUS_NOTIFY_ENUM_DIR ")
	got = ""
	other.SetUint32("x", 2)
	other.SetUint32("x", 3)
	expect(t, "nobody waits", got, "")
	k.Notify(NotifyLastSet, false, post())
	expect(t, "told of what was", got, "STATUS_NOTIFY_ENUM_DIR ")
	got = ""
	k.Notify(NotifyLastSet, false, post())
	expect(t, "nothing new", got, "")
	p := post()
	k.Notify(NotifyLastSet, false, p)
	expect(t, "cancel", k.Cancel(p), true)
	expect(t, "cancel again", k.Cancel(p), false)

	machine := must(t, `\Registry\Machine`)
	seen := 0
	machine.Notify(NotifyName, true, &Post{Complete: func(nt.Status) { seen++ }})
	s := must(t, `\Registry\Machine\HARDWARE\W\S`)
	expect(t, "delete", s.Delete(), nt.StatusSuccess)
	expect(t, "through the mount point", seen, 1)
	s.Close()
	got = ""
	expect(t, "delete", other.Delete(), nt.StatusSuccess)
	expect(t, "deleted", got, "STATUS_NOTIFY_CLEANUP ")
	expect(t, "notify of a deleted key", k.Notify(NotifyName, false, post()), nt.StatusKeyDeleted)
	expect(t, "cancel on a deleted key", k.Cancel(p), false)
	machine.Close()
	k.Close()
	other.Close()
	nothingOpen(t)
}
