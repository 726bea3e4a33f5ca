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
)

// pitRun runs channel 2 once for pitPeriod counts and returns the TSC and
// count() before and after. ok is false when the counter does not end: no PIT,
// or one that is not clocked.
func pitRun(count func() uint32) (tsc0, tsc1 uint64, c0, c1 uint32, ok bool) {
	old := in8(portB)
	out8(portB, old&^0x02|0x01) // speaker off, gate on
	out8(pitCommand, 0xB0)      // channel 2, low then high, mode 0
	out8(pitChan2, pitPeriod&0xFF)
	out8(pitChan2, pitPeriod>>8)
	c0 = count()
	tsc0 = ReadTSC()
	// The bound is far more than 5 ms of any processor's port reads.
	for i := 0; i < 2_000_000; i++ {
		if in8(portB)&0x20 != 0 {
			ok = true
			break
		}
	}
	tsc1 = ReadTSC()
	c1 = count()
	out8(portB, old)
	return
}
