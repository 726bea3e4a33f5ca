package ex

import (
	"sync/atomic"

	"gont/rtl/timezone"
)

// TimeZone is what counts of the time zone (ExpTimeZoneInformation): set by P1.25, and again
// when daylight saving begins or ends.
type TimeZone struct {
	timezone.Zone
	// Active is the bias that counts, minutes; Period says which one that is.
	Active int64
	Period timezone.Period
}

var timeZone atomic.Pointer[TimeZone]

// CurrentTimeZone returns the zone; universal time before P1.25. Any IRQL.
func CurrentTimeZone() *TimeZone {
	if z := timeZone.Load(); z != nil {
		return z
	}
	return &TimeZone{}
}

// RefreshTimeZone is ExRefreshTimeZoneInformation: the bias that a zone has at a system time is
// the one that counts. changed reports whether that is another one than before; next is when
// it changes again, 0 for never. Any IRQL.
func RefreshTimeZone(z timezone.Zone, now uint64) (changed bool, next uint64) {
	t := &TimeZone{Zone: z}
	t.Active, t.Period = z.At(now)
	old := timeZone.Swap(t)
	next, _ = z.Next(now)
	return old == nil || old.Active != t.Active || old.Period != t.Period, next
}
