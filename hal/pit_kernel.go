//go:build kernel

package hal

// Intel 8254 programmable interval timer, channel 2 (data sheet 231164), gated
// by port 61h: a yardstick for the TSC and the APIC timer.
const (
	pitHz      = 1193182
	pitChan2   = 0x42
	pitCommand = 0x43
	portB      = 0x61
	pitOut     = 0x20 // port 61h: the output of channel 2
	pitPeriod  = 5966 // counts: 5.0 ms
	pitPolls   = 2_000_000
	pitChan0   = 0x40
	pitTick    = (pitHz*TimeIncrement + 5_000_000) / 10_000_000 // counts: a clock interrupt
)

// startPit lets channel 0 interrupt every TimeIncrement by IRQ 0, the only one
// that is not masked: the Standard PC's clock.
func startPit() {
	out8(pitCommand, 0x34) // channel 0, low then high, mode 2
	out8(pitChan0, pitTick&0xFF)
	out8(pitChan0, pitTick>>8)
	out8(0x21, 0xFE)
}

// pitRun runs channel 2 once for pitPeriod counts. begin is called when it has begun, and
// late is asked now and then whether it has had far too long. dead says why it is no clock: in mode 0 the output is low
// from the control word on, until the count is done (data sheet, mode 0), so it must be
// seen low first, and high then. A port that nobody answers reads FFh, which cannot
// be either: the speaker has just been switched off.
func pitRun(begin func() (late func() bool)) (r measured, dead string) {
	old := in8(portB)
	out8(portB, old&^0x02|0x01) // speaker off, gate on
	defer out8(portB, old)
	out8(pitCommand, 0xB0) // channel 2, low then high, mode 0
	out8(pitChan2, pitPeriod&0xFF)
	t0 := ReadTSC()
	out8(pitChan2, pitPeriod>>8) // counting begins
	t1 := ReadTSC()
	switch v := in8(portB); {
	case v == 0xFF:
		return r, "does not count: port 61h reads FFh"
	case v&pitOut != 0 && ReadTSC()-t1 < 1_000_000:
		return r, "does not count: its output is high from the start"
	case v&pitOut != 0:
		return r, "" // the processor has stood still: this run tells nothing
	}
	// The bound is far more than 5 ms of any processor's port reads.
	asked, tooLate, late := 0, false, begin()
	before, after, ok := bracket(t1, pitPolls, func() bool {
		if asked++; asked%256 == 0 {
			tooLate = late()
		}
		return tooLate || in8(portB)&pitOut != 0
	}, ReadTSC)
	if !ok || tooLate && in8(portB)&pitOut == 0 {
		return r, "does not count: its output stays low"
	}
	if tooLate {
		// An emulated processor may have stood still: this run tells nothing.
		return r, ""
	}
	// The run began between t0 and t1 and ended between before and after.
	r = measured{ticks: pitPeriod, tsc: before + (after-before)/2 - t0 - (t1-t0)/2, unsure: (t1-t0+after-before)/2 + 1}
	return r, ""
}
