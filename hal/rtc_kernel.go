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
