package cc

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"testing"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

const tick = 100_000

// simulate runs body in a system thread with worker threads, on a clock of its own.
func simulate(t *testing.T, body func()) {
	t.Helper()
	now, done := uint64(tick), false
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack()))
	}})
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	ex.InitializeWorkers()
	ke.StartThread(ps.CreateSystemThread("test", ke.NormalPriority, func(*ps.Thread) { body(); done = true }).Thread)
	for n := 0; !done; n++ {
		if ke.RunReady(); n > 100000 {
			t.Fatal("it does not end")
		}
		now += tick
		ke.Tick(1, false)
	}
}

// dirtyFile plays a file.
type dirtyFile struct {
	dirty  int
	writes []int
	s      nt.Status
}

func (f *dirtyFile) DirtyPages() int { return f.dirty }
func (f *dirtyFile) WriteDirty(n int) (int, nt.Status) {
	if !f.s.OK() {
		return 0, f.s
	}
	f.writes = append(f.writes, n)
	f.dirty -= n
	return n, f.s
}

// TestLazyWriter (P1.21): an eighth a second, the last few at once; it rests when all is
// clean and starts again; an error is counted and tried again; Flush waits for nobody.
func TestLazyWriter(t *testing.T) {
	simulate(t, func() {
		if s := InitSystem(); !s.OK() {
			t.Fatal(s)
		}
		a, bad := &dirtyFile{dirty: 1000}, &dirtyFile{dirty: 5, s: nt.StatusInsufficientResources}
		Dirty(a)
		Dirty(a)
		ke.Delay(ke.KernelMode, false, -lazyPeriod-5*tick)
		if !reflect.DeepEqual(a.writes, []int{125}) {
			t.Errorf("after a second: %v", a.writes)
		}
		Dirty(bad)
		ke.Delay(ke.KernelMode, false, -40*lazyPeriod)
		if n := len(a.writes); a.dirty != 0 || n < 20 || a.writes[1] != 109 || a.writes[n-2] != 16 {
			t.Errorf("%d dirty, %v", a.dirty, a.writes)
		}
		if written, _, errors := LazyCounts(); written != 1000 || errors < 30 {
			t.Errorf("%d written, %d errors", written, errors)
		}
		bad.s = nt.StatusSuccess
		ke.Delay(ke.KernelMode, false, -3*lazyPeriod)
		if bad.dirty != 0 || lazy.active {
			t.Errorf("%d dirty, active %v", bad.dirty, lazy.active)
		}
		a.dirty = 7
		Dirty(a)
		if s := Flush(a); !s.OK() || a.dirty != 0 {
			t.Error(s, a.dirty)
		}
		bad.dirty, bad.s = 1, nt.StatusInsufficientResources
		if s := Flush(bad); s != bad.s {
			t.Error(s)
		}
	})
}

// TestReadAhead: a sequence is read ahead in growing steps that never overlap and end at
// the file's end; jumps are not.
func TestReadAhead(t *testing.T) {
	var r ReadAhead
	covered := uint64(0)
	for at := uint64(0); at < 4<<20; at += 8192 {
		from, n := r.Read(at, 8192, 4<<20)
		if n == 0 {
			continue
		}
		if from < covered || from < at+8192 || from+n > 4<<20 || n > readAheadMost {
			t.Fatalf("at %#x: %#x+%#x, covered up to %#x", at, from, n, covered)
		}
		covered = from + n
	}
	if covered != 4<<20 {
		t.Errorf("read ahead up to %#x", covered)
	}
	random := rand.New(rand.NewPCG(1, 1))
	jumps := 0
	for range 1000 {
		if _, n := r.Read(random.Uint64N(1<<40), 100, 1<<41); n > 0 {
			jumps++
		}
	}
	if jumps > 2 {
		t.Errorf("%d jumps were read ahead", jumps)
	}
	if _, n := r.Read(^uint64(0)-1, 100, ^uint64(0)); n != 0 {
		t.Error("behind the end")
	}
}

// TestTrace (P1.24): to a file and back; every damaged or cut file is refused, also where the checksum is right.
func TestTrace(t *testing.T) {
	trace := Trace{
		Volumes: []UsedVolume{{`\Device\HarddiskVolume1`, 0x12345678, []Range{{0, 3}, {100, 1}}}, {`\Device\HarddiskVolume2`, 1, nil}},
		Files:   []Used{{`\b`, []Range{{0, 2}, {3, 1}}}, {`\a`, []Range{{1, 1}}}},
	}
	if trace.Pages() != 4 {
		t.Errorf("%+v", trace)
	}
	b := trace.Encode()
	got, err := DecodeTrace(b)
	want := &Trace{trace.Volumes, []Used{trace.Files[1], trace.Files[0]}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for i := range b {
		if _, err := DecodeTrace(b[:i]); err == nil {
			t.Errorf("%d bytes were accepted", i)
		}
		c := append([]byte(nil), b...)
		c[i] ^= 1
		if _, err := DecodeTrace(c); err == nil {
			t.Errorf("byte %d changed, and accepted", i)
		}
	}
	// Mutants whose checksum is right: none makes it fail in another way, and what is accepted is sound.
	random := rand.New(rand.NewPCG(24, 1))
	accepted := 0
	for range 20_000 {
		c := append([]byte(nil), b...)
		for range 1 + random.IntN(4) {
			switch at := 8 + random.IntN(len(c)-8); random.IntN(4) {
			case 0:
				c[at] = byte(random.Uint32())
			case 1:
				binary.LittleEndian.PutUint32(c[min(8+(at-8)/4*4, len(c)-4):], []uint32{0, 1, ^uint32(0), 1 << 31, uint32(len(c))}[random.IntN(5)])
			case 2:
				c = append(c[:at:at], c[min(len(c), at+random.IntN(9)):]...)
			case 3:
				c = append(c, byte(random.Uint32()))
			}
			if len(c) < 16 {
				break
			}
		}
		binary.LittleEndian.PutUint32(c[4:], crc32.ChecksumIEEE(c[8:]))
		got, err := DecodeTrace(c)
		if err != nil {
			continue
		}
		accepted++
		ranges := [][]Range{}
		for _, v := range got.Volumes {
			ranges = append(ranges, v.Table)
		}
		for _, f := range got.Files {
			ranges = append(ranges, f.Ranges)
		}
		for _, list := range ranges {
			end := uint64(0)
			for i, r := range list {
				if r.Count == 0 || i > 0 && uint64(r.Page) <= end {
					t.Fatalf("%+v", list)
				}
				end = uint64(r.Page) + uint64(r.Count)
			}
		}
	}
	if accepted == 0 || accepted == 20_000 {
		t.Errorf("%d mutants were accepted", accepted)
	}
}
