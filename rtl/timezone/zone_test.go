package timezone

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// epoch is how many seconds lie between 1601 and 1970.
const epoch = 11644473600

func system(t time.Time) uint64 { return uint64(t.Unix()+epoch) * second }

// zones are rules as the registry has them, and the place in Go's tables that has had the
// same ones since a year.
var zones = map[string]struct {
	zone  Zone
	since int
}{
	"Europe/Berlin":       {Zone{Bias: -60, DaylightBias: -60, Daylight: Rule{Month: 3, Day: 5, Hour: 2}, Standard: Rule{Month: 10, Day: 5, Hour: 3}}, 1997},
	"America/New_York":    {Zone{Bias: 300, DaylightBias: -60, Daylight: Rule{Month: 3, Day: 2, Hour: 2}, Standard: Rule{Month: 11, Day: 1, Hour: 2}}, 2008},
	"Australia/Sydney":    {Zone{Bias: -600, DaylightBias: -60, Daylight: Rule{Month: 10, Day: 1, Hour: 2}, Standard: Rule{Month: 4, Day: 1, Hour: 3}}, 2009},
	"Asia/Kolkata":        {Zone{Bias: -330}, 1980},
	"Australia/Lord_Howe": {Zone{Bias: -630, DaylightBias: -30, Daylight: Rule{Month: 10, Day: 1, Hour: 2}, Standard: Rule{Month: 4, Day: 1, Hour: 2}}, 2009},
	"UTC":                 {Zone{}, 1971},
}

// TestZones (P1.25): the bias of real zones is that of Go's tables, at random times and around
// each change; and each change is found by Next.
func TestZones(t *testing.T) {
	rnd := rand.New(rand.NewPCG(25, 1))
	for name, c := range zones {
		where, err := time.LoadLocation(name)
		if err != nil {
			t.Skip(err)
		}
		check := func(at time.Time) {
			t.Helper()
			_, offset := at.In(where).Zone()
			bias, p := c.zone.At(system(at))
			if bias != int64(-offset/60) {
				t.Fatalf("%s at %v: bias %d, period %d; Go says %d", name, at, bias, p, -offset/60)
			}
			want := Unknown
			if c.zone.Daylight.Month != 0 {
				want = Standard
				if at.In(where).IsDST() {
					want = Daylight
				}
			}
			if p != want {
				t.Fatalf("%s at %v: period %d, want %d", name, at, p, want)
			}
		}
		from := time.Date(c.since, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 2000 {
			check(from.Add(time.Duration(rnd.Int64N(int64(time.Duration(2037-c.since) * 365 * 24 * time.Hour)))))
		}
		changes := 0
		for at := system(from); ; changes++ {
			next, ok := c.zone.Next(at)
			if !ok || next > system(time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)) {
				break
			}
			w := time.Unix(int64(next/second)-epoch, 0)
			check(w)
			check(w.Add(-time.Second))
			check(w.Add(time.Hour))
			if next <= at {
				t.Fatalf("%s: the change after %d is %d", name, at, next)
			}
			at = next
		}
		if want := 2 * (2036 - c.since); c.zone.Daylight.Month != 0 && (changes < want-1 || changes > want+1) || c.zone.Daylight.Month == 0 && changes != 0 {
			t.Errorf("%s: %d changes", name, changes)
		}
	}
}

// TestOnce: a rule with a year counts in that year alone.
func TestOnce(t *testing.T) {
	z := Zone{Bias: -60, DaylightBias: -60, Daylight: Rule{Year: 2026, Month: 3, Day: 29, Hour: 2}, Standard: Rule{Year: 2026, Month: 10, Day: 25, Hour: 3}}
	for date, want := range map[string]int64{"2026-03-29T00:59:59Z": -60, "2026-03-29T01:00:00Z": -120, "2026-10-25T00:59:59Z": -120, "2026-10-25T01:00:00Z": -60, "2027-07-01T00:00:00Z": -60} {
		at, _ := time.Parse(time.RFC3339, date)
		if bias, _ := z.At(system(at)); bias != want {
			t.Errorf("%s: %d", date, bias)
		}
	}
	after, _ := time.Parse(time.RFC3339, "2026-12-01T00:00:00Z")
	if n, ok := z.Next(system(after)); ok {
		t.Errorf("another change at %d", n)
	}
	if bias, p := z.At(0); bias != -60 || p != Standard {
		t.Errorf("in 1601: %d, %d", bias, p)
	}
}

// TestRules: what is no rule is refused and named; what is one comes back as it was.
func TestRules(t *testing.T) {
	for _, r := range []Rule{{}, {Month: 3, Day: 5, Hour: 2, Weekday: 6}, {Year: 2024, Month: 2, Day: 29, Hour: 23, Minute: 59, Second: 59, Milliseconds: 999}} {
		if got, err := ParseRule(r.Bytes()); err != nil || got != r {
			t.Errorf("%+v: %+v, %v", r, got, err)
		}
	}
	for _, r := range []Rule{{Month: 13, Day: 1}, {Month: 3, Day: 6}, {Month: 3}, {Month: 3, Day: 1, Hour: 24}, {Month: 3, Day: 1, Weekday: 7}, {Month: 3, Day: 1, Minute: 60},
		{Month: 3, Day: 1, Second: 60}, {Month: 3, Day: 1, Milliseconds: 1000}, {Year: 2023, Month: 2, Day: 29}, {Year: 1600, Month: 2, Day: 1}, {Year: 2026, Month: 1, Day: 32}} {
		if got, err := ParseRule(r.Bytes()); err == nil || got != (Rule{}) || !strings.Contains(err.Error(), "is no rule") {
			t.Errorf("%+v: %+v, %v", r, got, err)
		}
	}
}
