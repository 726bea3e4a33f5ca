package hal

import "strings"

// Kind is which of the three HALs runs the machine (SPEC P0.4).
type Kind uint8

const (
	StandardPC         Kind = iota // 8259s and 8254
	AcpiUniprocessor               // local APIC
	AcpiMultiprocessor             // local APICs
)

func (k Kind) String() string {
	return [...]string{"Standard PC", "ACPI Uniprocessor PC", "ACPI Multiprocessor PC"}[k]
}

// chooseKind takes the best HAL that the machine has what it needs for, or the
// one that the option HAL= asks for (STANDARD, ACPIUP, ACPIMP). problem says, in a
// sentence, why that is not taken.
func chooseKind(asked string, apic, acpi bool, processors int) (k Kind, problem string) {
	best := StandardPC
	if apic && acpi {
		best = AcpiUniprocessor
		if processors > 1 {
			best = AcpiMultiprocessor
		}
	}
	switch strings.ToUpper(asked) {
	case "":
		return best, ""
	case "STANDARD":
		return StandardPC, ""
	case "ACPIUP":
		k = AcpiUniprocessor
	case "ACPIMP":
		k = AcpiMultiprocessor
	default:
		return best, "HAL=" + asked + " is none of STANDARD, ACPIUP and ACPIMP."
	}
	switch {
	case !apic:
		return best, "HAL=" + asked + " needs a local APIC, which this processor has not."
	case !acpi:
		return best, "HAL=" + asked + " needs ACPI tables, which this machine has not."
	}
	return k, ""
}
