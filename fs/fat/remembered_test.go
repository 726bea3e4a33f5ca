package fat

import (
	"fmt"
	"strings"
	"testing"

	"gont/nt"
)

// remembered checks what is kept of names: a child that was found before is still the node of its
// name, and the path that was opened last still leads to its node.
func remembered(v *Volume) error {
	if path := string(v.last.text[:v.last.length]); v.last.find(path, v.names) != nil {
		n := v.root
		for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '\\' }) {
			e, err := n.lookup(name)
			if err != nil || e == nil || n.doomed {
				return fmt.Errorf("%q is remembered, and %q is not there: %v", path, name, err)
			}
			n = v.nodes[nodeKey{n.first, e.slot}]
		}
		if n != v.last.node {
			return fmt.Errorf("%q is remembered as %q", path, v.last.node.Path())
		}
	}
	directories := []*Node{v.root}
	for _, n := range v.nodes {
		if n.IsDirectory() {
			directories = append(directories, n)
		}
	}
	for _, n := range directories {
		for i, o := range n.dir.recent {
			if o == nil {
				continue
			}
			e, err := n.lookup(o.name)
			if i != recentAt(o.name) || o.parent != n || o.removed || v.nodes[o.key()] != o || err != nil || e == nil || e.slot != o.slot {
				return fmt.Errorf("%q in %q is remembered, and not there", o.name, n.Path())
			}
		}
	}
	return nil
}

// remove deletes a file.
func remove(t *testing.T, v *Volume, path string) {
	t.Helper()
	n, _, s := open(v, path, nt.FileOpen, 0)
	if !s.OK() {
		t.Fatal(path, s)
	}
	if err := n.SetDelete(true); err != nil {
		t.Fatal(err)
	}
	n.Close()
}
