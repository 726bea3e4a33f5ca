package realtime

import (
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"gont/arc"
	"gont/cm/control"
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// memory is an array that plays physical memory.
type memory [][mm.PageSize]byte

func (m memory) Page(pfn uint32) *[mm.PageSize]byte { return &m[pfn] }
func (m memory) Flush(root, va uint64, pages int)   {}
func (m memory) Zero(uint64, int) int               { panic("nobody zeroes here") }
func (m memory) HeapPages() (have, most uint64)     { return 1 << 20, 1 << 20 }
func (m memory) GiveHeapPage(uint32) bool           { return false }
func (memory) HeapUnused() uint64                   { return 0 }
func (memory) ReleaseHeap([]uint32) int             { return 0 }
func (m memory) Span(_ uint64, pages int) []byte    { return make([]byte, pages*mm.PageSize) }

const tick = 100_000

// simulate runs body in a system thread after P1.10, on a clock of its own.
func simulate(t *testing.T, body func()) {
	t.Helper()
	now, done := uint64(tick), false
	frames := make(memory, 2048)
	if err := mm.Initialize(frames, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(frames)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
	root, _ := mm.AllocatePage(mm.UsePageTable, true)
	mm.SetKernelRoot(root)
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack()))
	}})
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1(), ex.CreateTypes()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	ex.InitializeWorkers()
	ob.Deferred = ex.InitializeDeferredDeletion(ob.DeleteDeferred)
	ke.StartThread(ps.CreateSystemThread("test", ke.NormalPriority, func(*ps.Thread) {
		o, s := ex.CreateCallback(`\SetSystemTime`, true, true)
		if !s.OK() {
			t.Error(s)
		} else {
			ex.TimeCallback = o.Body.(*ex.Callback)
			body()
		}
		done = true
	}).Thread)
	for ticks := 0; !done; ticks++ {
		if ke.RunReady(); done {
			break
		}
		if ticks > 200_000 {
			t.Fatal("it does not end")
		}
		now += tick
		ke.Tick(1, false)
	}
}

// fake is a machine's clock.
type fake struct {
	shows   hal.Time
	ok, has bool
	set     []hal.Time
}

func (f *fake) connect(numbers map[control.ID]int32, dates map[control.ID][16]byte) {
	v := control.Read(func(key, name string) (uint32, []byte, bool) {
		for id, n := range numbers {
			if e := control.Table[id]; e.Key == key && e.Name == name {
				return 4, binary.LittleEndian.AppendUint32(nil, uint32(n)), true
			}
		}
		for id, b := range dates {
			if e := control.Table[id]; e.Key == key && e.Name == name {
				return 3, b[:], true
			}
		}
		return 0, nil, false
	})
	Connect(Machine{Query: func() (hal.Time, bool) { return f.shows, f.ok }, Present: func() bool { return f.has },
		Set: func(t hal.Time) bool {
			f.set = append(f.set, t)
			return true
		}}, v)
}

// TestQueryClock (P1.7): the clock's time is taken; one that is not there or shows nonsense
// is told of.
func TestQueryClock(t *testing.T) {
	good := hal.Time{Year: 2024, Month: 2, Day: 29, Hour: 12, Minute: 30, Second: 5}
	for name, c := range map[string]struct {
		clock   fake
		numbers map[control.ID]int32
		year    int
		want    hal.Time
		problem string
	}{
		"good":              {clock: fake{good, true, true, nil}, want: good},
		"bias of an hour":   {clock: fake{good, true, true, nil}, numbers: map[control.ID]int32{control.Bias: -60}, want: hal.Time{Year: 2024, Month: 2, Day: 29, Hour: 11, Minute: 30, Second: 5}},
		"last bias":         {clock: fake{good, true, true, nil}, numbers: map[control.ID]int32{control.Bias: -60, control.ActiveTimeBias: -120}, want: hal.Time{Year: 2024, Month: 2, Day: 29, Hour: 10, Minute: 30, Second: 5}},
		"universal":         {clock: fake{good, true, true, nil}, numbers: map[control.ID]int32{control.Bias: -60, control.RealTimeIsUniversal: 1}, want: good},
		"no leap year":      {clock: fake{good, true, true, nil}, year: 2023, want: hal.Time{Year: 2023, Month: 2, Day: 28, Hour: 12, Minute: 30, Second: 5}},
		"none":              {clock: fake{hal.Time{}, false, false, nil}, want: assumed, problem: "there is no real-time clock"},
		"nonsense":          {clock: fake{hal.Time{Year: 2024, Month: 77}, false, true, nil}, want: assumed, problem: "shows 2024-77-00 00:00:00, which cannot be"},
		"the last century":  {clock: fake{hal.Time{Year: 1999, Month: 1, Day: 1}, true, true, nil}, want: assumed, problem: "shows 1999-01-01"},
		"nonsense and YEAR": {clock: fake{hal.Time{}, false, true, nil}, year: 2031, want: hal.Time{Year: 2031, Month: 1, Day: 1}, problem: "which cannot be"},
	} {
		ke.Initialize(ke.Hooks{Now: func() uint64 { return 1234 }})
		c.clock.connect(c.numbers, nil)
		problem := QueryClock(c.year)
		if got := hal.FromSystemTime(ke.SystemTime()); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if problem != c.problem && (c.problem == "" || !strings.Contains(problem, c.problem)) {
			t.Errorf("%s: %q", name, problem)
		}
		if at, _ := ke.BootTime(); at != ke.SystemTime() {
			t.Errorf("%s: boot time %d, system time %d", name, at, ke.SystemTime())
		}
	}
}

// rule is a REG_BINARY date: month, week of it, hour; Sundays.
func rule(month, week, hour uint16) (b [16]byte) {
	for i, v := range []uint16{0, month, week, hour} {
		binary.LittleEndian.PutUint16(b[2*i:], v)
	}
	return b
}

// TestTimeZone (P1.25): the bias of the rules is in force; the time is set again where P1.7
// has reckoned with another; when daylight saving begins the machine's clock follows.
func TestTimeZone(t *testing.T) {
	simulate(t, func() {
		f := &fake{shows: hal.Time{Year: 2026, Month: 3, Day: 29, Hour: 1, Minute: 59, Second: 50}, ok: true, has: true}
		f.connect(map[control.ID]int32{control.Bias: -60, control.DaylightBias: -60, control.StandardBias: 0, control.ActiveTimeBias: -120},
			map[control.ID][16]byte{control.DaylightStart: rule(3, 5, 2), control.StandardStart: rule(10, 5, 3)})
		QueryClock(0)
		said, problems := RefreshTimeZone()
		if len(problems) != 0 || !strings.Contains(said, "was -120 minutes and is -60") {
			t.Errorf("%q, %q", said, problems)
		}
		if got := (hal.Time{Year: 2026, Month: 3, Day: 29, Hour: 0, Minute: 59, Second: 50}); hal.FromSystemTime(ke.SystemTime()) != got {
			t.Errorf("system time %v", hal.FromSystemTime(ke.SystemTime()))
		}
		ke.Delay(ke.KernelMode, false, -15*10_000_000)
		if a := ex.CurrentTimeZone().Active; a != -120 || len(f.set) != 1 || f.set[0].Hour != 3 {
			t.Errorf("after the change: bias %d, the clock was set to %v", a, f.set)
		}
		f.shows = hal.Time{Year: 2026, Month: 3, Day: 29, Hour: 3}
		if shown, ok := Show(); !ok || hal.FromSystemTime(shown).Hour != 1 {
			t.Errorf("the clock shows %v", hal.FromSystemTime(shown))
		}
		f.ok = false
		if _, ok := Show(); ok {
			t.Error("a clock that shows nonsense shows a time")
		}
		// Before the worker thread runs the time is set twice, and written once.
		ke.SetPriority(ke.Current(), ke.HighPriority)
		Changed(nil, nil, nil)
		Changed(nil, nil, nil)
		ke.Delay(ke.KernelMode, false, -10*tick)
		if len(f.set) != 2 {
			t.Errorf("the clock was set %d times", len(f.set))
		}
	})
}

// TestBadRules (P1.25): a rule that makes no sense is named, and there is no daylight saving.
func TestBadRules(t *testing.T) {
	(&fake{}).connect(nil, map[control.ID][16]byte{control.DaylightStart: rule(13, 5, 2), control.StandardStart: rule(10, 5, 3)})
	z, problems := zone()
	if len(problems) != 1 || !strings.Contains(problems[0], `Control\TimeZoneInformation\DaylightStart: `) || z.Standard.Month != 0 {
		t.Errorf("%+v, %q", z, problems)
	}
	(&fake{}).connect(map[control.ID]int32{control.DynamicDaylightTimeDisabled: 1}, map[control.ID][16]byte{control.DaylightStart: rule(13, 5, 2)})
	if _, problems := zone(); len(problems) != 0 {
		t.Errorf("rules that are not used: %q", problems)
	}
}

// TestSlip: the system time is corrected once by all the time that stood still.
func TestSlip(t *testing.T) {
	ke.Initialize(ke.Hooks{Now: func() uint64 { return 1234 }})
	ke.SetSystemTime(1 << 50)
	Correct()
	Slip(300)
	Slip(700)
	Correct()
	if Correct(); ke.SystemTime() != 1<<50+10 {
		t.Errorf("the time has moved by %d", ke.SystemTime()-1<<50)
	}
}
