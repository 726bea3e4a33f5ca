//go:build kernel

package hal

// Intel 8254 programmable interval timer, channel 2 (data sheet 231164), gated
// by port 61h. It is the yardstick for the TSC and the APIC timer.
const (
	pitHz      = 1193182
	pitChan2   = 0x42
	pitCommand = 0x43
	portB      = 0x61
	pitPeriod  = 5966 // counts: 5.0 ms
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

// pitRun runs channel 2 once for pitPeriod counts. count reads the clock to be
// measured, which counts down. ok is false when the channel does not end: no
// PIT, or one that is not clocked.
func pitRun(count func() uint32) (r measured, ok bool) {
	old := in8(portB)
	out8(portB, old&^0x02|0x01) // speaker off, gate on
	out8(pitCommand, 0xB0)      // channel 2, low then high, mode 0
	out8(pitChan2, pitPeriod&0xFF)
	t0 := ReadTSC()
	out8(pitChan2, pitPeriod>>8) // counting begins
	c0 := count()
	t1 := ReadTSC()
	// The bound is far more than 5 ms of any processor's port reads.
	before, after, ok := bracket(t1, 2_000_000, func() bool { return in8(portB)&0x20 != 0 }, ReadTSC)
	c1 := count()
	t2 := ReadTSC()
	out8(portB, old)
	// The run began between t0 and t1 and ended between before and after; the
	// other clock was read between t0 and t1, and between after and t2.
	r = measured{ticks: pitPeriod, tsc: (before+after)/2 - (t0+t1)/2, count: uint64(c0 - c1), unsure: t1 - t0 + after - before + t2 - after}
	return r, ok
}
