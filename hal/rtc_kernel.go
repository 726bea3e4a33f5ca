//go:build kernel

package hal

import (
	"sync/atomic"

	"gont/hal/acpi"
)

// CMOS registers of the clock.
const (
	cmosIndex = 0x70
	cmosData  = 0x71
)

// hasRtc reports whether the firmware has not said that there is no CMOS clock.
func hasRtc() bool { return fadt == nil || fadt.Boot&acpi.NoRTC == 0 }

// HasRealTimeClock is hasRtc, for who has to say why there is no time.
func HasRealTimeClock() bool { return hasRtc() }

// century reads the century's register: the one that the FADT names (ACPI 6.5, 5.2.9),
// none if it names none, and 32h, where PCs have had it, without an FADT. 0 stands for
// none.
func century() uint8 {
	switch {
	case fadt == nil:
		return cmos(0x32)
	case fadt.Century == 0:
		return 0
	}
	return cmos(fadt.Century)
}

// cmosLock is of the two ports, which belong together. An interrupt of the clock's
// (kiInterrupt) uses them, too, where it ticks, so IF is 0 meanwhile.
var cmosLock uint32

func withCmos(f func()) {
	on := ReadFlags()&0x200 != 0
	DisableInterrupts()
	for !atomic.CompareAndSwapUint32(&cmosLock, 0, 1) {
		pause()
	}
	f()
	atomic.StoreUint32(&cmosLock, 0)
	if on {
		EnableInterrupts()
	}
}

func cmos(reg uint8) (v uint8) {
	withCmos(func() {
		out8(cmosIndex, reg)
		v = in8(cmosData)
	})
	return v
}

func setCmos(reg, v uint8) {
	withCmos(func() {
		out8(cmosIndex, reg)
		out8(cmosData, v)
	})
}

// ReadCmos and WriteCmos are for the clock's driver: a register below 80h. Any IRQL.
func ReadCmos(reg uint8) uint8 { return cmos(reg & 0x7F) }
func WriteCmos(reg, v uint8)   { setCmos(reg&0x7F, v) }

// SetRealTimeClock is HalSetRealTimeClock: sets the CMOS clock. It reports false, and
// changes nothing, when the clock is absent or cannot show the time. Like
// QueryRealTimeClock it needs the ports for itself.
func SetRealTimeClock(t Time) bool {
	if _, ok := QueryRealTimeClock(); !ok {
		return false
	}
	status := cmos(0x0B)
	r, ok := t.Encode(RtcRegisters{Century: century(), StatusB: status})
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
	if !hasRtc() {
		return t, false
	}
	read := func() (r RtcRegisters) {
		for i := 0; i < 20000 && cmos(0x0A)&0x80 != 0; i++ {
		}
		return RtcRegisters{cmos(0), cmos(2), cmos(4), cmos(7), cmos(8), cmos(9), century(), cmos(0x0B)}
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
