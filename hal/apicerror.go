package hal

import "strings"

// apicErrorText names the bits of a local APIC's error status register (SDM vol. 3,
// 10.5.3).
func apicErrorText(esr uint32) string {
	var names []string
	for i, n := range []string{"send checksum", "receive checksum", "send accept", "receive accept", "redirectable IPI",
		"send illegal vector", "receive illegal vector", "illegal register"} {
		if esr&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	if names == nil {
		return "none is shown"
	}
	return strings.Join(names, ", ")
}
