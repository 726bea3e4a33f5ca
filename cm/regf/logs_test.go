package regf

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

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
