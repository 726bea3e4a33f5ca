package ex

import (
	"testing"

	"gont/rtl/timezone"
)

// TestRefreshTimeZone (P1.25): what counts follows the time, and is told when it changes.
func TestRefreshTimeZone(t *testing.T) {
	defer timeZone.Store(nil)
	if z := CurrentTimeZone(); z.Active != 0 || z.Period != timezone.Unknown {
		t.Errorf("before: %+v", z)
	}
	z := timezone.Zone{Bias: -60, DaylightBias: -60, Daylight: timezone.Rule{Month: 3, Day: 5, Hour: 2}, Standard: timezone.Rule{Month: 10, Day: 5, Hour: 3}}
	now, seen := uint64(426*365)*24*3600*10_000_000, map[int64]int{}
	for range 10 {
		changed, next := RefreshTimeZone(z, now)
		if !changed || next <= now {
			t.Fatalf("at %d: changed %v, next %d", now, changed, next)
		}
		seen[CurrentTimeZone().Active]++
		if again, _ := RefreshTimeZone(z, now); again {
			t.Error("nothing has changed")
		}
		now = next
	}
	if seen[-60] != 5 || seen[-120] != 5 {
		t.Errorf("%v", seen)
	}
	if changed, next := RefreshTimeZone(timezone.Zone{Bias: 300}, now); !changed || next != 0 || CurrentTimeZone().Active != 300 {
		t.Errorf("%v, %d", changed, next)
	}
}
