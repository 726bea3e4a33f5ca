package kerneltest

import (
	"testing"

	"gont/qemu"
)

// TestInterrupts (I1, P0.4): lines by I/O APIC and by the 8259s, messages to every
// processor, a device whose interrupt does not come, a line that nobody serves.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config qemu.Config
		apic   bool
	}{
		{"pc with 4 processors", qemu.Config{SMP: 4}, true},
		{"q35 with x2APIC", qemu.Config{Machine: qemu.Q35, CPU: "max", SMP: 2}, true},
		{"8259s", qemu.Config{Args: []string{"-machine", "acpi=off"}}, false},
		{"no APIC", qemu.Config{CPU: "qemu64,-apic"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.config.Image, c.config.Disk = image(t, "/SELFTEST=interrupts").Name, qemu.Virtio
			g := qemu.Boot(t, c.config)
			g.Line(`^SELFTEST interrupt line ok$`, stopLine)
			g.Line(`^SELFTEST interrupt messages ok$`, stopLine)
			g.Line(`^IO: test device: the interrupt \(.* 5.*, vector .*\) does not come: the device is polled$`, stopLine)
			g.Line(`^SELFTEST interrupt late ok$`, stopLine)
			if c.apic {
				g.Line(`^IO: GSI 8, level, active high has interrupted 1000 times and no driver knows why: it is masked$`, stopLine)
			}
			g.Line(`^SELFTEST interrupt stuck ok$`, stopLine)
			g.Line(lastEntry, stopLine)
		})
	}
}

// TestPci (I2, I10): interrupts of PCI functions by the pin, by MSI and by MSI-X, with I/O
// APICs and without, behind a bridge, and configuration space by memory where there is such.
func TestPci(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, options string
		config        qemu.Config
		lines         []string
	}{
		{"pc with 2 processors", "", qemu.Config{SMP: 2, Args: []string{"-device", "edu", "-device", "pci-bridge,chassis_nr=1,id=b", "-device", "edu,bus=b,addr=2"}},
			[]string{`^SELFTEST pci line ok: IRQ (10|11) by the `, `^SELFTEST pci MSI ok`, `^SELFTEST pci line ok`, `^SELFTEST pci MSI ok`, `^SELFTEST pci ok: \d+ functions, 0 by memory, 2 tested`}},
		{"q35", "", qemu.Config{Machine: qemu.Q35, Args: []string{"-device", "edu", "-device", "pcie-root-port,id=p", "-device", "e1000e,bus=p"}},
			[]string{`^SELFTEST pci line ok: IRQ (10|11) by the `, `^SELFTEST pci MSI ok`, `^SELFTEST pci MSI-X ok`, `^SELFTEST pci ok: \d+ functions, [1-9]\d* by memory, 2 tested`}},
		{"8259s", " /HAL=STANDARD", qemu.Config{Args: []string{"-device", "edu"}}, []string{`^HAL: Standard PC`, `^SELFTEST pci line ok: IRQ (10|11)`, `^SELFTEST pci ok: .* 1 tested`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.config.Image, c.config.Disk = image(t, "/SELFTEST=pci"+c.options).Name, qemu.Virtio
			g := qemu.Boot(t, c.config)
			for _, l := range c.lines {
				g.Line(l, stopLine)
			}
		})
	}
}
