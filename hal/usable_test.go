package hal

import (
	"slices"
	"testing"

	"gont/hal/acpi"
)

// TestUsable: which processors are announced and started, and what is said of others.
func TestUsable(t *testing.T) {
	on := func(ids ...uint32) *acpi.Madt {
		m := &acpi.Madt{Repeated: map[uint32]int{}}
		for _, id := range ids {
			if slices.ContainsFunc(m.Processors, func(p acpi.Processor) bool { return p.ApicID == id }) {
				m.Repeated[id]++
				continue
			}
			m.Processors = append(m.Processors, acpi.Processor{ApicID: id, Enabled: true})
		}
		return m
	}
	var many []uint32
	for i := range uint32(40) {
		many = append(many, i)
	}
	const left, mode = "entries for processors that are left out: ", ", which needs the x2APIC mode that the firmware has not chosen"
	for name, c := range map[string]struct {
		list   *acpi.Madt
		x2apic bool
		want   []uint32
		said   string
	}{
		"all":         {on(0, 1, 2), false, []uint32{1, 2}, ""},
		"disabled":    {&acpi.Madt{Processors: []acpi.Processor{{ApicID: 0, Enabled: true}, {ApicID: 2}}}, false, nil, ""},
		"no boot":     {on(1), false, []uint32{1}, ""},
		"far":         {on(0, 300, 1), false, []uint32{1}, left + "1 with an APIC id above 254 (300)" + mode},
		"far, x2APIC": {on(0, 300, 1), true, []uint32{300, 1}, ""},
		"eight far":   {on(0, 1, 300, 300, 300, 300, 300, 300, 300, 300), false, []uint32{1}, left + "8 with an APIC id above 254 (300)" + mode},
		"many far":    {on(0, 1, 255, 256, 257, 258, 259), false, []uint32{1}, left + "5 with an APIC id above 254 (255, 256, 257, 258, ...)" + mode},
		"again":       {on(0, 1, 1, 0, 1), false, []uint32{1}, left + "3 listed again (APIC id 0, 1)"},
		"both":        {on(0, 1, 1, 400), false, []uint32{1}, left + "1 with an APIC id above 254 (400)" + mode + "; 1 listed again (APIC id 1)"},
		"too many":    {on(many...), false, many[1:32], left + "8 beyond the 32 that are supported"},
		"none":        {&acpi.Madt{}, false, nil, ""},
	} {
		if got, said := usable(c.list, 0, c.x2apic); !slices.Equal(got, c.want) || said != c.said {
			t.Errorf("%s: %v %q", name, got, said)
		}
	}
}
