//go:build kernel

package hal

// Resource is a range of ports or memory that the HAL uses.
type Resource struct {
	Name          string
	Memory        bool
	Start, Length uint64
}

// Resources lists what the HAL uses of the machine (SPEC P1.27).
func Resources() (list []Resource) {
	port := func(name string, start, n uint64) { list = append(list, Resource{name, false, start, n}) }
	memory := func(name string, start, n uint64) { list = append(list, Resource{name, true, start, n}) }
	port("8259", 0x20, 2)
	port("8259", 0xA0, 2)
	port("8259 ELCR", 0x4D0, 2)
	port("8254", 0x40, 4)
	port("8254 gate", 0x61, 1)
	if hasRtc() {
		port("CMOS", 0x70, 2)
	}
	if SerialPresent() {
		port("debug port", DebugPort, 8)
	}
	if fadt != nil {
		if fadt.PMTimer != 0 {
			port("PM timer", uint64(fadt.PMTimer), 4)
		}
		if fadt.PM1aControl != 0 {
			port("PM1a control", uint64(fadt.PM1aControl), 2)
		}
		if fadt.PM1bControl != 0 {
			port("PM1b control", uint64(fadt.PM1bControl), 2)
		}
	}
	if hasApic() {
		memory("local APIC", readMSR(msrApicBase)&0x000F_FFFF_FFFF_F000, 4096)
	}
	if madt != nil {
		for _, a := range madt.IOApics {
			if a.Address != 0 {
				memory("I/O APIC", uint64(a.Address)&^0xFFF, 4096)
			}
		}
	}
	if hpet != nil {
		memory("HPET", hpet.Address, 1024)
	}
	return list
}

// DebugPort is the base of the serial port that the kernel's text goes to.
const DebugPort = com1

// HasPit reports whether channel 0 of the 8254 counts. Preconditions: CalibrateClocks.
func HasPit() bool { return pitCounts }
