package regf

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
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

// TestCut: a flush that is cut off at any sector leaves the old state or the
// new one, and never the old one after the new one was there.
func TestCut(t *testing.T) {
	for seed := range uint64(some(6, 2)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p, d := started(t, 500+seed, 100)
			rnd := rand.New(rand.NewPCG(seed, 1))
			for round := range 6 {
				old := binsOf(t, p.h)
				for range 1 + rnd.IntN(12) {
					p.step(t)
				}
				if round == 3 {
					// Go on from what a reader finds.
					var err error
					if err = p.h.Flush(d.all(), 3000); err != nil {
						t.Fatal(err)
					}
					d.settle()
					if p.h, _, err = load(d.files); err != nil {
						t.Fatal(err)
					}
					p.root = p.root.stableOnly()
					continue
				}
				if err := p.h.Flush(d.all(), uint64(3000+round)); err != nil {
					t.Fatal(err)
				}
				if p.h.Dirty() {
					t.Error("dirty after a flush")
				}
				now := binsOf(t, p.h)
				state := 0
				for n := range len(d.writes) + 1 {
					got := oneOf(t, fmt.Sprintf("round %d, cut at sector %d", round, n), d.at(n), old, now)
					if got < state {
						t.Fatalf("round %d: the old state is back at sector %d", round, n)
					}
					state = got
					if n%some(1, 4) == 0 {
						oneOf(t, fmt.Sprintf("round %d, cut near sector %d", round, n), d.shuffled(n, rnd), old, now)
					}
				}
				if state != 1 && !bytes.Equal(old, now) {
					t.Fatalf("round %d: the new state is not there in the end", round)
				}
				d.settle()
			}
		})
	}
}

// TestCutAgain: after a cut and a recovery, the next flush is cut off, too.
func TestCutAgain(t *testing.T) {
	p, d := started(t, 700, 150)
	for range 10 {
		p.step(t)
	}
	if err := p.h.Flush(d.all(), 4000); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	for n := 0; n <= len(d.writes); n += 1 + rnd.IntN(some(25, 100)) {
		second := &disk{files: d.at(n)}
		h, _, err := load(second.files)
		if err != nil {
			t.Fatal(err)
		}
		before := binsOf(t, h)
		for i := range 4 {
			if _, err := h.Create(h.Root(), Encode(fmt.Sprintf("again%d", i)), KeyOptions{Class: make([]uint16, 300)}, 5); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Flush(second.all(), 5000); err != nil {
			t.Fatal(err)
		}
		after := binsOf(t, h)
		for m := 0; m <= len(second.writes); m += 1 + rnd.IntN(3) {
			oneOf(t, fmt.Sprintf("cut at %d, then at %d", n, m), second.at(m), before, after)
			oneOf(t, fmt.Sprintf("cut at %d, then near %d", n, m), second.shuffled(m, rnd), before, after)
		}
	}
}

// TestDiskErrors: writes that fail. The state of the last flush that succeeded,
// or a later one, is there at every moment; the next flush that succeeds writes
// all.
func TestDiskErrors(t *testing.T) {
	for seed := range uint64(some(30, 4)) {
		p, d := started(t, 900+seed, 60)
		rnd := rand.New(rand.NewPCG(seed, 3))
		states := [][]byte{binsOf(t, p.h)}
		for round := range 12 {
			for range 1 + rnd.IntN(5) {
				p.step(t)
			}
			d.fail = 0
			if rnd.IntN(3) > 0 {
				d.fail = 1 + rnd.IntN(60)
			}
			err := p.h.Flush(d.all(), uint64(6000+round))
			d.fail = 0
			states = append(states, binsOf(t, p.h))
			for range 15 {
				n := rnd.IntN(len(d.writes) + 1)
				oneOf(t, fmt.Sprintf("seed %d, round %d", seed, round), d.at(n), states...)
			}
			oneOf(t, "end", d.at(len(d.writes)), states...)
			if err == nil {
				oneOf(t, "after a flush that succeeded", d.at(len(d.writes)), states[len(states)-1])
				states = states[len(states)-1:]
				d.settle()
			} else if !errors.Is(err, errDisk) {
				t.Fatal(err)
			} else if !p.h.Dirty() {
				t.Fatal("not dirty after a flush that failed")
			}
		}
	}
}

// TestOneLog: with one log, or none, a flush works, and with one it can be cut.
func TestOneLog(t *testing.T) {
	for logs := range 2 {
		p, d := started(t, 1100, 50)
		files := Files{Primary: diskFile{d, 0}}
		if logs == 1 {
			files.Log1 = diskFile{d, 1}
		}
		for round := range 3 {
			old := binsOf(t, p.h)
			for range 5 {
				p.step(t)
			}
			if err := p.h.Flush(files, uint64(7000+round)); err != nil {
				t.Fatal(err)
			}
			now := binsOf(t, p.h)
			for n := range len(d.writes) + 1 {
				if logs == 1 || n == len(d.writes) {
					oneOf(t, fmt.Sprintf("%d logs, cut at %d", logs, n), d.at(n), old, now)
				}
			}
			d.settle()
		}
	}
}

// oldLog makes a log of the old form from a disk's writes to the hive's file.
func oldLog(before, after []byte, kind uint32) []byte {
	length := le.Uint32(after[baseLength:])
	b := make([]byte, sectorSize)
	copy(b, after)
	le.PutUint32(b[baseType:], kind)
	sealBase(b)
	vector := make([]byte, length/pageSize)
	var pages []byte
	for i := 0; i < int(length); i += sectorSize {
		now := after[baseSize+i:][:sectorSize]
		if baseSize+i+sectorSize > len(before) || !bytes.Equal(before[baseSize+i:][:sectorSize], now) {
			vector[i/sectorSize/8] |= 1 << (i / sectorSize % 8)
			pages = append(pages, now...)
		}
	}
	b = append(b, "DIRT"...)
	b = append(b, vector...)
	b = append(b, make([]byte, -len(b)&(sectorSize-1))...)
	return append(b, pages...)
}

// TestOldLog: logs with a dirty vector, as in either place.
func TestOldLog(t *testing.T) {
	for _, kind := range []uint32{typeLog, typeLogVeryOld} {
		for place := range 2 {
			p, d := started(t, 1200, 80)
			for range 20 {
				p.step(t)
			}
			if err := p.h.Flush(d.all(), 8000); err != nil {
				t.Fatal(err)
			}
			now := binsOf(t, p.h)
			before, after := d.at(0)[0], d.at(len(d.writes))[0]
			log := oldLog(before, after, kind)
			dirty := bytes.Clone(before)
			// The hive's file was marked, and some pages were written.
			copy(dirty[:sectorSize], after)
			le.PutUint32(dirty[baseSeq2:], le.Uint32(dirty[baseSeq1:])-1)
			sealBase(dirty)
			copy(dirty[baseSize:], after[baseSize:baseSize+1536])
			logs := [2][]byte{nil, nil}
			logs[place] = log
			second := &disk{files: [3][]byte{dirty, logs[0], logs[1]}}
			if got := oneOf(t, "old log", second.files, now); got != 0 {
				t.Fatal(got)
			}
			// The same with a damaged base block.
			torn := second.files
			torn[0] = bytes.Clone(dirty)
			torn[0][100] ^= 1
			oneOf(t, "old log, base block damaged", torn, now)
			// A log of another time does not belong to it.
			if h, r, err := load([3][]byte{dirty, log[:len(log)-512], nil}); err == nil && r.Recovered {
				t.Errorf("a log that is cut off was applied: %v", h.Length())
			}
			h, _, err := load(second.files)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Create(h.Root(), Encode("more"), KeyOptions{}, 1); err != nil {
				t.Fatal(err)
			}
			if err := h.Flush(second.all(), 9000); err != nil {
				t.Fatal(err)
			}
			more := binsOf(t, h)
			for n := range len(second.writes) + 1 {
				oneOf(t, fmt.Sprintf("old log, then cut at %d", n), second.at(n), now, more)
			}
			if h, _, err = Load(dirty, Options{Logs: [][]byte{log}}); err != nil {
				t.Fatal(err)
			}
			if err := h.Flush(Files{Primary: diskFile{second, 0}, Log1: diskFile{second, 1}}, 9000); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// entryOf makes a log entry of one page.
func entryOf(seq, length uint32, seed uint64, off uint32, page []byte) []byte {
	e := make([]byte, 512+len(page))
	copy(e, "HvLE")
	le.PutUint32(e[entrySizeField:], uint32(len(e)))
	le.PutUint32(e[entrySeq:], seq)
	le.PutUint32(e[entryLength:], length)
	le.PutUint32(e[entryPages:], 1)
	le.PutUint32(e[entryRefs:], off)
	le.PutUint32(e[entryRefs+4:], uint32(len(page)))
	copy(e[entryRefs+8:], page)
	le.PutUint64(e[entryHash1:], marvin32(seed, e[entryRefs:]))
	le.PutUint64(e[entryHash2:], marvin32(seed, e[:entryHash2]))
	return e
}

// TestNoSignature: a log that cannot be applied makes no hive of something else.
func TestNoSignature(t *testing.T) {
	_, d := started(t, 1250, 30)
	log := bytes.Clone(d.files[0][:sectorSize])
	le.PutUint32(log[baseType:], typeLogEntries)
	sealBase(log)
	b := bytes.Clone(d.files[0])
	b[0] = 'x'
	if _, _, err := Load(b, Options{Logs: [][]byte{log}}); err != ErrNotHive {
		t.Error(err)
	}
}

// TestOtherLogs: entries as another system writes them: many in a log, old ones
// before those that count, over both logs in either order.
func TestOtherLogs(t *testing.T) {
	_, d := started(t, 1300, 60)
	base := d.files[0]
	length := le.Uint32(base[baseLength:])
	// Each entry sets the unused field of the root's node to its number.
	root := le.Uint32(base[baseRoot:])
	pageOff := root &^ (pageSize - 1)
	spare := int(root) + 4 + 12
	entry := func(seq uint32, seed uint64) []byte {
		page := bytes.Clone(base[baseSize+int(pageOff):][:pageSize])
		le.PutUint32(page[spare-int(pageOff):], seq)
		return entryOf(seq, length, seed, pageOff, page)
	}
	log := func(first uint32, entries ...[]byte) []byte {
		b := bytes.Clone(base[:sectorSize])
		le.PutUint32(b[baseSeq1:], first)
		le.PutUint32(b[baseSeq2:], first)
		le.PutUint32(b[baseType:], typeLogEntries)
		sealBase(b)
		return append(b, slices.Concat(entries...)...)
	}
	hive := func(one, two uint32) []byte {
		b := bytes.Clone(base)
		le.PutUint32(b[baseSeq1:], one)
		le.PutUint32(b[baseSeq2:], two)
		sealBase(b)
		return b
	}
	bad := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0x40
		return b
	}
	e := func(seq uint32) []byte { return entry(seq, marvinSeed) }
	for _, c := range []struct {
		name       string
		hive       []byte
		log1, log2 []byte
		want       uint32 // 0: the hive as it was
		faults     int
	}{
		{"one log", hive(21, 20), log(21, e(21), e(22), e(23)), nil, 23, 0},
		{"the second log", hive(21, 20), nil, log(21, e(21), e(22)), 22, 0},
		{"both", hive(21, 20), log(21, e(21), e(22)), log(23, e(23), e(24)), 24, 0},
		{"both, the other way", hive(21, 20), log(23, e(23), e(24)), log(21, e(21), e(22)), 24, 0},
		{"old entries first", hive(21, 20), log(18, e(18), e(19), e(20), e(21)), nil, 21, 0},
		{"entry of the same number", hive(21, 20), log(20, e(20)), nil, 20, 0},
		{"a log that is behind", hive(21, 20), log(10, e(10), e(11)), log(21, e(21)), 21, 0},
		{"only old entries", hive(21, 20), log(10, e(10), e(11)), nil, 0, 1},
		{"a gap between logs", hive(21, 20), log(21, e(21)), log(25, e(25)), 21, 0},
		{"a gap before", hive(21, 20), log(25, e(25)), nil, 25, 1},
		{"a clean hive", hive(20, 20), log(21, e(21)), nil, 0, 0},
		{"a bad hash", hive(21, 20), log(21, e(21), bad(e(22), 600), e(23)), nil, 21, 0},
		{"a bad header", hive(21, 20), log(21, e(21), bad(e(22), 9), e(23)), nil, 21, 0},
		{"a wrong order", hive(21, 20), log(21, e(21), e(23), e(22)), nil, 21, 0},
		{"cut off", hive(21, 20), log(21, e(21), e(22)[:1000]), nil, 21, 0},
		{"the seed's other order", hive(21, 20), log(21, entry(21, marvinSwapped)), nil, 21, 0},
		{"bad base block", bad(hive(20, 20), 60), log(21, e(21)), log(22, e(22)), 22, 0},
		{"bad base block, a gap", bad(hive(20, 20), 60), log(21, e(21)), log(25, e(25)), 25, 0},
		{"no signature", bad(hive(20, 20), 0), log(21, e(21)), nil, 21, 0},
		{"bad base block, no log", bad(hive(20, 20), 60), nil, nil, 0, 1},
		{"a dirty log", hive(21, 20), bad(log(21, e(21)), 4), nil, 0, 1},
		{"numbers wrap", hive(0, 0xffffffff), log(0xfffffffe, e(0xfffffffe), e(0xffffffff), e(0), e(1)), nil, 1, 0},
		{"too long", hive(21, 20), log(21, entryOf(21, 0x70000000, marvinSeed, pageOff, make([]byte, 4096))), nil, 0, 1},
		{"page outside", hive(21, 20), log(21, entryOf(21, length, marvinSeed, length, make([]byte, 4096))), nil, 0, 1},
	} {
		h, r, err := Load(bytes.Clone(c.hive), Options{Logs: [][]byte{c.log1, c.log2}})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := le.Uint32(h.cell(h.root)[12:]); got != c.want || r.Faults != c.faults || r.Recovered != (c.want != 0) {
			t.Errorf("%s: entry %d, want %d; %v", c.name, got, c.want, r.List)
		}
		if h.Dirty() != r.Recovered && c.faults == 0 {
			t.Errorf("%s: dirty is %v", c.name, h.Dirty())
		}
		// What was recovered is written, clean, and stays.
		second := &disk{files: [3][]byte{c.hive, c.log1, c.log2}}
		h.SetAllDirty()
		if err := h.Flush(second.all(), 9999); err != nil {
			t.Errorf("%s: flush: %v", c.name, err)
			continue
		}
		second.settle()
		oneOf(t, c.name, second.files, binsOf(t, h))
	}
}
