package fat

import (
	"strings"
	"testing"

	"gont/nt"
)

// TestLastPath (I9): the path that was opened last leads where it leads now: nowhere, or to another
// file, once a part of it has been renamed, moved, replaced or deleted.
func TestLastPath(t *testing.T) {
	v := mount(t, format(t, small))
	mkdir(t, v, `\dir`)
	mkdir(t, v, `\dir\in`)
	mkdir(t, v, `\empty`)
	for _, path := range []string{`\dir\in\file`, `\dir\in\other`, `\file`, `\dir\` + strings.Repeat("long", 40)} {
		put(t, v, path, []byte(path))
	}
	find := func(path, want string, status nt.Status) {
		t.Helper()
		for range 3 {
			b, err := get(v, path)
			if string(b) != want || StatusOf(err) != status {
				t.Errorf("%s is %q, %v", path, b, err)
			}
			if err := remembered(v); err != nil {
				t.Error(path, err)
			}
		}
	}
	rename := func(from, to, name string, replace bool) {
		t.Helper()
		n, _, _ := open(v, from, nt.FileOpen, 0)
		d, _, _ := open(v, to, nt.FileOpen, 0)
		open(v, from, nt.FileOpen, 0) // the path is kept
		n.Close()
		if err := n.Rename(d, name, replace); err != nil {
			t.Fatal(err)
		}
		n.Close()
		d.Close()
	}
	find(`\dir\`+strings.Repeat("long", 40), `\dir\`+strings.Repeat("long", 40), nt.StatusSuccess)
	find(`\dir\in\file`, `\dir\in\file`, nt.StatusSuccess)
	find(`\dir\IN\file`, `\dir\in\file`, nt.StatusSuccess)
	if v.last.node == nil || v.last.find(`\dir\IN\file`, v.names) != v.last.node {
		t.Error("the path is not kept")
	}
	if _, _, s := open(v, `\dir\IN\file`, nt.FileCreate, 0); s != nt.StatusObjectNameCollision {
		t.Errorf("made again: %v", s)
	}
	if _, _, s := open(v, `\dir\IN\file`, nt.FileOpen, nt.FileDirectoryFile); s != nt.StatusNotADirectory {
		t.Errorf("as a directory: %v", s)
	}
	if _, _, s := open(v, `\dir\IN\file\`, nt.FileOpen, 0); s != nt.StatusNotADirectory {
		t.Errorf("with a backslash: %v", s)
	}
	find(`\dir\in\file`, `\dir\in\file`, nt.StatusSuccess)
	rename(`\dir\in\file`, `\dir\in`, "elif", false)
	find(`\dir\in\file`, "", nt.StatusObjectNameNotFound)
	find(`\dir\in\elif`, `\dir\in\file`, nt.StatusSuccess)
	rename(`\dir\in\other`, `\dir\in`, "elif", true)
	find(`\dir\in\elif`, `\dir\in\other`, nt.StatusSuccess)
	rename(`\dir\in`, `\`, "out", false)
	find(`\dir\in\elif`, "", nt.StatusObjectPathNotFound)
	find(`\out\elif`, `\dir\in\other`, nt.StatusSuccess)
	remove(t, v, `\out\elif`)
	find(`\out\elif`, "", nt.StatusObjectNameNotFound)
	put(t, v, `\out\elif`, []byte("new"))
	find(`\out\elif`, "new", nt.StatusSuccess)
	for len(v.idle) > 0 {
		v.idle[0].dismiss()
	}
	find(`\out\elif`, "new", nt.StatusSuccess)
	// A directory that is to be deleted leads nowhere.
	n, _, _ := open(v, `\empty`, nt.FileOpen, 0)
	m, _, _ := open(v, `\empty`, nt.FileOpen, 0)
	n.SetDelete(true)
	find(`\empty`, "", nt.StatusDeletePending)
	find(`\empty\x`, "", nt.StatusDeletePending)
	n.Close()
	m.Close()
	find(`\empty`, "", nt.StatusObjectNameNotFound)
	find(`\file`, `\file`, nt.StatusSuccess)
	v.Unmount()
	if _, _, s := open(v, `\file`, nt.FileOpen, 0); s != nt.StatusVolumeDismounted {
		t.Errorf("on a volume that is gone: %v", s)
	}
}
