package fat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gont/nt"
)

var byIDShapes = []shape{{FAT12, 512, 1, 1440}, {FAT16, 512, 4, 16 << 10}, {FAT32, 512, 1, 40 << 10}, {FAT32, 4096, 1, 40 << 10}}

// byID opens what has an id.
func byID(v *Volume, id uint64) (*Node, error) {
	n, _, err := openByID(v, id, OpenOptions{Disposition: nt.FileOpen})
	return n, err
}

func openByID(v *Volume, id uint64, o OpenOptions) (*Node, uint32, error) {
	n, err := v.ByID(id)
	if err != nil {
		return nil, 0, err
	}
	defer n.Release()
	return v.Open(n, "", o)
}

// forgetIdle takes all nodes that nobody has open out of memory.
func forgetIdle(v *Volume) {
	for len(v.idle) > 0 {
		v.idle[0].dismiss()
	}
}

// idOf is the id of the file with a path.
func idOf(t testing.TB, v *Volume, path string) uint64 {
	t.Helper()
	n, _, err := v.Open(nil, path, OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer n.Close()
	i, err := n.Info()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return i.ID
}

// ids lists what directories say: ids by path.
func ids(t testing.TB, v *Volume) map[string]uint64 {
	t.Helper()
	list, err := tree(v)
	if err != nil {
		t.Fatal(err)
	}
	list[""] = nil
	m := map[string]uint64{`\`: idOf(t, v, "")}
	for p, b := range list {
		if b != nil {
			continue
		}
		n, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		n.ReadDir(0, "", EntryFunc(func(e *Entry) bool {
			m[p+`\`+e.Text()] = e.ID
			return true
		}))
		n.Close()
	}
	return m
}

// TestByID (I10): the ids that directories and files give are the same, no two files have one, and each leads to the
// file, whether its directories are in memory or not; while it is open, to the same node as its name.
func TestByID(t *testing.T) {
	for _, s := range byIDShapes {
		t.Run(s.String(), func(t *testing.T) {
			d, _ := fill(t, s)
			v := mount(t, d)
			all := ids(t, v)
			owner := map[uint64]string{}
			var paths []string
			for p, id := range all {
				last := p[strings.LastIndexByte(p, '\\')+1:]
				dots := last == "." || last == ".."
				at := p // what . and .. stand for
				if dots {
					at = strings.TrimSuffix(p, `\`+last)
				}
				if last == ".." {
					at = at[:strings.LastIndexByte(at, '\\')]
				}
				if own := idOf(t, v, at); own != id {
					t.Errorf("the directory says that %s has the id %X, the file %X", p, id, own)
				}
				if dots {
					continue
				}
				if o, ok := owner[id]; ok || id == 0 {
					t.Errorf("%s and %s have the id %X", p, o, id)
				}
				owner[id] = p
				paths = append(paths, p)
			}
			slices.Sort(paths)
			if len(paths) < 20 {
				t.Fatalf("there are %d files", len(paths))
			}
			if err := v.Unmount(); err != nil {
				t.Fatal(err)
			}
			v = mount(t, d)
			r := rand.New(rand.NewPCG(*seedFlag, 11))
			for i := range 3 * len(paths) {
				p := paths[r.IntN(len(paths))]
				n, err := byID(v, all[p])
				if err != nil {
					t.Fatalf("%s by its id %X: %v", p, all[p], err)
				}
				if n.Path() != p {
					t.Fatalf("the id of %s leads to %s", p, n.Path())
				}
				m, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOpen})
				if err != nil || m != n {
					t.Fatalf("%s is another node by its name (%v)", p, err)
				}
				again, err := byID(v, all[p])
				if err != nil || again != n {
					t.Fatalf("%s is another node by its id (%v)", p, err)
				}
				for _, x := range []*Node{n, m, again} {
					if err := x.Close(); err != nil {
						t.Fatal(err)
					}
				}
				if err := remembered(v); err != nil {
					t.Fatal(err)
				}
				if i%3 == 0 {
					forgetIdle(v)
				}
			}
			forgetIdle(v)
			if len(v.nodes) != 0 || v.root.refs != 1 {
				t.Errorf("%d nodes are left, the root has %d references", len(v.nodes), v.root.refs)
			}
			if err := v.Unmount(); err != nil {
				t.Fatal(err)
			}
			fsck(t, d, "opens by ids")
		})
	}
}

// TestByIDNothing (I10): an id of nothing is STATUS_INVALID_PARAMETER with every disposition, and nothing is made.
func TestByIDNothing(t *testing.T) {
	for _, s := range byIDShapes {
		t.Run(s.String(), func(t *testing.T) {
			d := format(t, s)
			v := mount(t, d)
			mkdir(t, v, `\dir`)
			mkdir(t, v, `\dir\empty`)
			put(t, v, `\dir\gone.txt`, nil)
			put(t, v, `\dir\a name of more than thirteen letters.txt`, pattern(1, 3*s.sector*s.perCluster))
			for i := range s.sector * s.perCluster / entrySize { // the directory has a second cluster
				put(t, v, fmt.Sprintf(`\dir\F%d`, i), nil)
			}
			dir, long, gone := idOf(t, v, `\dir`), idOf(t, v, `\dir\a name of more than thirteen letters.txt`), idOf(t, v, `\dir\gone.txt`)
			deep := idOf(t, v, `\dir\empty`)
			n, _, _ := v.Open(nil, `\dir`, OpenOptions{Disposition: nt.FileOpen})
			second, _, _ := n.at(1)
			n.build()
			end := n.dir.end
			n.Close()
			f, err := byID(v, long)
			if err != nil {
				t.Fatal(err)
			}
			file := f.first
			f.Close()
			x, _, _ := v.Open(nil, `\dir\gone.txt`, OpenOptions{Disposition: nt.FileOpen})
			x.SetDelete(true)
			if _, err := byID(v, gone); StatusOf(err) != nt.StatusDeletePending {
				t.Errorf("a file that is deleted: %v", err)
			}
			x.Close()
			label := uint32(0)
			v.root.scan(0, func(e *entry) bool {
				if e.raw[11]&attrVolume != 0 {
					label = e.slot
					return false
				}
				return true
			})
			at := func(cluster, slot uint32) uint64 { return uint64(cluster)<<32 | uint64(slot) }
			first := uint32(long >> 32)
			strange := uint32(fixedRoot)
			if s.kind != FAT32 {
				strange = 0
			}
			for _, c := range []struct {
				what string
				id   uint64
			}{
				{"zero", 0}, {"all ones", ^uint64(0)}, {"two", 2}, {"a slot alone", 65536},
				{"the label", v.root.idOf(label)}, {"behind the root's end", v.root.idOf(500)}, {"far behind it", v.root.idOf(mostSlots)},
				{".", at(first, 0)}, {"..", at(first, 1)}, {"a part of a long name", long - 1}, {"its first part", long - 3},
				{"a free slot", gone}, {"the directory's end", at(first, end)}, {"a slot that no directory has", at(first, mostSlots)}, {"the last slot", at(first, ^uint32(0))},
				{"the directory's second cluster", at(second, 0)}, {"a slot of it", at(second, 1)},
				{"a file's cluster", at(file, 0)}, {"a slot there", at(file, 3)}, {"a free cluster", at(v.g.last(), 2)},
				{"behind the last cluster", at(v.g.last()+1, 2)}, {"a wild cluster", at(0xFFFFFFF7, 2)}, {"the other kinds' root", at(strange, 2)},
				{"an empty directory", at(first+1, 2)},
			} {
				for _, idle := range []bool{false, true} {
					for disposition := uint32(nt.FileSupersede); disposition <= nt.FileOverwriteIf; disposition++ {
						if idle {
							forgetIdle(v)
						}
						if n, _, err := openByID(v, c.id, OpenOptions{Disposition: disposition}); StatusOf(err) != nt.StatusInvalidParameter {
							t.Errorf("%s (%X, disposition %d): %v, %v", c.what, c.id, disposition, n, err)
						}
					}
				}
			}
			for _, id := range []uint64{dir, long, deep, rootID} {
				if n, err := byID(v, id); err != nil {
					t.Errorf("%X: %v", id, err)
				} else {
					n.Close()
				}
			}
			if _, _, err := openByID(v, long, OpenOptions{Disposition: nt.FileOverwriteIf + 1}); StatusOf(err) != nt.StatusInvalidParameter {
				t.Errorf("a disposition that does not exist: %v", err)
			}
			if err := v.Unmount(); err != nil {
				t.Fatal(err)
			}
			if _, err := byID(v, long); StatusOf(err) != nt.StatusVolumeDismounted {
				t.Errorf("after the volume: %v", err)
			}
			fsck(t, d, "ids of nothing")
		})
	}
}

// TestByIDOpens (I10): dispositions and options count as with a name; a name that changes may change the id, a directory that
// moves takes its children's ids along.
func TestByIDOpens(t *testing.T) {
	d := format(t, shape{FAT16, 512, 4, 16 << 10})
	v := mount(t, d)
	mkdir(t, v, `\dir`)
	mkdir(t, v, `\to`)
	put(t, v, `\dir\file`, pattern(1, 5000))
	file, dir := idOf(t, v, `\dir\file`), idOf(t, v, `\dir`)
	asked := 0
	for _, c := range []struct {
		id                   uint64
		disposition, options uint32
		want                 nt.Status
		action               uint32
	}{
		{file, nt.FileOpen, 0, 0, nt.FileOpened},
		{file, nt.FileOpenIf, nt.FileNonDirectoryFile, 0, nt.FileOpened},
		{file, nt.FileOpen, nt.FileDirectoryFile, nt.StatusNotADirectory, 0},
		{file, nt.FileCreate, 0, nt.StatusObjectNameCollision, nt.FileExists},
		{file, nt.FileOverwrite, 0, 0, nt.FileOverwritten},
		{file, nt.FileOverwriteIf, 0, 0, nt.FileOverwritten},
		{file, nt.FileSupersede, 0, 0, nt.FileSuperseded},
		{dir, nt.FileOpen, nt.FileDirectoryFile, 0, nt.FileOpened},
		{dir, nt.FileOpen, nt.FileNonDirectoryFile, nt.StatusFileIsADirectory, 0},
		{dir, nt.FileOverwriteIf, 0, nt.StatusObjectNameCollision, 0},
		{rootID, nt.FileOpen, nt.FileDirectoryFile, 0, nt.FileOpened},
		{rootID, nt.FileOpen, nt.FileNonDirectoryFile, nt.StatusFileIsADirectory, 0},
	} {
		n, action, err := openByID(v, c.id, OpenOptions{Disposition: c.disposition, Options: c.options, Check: func(*Node, uint32) error { asked++; return nil }})
		if StatusOf(err) != c.want || action != c.action {
			t.Errorf("%X, disposition %d, options %X: %v, %d, want %v, %d", c.id, c.disposition, c.options, err, action, c.want, c.action)
		}
		if n != nil {
			n.Close()
		}
	}
	if asked != 7 {
		t.Errorf("Check was asked %d times", asked)
	}
	n, err := byID(v, file)
	if err != nil {
		t.Fatal(err)
	}
	to, _, _ := v.Open(nil, `\to`, OpenOptions{Disposition: nt.FileOpen})
	if err := n.Rename(to, "another name of the file", false); err != nil {
		t.Fatal(err)
	}
	moved := idOf(t, v, `\to\another name of the file`)
	if _, err := byID(v, file); moved == file || StatusOf(err) != nt.StatusInvalidParameter {
		t.Errorf("the old id, %X, now %X: %v", file, moved, err)
	}
	again, err := byID(v, moved)
	if err != nil || again != n {
		t.Errorf("the new id: %v", err)
	}
	again.Close()
	n.Close()
	// The directory goes into another one, and nothing of it is in memory.
	if err := to.Rename(nil, "there", false); err != nil {
		t.Fatal(err)
	}
	p, _, _ := v.Open(nil, `\dir`, OpenOptions{Disposition: nt.FileOpen})
	if err := to.Rename(p, "inside", false); err != nil {
		t.Fatal(err)
	}
	p.Close()
	to.Close()
	for range 2 {
		n, err = byID(v, moved)
		if err != nil || n.Path() != `\dir\inside\another name of the file` {
			t.Fatalf("%v: %v", n, err)
		}
		n.Close()
		forgetIdle(v)
	}
	n, _ = byID(v, moved)
	if err := n.SetDelete(true); err != nil {
		t.Fatal(err)
	}
	n.Close()
	if _, err := byID(v, moved); StatusOf(err) != nt.StatusInvalidParameter {
		t.Errorf("deleted: %v", err)
	}
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	fsck(t, d, "renames and deletes by ids")
}
