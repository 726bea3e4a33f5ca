//go:build kernel

package hal

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

// The clocks of known rate that the time-stamp counter and the APIC timer are measured
// by. Chipsets of the last years stop the 8254 to save power, some machines have none;
// others' HPETs are described wrongly. So all are read at both ends of one run, which
// costs no more than one of them, and judge compares what they say.

// counter is one that always runs: the HPET's or the PM timer.
type counter struct {
	name string
	hz   uint64
	mask uint32
	read func() uint32
}

// mark is one reading of a counter, and the time-stamp counter before and after.
type mark struct {
	before, after uint64
	value         uint32
}

func markOf(read func() uint32) (m mark) {
	m.before = ReadTSC()
	m.value = read()
	m.after = ReadTSC()
	return m
}

// span is how many time-stamp ticks lie between two marks, and by how many that may be
// wrong.
func span(a, b mark) (ticks, unsure uint64) {
	w := (a.after - a.before) + (b.after - b.before)
	return b.before + (b.after-b.before)/2 - a.before - (a.after-a.before)/2, w/2 + 1
}

// measured is what one run gave of a clock: its ticks, and time-stamp ticks.
type measured struct{ ticks, tsc, unsure uint64 }

// better reports whether m is known better than o.
func (m measured) better(o measured) bool {
	return m.tsc != 0 && (o.tsc == 0 || m.unsure*o.tsc < o.unsure*m.tsc)
}

// within reports whether m is known to 1 in n.
func (m measured) within(n uint64) bool { return m.tsc != 0 && m.unsure*n <= m.tsc }

func (m measured) reading(name string, hz uint64) reading {
	return reading{name: name, tsc: uint64(float64(m.tsc) * float64(hz) / float64(m.ticks)), unsure: uint64(float64(m.unsure) * float64(hz) / float64(m.ticks))}
}

// counters returns those that the firmware's tables describe.
func counters() (all []counter, problems []reading) {
	if hpet != nil {
		mapDevice(hpetVirtual, hpet.Address)
		// General capabilities: the period in femtoseconds, 100 ns at most
		// (IA-PC HPET Specification 1.0a, 2.3.4).
		if fs := uint64(*hpetRegister(hpetCapabilities + 4)); fs >= 100_000 && fs <= 100_000_000 {
			startHpet()
			all = append(all, counter{nameHPET, 1_000_000_000_000_000 / fs, 0xFFFFFFFF, func() uint32 { return loadRegister(hpetRegister(hpetCounter)) }})
		} else {
			problems = append(problems, reading{name: nameHPET, problem: fmt.Sprintf("has a period of %d fs", fs)})
		}
	}
	if fadt != nil && fadt.PMTimer != 0 {
		all = append(all, counter{namePM, pmTimerHz, pmMask(), func() uint32 { return in32(fadt.PMTimer) }})
	}
	return all, problems
}

const (
	hpetVirtual       = ApicVirtual + 0x1000
	hpetCapabilities  = 0x00
	hpetConfiguration = 0x10
	hpetTimer0        = 0x100
	hpetCounter       = 0xF0
	pmTimerHz         = 3579545 // ACPI 6.5, 4.8.3.3
)

func pmMask() uint32 {
	if fadt.PMTimer32 {
		return 0xFFFFFFFF
	}
	return 0xFFFFFF
}

func hpetRegister(at uintptr) *uint32 {
	return (*uint32)(unsafe.Pointer(uintptr(hpetVirtual) + at))
}

// startHpet lets the main counter run, and keeps it running: it may keep time. No
// comparator interrupts, and the 8254 and the CMOS clock have their interrupt lines for
// themselves (2.3.5, LEG_RT_CNF; 2.3.8, INT_ENB_CNF).
func startHpet() {
	for i := range uintptr(hpet.Comparators) {
		r := hpetRegister(hpetTimer0 + 32*i)
		*r &^= 1 << 2
	}
	config := hpetRegister(hpetConfiguration)
	*config = *config&^2 | 1
}

// loadRegister and the others are single accesses to a device's register, which the
// compiler neither leaves out nor repeats.
func loadRegister(p *uint32) uint32      { return atomic.LoadUint32(p) }
func loadRegisterAt(at uintptr) uint32   { return atomic.LoadUint32((*uint32)(unsafe.Pointer(at))) }
func storeRegister(at uintptr, v uint32) { atomic.StoreUint32((*uint32)(unsafe.Pointer(at)), v) }

// run is one of calibration's: some 5 ms.
type run struct {
	pit      measured
	pitDead  string
	counters []measured
	apic     measured // ticks are the APIC timer's
}

// runLength is how long a run is without the 8254, in parts of a second.
const runLength = 200

// measure makes one run. With pit the 8254 ends it, unless one of the counters says that
// it has had ten times as long.
func measure(all []counter, pit bool, apic func() uint32) (r run) {
	starts, ends := make([]mark, len(all)), make([]mark, len(all))
	for i, c := range all {
		starts[i] = markOf(c.read)
	}
	apicStart := markOf(apic)
	// past returns a function that tells when so many runs' time has gone by from now on,
	// by any of the counters: one may stand.
	past := func(times uint64) func() bool {
		from := make([]uint32, len(all))
		for i, c := range all {
			from[i] = c.read()
		}
		return func() bool {
			for i, c := range all {
				if uint64((c.read()-from[i])&c.mask) >= c.hz/runLength*times {
					return true
				}
			}
			return false
		}
	}
	switch {
	case pit:
		r.pit, r.pitDead = pitRun(func() func() bool { return past(10) })
	case len(all) > 0:
		end := past(1)
		for i := 0; i < 2_000_000 && !end(); i++ {
		}
	default:
		for start := ReadTSC(); ReadTSC()-start < 20_000_000; { // by nothing but itself
			pause()
		}
	}
	apicEnd := markOf(apic)
	for i, c := range all {
		ends[i] = markOf(c.read)
		m := measured{ticks: uint64((ends[i].value - starts[i].value) & c.mask)}
		if m.ticks > 0 {
			m.tsc, m.unsure = span(starts[i], ends[i])
		}
		r.counters = append(r.counters, m)
	}
	r.apic.ticks = uint64(apicStart.value - apicEnd.value)
	r.apic.tsc, r.apic.unsure = span(apicStart, apicEnd)
	return r
}
