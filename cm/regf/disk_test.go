package regf

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// disk holds a hive's three files and remembers every sector that is written.
type disk struct {
	files  [3][]byte // primary, first log, second log, as they are at the start
	writes []sectorWrite
	syncs  []diskSync
	fail   int // the write with this number, from now, fails; 0: none does
}

type sectorWrite struct {
	file int
	off  int64
	data []byte
}

// diskSync is a Sync of a file after so many writes to all.
type diskSync struct{ file, writes int }

type diskFile struct {
	d *disk
	i int
}

var errDisk = errors.New("the disk fails")

func (f diskFile) WriteAt(p []byte, off int64) (int, error) {
	if len(p)%sectorSize != 0 || off%sectorSize != 0 {
		panic("not whole sectors")
	}
	for i := 0; i < len(p); i += sectorSize {
		if f.d.fail > 0 {
			if f.d.fail--; f.d.fail == 0 {
				return i, errDisk
			}
		}
		f.d.writes = append(f.d.writes, sectorWrite{f.i, off + int64(i), bytes.Clone(p[i : i+sectorSize])})
	}
	return len(p), nil
}

func (f diskFile) Sync() error {
	if f.d.fail > 0 {
		if f.d.fail--; f.d.fail == 0 {
			return errDisk
		}
	}
	f.d.syncs = append(f.d.syncs, diskSync{f.i, len(f.d.writes)})
	return nil
}

func (d *disk) all() Files { return Files{diskFile{d, 0}, diskFile{d, 1}, diskFile{d, 2}} }

func apply(files *[3][]byte, w sectorWrite) {
	f := &files[w.file]
	if end := int(w.off) + sectorSize; len(*f) < end {
		*f = append(*f, make([]byte, end-len(*f))...)
	}
	copy((*f)[w.off:], w.data)
}

// at returns the files after the first n writes.
func (d *disk) at(n int) [3][]byte {
	var files [3][]byte
	for i, f := range d.files {
		files[i] = bytes.Clone(f)
	}
	for _, w := range d.writes[:n] {
		apply(&files, w)
	}
	return files
}

// shuffled returns the files after a cut at which of the writes behind the last
// Sync of each file only some have been done.
func (d *disk) shuffled(n int, rnd *rand.Rand) [3][]byte {
	var files [3][]byte
	for i, f := range d.files {
		files[i] = bytes.Clone(f)
	}
	var synced [3]int
	for _, y := range d.syncs {
		if y.writes < n {
			synced[y.file] = y.writes
		}
	}
	for i, w := range d.writes[:n] {
		if i < synced[w.file] || rnd.IntN(2) == 0 {
			apply(&files, w)
		}
	}
	return files
}

// settle makes what was written the start.
func (d *disk) settle() {
	d.files, d.writes, d.syncs = d.at(len(d.writes)), nil, nil
}

func load(files [3][]byte) (*Hive, *Report, error) {
	return Load(bytes.Clone(files[0]), Options{Logs: [][]byte{files[1], files[2]}})
}

// binsOf are a hive's bins without the time in the first one.
func binsOf(t testing.TB, h *Hive) []byte {
	b := fileOf(t, h)[baseSize:]
	clear(b[binTime : binTime+8])
	return b
}

// started is a player whose hive is on a disk.
func started(t *testing.T, seed uint64, steps int) (*player, *disk) {
	p := newPlayer(t, seed)
	for range steps {
		p.step(t)
	}
	d := &disk{}
	p.h.SetAllDirty()
	if err := p.h.Flush(d.all(), 2000); err != nil {
		t.Fatal(err)
	}
	d.settle()
	return p, d
}

// oneOf checks that the files hold one of the states, and returns which.
func oneOf(t *testing.T, what string, files [3][]byte, states ...[]byte) int {
	t.Helper()
	h, r, err := load(files)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if r.Faults != 0 {
		t.Fatalf("%s: %v", what, r.List)
	}
	got := binsOf(t, h)
	for i, s := range states {
		if bytes.Equal(got, s) {
			return i
		}
	}
	t.Fatalf("%s: neither state", what)
	return -1
}
