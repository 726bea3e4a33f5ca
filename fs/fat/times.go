package fat

import "time"

// Times are those of a file. A time that the volume does not have is zero.
type Times struct {
	Created  time.Time // to 10 ms
	Accessed time.Time // a day
	Written  time.Time // to 2 s
}

// decodeTime reads a date, a time of two seconds, and hundredths of a second (0 to 199).
func decodeTime(date, clock uint16, hundredths byte, at *time.Location) time.Time {
	if date == 0 {
		return time.Time{}
	}
	ns := int(hundredths%100) * 10e6
	return time.Date(1980+int(date>>9), time.Month(date>>5&15), int(date&31),
		int(clock>>11), int(clock>>5&63), int(clock&31)*2+int(hundredths/100), ns, at)
}

// secondsTo1970 is from 1601 on.
const secondsTo1970 = 11644473600

// SystemTime is a time in 100 ns since 1601. No time is 0.
func SystemTime(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return (t.Unix()+secondsTo1970)*10_000_000 + int64(t.Nanosecond())/100
}

// timeDecoder is SystemTime of decodeTime for many times, of which one is mostly near the one before: the
// calendar is looked at when the date or the two seconds change.
type timeDecoder struct {
	stamp uint32 // the date and, in the lower half, the time
	time  int64
}

func (d *timeDecoder) decode(stamp uint32, v *Volume) int64 {
	if stamp != d.stamp {
		d.learn(stamp, v)
	}
	return d.time
}

func (d *timeDecoder) learn(stamp uint32, v *Volume) {
	d.stamp, d.time = stamp, SystemTime(decodeTime(uint16(stamp>>16), uint16(stamp), 0, v.zone()))
}

// encodeTime is the other way; years before 1980 and behind 2107 are the nearest that
// there is.
func encodeTime(t time.Time) (date, clock uint16, hundredths byte) {
	switch y := t.Year(); {
	case t.IsZero():
		return 0, 0, 0
	case y < 1980:
		return 1<<5 | 1, 0, 0
	case y > 2107:
		return 127<<9 | 12<<5 | 31, 23<<11 | 59<<5 | 29, 199
	}
	date = uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day())
	clock = uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	return date, clock, byte(t.Second()%2*100 + t.Nanosecond()/10e6)
}

// now is the time in the volume's zone.
func (v *Volume) now() time.Time { return v.o.Now() }

func (v *Volume) zone() *time.Location { return v.o.Now().Location() }
