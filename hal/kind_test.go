package hal

import (
	"strings"
	"testing"
)

// TestChooseKind: what is there decides, an option overrules it where it can,
// and says so where it cannot.
func TestChooseKind(t *testing.T) {
	for _, c := range []struct {
		asked      string
		apic, acpi bool
		processors int
		want       Kind
		problem    string
	}{
		{"", false, false, 1, StandardPC, ""},
		{"", true, false, 1, StandardPC, ""},
		{"", false, true, 4, StandardPC, ""},
		{"", true, true, 1, AcpiUniprocessor, ""},
		{"", true, true, 2, AcpiMultiprocessor, ""},
		{"standard", true, true, 4, StandardPC, ""},
		{"ACPIUP", true, true, 4, AcpiUniprocessor, ""},
		{"acpimp", true, true, 1, AcpiMultiprocessor, ""},
		{"ACPIMP", false, true, 1, StandardPC, "local APIC"},
		{"ACPIUP", true, false, 1, StandardPC, "ACPI tables"},
		{"halmps.dll", true, true, 2, AcpiMultiprocessor, "none of"},
	} {
		k, problem := chooseKind(c.asked, c.apic, c.acpi, c.processors)
		if k != c.want || (problem == "") != (c.problem == "") || !strings.Contains(problem, c.problem) {
			t.Errorf("%+v: %v, %q", c, k, problem)
		}
	}
}
