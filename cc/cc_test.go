package cc

import (
	"fmt"
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
		if written, errors := LazyCounts(); written != 1000 || errors < 30 {
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

// TestTrace (P1.24): pages to ranges, to a file and back; every damaged or cut file is refused.
func TestTrace(t *testing.T) {
	var trace Trace
	trace.Add(`\b`, []bool{true, true, false, true})
	trace.Add(`\none`, []bool{false})
	trace.Add(`\a`, []bool{false, true})
	if trace.Pages() != 4 || len(trace.Files) != 2 {
		t.Errorf("%+v", trace)
	}
	b := trace.Encode()
	got, err := DecodeTrace(b)
	want := &Trace{[]Used{{`\a`, []Range{{1, 1}}}, {`\b`, []Range{{0, 2}, {3, 1}}}}}
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
}
