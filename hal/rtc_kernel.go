//go:build kernel

package hal

// CMOS registers of the clock.
const (
	cmosIndex = 0x70
	cmosData  = 0x71
)

func cmos(reg uint8) uint8 {
	out8(cmosIndex, reg)
	return in8(cmosData)
}

func setCmos(reg, v uint8) {
	out8(cmosIndex, reg)
	out8(cmosData, v)
}

// SetRealTimeClock is HalSetRealTimeClock: sets the CMOS clock. It reports false, and
// changes nothing, when the clock is absent or cannot show the time. Like
// QueryRealTimeClock it needs the ports for itself.
func SetRealTimeClock(t Time) bool {
	if _, ok := QueryRealTimeClock(); !ok {
		return false
	}
	status := cmos(0x0B)
	r, ok := t.Encode(RtcRegisters{Century: cmos(0x32), StatusB: status})
	if !ok {
		return false
	}
	setCmos(0x0B, status|0x80) // SET: no updates
	for _, w := range [][2]uint8{{0, r.Second}, {2, r.Minute}, {4, r.Hour}, {7, r.Day}, {8, r.Month}, {9, r.Year}} {
		setCmos(w[0], w[1])
	}
	setCmos(0x0B, status&^0x80)
	return true
}

// QueryRealTimeClock reads the CMOS clock: outside an update, twice the same.
// ok is false when the clock is absent or shows nonsense.
func QueryRealTimeClock() (t Time, ok bool) {
	read := func() (r RtcRegisters) {
		for i := 0; i < 20000 && cmos(0x0A)&0x80 != 0; i++ {
		}
		return RtcRegisters{cmos(0), cmos(2), cmos(4), cmos(7), cmos(8), cmos(9), cmos(0x32), cmos(0x0B)}
	}
	a := read()
	for i := 0; i < 5; i++ {
		b := read()
		if a == b {
			return a.Decode()
		}
		a = b
	}
	return t, false
}
