package kerneltest

import (
	"strings"
	"testing"

	"gont/qemu"
)

// TestHals: the three HALs (SPEC P0.4), by what is there and by option; what the
// machine cannot do is said, and the best that it can is taken. The rows with one
// word also wait for five seconds of the clock.
func TestHals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, options string
		config        qemu.Config
		used          int
		lines         []string
	}{
		{"standard", "/HAL=STANDARD", qemu.Config{SMP: 2}, 1, []string{`^HAL: Standard PC, tables .*; 2 processors$`}},
		{"standard with x2APIC", "/HAL=STANDARD", qemu.Config{Machine: qemu.Q35, CPU: "max"}, 1, []string{`^HAL: Standard PC, `}},
		{"uniprocessor", "/HAL=acpiup", qemu.Config{SMP: 2}, 1, []string{`^HAL: ACPI Uniprocessor PC, .*; 2 processors$`}},
		{"multiprocessor with one", "/HAL=ACPIMP", qemu.Config{}, 1, []string{`^HAL: ACPI Multiprocessor PC, .*; 1 processor$`}},
		{"no APIC", "", qemu.Config{CPU: "qemu64,-apic"}, 1, []string{`^HAL: Standard PC, `}},
		{"asked without APIC", "/HAL=ACPIMP", qemu.Config{CPU: "qemu64,-apic"}, 1, []string{`^HAL: Standard PC, `, `^HAL: HAL=ACPIMP needs a local APIC, which this processor has not\.$`}},
		{"no ACPI", "", qemu.Config{Args: []string{"-machine", "acpi=off"}}, 1, []string{`^HAL: Standard PC: acpi: no root pointer$`}},
		{"asked without ACPI", "/HAL=ACPIUP", qemu.Config{Args: []string{"-machine", "acpi=off"}}, 1, []string{`^HAL: HAL=ACPIUP needs ACPI tables, which this machine has not\.$`}},
		{"PM-timer", "/USEPMTIMER", qemu.Config{}, 1, []string{`^HAL: clocks measured by the PM timer$`}},
		{"HPET", "/USEPLATFORMCLOCK", qemu.Config{Machine: qemu.Q35}, 1, []string{`^HAL: clocks measured by the HPET$`}},
		{"standard with HPET", "/HAL=STANDARD /USEPLATFORMCLOCK", qemu.Config{}, 1, []string{`^HAL: clocks measured by the HPET$`}},
		{"no HPET", "/USEPLATFORMCLOCK", qemu.Config{Args: []string{"-machine", "hpet=off"}}, 1, []string{`^HAL: ACPI Uniprocessor PC, tables FACP APIC WAET`}},
		{"unknown", "/HAL=HALMPS", qemu.Config{}, 1, []string{`^HAL: HAL=HALMPS is none of STANDARD, ACPIUP and ACPIMP\.$`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.config.Image, c.config.Disk = image(t, c.options).Name, qemu.Virtio
			g := qemu.Boot(t, c.config)
			for _, l := range c.lines {
				g.Line(l, stopLine)
			}
			g.Line(systemProcessors(c.used), stopLine)
			g.Line(lastEntry, stopLine)
			if strings.Contains(c.name, " ") {
				return
			}
			// Five seconds by this HAL's clock.
			g.Line(`^P1\.45: the session manager has run for 5 s$`, stopLine)
		})
	}
}
