package ex

import (
	"strings"
	"testing"
)

// TestProduct (P0.8): types, suites, and every kind of contradiction.
func TestProduct(t *testing.T) {
	for _, c := range []struct {
		typ      string
		list     []string
		want     Product
		problems []string // parts of them
	}{
		{"WinNT", nil, Product{1, 0}, nil},
		{"WinNT", []string{"Personal", "Terminal Server"}, Product{1, 0x210}, nil},
		{"ServerNT", []string{"Enterprise", "Terminal Server"}, Product{3, 0x12}, nil},
		{"LanmanNT", []string{"Small Business", "Small Business(Restricted)"}, Product{2, 0x21}, nil},
		{"WinNT", []string{"Enterprise"}, Product{1, 0}, []string{`"Enterprise" contradicts ProductType "WinNT"`}},
		{"ServerNT", []string{"Personal", "Blade"}, Product{3, 0x400}, []string{`"Personal" contradicts`}},
		{"ServerNT", []string{"DataCenter"}, Product{3, 0x82}, []string{`without "Enterprise"`}},
		{"ServerNT", []string{"DataCenter", "Enterprise"}, Product{3, 0x82}, nil},
		{"ServerNT", []string{"Blade", "Blade", "Cheese"}, Product{3, 0x400}, []string{`"Blade" twice`, `"Cheese" is not known`}},
		{"Pocket", []string{"Enterprise"}, Product{1, 0}, []string{`"Pocket" is not known; WinNT is used`, "contradicts"}},
	} {
		p, problems := ValidateProduct(c.typ, c.list)
		if p != c.want || len(problems) != len(c.problems) {
			t.Errorf("%s %q: %+v, %q", c.typ, c.list, p, problems)
			continue
		}
		for i, want := range c.problems {
			if !strings.HasPrefix(problems[i], `registry key Control\ProductOptions: `) || !strings.Contains(problems[i], want) {
				t.Errorf("%s %q: %q, not %q", c.typ, c.list, problems[i], want)
			}
		}
	}
}

// TestCSDString (P0.11).
func TestCSDString(t *testing.T) {
	for v, want := range map[uint32]string{0: "", 1: "", 0x100: "Service Pack 1", 0x300: "Service Pack 3", 0x301: "Service Pack 3.1", 0xFF0A: "Service Pack 255.10"} {
		if s := CSDString(v); s != want {
			t.Errorf("%#x: %q", v, s)
		}
	}
}
