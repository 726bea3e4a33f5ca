package fat

import (
	"bytes"
	"slices"
	"testing"

	"gont/nt"
)

// TestFetchTable (P1.24): the sectors of the FAT that a volume has used are fetched in fewer reads by the next mount, which then
// reads none of them again; what lies outside of the FAT, is there already, or cannot be read, is left out, and a volume that is
// changed afterwards is sound.
func TestFetchTable(t *testing.T) {
	dev := format(t, shape{FAT32, 512, 1, 40 << 10})
	v := mount(t, dev)
	var names []string
	for i := range 40 {
		names = append(names, `\f`+string(rune('a'+i%26))+string(rune('0'+i/26)))
		n, _, err := v.Open(nil, names[i], OpenOptions{Disposition: nt.FileCreate})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.WriteAt(bytes.Repeat([]byte{byte(i)}, 200_000), 0); err != nil {
			t.Fatal(err)
		}
		n.Close()
	}
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	use := func(v *Volume) int {
		before := dev.reads
		for i, name := range names {
			n, _, err := v.Open(nil, name, OpenOptions{Disposition: nt.FileOpen})
			if err != nil {
				t.Fatal(err)
			}
			if runs, size, ok := n.Stored(0, 200_000); !ok || size != 200_000 || len(runs) == 0 {
				t.Errorf("%s: %v %d %v", name, runs, size, ok)
			} else {
				p, sector := make([]byte, 200_000), runs[0].Sector
				v.readSectors(p[:512], sector)
				if p[0] != byte(i) {
					t.Errorf("%s has %d", name, p[0])
				}
			}
			n.Close()
		}
		return dev.reads - before - len(names)
	}
	v = mount(t, dev)
	cold := use(v)
	used := v.TableUsed()
	if len(used) == 0 || v.Unmount() != nil {
		t.Fatalf("%v", used)
	}
	v = mount(t, dev)
	before := dev.reads
	list := append(slices.Clone(used), SectorRun{1 << 30, 5}, SectorRun{uint32(v.g.fatSectors), 1}, SectorRun{uint32(v.g.fatSectors) - 1, ^uint32(0)}, used[0])
	sectors, reads := v.FetchTable(list)
	if reads == 0 || reads != dev.reads-before || sectors == 0 {
		t.Errorf("%d sectors, %d reads; the device has read %d times", sectors, reads, dev.reads-before)
	}
	if _, again := v.FetchTable(used); again != 0 {
		t.Errorf("%d more reads", again)
	}
	if warm := use(v); warm+reads >= cold {
		t.Errorf("%d reads and %d to fetch; %d without", warm, reads, cold)
	}
	if now := v.TableUsed(); !covers(used, now) {
		t.Errorf("%v are used now, %v were before", now, used)
	}
	n, _, err := v.Open(nil, names[3], OpenOptions{Disposition: nt.FileOpen})
	if err == nil {
		err = n.SetSize(1000)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.Close()
	if v.Unmount() != nil {
		t.Error("it cannot be unmounted")
	}
	v = mount(t, dev)
	dev.fail = func(write bool, sector uint64) error { return errDisk }
	if sectors, reads := v.FetchTable(used); sectors != 0 || reads != 0 {
		t.Errorf("%d sectors of a disk that cannot be read", sectors)
	}
	dev.fail = nil
	if r, err := v.Check(false); err != nil || r.Count != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// covers reports whether all of b is in a.
func covers(a, b []SectorRun) bool {
	in := map[uint32]bool{}
	for _, r := range a {
		for i := range r.Count {
			in[r.Sector+i] = true
		}
	}
	for _, r := range b {
		for i := range r.Count {
			if !in[r.Sector+i] {
				return false
			}
		}
	}
	return true
}
