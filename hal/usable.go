package hal

import (
	"fmt"
	"slices"
	"strings"

	"gont/hal/acpi"
)

// MaximumProcessors is how many can be used.
const MaximumProcessors = 32

// usable returns the APIC ids of the processors of a MADT that can be started:
// enabled, not the boot processor's, with an id that the local APICs' mode can address
// (SDM vol. 3, 10.6.1: eight bits, of which FFh means all), and no more than are
// supported. What is left out is told in one sentence, however many entries there are.
func usable(m *acpi.Madt, boot uint32, x2apic bool) (ids []uint32, problem string) {
	var far, repeated []uint32
	entries, again, rest := 0, 0, 0
	for _, p := range m.Processors {
		n := m.Repeated[p.ApicID]
		switch {
		case !p.Enabled:
		case p.ApicID > 0xFE && !x2apic:
			far = append(far, p.ApicID)
			entries += 1 + n
		case n > 0:
			repeated = append(repeated, p.ApicID)
			again += n
		}
		switch {
		case !p.Enabled || p.ApicID == boot || p.ApicID > 0xFE && !x2apic:
		case len(ids) == MaximumProcessors-1:
			rest++
		default:
			ids = append(ids, p.ApicID)
		}
	}
	var parts []string
	if entries > 0 {
		parts = append(parts, fmt.Sprintf("%d with an APIC id above 254 (%s), which needs the x2APIC mode that the firmware has not chosen", entries, some(far)))
	}
	if again > 0 {
		parts = append(parts, fmt.Sprintf("%d listed again (APIC id %s)", again, some(repeated)))
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("%d beyond the %d that are supported", rest, MaximumProcessors))
	}
	if len(parts) > 0 {
		problem = "entries for processors that are left out: " + strings.Join(parts, "; ")
	}
	return ids, problem
}

// some shows the first few numbers of a list.
func some(list []uint32) string {
	s, more := slices.Clone(list), ""
	if len(s) > 4 {
		s, more = s[:4], ", ..."
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(s), "[]"), " ", ", ") + more
}
