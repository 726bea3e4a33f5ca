package fat

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gont/nt"
)

var mutants = flag.Int("mutants", 0, "damaged volumes of TestDamaged; 0: 600, or 200 with -short")

// fill makes a volume with files.
func fill(t testing.TB, s shape) (*disk, map[string][]byte) {
	d := format(t, s)
	v := mount(t, d)
	want := sample(s.sector * s.perCluster)
	dirs := map[string]bool{}
	for p, b := range want {
		for i := range p {
			if i > 0 && p[i] == '\\' && !dirs[p[:i]] {
				dirs[p[:i]] = true
				mkdir(t, v, p[:i])
			}
		}
		if len(b) > 0 {
			put(t, v, p, b)
		} else {
			delete(want, p)
		}
	}
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	return d, want
}

// damage changes a few places of a volume: bytes of the boot sector, FAT entries, fields of
// directory entries.
func damage(r *rand.Rand, o *overlay, g *geometry, dirs []uint64) {
	edit := func(sector uint64, f func(b []byte)) {
		b := make([]byte, o.sector)
		o.ReadAt(b, sector)
		f(b)
		o.WriteAt(b, sector)
	}
	for range 1 + r.IntN(6) {
		switch r.IntN(8) {
		case 0:
			edit(0, func(b []byte) {
				if i := r.IntN(90); i != 38 && i != 66 { // whether there is a label
					b[i] = byte(r.Uint32())
				}
			})
		case 1, 2, 3: // a FAT entry: another cluster, an end, free, bad, rubbish
			c := uint64(2 + r.IntN(min(int(g.clusters), 300)))
			x := []uint32{uint32(2 + r.IntN(min(int(g.clusters), 300))), 0, bad, endOfChain, r.Uint32(), 1}[r.IntN(6)]
			at := c * uint64(g.kind) / 8
			for fat := range uint64(1 + r.IntN(2)) {
				edit(g.fat+fat*g.fatSectors+at/uint64(o.sector), func(b []byte) {
					if i := int(at % uint64(o.sector)); i+4 <= len(b) {
						if g.kind == FAT32 {
							le.PutUint32(b[i:], x)
						} else {
							le.PutUint16(b[i:], uint16(x))
						}
					}
				})
			}
		case 4, 5, 6: // a field of an entry
			s := dirs[r.IntN(len(dirs))]
			edit(s, func(b []byte) {
				e := b[r.IntN(len(b)/32)*32:][:32]
				switch r.IntN(5) {
				case 0:
					e[r.IntN(32)] = byte(r.Uint32())
				case 1:
					le.PutUint16(e[26:], uint16(2+r.IntN(300)))
				case 2:
					le.PutUint32(e[28:], r.Uint32()>>r.IntN(32))
				case 3:
					e[11] = []byte{0x10, 0x20, 0x08, 0x0F, 0xFF}[r.IntN(5)]
				case 4:
					copy(e, b[r.IntN(len(b)/32)*32:][:32])
				}
			})
		default: // a sector of rubbish
			edit(dirs[r.IntN(len(dirs))], func(b []byte) {
				for i := r.IntN(len(b)); i < len(b); i++ {
					b[i] = byte(r.Uint32())
				}
			})
		}
	}
}

// work does what a user does, and ignores failures.
func work(v *Volume, r *rand.Rand, list []string) (changed map[string]bool) {
	changed = map[string]bool{}
	for range 6 {
		p := list[r.IntN(len(list))]
		n, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			continue
		}
		changed[p] = true
		if n.IsDirectory() {
			n.ReadDir(0, "*.t?t", EntryFunc(func(*Entry) bool { return true }))
		}
		switch r.IntN(5) {
		case 0:
			n.Append(pattern(1, 3000))
		case 1:
			n.SetSize(uint64(r.IntN(9000)))
		case 2:
			n.SetDelete(true)
		case 3:
			n.Rename(v.Root(), "renamed", true)
			changed[`\renamed`] = true
		case 4:
			n.WriteAt([]byte("hello"), uint64(r.IntN(5000)))
		}
		n.Info()
		n.Runs(0, 10)
		n.Close()
	}
	if n, _, err := v.Open(nil, `\dir\new file with a name.txt`, OpenOptions{Disposition: nt.FileOverwriteIf}); err == nil {
		n.WriteAt(pattern(2, 5000), 0)
		n.Close()
	}
	changed[`\dir\new file with a name.txt`] = true
	v.Flush()
	return changed
}

// probe opens what has some ids, most of which nothing has, and the same by its name.
func probe(t testing.TB, v *Volume, seed uint64) (found int) {
	r := rand.New(rand.NewPCG(seed, 5))
	for range 60 {
		id := uint64(r.IntN([]int{8, 300}[r.IntN(2)]))<<32 | uint64(r.IntN(20))
		n, err := byID(v, id)
		if err != nil {
			continue
		}
		found++
		m, _, err := v.Open(nil, n.Path(), OpenOptions{Disposition: nt.FileOpen})
		if err == nil && m != n && m.key() == n.key() {
			t.Errorf("seed %d: %X is another node by its name", seed, id)
		}
		if err == nil {
			m.Close()
		}
		if i, err := n.Info(); err == nil && i.ID != id {
			t.Errorf("seed %d: what has the id %X says %X", seed, id, i.ID)
		}
		n.Close()
	}
	return found
}

// directorySectors lists the sectors of a volume's directories.
func directorySectors(t testing.TB, d *disk) (list []uint64, g *geometry) {
	v := mount(t, d)
	m, err := tree(v)
	if err != nil {
		t.Fatal(err)
	}
	m[""] = nil
	for p, b := range m {
		if b != nil {
			continue
		}
		n, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			t.Fatal(err)
		}
		for i := uint32(0); ; i++ {
			b, _, err := n.slotAt(i)
			if err != nil || b == nil || b.data[0] == 0 {
				break
			}
			if len(list) == 0 || list[len(list)-1] != b.sector {
				list = append(list, b.sector)
			}
		}
		n.Close()
	}
	return list, v.g
}

// foundFaults are seeds of TestDamaged that have found faults of the check.
var foundFaults = []uint64{
	3004182, // slots that the check had freed made a directory's cluster look like a file's
}

// TestDamaged (I9): a damaged volume is refused, or can be used and checked without a panic
// and without end. After a check that mends, a second one finds nothing, what is done to some
// files changes no other one, and fsck.fat is content.
func TestDamaged(t *testing.T) {
	n := *mutants
	if n == 0 {
		if n = 600; testing.Short() {
			n = 200
		}
		if *full {
			n = 20_000
		}
	}
	var list []string
	for _, s := range []shape{{FAT12, 512, 1, 1440}, {FAT16, 512, 4, 16 << 10}, {FAT32, 512, 1, 40 << 10}} {
		t.Run(s.String(), func(t *testing.T) {
			d, want := fill(t, s)
			dirs, g := directorySectors(t, d)
			list = nil
			for p := range want {
				list = append(list, p)
			}
			list = append(list, `\dir`, `\dir\many`, `\dir\sub dir`)
			refused, found, byIDs := 0, 0, 0
			seeds := slices.Clone(foundFaults)
			for i := range uint64(n / 3) {
				seeds = append(seeds, *seedFlag*1000000+i)
			}
			for i, seed := range seeds {
				r := rand.New(rand.NewPCG(seed, 3))
				o := &overlay{d, map[uint64][]byte{}}
				damage(r, o, g, dirs)
				began := time.Now()
				v, err := Mount(o, Options{Now: clock, NoCheck: seed%2 == 0})
				if err != nil {
					refused++
					continue
				}
				if seed%2 == 0 {
					byIDs += probe(t, v, seed)
					work(v, r, list) // as it is
					v.Unmount()
					if v, err = Mount(o, Options{Now: clock, NoCheck: true}); err != nil {
						continue
					}
				}
				rep, err := v.Check(true)
				if StatusOf(err) == nt.StatusDiskCorruptError {
					refused++
					continue
				}
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if rep.Count > 0 {
					found++
				}
				if again, err := v.Check(false); err != nil || again.Count != 0 {
					t.Fatalf("seed %d: a second check: %v %v; the first: %v", seed, again.Found, err, rep.Found)
				}
				before, err := tree(v)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				byIDs += probe(t, v, seed)
				changed := work(v, r, list)
				after, err := tree(v)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				for p, b := range before {
					other := !changed[p]
					for c := range changed {
						other = other && !strings.HasPrefix(upcased(p), upcased(c))
					}
					if a, ok := after[p]; other && (!ok || !bytes.Equal(a, b)) {
						t.Errorf("seed %d: %s was touched (%v)", seed, p, changed)
					}
				}
				if again, err := v.Check(false); err != nil || again.Count != 0 {
					t.Fatalf("seed %d: after work: %v %v", seed, again.Found, err)
				}
				if err := v.Unmount(); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if i%40 == 1 {
					fsck(t, o.image(), "after a check")
				}
				if e := time.Since(began); e > 20*time.Second {
					t.Errorf("seed %d: %v", seed, e)
				}
			}
			t.Logf("%d damaged volumes: %d refused, %d mended; %d opens by ids", len(seeds), refused, found, byIDs)
		})
	}
}

// TestWholeFilesStay (I9): a check leaves every file alone that the damage does not concern.
func TestWholeFilesStay(t *testing.T) {
	d, want := fill(t, shape{FAT16, 512, 4, 16 << 10})
	v := mount(t, d)
	// A file whose chain runs into another one's.
	a, _, err := v.Open(nil, `\Mixed Case Name.text`, OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := v.Open(nil, `\dir\sub dir\deep\FILE.BIN`, OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		t.Fatal(err)
	}
	c, _, _ := b.at(3)
	v.set(a.first, c)
	a.Close()
	b.Close()
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	v = mount(t, d)
	r, err := v.Check(true)
	if err != nil || r.Count == 0 {
		t.Fatal(r, err)
	}
	got, err := tree(v)
	if err != nil {
		t.Fatal(err)
	}
	bad := 0
	for p, b := range want {
		if !bytes.Equal(got[p], b) {
			bad++
			if p != `\Mixed Case Name.text` && p != `\dir\sub dir\deep\FILE.BIN` {
				t.Errorf("%s has changed", p)
			}
		}
	}
	if bad != 1 {
		t.Errorf("%d files have changed: %v", bad, r.Found)
	}
	v.Unmount()
	fsck(t, d, "after the check")
}
