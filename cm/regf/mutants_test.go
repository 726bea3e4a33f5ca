package regf

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

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
