package fat

import (
	"testing"
	"time"

	"gont/nt"
)

// TestByIDDamaged (I10): .. entries that lie, go in a circle or out of the volume, and directories of which two begin at one
// cluster lead to nothing or to an error, and soon.
func TestByIDDamaged(t *testing.T) {
	for _, s := range byIDShapes {
		t.Run(s.String(), func(t *testing.T) {
			d := format(t, s)
			v := mount(t, d)
			mkdir(t, v, `\a`)
			mkdir(t, v, `\a\b`)
			mkdir(t, v, `\a\b\c`)
			mkdir(t, v, `\other`)
			put(t, v, `\a\b\c\file`, pattern(1, 100))
			id := idOf(t, v, `\a\b\c\file`)
			cluster := func(path string) uint32 {
				n, _, err := v.Open(nil, path, OpenOptions{Disposition: nt.FileOpen})
				if err != nil {
					t.Fatal(err)
				}
				defer n.Close()
				return n.first
			}
			a, b, c, other := cluster(`\a`), cluster(`\a\b`), cluster(`\a\b\c`), cluster(`\other`)
			if err := v.Unmount(); err != nil {
				t.Fatal(err)
			}
			const dot, dotdot = 0, 1
			// begins writes the first cluster of an entry in a directory's first sector.
			begins := func(o *overlay, dir uint32, slot int, to uint32) {
				sector := make([]byte, s.sector)
				o.ReadAt(sector, v.g.sectorOf(dir))
				e := sector[slot*entrySize:]
				le.PutUint16(e[26:], uint16(to))
				if s.kind == FAT32 {
					le.PutUint16(e[20:], uint16(to>>16))
				}
				o.WriteAt(sector, v.g.sectorOf(dir))
			}
			for _, x := range []struct {
				what string
				do   func(o *overlay)
				want nt.Status
			}{
				{"nothing is damaged", func(o *overlay) {}, 0},
				{"to itself", func(o *overlay) { begins(o, c, dotdot, c) }, nt.StatusInvalidParameter},
				{"a circle of two", func(o *overlay) { begins(o, b, dotdot, c) }, nt.StatusInvalidParameter},
				{"a circle of three", func(o *overlay) { begins(o, a, dotdot, c) }, nt.StatusInvalidParameter},
				{"to the root", func(o *overlay) { begins(o, c, dotdot, 0) }, nt.StatusInvalidParameter},
				{"to another directory", func(o *overlay) { begins(o, c, dotdot, other) }, nt.StatusInvalidParameter},
				{"out of the volume", func(o *overlay) { begins(o, c, dotdot, v.g.last()+1) }, nt.StatusInvalidParameter},
				{"to cluster 1", func(o *overlay) { begins(o, b, dotdot, 1) }, nt.StatusInvalidParameter},
				{"to a free cluster", func(o *overlay) { begins(o, b, dotdot, v.g.last()) }, nt.StatusInvalidParameter},
				{"another .", func(o *overlay) { begins(o, b, dot, c) }, nt.StatusInvalidParameter},
				{"the parent has another cluster", func(o *overlay) { begins(o, a, 2, other) }, nt.StatusInvalidParameter},
				{"a directory in itself", func(o *overlay) { begins(o, b, 2, b) }, nt.StatusInvalidParameter},
				{"a parent in its child", func(o *overlay) { begins(o, b, 2, a); begins(o, c, dotdot, a) }, nt.StatusInvalidParameter},
				{"the root's cluster", func(o *overlay) { begins(o, b, 2, v.g.root) }, nt.StatusInvalidParameter},
			} {
				o := &overlay{d, map[uint64][]byte{}}
				x.do(o)
				v, err := Mount(o, Options{Now: clock, NoCheck: true})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				for range 2 {
					n, err := byID(v, id)
					if StatusOf(err) != x.want {
						t.Errorf("%s: %v, %v", x.what, n, err)
					}
					if n != nil {
						n.Close()
					}
				}
				if e := time.Since(began); e > 5*time.Second {
					t.Errorf("%s: %v", x.what, e)
				}
				forgetIdle(v)
				if len(v.nodes) != 0 || v.root.refs != 1 {
					t.Errorf("%s: %d nodes are left, the root has %d references", x.what, len(v.nodes), v.root.refs)
				}
				// While the directory is in memory its .. does not count.
				dir, _, err := v.Open(nil, `\a\b\c`, OpenOptions{Disposition: nt.FileOpen})
				if err != nil || dir.first != c {
					continue
				}
				if n, err := byID(v, id); err != nil {
					t.Errorf("%s, in memory: %v", x.what, err)
				} else {
					n.Close()
				}
				dir.Close()
			}
		})
	}
}

// TestByIDDisk (I10): where the disk cannot be read the error is the disk's.
func TestByIDDisk(t *testing.T) {
	d := format(t, shape{FAT16, 512, 4, 16 << 10})
	v := mount(t, d)
	mkdir(t, v, `\a`)
	mkdir(t, v, `\a\b`)
	put(t, v, `\a\b\file`, nil)
	id := idOf(t, v, `\a\b\file`)
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for bad := range 40 {
		v := mount(t, d)
		reads := 0
		d.fail = func(bool, uint64) error {
			if reads++; reads == bad {
				return errDisk
			}
			return nil
		}
		n, err := byID(v, id)
		d.fail = nil
		if s := StatusOf(err); s != nt.StatusSuccess && s != nt.StatusIoDeviceError {
			t.Errorf("read %d: %v", bad, err)
		} else if s == nt.StatusIoDeviceError {
			failed++
		}
		if n != nil {
			n.Close()
		}
		if n, err = byID(v, id); err != nil {
			t.Errorf("after read %d: %v", bad, err)
		} else {
			n.Close()
		}
		forgetIdle(v)
		if len(v.nodes) != 0 || v.root.refs != 1 {
			t.Errorf("read %d: %d nodes are left", bad, len(v.nodes))
		}
		v.Unmount()
	}
	if failed < 2 {
		t.Errorf("%d opens have failed", failed)
	}
}

// TestByIDDeep (I10): a directory as deep as a path can be named is found, in a bearable time, and one below is not.
func TestByIDDeep(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	d := format(t, shape{FAT32, 512, 1, 40 << 10})
	v := mount(t, d)
	n := v.Root()
	n.Share()
	var last, below uint64
	for i := range mostDepth + 2 {
		m, _, err := v.Open(n, "d", OpenOptions{Disposition: nt.FileCreate, Options: nt.FileDirectoryFile})
		if err != nil {
			t.Fatal(err)
		}
		n.Close()
		n = m
		info, _ := n.Info()
		switch i {
		case mostDepth:
			last = info.ID
		case mostDepth + 1:
			below = info.ID
		}
	}
	n.Close()
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	v = mount(t, d)
	began := time.Now()
	if _, err := byID(v, below); StatusOf(err) != nt.StatusInvalidParameter {
		t.Errorf("too deep: %v", err)
	}
	t.Logf("too deep: %v", time.Since(began))
	began = time.Now()
	n, err := byID(v, last)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the deepest: %v", time.Since(began))
	n.Close()
	forgetIdle(v)
	if len(v.nodes) != 0 {
		t.Errorf("%d nodes are left", len(v.nodes))
	}
}
