// Package clock tells OSLDR how much time has passed, on machines on which any of
// their clocks may stand, now or from some moment on: the BIOS's tick (there are
// PCs whose 8254 does not count), the real-time clock, the time-stamp counter.
//
// Each clock that works says how much time has passed at least. The greatest of
// them is the time; a clock that stands says less and less.
package clock

// Sample is what the clocks show at a moment.
type Sample struct {
	Tick   uint32 // the BIOS's, 18.2 a second, from midnight
	Second int    // of the real-time clock (Second), -1 when it cannot be read
	TSC    uint64
}

const (
	ticksADay  = 0x1800B0 // 1573040
	tickMicros = 54925
	// longest is how many seconds may lie between two samples; what moves on by
	// more has jumped.
	longest = 5
	// fastest is the rate of a time-stamp counter, in kHz, that nobody has told the
	// rate of: no processor's is higher.
	fastest = 6_000_000
	// slowest is the lowest rate that is believed.
	slowest = 300_000
)

// Clock counts. The zero value is ready.
type Clock struct {
	// Rate is the time-stamp counter's in kHz, 0 when the processor does not say.
	Rate uint64

	begun   bool
	last    Sample
	ticks   uint64 // since the first sample
	seconds uint64 // changes of the real-time clock's
	clocks  uint64 // of the TSC
	millis  uint64
}

// Millis takes a sample and returns the milliseconds since the first one.
func (c *Clock) Millis(s Sample) uint64 {
	if !c.begun {
		c.begun, c.last = true, s
		return 0
	}
	if s.Tick != c.last.Tick {
		moved := s.Tick - c.last.Tick
		if s.Tick < c.last.Tick { // midnight
			moved = s.Tick + ticksADay - c.last.Tick
		}
		if moved > longest*18 {
			moved = 1
		}
		c.ticks += uint64(moved)
	}
	if s.Second >= 0 && c.last.Second >= 0 {
		if moved := (s.Second + 60 - c.last.Second) % 60; moved <= longest {
			c.seconds += uint64(moved)
		}
	}
	if s.TSC > c.last.TSC {
		c.clocks += s.TSC - c.last.TSC
	}
	if s.Second < 0 {
		s.Second = c.last.Second
	}
	c.last = s

	rate := c.Rate
	if rate < slowest || rate > fastest {
		rate = fastest
	}
	c.millis = max(c.millis, c.ticks*tickMicros/1000, c.clocks/rate)
	if c.seconds > 0 { // the first second was a part of one
		c.millis = max(c.millis, (c.seconds-1)*1000)
	}
	return c.millis
}

// Second decodes the seconds register of an MC146818 (data sheet, "Time,
// calendar and alarm locations"), read twice between two looks at register A;
// b is register B. It is -1 when the clock was being updated, or is none.
func Second(a1, first, second, a2, b byte) int {
	const updating, binary = 0x80, 4
	if first != second || (a1|a2)&updating != 0 {
		return -1
	}
	n := int(first)
	if b&binary == 0 {
		if first&0xF > 9 {
			return -1
		}
		n = int(first>>4)*10 + int(first&0xF)
	}
	if n > 59 {
		return -1
	}
	return n
}
