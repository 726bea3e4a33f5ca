package etw

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"

	"gont/arc"
	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// machine is an array that plays physical memory.
type machine [][mm.PageSize]byte

func (m machine) Page(pfn uint32) *[mm.PageSize]byte { return &m[pfn] }
func (m machine) Flush(root, va uint64, pages int)   {}
func (m machine) Zero(uint64, int) int               { panic("nobody zeroes here") }
func (m machine) HeapPages() (have, most uint64)     { return 1 << 20, 1 << 20 }
func (m machine) GiveHeapPage(uint32) bool           { return false }
func (machine) HeapUnused() uint64                   { return 0 }
func (machine) ReleaseHeap([]uint32) int             { return 0 }
func (m machine) Span(uint64, int) []byte            { return make([]byte, MaximumBuffer) }

var memory = make(machine, 2048)

const tick = 100_000

// simulate runs body in a system thread, on a clock of its own.
func simulate(t *testing.T, body func()) {
	t.Helper()
	if err := mm.Initialize(memory, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(memory)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
	root, _ := mm.AllocatePage(mm.UsePageTable, true)
	mm.SetKernelRoot(root)
	now, done := uint64(tick), false
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack()))
	}})
	ps.BeforeUser, ps.LeaveSpace = nil, nil
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	sessions = nil // of the test before
	ke.StartThread(ps.CreateSystemThread("test", ke.NormalPriority, func(*ps.Thread) { body(); done = true }).Thread)
	for n := 0; !done; n++ {
		if ke.RunReady(); n > 100000 {
			t.Fatal("it does not end")
		}
		now += tick
		ke.Tick(1, false)
	}
}

// events reads all that waits and splits it, "event text" each.
func events(t *testing.T, id uint16) (list []string) {
	t.Helper()
	for {
		b, s := Read(id, 200)
		if s == nt.StatusNoMoreEntries {
			return list
		} else if !s.OK() {
			t.Fatal(s)
		}
		for len(b) > 0 {
			size := binary.LittleEndian.Uint16(b)
			list = append(list, fmt.Sprintf("%#x %s", binary.LittleEndian.Uint16(b[2:]), bytes.TrimLeft(b[nt.EventHeaderSize:size], "\x00\x04\x08\x0c\x10")))
			b = b[size:]
		}
	}
}

// TestSystemProviders (P1.49): a session gets what there was and what comes, of the
// providers that it has enabled, and nothing after its end.
func TestSystemProviders(t *testing.T) {
	simulate(t, func() {
		var trace ex.Trace
		trace.Now = func() int64 { return 0 }
		var log ex.BootLog
		trace.End(trace.Begin("P0.1"), nt.StatusSuccess)
		if s := InitSystem(&trace, &log); !s.OK() {
			t.Fatal(s)
		}
		if boot.Enabled() {
			t.Error("enabled without a session")
		}
		id, s := Start("Logger", 8<<10)
		if !s.OK() || Lookup("LOGGER") != id || Lookup("x") != 0 {
			t.Fatal(s)
		}
		for _, p := range []nt.GUID{nt.BootProvider, nt.ProcessProvider, nt.DriverProvider, nt.BootProvider} {
			if s := Enable(id, p); !s.OK() {
				t.Error(s)
			}
		}
		trace.End(trace.Begin("P1.9"), nt.StatusSuccess)
		log.Image("null.sys", true)
		log.Image("bad.sys", false)
		p, _ := ps.CreateProcess(ps.System, "child", nil, ps.SystemToken, false)
		p.Terminate(0)
		got := strings.Join(events(t, id), "|")
		want := "0x8001 TRACE P0.1 0 0 0 STATUS_SUCCESS 0|0x8001 Idle|0x8001 System|0x1 TRACE P1.9 0 0 0 STATUS_SUCCESS 0|0x1 null.sys|0x2 bad.sys|0x1 child|0x2 child"
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if q, s := Query(id); !s.OK() || q.Written != 8 || q.Lost != 0 || q.Waiting != 0 || q.Providers != 3 {
			t.Errorf("%+v, %v", q, s)
		}
		if s := Stop(id); !s.OK() || boot.Enabled() {
			t.Error(s)
		}
		trace.End(trace.Begin("P1.10"), nt.StatusSuccess)
		if _, s := Read(id, 100); s != nt.StatusWmiInstanceNotFound {
			t.Error(s)
		}
	})
}

// TestSessions: names, sizes and numbers that make no sense; a full ring loses the new
// events; all that is read was written, whatever the sizes.
func TestSessions(t *testing.T) {
	simulate(t, func() {
		Reset()
		p := &Provider{ID: nt.GUID{1}, Name: "test"}
		if s := Register(p); !s.OK() {
			t.Fatal(s)
		}
		for what, s := range map[string]nt.Status{"guid": Register(&Provider{ID: p.ID}), "no session": Enable(9, p.ID), "stop": Stop(9)} {
			if s.OK() {
				t.Error(what, s)
			}
		}
		for _, c := range []struct {
			name string
			size uint32
		}{{"", 8192}, {strings.Repeat("x", 64), 8192}, {"a", 100}, {"a", 2 << 20}} {
			if _, s := Start(c.name, c.size); s != nt.StatusInvalidParameter {
				t.Error(c, s)
			}
		}
		var ids []uint16
		for i := range MaximumSessions {
			id, s := Start(fmt.Sprint("session ", i), MinimumBuffer)
			if !s.OK() {
				t.Fatal(s)
			}
			ids = append(ids, id)
		}
		if _, s := Start("SESSION 3", MinimumBuffer); s != nt.StatusObjectNameCollision {
			t.Error(s)
		}
		if _, s := Start("one more", MinimumBuffer); s != nt.StatusInsufficientResources {
			t.Error(s)
		}
		id := ids[0]
		if s := Enable(id, nt.GUID{2}); s != nt.StatusWmiGuidNotFound {
			t.Error(s)
		}
		Enable(id, p.ID)
		r := rand.New(rand.NewPCG(1, 1))
		var want [][]byte
		lost := uint64(0)
		for range 3000 {
			if r.IntN(3) > 0 {
				data := make([]byte, r.IntN(MaximumData+100))
				for i := range data {
					data[i] = byte(r.Uint32())
				}
				before, _ := Query(id)
				p.Write(7, data)
				after, _ := Query(id)
				if after.Lost > before.Lost {
					lost++
				} else {
					want = append(want, data[:min(len(data), MaximumData)])
				}
				continue
			}
			b, s := Read(id, 1+r.IntN(3000))
			if s != nt.StatusSuccess {
				if len(want) > 0 != (s == nt.StatusBufferTooSmall) {
					t.Fatalf("%v with %d waiting", s, len(want))
				}
				continue
			}
			for len(b) > 0 {
				size := binary.LittleEndian.Uint16(b)
				if !bytes.Equal(b[nt.EventHeaderSize:size], want[0]) {
					t.Fatal("an event is not what was written")
				}
				want, b = want[1:], b[size:]
			}
		}
		if q, _ := Query(id); q.Lost != lost || lost == 0 {
			t.Errorf("%d lost, counted %d", lost, q.Lost)
		}
		Reset()
	})
}
