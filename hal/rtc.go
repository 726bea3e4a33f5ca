package hal

// Motorola MC146818 real-time clock, as every PC has it at ports 70h and 71h
// (data sheet MC146818/D, registers A and B).

// RtcRegisters is one consistent reading of the clock.
type RtcRegisters struct {
	Second, Minute, Hour, Day, Month, Year, Century uint8
	StatusB                                         uint8
}

// Time is a calendar time in UTC.
type Time struct{ Year, Month, Day, Hour, Minute, Second int }

// Decode turns register contents into a time. ok is false for what no clock
// shows: digits that are not decimal, a 13th month, a 31st of April.
// A century register that makes no sense is taken as 20.
func (r RtcRegisters) Decode() (t Time, ok bool) {
	ok = true
	num := func(v uint8) int {
		if r.StatusB&0x04 != 0 { // binary
			return int(v)
		}
		if v&15 > 9 || v>>4 > 9 {
			ok = false
		}
		return int(v>>4)*10 + int(v&15)
	}
	pm := r.Hour&0x80 != 0
	hour := r.Hour
	if r.StatusB&0x02 == 0 { // 12-hour
		hour &^= 0x80
	}
	t = Time{num(r.Year), num(r.Month), num(r.Day), num(hour), num(r.Minute), num(r.Second)}
	if r.StatusB&0x02 == 0 {
		if t.Hour < 1 || t.Hour > 12 {
			ok = false
		}
		t.Hour %= 12
		if pm {
			t.Hour += 12
		}
	}
	century := int(r.Century>>4)*10 + int(r.Century&15)
	if r.Century&15 > 9 || century < 19 || century > 29 {
		century = 20
	}
	t.Year += century * 100
	if t.Month < 1 || t.Month > 12 || t.Day < 1 || t.Hour > 23 || t.Minute > 59 || t.Second > 59 || !ok {
		return t, false
	}
	if t.Day > daysIn(t.Year, t.Month) {
		return t, false
	}
	return t, true
}

// Encode is the inverse of Decode, for a clock that counts as statusB says. The
// century is the clock's own: ok is false for years that have another one than r's,
// or, where that makes no sense, than 20.
func (t Time) Encode(r RtcRegisters) (n RtcRegisters, ok bool) {
	century := int(r.Century>>4)*10 + int(r.Century&15)
	if r.Century&15 > 9 || century < 19 || century > 29 {
		century = 20
	}
	num := func(v int) uint8 {
		if r.StatusB&0x04 != 0 { // binary
			return uint8(v)
		}
		return uint8(v/10<<4 | v%10)
	}
	hour := num(t.Hour)
	if r.StatusB&0x02 == 0 { // 12-hour
		hour = num((t.Hour+11)%12 + 1)
		if t.Hour >= 12 {
			hour |= 0x80
		}
	}
	return RtcRegisters{num(t.Second), num(t.Minute), hour, num(t.Day), num(t.Month), num(t.Year % 100), r.Century, r.StatusB}, t.Year/100 == century
}

func leap(y int) bool { return y%4 == 0 && y%100 != 0 || y%400 == 0 }

func daysIn(y, m int) int {
	if m == 2 && leap(y) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
}

// SystemTime converts to 100 ns units since 1 January 1601 UTC.
func (t Time) SystemTime() uint64 {
	y := t.Year - 1
	days := y*365 + y/4 - y/100 + y/400 - (1600*365 + 1600/4 - 1600/100 + 1600/400)
	for m := 1; m < t.Month; m++ {
		days += daysIn(t.Year, m)
	}
	days += t.Day - 1
	return uint64(((days*24+t.Hour)*60+t.Minute)*60+t.Second) * 10_000_000
}

// FromSystemTime is the inverse of SystemTime, to the second.
func FromSystemTime(v uint64) Time {
	s := int(v / 10_000_000)
	t := Time{Year: 1601, Month: 1, Second: s % 60, Minute: s / 60 % 60, Hour: s / 3600 % 24}
	d := s / 86400
	for {
		n := 365
		if leap(t.Year) {
			n++
		}
		if d < n {
			break
		}
		d -= n
		t.Year++
	}
	for d >= daysIn(t.Year, t.Month) {
		d -= daysIn(t.Year, t.Month)
		t.Month++
	}
	t.Day = d + 1
	return t
}
