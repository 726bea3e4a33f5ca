package clock

import (
	"math/rand/v2"
	"testing"
)

// machine has clocks that may stand from some moment on, in ms; 0 is from the start.
type machine struct {
	tickStops, rtcStops, tscStops uint64
	rtcAbsent                     bool
	rate                          uint64 // kHz
	tickFrom                      uint32
	secondFrom                    uint64
}

const never = 1 << 40

func (m *machine) at(ms uint64) Sample {
	s := Sample{
		Tick: uint32((uint64(m.tickFrom) + min(ms, m.tickStops)*1000/tickMicros) % ticksADay),
		TSC:  min(ms, m.tscStops) * m.rate,
	}
	s.Second = int((m.secondFrom + min(ms, m.rtcStops)) / 1000 % 60)
	if m.rtcAbsent {
		s.Second = -1
	}
	return s
}

// TestStanding: as long as one clock runs, time passes, not faster than it should
// and at most two seconds late where it is not the TSC alone.
func TestStanding(t *testing.T) {
	for name, c := range map[string]struct {
		m    machine
		rate uint64 // told
		late uint64 // ms after 20 s
	}{
		"all run":                    {machine{never, never, never, false, 2_600_000, 0, 0}, 0, 60},
		"tick only":                  {machine{never, 0, 0, false, 2_600_000, 0, 0}, 0, 60},
		"tick only, no RTC":          {machine{never, 0, 0, true, 2_600_000, 0, 0}, 0, 60},
		"across midnight":            {machine{never, 0, 0, true, 2_600_000, ticksADay - 100, 0}, 0, 60},
		"no tick":                    {machine{0, never, never, false, 2_600_000, 7, 30500}, 0, 2000},
		"tick stands after 3 s":      {machine{3000, never, never, false, 2_600_000, 0, 59999}, 0, 2000},
		"RTC only":                   {machine{0, never, 0, false, 2_600_000, 0, 999}, 0, 2000},
		"TSC only, rate told":        {machine{0, 0, never, true, 2_600_000, 0, 0}, 2_600_000, 60},
		"TSC only":                   {machine{0, 0, never, true, 3_000_000, 0, 0}, 0, 10_100},
		"TSC only, nonsense is told": {machine{0, 0, never, true, 3_000_000, 0, 0}, 12, 10_100},
		"all change at 5 s":          {machine{5000, never, 5000, false, 4_000_000, 0, 0}, 0, 2000},
	} {
		r := rand.New(rand.NewPCG(2, 2))
		k := Clock{Rate: c.rate}
		got := uint64(0)
		for ms := uint64(0); ms < 20_000; ms += uint64(r.IntN(200)) {
			now := k.Millis(c.m.at(ms))
			if now < got {
				t.Fatalf("%s: time goes back from %d to %d", name, got, now)
			}
			if got = now; got > ms+60 {
				t.Fatalf("%s: %d ms after %d", name, got, ms)
			}
		}
		if got+c.late < 19_800 {
			t.Errorf("%s: %d ms after 20 s", name, got)
		}
	}
}

// TestJumps: a clock that is set meanwhile, or shows nonsense, does not end the
// menu.
func TestJumps(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	m := machine{never, never, never, false, 2_600_000, 0, 0}
	k := Clock{}
	got := uint64(0)
	for ms := uint64(0); ms < 10_000; ms += 50 {
		s := m.at(ms)
		switch ms {
		case 1000:
			s.Tick = 1 << 31
		case 2000:
			s.Second = (s.Second + 30) % 60
		case 3000:
			s.TSC = 0
		case 4000:
			s.Second = -1
		}
		if r.IntN(9) == 0 {
			s.Second = -1
		}
		got = k.Millis(s)
	}
	if got < 9000 || got > 10_200 {
		t.Errorf("%d ms after 10 s", got)
	}
}

// TestNothingRuns: time stands then, and nothing else happens.
func TestNothingRuns(t *testing.T) {
	m := machine{0, 0, 0, true, 1, 0, 0}
	k := Clock{}
	for range 1000 {
		if n := k.Millis(m.at(5)); n != 0 {
			t.Fatal(n)
		}
	}
}

func TestSecond(t *testing.T) {
	for _, c := range []struct {
		a1, first, second, a2, b byte
		want                     int
	}{
		{0x26, 0x59, 0x59, 0x26, 2, 59}, {0x26, 59, 59, 0x26, 6, 59}, {0xA6, 0x10, 0x10, 0x26, 2, -1}, {0x26, 0x10, 0x10, 0xA6, 2, -1},
		{0x26, 0x10, 0x11, 0x26, 2, -1}, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, -1}, {0, 0, 0, 0, 0, 0}, {0x26, 0x0A, 0x0A, 0x26, 2, -1},
		{0x26, 0x60, 0x60, 0x26, 2, -1}, {0x26, 60, 60, 0x26, 4, -1}, {0x26, 0xFF, 0xFF, 0x26, 0, -1},
	} {
		if got := Second(c.a1, c.first, c.second, c.a2, c.b); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
