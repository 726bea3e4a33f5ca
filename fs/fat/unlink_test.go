package fat

import (
	"bytes"
	"testing"

	"gont/nt"
)

// TestUnlink (I9): a file that is deleted while somebody still uses its pages has no name any more: its
// name and its directory are free at once, its clusters with the last Close; the volume is not
// marked as closed before, and Unmount does not wait for it.
func TestUnlink(t *testing.T) {
	for _, unmount := range []bool{false, true} {
		d := format(t, shape{FAT16, 512, 4, 16 << 10})
		v := mount(t, d)
		mkdir(t, v, `\d`)
		old, other := pattern(1, 30_000), pattern(2, 30_000)
		put(t, v, `\d\f`, old)
		free := func() uint32 {
			i, err := v.Info()
			if err != nil {
				t.Fatal(err)
			}
			return i.Free
		}
		before := free()
		n, _, err := v.Open(nil, `\d\f`, OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			t.Fatal(err)
		}
		n.Share()
		if err := n.SetDelete(true); err != nil {
			t.Fatal(err)
		}
		if err := n.Unlink(); err != nil {
			t.Fatal(err)
		}
		n.Close()
		if _, err := get(v, `\d\f`); StatusOf(err) != nt.StatusObjectNameNotFound {
			t.Errorf("an open: %v", err)
		}
		put(t, v, `\d\f`, other)
		got := make([]byte, len(old))
		if _, err := n.ReadAt(got, 0); err != nil || !bytes.Equal(got, old) {
			t.Errorf("a read of what has no name: %v", err)
		}
		if err := n.WriteData(pattern(3, 5000), 100); err != nil {
			t.Error(err)
		}
		if got, err := get(v, `\d\f`); err != nil || !bytes.Equal(got, other) {
			t.Errorf("the new file: %v", err)
		}
		for _, p := range []string{`\d\f`, `\d`} {
			x, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOpen})
			if err == nil {
				err = x.SetDelete(true)
				x.Close()
			}
			if err != nil {
				t.Errorf("delete %s: %v", p, err)
			}
		}
		if _, _, err := v.Open(nil, `\d`, OpenOptions{Disposition: nt.FileOpen}); StatusOf(err) != nt.StatusObjectNameNotFound {
			t.Errorf("the directory: %v", err)
		}
		if err := v.Clean(); err != nil {
			t.Error(err)
		}
		if i, _ := v.Info(); !i.Dirty {
			t.Error("the volume is marked as closed")
		}
		if !unmount {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
			if got := free(); got != before+15+1 { // the file's clusters and the directory's
				t.Errorf("%d clusters are free, %d were", got, before)
			}
		}
		if err := v.Unmount(); err != nil {
			t.Error(err)
		}
		fsck(t, d, "afterwards")
		if v = mount(t, d); v.Report().Ran {
			t.Error("the volume was not closed")
		}
	}
}
