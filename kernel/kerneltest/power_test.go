package kerneltest

import (
	"testing"

	"gont/qemu"
)

// TestPower (X1): NtShutdownSystem switches the machine off and restarts it, on
// both chipsets.
func TestPower(t *testing.T) {
	t.Parallel()
	for _, machine := range []qemu.Machine{qemu.PC, qemu.Q35} {
		for program, want := range map[string]string{"off": "guest-shutdown", "reboot": "guest-reset"} {
			t.Run(string(machine)+"-"+program, func(t *testing.T) {
				t.Parallel()
				g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, ""), "nttest/"+program+".exe").Name, Machine: machine})
				g.Line(`^HAL: ACPI Uniprocessor PC, tables .*FACP.*; 1 processor$`, stopLine)
				g.Line(`^The system (switches off|restarts)\.$`, stopLine)
				if e := g.End(); e.Reason != want {
					t.Errorf("the machine ended by %q, expected %q", e.Reason, want)
				}
			})
		}
	}
}
