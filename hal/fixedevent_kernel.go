//go:build kernel

package hal

import "errors"

// Fixed events of the power hardware: buttons and the like (ACPI 6.5, 4.8.3.1). Bits are
// those of the status register.

// FixedButtons says which fixed buttons the firmware describes; switchOff whether it
// names a way to switch off.
func FixedButtons() (power, sleep, switchOff bool) {
	if fadt == nil {
		return false, false, false
	}
	return fadt.PowerButton, fadt.SleepButton, fadt.HasS5 && fadt.PM1aControl != 0
}

// SciLine is the interrupt that announces fixed events. Unless the MADT says otherwise it
// is level triggered and active low (5.2.9, SCI_INT).
func SciLine() Line {
	l := IsaLine(uint8(fadt.Sci))
	if m := routed(); m == nil {
		l.Level = true
	} else if gsi, flags := m.GsiOf(uint8(fadt.Sci)); gsi == uint32(fadt.Sci) && flags == 0 {
		l.Level, l.Low = true, true
	}
	return l
}

// PrepareFixedEvents enters ACPI mode, and clears and disables all fixed events.
func PrepareFixedEvents() error {
	if fadt == nil || fadt.PM1aEvent == 0 {
		return errors.New("the firmware describes no fixed events")
	}
	if err := enterAcpiMode(); err != nil {
		return err
	}
	EnableFixedEvents(0)
	ClearFixedEvents(0xFFFF)
	return nil
}

func eachEventBlock(f func(status, enable uint16)) {
	for _, p := range [...]uint16{fadt.PM1aEvent, fadt.PM1bEvent} {
		if p != 0 {
			f(p, p+uint16(fadt.EventLength)/2)
		}
	}
}

// FixedEvents are the events that have come and not been cleared. Any IRQL.
func FixedEvents() (bits uint16) {
	eachEventBlock(func(status, _ uint16) { bits |= in16(status) })
	return bits
}

// ClearFixedEvents clears events: each bit by writing it.
func ClearFixedEvents(bits uint16) { eachEventBlock(func(status, _ uint16) { out16(status, bits) }) }

// EnableFixedEvents lets exactly these events interrupt.
func EnableFixedEvents(bits uint16) { eachEventBlock(func(_, enable uint16) { out16(enable, bits) }) }
