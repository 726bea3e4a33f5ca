//go:build kernel

package hal

import "unsafe"

// What the time-stamp counter and the APIC timer are measured against: the
// first of these that counts. Chipsets of the last years stop the 8254 to save
// power; then the HPET or the PM timer serves.
type yardstick struct {
	name string
	hz   uint64
	run  func(count func() uint32) (measured, bool)
}

// measured is what one run of a yardstick gave: its ticks, TSC ticks, and counts
// of the other clock.
type measured struct {
	ticks, tsc, count uint64
	unsure            uint64 // TSC ticks by which beginning and end are not known
}

// yardsticks returns those that may be there, the preferred one first ("HPET",
// "PM timer", "").
func yardsticks(prefer string) (all []yardstick) {
	add := func(y yardstick) {
		if y.name == prefer {
			all = append([]yardstick{y}, all...)
		} else {
			all = append(all, y)
		}
	}
	add(yardstick{"PIT", pitHz, pitRun})
	if hpet != nil {
		mapDevice(hpetVirtual, hpet.Address)
		// General capabilities: the period in femtoseconds, 100 ns at most
		// (IA-PC HPET Specification 1.0a, 2.3.4).
		if fs := uint64(*hpetRegister(hpetCapabilities + 4)); fs >= 100_000 && fs <= 100_000_000 {
			add(yardstick{"HPET", 1_000_000_000_000_000 / fs, hpetRun})
		}
	}
	if fadt != nil && fadt.PMTimer != 0 {
		add(yardstick{"PM timer", pmTimerHz, func(count func() uint32) (measured, bool) {
			return freeRun(count, pmTimerHz/200, 0xFFFFFF, func() uint32 { return in32(fadt.PMTimer) })
		}})
	}
	return all
}

const (
	hpetVirtual       = ApicVirtual + 0x1000
	hpetCapabilities  = 0x00
	hpetConfiguration = 0x10
	hpetCounter       = 0xF0
	pmTimerHz         = 3579545 // ACPI 6.5, 4.8.3.3
)

func hpetRegister(at uintptr) *uint32 {
	return (*uint32)(unsafe.Pointer(uintptr(hpetVirtual) + at))
}

// hpetRun lets the main counter run if it does not.
func hpetRun(count func() uint32) (measured, bool) {
	config := hpetRegister(hpetConfiguration)
	old := *config
	*config = old | 1
	defer func() { *config = old }()
	fs := uint64(*hpetRegister(hpetCapabilities + 4))
	return freeRun(count, uint32(5_000_000_000_000/fs), 0xFFFFFFFF, func() uint32 { return loadRegister(hpetRegister(hpetCounter)) })
}

//go:noinline
func loadRegister(p *uint32) uint32 { return *p }

// freeRun measures want ticks, or a few more, of a counter that always runs.
func freeRun(count func() uint32, want, mask uint32, read func() uint32) (measured, bool) {
	t0 := ReadTSC()
	v0 := read()
	c0 := count()
	t1 := ReadTSC()
	for range 2_000_000 {
		if (read()-v0)&mask < want {
			continue
		}
		t2 := ReadTSC()
		v1 := read()
		c1 := count()
		t3 := ReadTSC()
		return measured{uint64((v1 - v0) & mask), (t2+t3)/2 - (t0+t1)/2, uint64(c0 - c1), t1 - t0 + t3 - t2}, true
	}
	return measured{}, false
}
