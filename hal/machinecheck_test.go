package hal

import "testing"

func TestMachineCheckKind(t *testing.T) {
	for _, c := range []struct {
		status         uint64
		kind, severity string
	}{
		{mciValid, "no error", "corrected"},
		{mciValid | mciUncorrected | 5, "internal parity error", "uncorrected"},
		{mciValid | mciUncorrected | mciCorrupt | 0x400, "internal timer error", "uncorrected, processor state corrupt"},
		{mciValid | 0x0136, "cache hierarchy error", "corrected"},
		{mciValid | 0x1136, "cache hierarchy error", "corrected"}, // filtered
		{mciValid | mciOverflow | 0x0014, "TLB error", "corrected, more were lost"},
		{mciValid | 0x009F, "memory controller error", "corrected"},
		{mciValid | 0x0E0F, "bus or interconnect error", "corrected"},
		{mciValid | 0x0E0B, "I/O error", "corrected"},
		{mciValid | 0x000E, "generic cache hierarchy error", "corrected"},
		{mciValid | 0x0401, "internal unclassified error", "corrected"},
		{mciValid | 0x8000, "error of the model's own kind", "corrected"},
	} {
		b := MachineCheckBank{Status: c.status}
		if b.Kind() != c.kind || b.Severity() != c.severity {
			t.Errorf("%#x: %s, %s; want %s, %s", c.status, b.Kind(), b.Severity(), c.kind, c.severity)
		}
	}
	b := MachineCheckBank{Status: mciValid | 0x136}
	if n := testing.AllocsPerRun(10, func() { _, _ = b.Kind(), b.Severity() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
