// Package timezone reckons with time zones as the registry describes them (SPEC P1.7, P1.25;
// Control\TimeZoneInformation, RTL_TIME_ZONE_INFORMATION): biases, and rules that say when
// daylight saving begins and ends. It has no state. Times are system times, 100 ns units since
// 1601, universal; biases are minutes, universal time less local time.
package timezone

import (
	"encoding/binary"
	"fmt"
)

// Rule says when a bias begins: TIME_FIELDS. With Year 0 it is every year, on the Day-th
// Weekday of the month, the last one for 5; else at that date, once. Hour and what
// follows are local time, as it is just before. Month 0: never.
type Rule struct {
	Year, Month, Day, Hour, Minute, Second, Milliseconds, Weekday uint16
}

// ParseRule reads a rule as the registry has it.
func ParseRule(b [16]byte) (r Rule, err error) {
	f := []*uint16{&r.Year, &r.Month, &r.Day, &r.Hour, &r.Minute, &r.Second, &r.Milliseconds, &r.Weekday}
	for i, p := range f {
		*p = binary.LittleEndian.Uint16(b[2*i:])
	}
	if r.Month == 0 {
		return Rule{}, nil
	}
	ok := r.Month <= 12 && r.Hour < 24 && r.Minute < 60 && r.Second < 60 && r.Milliseconds < 1000 && r.Weekday < 7 && r.Day >= 1
	if r.Year == 0 {
		ok = ok && r.Day <= 5
	} else {
		ok = ok && r.Year >= 1601 && int(r.Day) <= daysIn(int(r.Year), int(r.Month))
	}
	if !ok {
		return Rule{}, fmt.Errorf("%d-%d-%d %d:%02d:%02d, weekday %d is no rule", r.Year, r.Month, r.Day, r.Hour, r.Minute, r.Second, r.Weekday)
	}
	return r, nil
}

// Bytes is the rule as the registry has it.
func (r Rule) Bytes() (b [16]byte) {
	for i, v := range []uint16{r.Year, r.Month, r.Day, r.Hour, r.Minute, r.Second, r.Milliseconds, r.Weekday} {
		binary.LittleEndian.PutUint16(b[2*i:], v)
	}
	return b
}

// Zone is a time zone.
type Zone struct {
	Bias                       int64
	StandardName, DaylightName string
	Standard, Daylight         Rule
	StandardBias, DaylightBias int64
}

// Period says which of a zone's biases counts; the values are NT's.
type Period uint32

const (
	Unknown  Period = iota // there is no daylight saving
	Standard               // it is not in force
	Daylight
)

const (
	second = 10_000_000
	minute = 60 * second
	day    = 24 * 60 * minute
)

func leap(y int) bool { return y%4 == 0 && y%100 != 0 || y%400 == 0 }

func daysIn(y, m int) int {
	switch {
	case m == 2 && leap(y):
		return 29
	case m == 2:
		return 28
	case m == 4 || m == 6 || m == 9 || m == 11:
		return 30
	}
	return 31
}

// days from 1601-01-01, a Monday, to the first of a year.
func daysTo(y int) int64 {
	n := int64(y - 1601)
	return n*365 + n/4 - n/100 + n/400
}

// year is that of a time.
func year(t int64) int {
	d := t / day
	y := 1601 + int(d*400/146097)
	for daysTo(y) > d {
		y--
	}
	for daysTo(y+1) <= d {
		y++
	}
	return y
}

// in returns when the rule takes effect in a year, in local time; false if it does not.
func (r Rule) in(y int) (local int64, ok bool) {
	if r.Month == 0 || r.Year != 0 && int(r.Year) != y {
		return 0, false
	}
	d := daysTo(y)
	for m := 1; m < int(r.Month); m++ {
		d += int64(daysIn(y, m))
	}
	if r.Year != 0 {
		d += int64(r.Day) - 1
	} else {
		first := (d + 1) % 7 // its weekday, Sunday is 0
		n := (int64(r.Weekday)-first+7)%7 + 7*(int64(r.Day)-1)
		for n >= int64(daysIn(y, int(r.Month))) {
			n -= 7
		}
		d += n
	}
	return d*day + int64(r.Hour)*60*minute + int64(r.Minute)*minute + int64(r.Second)*second + int64(r.Milliseconds)*10_000, true
}

// bounds returns when daylight saving begins and ends in a year, universal time.
func (z *Zone) bounds(y int) (begin, end int64, ok bool) {
	begin, ok1 := z.Daylight.in(y)
	end, ok2 := z.Standard.in(y)
	return begin + (z.Bias+z.StandardBias)*minute, end + (z.Bias+z.DaylightBias)*minute, ok1 && ok2
}

// At returns the bias that counts at a time, and which it is.
func (z *Zone) At(t uint64) (bias int64, p Period) {
	local := int64(t) - (z.Bias+z.StandardBias)*minute
	begin, end, ok := z.bounds(year(max(local, 0)))
	switch {
	case z.Daylight.Month == 0 || z.Standard.Month == 0:
		return z.Bias + z.StandardBias, Unknown
	case !ok:
		return z.Bias + z.StandardBias, Standard
	}
	in := begin <= int64(t) && int64(t) < end
	if begin > end { // south of the equator
		in = int64(t) >= begin || int64(t) < end
	}
	if in {
		return z.Bias + z.DaylightBias, Daylight
	}
	return z.Bias + z.StandardBias, Standard
}

// Next returns the first time after t at which the period changes; false if it never
// does.
func (z *Zone) Next(t uint64) (uint64, bool) {
	_, now := z.At(t)
	y := year(max(int64(t)-z.Bias*minute, 0))
	best := uint64(0)
	for i := y - 1; i <= y+1; i++ {
		begin, end, ok := z.bounds(i)
		if !ok {
			continue
		}
		for _, at := range []int64{begin, end} {
			if at <= int64(t) || best != 0 && uint64(at) >= best {
				continue
			}
			if _, p := z.At(uint64(at)); p != now {
				best = uint64(at)
			}
		}
	}
	return best, best != 0
}
