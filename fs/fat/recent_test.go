package fat

import (
	"fmt"
	"testing"

	"gont/nt"
)

// TestRecent (I9): a child that was found by its name is found by it no more once it is deleted, renamed or
// moved, and another file with the name is.
func TestRecent(t *testing.T) {
	d := format(t, shape{FAT16, 512, 4, 16 << 10})
	v := mount(t, d)
	mkdir(t, v, `\d`)
	find := func(path string) *Node {
		t.Helper()
		n, _, err := v.Open(nil, path, OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return n
	}
	gone := func(paths ...string) {
		t.Helper()
		for _, p := range paths {
			if n, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOpen}); StatusOf(err) != nt.StatusObjectNameNotFound {
				t.Fatalf("%s: %v, %v", p, n, err)
			}
		}
	}
	rename := func(n *Node, dir *Node, name string, replace bool) {
		t.Helper()
		if err := n.Rename(dir, name, replace); err != nil {
			t.Fatal(err)
		}
	}
	put(t, v, `\a`, pattern(1, 100))
	put(t, v, `\other`, pattern(2, 100))
	dir := find(`\d`)
	n := find(`\a`)
	find(`\a`).Close()
	rename(n, nil, "b", false) // in place
	gone(`\a`)
	find(`\b`).Close()
	rename(n, nil, "a name that is much longer", false)
	gone(`\a`, `\b`)
	find(`\a name that is much longer`).Close()
	rename(n, nil, "A Name that is much longer", false)
	if x := find(`\a name that is much longer`); x != n || x.Name() != "A Name that is much longer" {
		t.Errorf("another case: %q", x.Name())
	} else {
		x.Close()
	}
	rename(n, nil, "a", false)
	find(`\a`).Close()
	rename(n, dir, "a", false) // in place no more
	gone(`\a`)
	find(`\d\a`).Close()
	if err := n.SetDelete(true); err != nil {
		t.Fatal(err)
	}
	n.Share()
	if err := n.Unlink(); err != nil { // its parent is the root now
		t.Fatal(err)
	}
	n.Close()
	gone(`\a`, `\d\a`)
	put(t, v, `\a`, pattern(3, 100))
	x := find(`\a`)
	if x == n {
		t.Error("a file that was deleted is found by a name that another one has")
	}
	other := find(`\other`)
	x.Close()
	rename(other, nil, "a", true)
	if y := find(`\a`); y != other {
		t.Error("a file that was replaced is found")
	} else {
		y.Close()
	}
	gone(`\other`)
	other.Close()
	n.Close()
	dir.Close()

	// Nodes that nobody has open leave the memory, and others get their places.
	for i := range 3 * mostIdle {
		put(t, v, fmt.Sprintf(`\d\%03d`, i), nil)
	}
	for i := range 3 * mostIdle {
		find(fmt.Sprintf(`\d\%03d`, i)).Close()
	}
	for _, bad := range []string{`\d\\x`, `\d\*`, `\\d`, `\d\.`, `\d\..`} {
		if _, _, err := v.Open(nil, bad, OpenOptions{Disposition: nt.FileOpen}); StatusOf(err) != nt.StatusObjectNameInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for key, o := range v.nodes {
		for i, r := range o.parent.dir.recent {
			if r != nil && (v.nodes[r.key()] != r || r.parent != o.parent || recentAt(r.name) != i) {
				t.Errorf("%v: recent has %q", key, r.name)
			}
		}
	}
	if err := v.Unmount(); err != nil {
		t.Error(err)
	}
	fsck(t, d, "names that were found before")
}
