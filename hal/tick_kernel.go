//go:build kernel

package hal

// Which device interrupts TimeIncrement by TimeIncrement. A PC with local APICs has one
// timer in each. The Standard PC's is the 8254, channel 0; where that stands, the local
// APIC's timer serves, if the processor has one, and else the CMOS clock's periodic
// interrupt, which has 64 a second by nature (MC146818 data sheet, table 5).
type tickSource uint8

const (
	tickApic tickSource = iota
	tickPit
	tickRtc
)

var (
	tickBy    tickSource
	pitCounts bool   // channel 0 of the 8254
	rtcTicks  uint32 // of kiInterrupt: 1 when it is tickRtc
)

// leastApicHz is the slowest rate of a timer that is taken for one, counts a second.
const leastApicHz = 1000

// chooseTick chooses among what counts, and says what is unusual. Preconditions: apicHz
// is measured; IF=0.
func chooseTick() (say string, err error) {
	pitCounts = pitTicks()
	apic, pit := apicHz >= leastApicHz, pitCounts
	switch {
	case kind != StandardPC && apic:
		tickBy = tickApic
	case kind != StandardPC && !pit && !hasRtc():
		return "", ErrNoTick
	case kind != StandardPC:
		// As in a PC without local APICs: one processor, by the 8259s.
		say = "the local APIC timer does not count: one processor is used, and its clock is the "
		kind = StandardPC
		apicWrite(apicLint0, lvtExtInt)
		if tickBy = tickPit; !pit {
			tickBy = tickRtc
		}
		say += map[tickSource]string{tickPit: "8254", tickRtc: "CMOS clock"}[tickBy]
	case pit:
		tickBy = tickPit
	case apic:
		tickBy, say = tickApic, "the 8254 does not count: the local APIC timer is the clock"
	case hasRtc():
		tickBy, say = tickRtc, "the 8254 does not count: the CMOS clock's periodic interrupt is the clock"
	default:
		return "", ErrNoTick
	}
	if tickBy == tickApic {
		apicWrite(apicLvtTimer, lvtMasked|lvtPeriodic|VectorClock)
	}
	return say, nil
}

// pitTicks reports whether channel 0 of the 8254 counts: its latched count changes
// (data sheet 231164, "Counter Latch Command").
func pitTicks() bool {
	out8(pitCommand, 0x34)
	out8(pitChan0, 0)
	out8(pitChan0, 0)
	latched := func() uint16 {
		out8(pitCommand, 0)
		low := in8(pitChan0)
		return uint16(low) | uint16(in8(pitChan0))<<8
	}
	first, seen := latched(), 0
	for start := Nanotime(); Nanotime()-start < 2_000_000; { // 2400 counts
		if v := latched(); v != first {
			first = v
			if seen++; seen == 3 {
				return true
			}
		}
	}
	return false
}

// startRtcTicks lets the CMOS clock interrupt 64 times a second, by IRQ 8 (MC146818 data
// sheet: register A, rate 1010; register B, PIE).
func startRtcTicks() {
	setCmos(0x0A, cmos(0x0A)&0xF0|0x0A)
	setCmos(0x0B, cmos(0x0B)|0x40)
	cmos(0x0C) // what there was is forgotten
	rtcTicks = 1
	out8(0xA1, 0xFE)
	out8(0x21, 0xFB)
}
