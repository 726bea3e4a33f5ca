package hal

import (
	"fmt"
	"strings"
)

// mtrrs are a processor's memory type range registers (SDM vol. 3, 11.11). The firmware
// sets them, the same in all processors.
type mtrrs struct {
	capability, defaultType uint64
	fixed                   [11]uint64
	variable                [16][2]uint64 // base, mask
}

// variables is how many variable ranges there are.
func (m *mtrrs) variables() int { return min(int(m.capability&0xFF), len(m.variable)) }

// differences names what of two processors' registers is not the same, "" if all is.
// Ranges that are not valid count as the same.
func (m *mtrrs) differences(o *mtrrs) string {
	var list []string
	if m.capability != o.capability {
		list = append(list, "the number of ranges")
	}
	if m.defaultType != o.defaultType {
		list = append(list, fmt.Sprintf("the default type (%#x, %#x)", m.defaultType, o.defaultType))
	}
	n := 0
	for i := range m.fixed {
		if m.fixed[i] != o.fixed[i] {
			n++
		}
	}
	if n > 0 {
		list = append(list, fmt.Sprintf("%d fixed ranges", n))
	}
	n = 0
	const valid = 1 << 11
	for i := range max(m.variables(), o.variables()) {
		a, b := m.variable[i], o.variable[i]
		if (a[1]|b[1])&valid != 0 && a != b {
			n++
		}
	}
	if n > 0 {
		list = append(list, fmt.Sprintf("%d variable ranges", n))
	}
	return strings.Join(list, ", ")
}
