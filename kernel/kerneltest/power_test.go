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

// TestPowerButton (P1.31, P1.39): in safe mode with a boot log, which both say so and which
// starts what Control\SafeBoot names and nothing else, the power button switches the machine
// off. A debugger that is to have a port that is not there is told of.
func TestPowerButton(t *testing.T) {
	t.Parallel()
	for _, machine := range []qemu.Machine{qemu.PC, qemu.Q35} {
		t.Run(string(machine), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, "/SAFEBOOT=NETWORK /BOOTLOG /DEBUGPORT=COM2").Name, Machine: machine, Disk: qemu.Virtio})
			g.Line(`^the debugger's port COM2 is not there$`, stopLine, firstLine)
			g.Line(`^The system is starting in safe mode with networking\.$`, stopLine, firstLine)
			g.Line(`^BOOTLOG Loaded driver \\Windows\\System32\\ntoskrnl\.exe$`, stopLine, firstLine)
			g.Line(`^P1\.34: the driver beep was not started: STATUS_DRIVER_BLOCKED, safe mode does without it`, stopLine, firstLine)
			g.Line(firstLine, stopLine, `was not started`)
			g.Expect(`nt(?: [A-Z]:[^>\n]*)?> `) // the serial port's driver is started
			if got := queryKeys(t, g, `SYSTEM\CurrentControlSet\Control\SafeBoot\Option`)[""]; len(got) != 1 || got["OptionValue"] != "0x2" {
				t.Errorf("SafeBoot\\Option has %q", got) // P1.35
			}
			if _, err := g.QMP("system_powerdown", nil); err != nil {
				t.Fatal(err)
			}
			g.Line(`^The system switches off\.$`, stopLine)
			if e := g.End(); e.Reason != "guest-shutdown" {
				t.Errorf("the machine ended by %q", e.Reason)
			}
		})
	}
}
