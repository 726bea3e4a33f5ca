package hal

import "testing"

// TestMtrrs: every difference is found, but for ranges that are not valid.
func TestMtrrs(t *testing.T) {
	base := mtrrs{capability: 0x508, defaultType: 0xC06}
	base.variable[0] = [2]uint64{0xC0000000, 0xFFC0000800}
	base.fixed[3] = 0x0606060606060606
	for name, c := range map[string]struct {
		change func(m *mtrrs)
		want   string
	}{
		"same":      {func(m *mtrrs) {}, ""},
		"default":   {func(m *mtrrs) { m.defaultType = 0xC00 }, "the default type (0xc06, 0xc00)"},
		"fixed":     {func(m *mtrrs) { m.fixed[0]++; m.fixed[10]++ }, "2 fixed ranges"},
		"variable":  {func(m *mtrrs) { m.variable[0][0]++ }, "1 variable ranges"},
		"validity":  {func(m *mtrrs) { m.variable[0][1] &^= 1 << 11 }, "1 variable ranges"},
		"not valid": {func(m *mtrrs) { m.variable[5][0] = 77 }, ""},
		"beyond":    {func(m *mtrrs) { m.variable[9] = [2]uint64{1, 1 << 11} }, ""},
		"number":    {func(m *mtrrs) { m.capability = 0x50A; m.variable[9] = [2]uint64{1, 1 << 11} }, "the number of ranges, 1 variable ranges"},
	} {
		o := base
		c.change(&o)
		if got := base.differences(&o); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
