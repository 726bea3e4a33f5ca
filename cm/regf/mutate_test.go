package regf

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	mutants    = flag.Int("mutants", 0, "mutated hives to try; 0: 100,000, or 3,000 with the race detector or -short")
	mutantSeed = flag.Uint64("mutantseed", 1, "where the mutants begin")
)

// corpus makes sound hives of several shapes.
func corpus(t testing.TB) [][]byte {
	var list [][]byte
	for i, steps := range []int{3, 20, 60, 150, 400} {
		p := newPlayer(t, uint64(4000+i))
		p.maxData, p.noVolatile = 3000, true
		for range steps {
			p.step(t)
		}
		list = append(list, fileOf(t, p.h))
	}
	h, err := New(Options{Name: "BIG"})
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, n int) {
		if err := h.SetValue(h.Root(), Encode(name), Binary, bytes.Repeat([]byte{7}, n), 1); err != nil {
			t.Fatal(err)
		}
	}
	set("small", 40)
	set("big", 40000)
	list = append(list, fileOf(t, h))
	for i := range 1200 {
		if _, err := h.Create(h.Root(), Encode(fmt.Sprint("k", i)), KeyOptions{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	return append(list, fileOf(t, h))
}

// cellsOf lists the cells in use of a sound hive, and where the file says so.
func cellsOf(b []byte) []uint32 {
	var cells []uint32
	for at := uint32(baseSize); at < uint32(len(b)); {
		end := at + le.Uint32(b[at+binLength:])
		for at += binHeader; at < end; {
			n := int32(le.Uint32(b[at:]))
			if n < 0 {
				cells = append(cells, at-baseSize)
				n = -n
			}
			at += uint32(n)
		}
	}
	return cells
}

// mutate damages a hive in one to a few places.
func mutate(rnd *rand.Rand, b []byte, cells []uint32) []byte {
	b = bytes.Clone(b)
	cell := func() uint32 { return cells[rnd.IntN(len(cells))] }
	word := func() uint32 {
		switch rnd.IntN(10) {
		case 0, 1, 2:
			return cell()
		case 3:
			return uint32(NoCell)
		case 4:
			return rnd.Uint32()
		case 5:
			return uint32(-int32(rnd.IntN(5000)))
		case 6:
			return 1 << rnd.IntN(32)
		case 7:
			return uint32(len(b)) - uint32(rnd.IntN(5000))
		}
		return uint32(rnd.IntN(300))
	}
	for range 1 + rnd.IntN(4) {
		if len(b) < baseSize+pageSize {
			break
		}
		at := baseSize + int(cell())
		switch rnd.IntN(14) {
		case 0: // a bit
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		case 1: // a byte of a cell
			b[min(at+rnd.IntN(100), len(b)-1)] = byte(rnd.Uint32())
		case 2, 3, 4, 5: // a word of a cell: a size, an offset, a count
			if at += 4 * rnd.IntN(20); at+4 <= len(b) {
				le.PutUint32(b[at:], word())
			}
		case 6: // half a word
			if at += 2 * rnd.IntN(40); at+2 <= len(b) {
				le.PutUint16(b[at:], uint16(word()))
			}
		case 7: // one cell over another
			from := baseSize + int(cell())
			if n := min(8+rnd.IntN(100), len(b)-max(at, from)); n > 0 {
				copy(b[at:at+n], bytes.Clone(b[from:from+n]))
			}
		case 8: // what a cell is
			kinds := []string{"nk", "vk", "sk", "lf", "lh", "li", "ri", "db"}
			if at+6 <= len(b) {
				copy(b[at+4:], kinds[rnd.IntN(len(kinds))])
			}
		case 9: // base block
			le.PutUint32(b[4*rnd.IntN(12):], word())
		case 10: // a bin's header
			bin := baseSize + rnd.IntN(len(b)-baseSize)/pageSize*pageSize
			if bin+binHeader <= len(b) {
				le.PutUint32(b[bin+4*rnd.IntN(8):], word())
			}
		case 11:
			if rnd.IntN(4) == 0 {
				b = b[:rnd.IntN(len(b)+1)]
			}
		case 12:
			if rnd.IntN(4) == 0 {
				b = append(b, bytes.Repeat([]byte{byte(rnd.Uint32())}, rnd.IntN(9000))...)
			}
		case 13: // a sector of noise or of zeros
			s := rnd.IntN(len(b)/sectorSize) * sectorSize
			fill := byte(rnd.IntN(2)) * byte(rnd.Uint32())
			for i := range sectorSize {
				b[s+i] = fill * byte(i)
			}
		}
	}
	if len(b) >= sectorSize && rnd.IntN(3) > 0 {
		sealBase(b)
	}
	return b
}

// counted is Memory that counts.
type counted struct{ now, most int }

func (c *counted) Alloc(n int) []byte {
	c.now += n
	c.most = max(c.most, c.now)
	return make([]byte, n)
}

func (c *counted) Free(b []byte) { c.now -= len(b) }

// surviving loads what may be damaged, and checks what Load promises: an error
// of the right kind, or a hive that can be read, changed and written and is
// sound then. It returns whether there was a hive, and the report.
func surviving(t testing.TB, b []byte, logs [][]byte) (bool, *Report) {
	mem := &counted{}
	h, r, err := Load(bytes.Clone(b), Options{Memory: mem, Logs: logs, Reclaim: len(b)%2 == 0})
	size := len(b)
	for _, l := range logs {
		size += len(l)
	}
	if mem.most > 3*size+8*pageSize {
		t.Fatalf("%d bytes of memory for a hive of %d", mem.most, size)
	}
	if err != nil {
		var refusal *Refusal
		if !errors.Is(err, ErrNotHive) && !(errors.As(err, &refusal) && refusal.Reason != "") {
			t.Fatalf("error %v", err)
		}
		if mem.now != 0 {
			t.Fatalf("%d bytes of memory are lost after %v", mem.now, err)
		}
		return false, r
	}
	_ = h.Walk(h.Root(), func(key Cell, _ int) error { // the function returns no error
		h.Key(key)
		h.Name(key)
		h.AppendClass(nil, key)
		h.Security(key)
		for i := uint32(0); ; i++ {
			v, ok := h.ValueAt(key, i)
			if !ok {
				return nil
			}
			h.ValueName(v)
			if n := h.ReadData(make([]byte, v.Size), v); n != int(v.Size) {
				t.Fatalf("%d of %d bytes of data", n, v.Size)
			}
			if w, _ := h.Value(key, h.AppendValueName(nil, v)); w != v {
				t.Fatalf("value %q is found elsewhere", h.ValueName(v))
			}
		}
	})
	if key, err := h.Create(h.Root(), Encode("a new key"), KeyOptions{}, 1); err == nil {
		if err := h.SetValue(key, nil, Binary, make([]byte, 20000), 1); err != nil {
			t.Fatal(err)
		}
	} else if err != ErrExists {
		t.Fatal(err)
	}
	if sub := h.Subkey(h.Root(), 0); sub != NoCell && h.Key(sub).Flags&FlagNoDelete == 0 {
		if err := h.DeleteTree(sub, 1); err != nil && err != ErrNoDelete {
			t.Fatal(err)
		}
	}
	again, second, err := Load(fileOf(t, h), Options{Reclaim: true})
	if err != nil {
		t.Fatalf("a healed hive is refused: %v; the first time: %v", err, r.List)
	}
	if second.Faults != 0 {
		t.Fatalf("a healed hive has faults: %v; the first time: %v", second.List, r.List)
	}
	if marvin32(0, b)%8 != 0 {
		return true, r // the rest takes longest
	}
	if one, two := read(h, h.Root()).String(), read(again, again.Root()).String(); one != two {
		t.Fatalf("a healed hive was\n%s\nand comes back as\n%s", one, two)
	}
	h.Close()
	if mem.now != 0 {
		t.Fatalf("%d bytes of memory are lost", mem.now)
	}
	return true, r
}

// TestMutants: whatever bytes a hive has, it is accepted, healed or refused.
func TestMutants(t *testing.T) {
	n := *mutants
	if n == 0 {
		n = some(100000, 3000)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	files := corpus(t)
	var cells [][]uint32
	for _, b := range files {
		cells = append(cells, cellsOf(b))
	}
	var sound, healed, refused atomic.Int64
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				rnd := rand.New(rand.NewPCG(*mutantSeed, uint64(i)))
				// The big ones less often: they take long.
				j := rnd.IntN(len(files) - 3)
				if rnd.IntN(200) == 0 {
					j = rnd.IntN(len(files))
				}
				b := mutate(rnd, files[j], cells[j])
				start := time.Now()
				ok, r := func() (bool, *Report) {
					defer func() {
						if e := recover(); e != nil {
							t.Errorf("mutant %d of seed %d: %v", i, *mutantSeed, e)
							panic(e)
						}
					}()
					return surviving(mutant{t, i}, b, nil)
				}()
				if d := time.Since(start); d > 5*time.Second {
					t.Errorf("mutant %d took %v", i, d)
				}
				switch {
				case !ok:
					refused.Add(1)
				case r.Faults > 0:
					healed.Add(1)
				default:
					sound.Add(1)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d mutants: %d without faults, %d healed, %d refused", n, sound.Load(), healed.Load(), refused.Load())
	if healed.Load() < int64(n/10) || refused.Load() == 0 || sound.Load() == 0 {
		t.Error("the mutants are of one kind")
	}
}

// mutant is a test that says which mutant failed.
type mutant struct {
	testing.TB
	i int
}

func (m mutant) Fatal(args ...any) { m.Fatalf("%s", fmt.Sprint(args...)) }

func (m mutant) Fatalf(format string, args ...any) {
	m.TB.Errorf("mutant %d of seed %d: %s", m.i, *mutantSeed, fmt.Sprintf(format, args...))
	runtime.Goexit()
}

func FuzzLoad(f *testing.F) {
	for _, b := range corpus(f)[:4] {
		f.Add(b, []byte(nil))
	}
	f.Fuzz(func(t *testing.T, b, log []byte) {
		var logs [][]byte
		if len(log) > 0 {
			// The fuzzer will hardly find a checksum.
			if len(log) >= sectorSize {
				sealBase(log)
			}
			logs = [][]byte{log}
		}
		surviving(t, b, logs)
	})
}

// reseal gives the entries of a log hashes that are right again.
func reseal(rnd *rand.Rand, b []byte) {
	if len(b) < 2*sectorSize {
		return
	}
	if rnd.IntN(4) > 0 {
		sealBase(b)
	}
	for at := sectorSize; at+sectorSize <= len(b) && rnd.IntN(10) > 0; {
		e := b[at:]
		n := le.Uint32(e[entrySizeField:])
		if string(e[:4]) != "HvLE" || n < sectorSize || n > uint32(len(e)) {
			return
		}
		le.PutUint64(e[entryHash1:], marvin32(marvinSeed, e[entryRefs:n]))
		le.PutUint64(e[entryHash2:], marvin32(marvinSeed, e[:entryHash2]))
		at += int(n)
	}
}

// TestMutantLogs: dirty hives with damaged logs, of both forms, also with hashes
// that fit the damage.
func TestMutantLogs(t *testing.T) {
	p, d := started(t, 2500, 60)
	for range 15 {
		p.step(t)
	}
	if err := p.h.Flush(d.all(), 5000); err != nil {
		t.Fatal(err)
	}
	before, after := d.at(0)[0], d.at(len(d.writes))[0]
	old := oldLog(before, after, typeLog)
	recovered := 0
	for i := range some(4000, 300) {
		rnd := rand.New(rand.NewPCG(*mutantSeed, uint64(i)))
		files := d.at(rnd.IntN(len(d.writes) + 1))
		if rnd.IntN(3) == 0 {
			files[1+rnd.IntN(2)] = bytes.Clone(old)
		}
		for j := range files {
			for range rnd.IntN(4) {
				if n := len(files[j]); n > 0 {
					at := rnd.IntN(n)
					if rnd.IntN(2) == 0 {
						at = rnd.IntN(min(n, 700))
					}
					files[j][at] = byte(rnd.Uint32())
				}
			}
			if j > 0 {
				reseal(rnd, files[j])
			} else if len(files[0]) > sectorSize && rnd.IntN(2) == 0 {
				sealBase(files[0])
			}
		}
		if ok, r := surviving(mutant{t, i}, files[0], files[1:]); ok && r.Recovered {
			recovered++
		}
		if t.Failed() {
			return
		}
	}
	if recovered < 50 {
		t.Errorf("only %d were recovered", recovered)
	}
}

// TestMutantMemory: also what Load takes of the Go heap is bounded by the file.
func TestMutantMemory(t *testing.T) {
	files := corpus(t)
	b := files[len(files)-1]
	cells := cellsOf(b)
	for i := range some(300, 40) {
		rnd := rand.New(rand.NewPCG(*mutantSeed, uint64(i)))
		bad := b
		for range 1 + rnd.IntN(200) {
			bad = mutate(rnd, bad, cells[:len(cells)/2])
		}
		var start, end runtime.MemStats
		runtime.ReadMemStats(&start)
		_, _, err := Load(bad, Options{})
		runtime.ReadMemStats(&end)
		// The report has an end of its own: 1000 faults.
		if n := end.TotalAlloc - start.TotalAlloc; n > 4*uint64(len(bad))+400_000 {
			t.Errorf("mutant %d: %d KB for a file of %d KB (%v)", i, n>>10, len(bad)>>10, err)
		}
	}
}
