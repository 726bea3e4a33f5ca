package em

import (
	"fmt"
	"testing"
)

// TestApply (P1.23): rules that fit, that do not, and that are wrong.
func TestApply(t *testing.T) {
	m := Machine{"BiosVendor": "SeaBIOS", "ProcessorFamily": "6", "ProcessorModel": "15", "Hal": ""}
	rule := func(name string, pairs ...string) Rule {
		r := Rule{name, map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			r.Values[pairs[i]] = pairs[i+1]
		}
		return r
	}
	for _, c := range []struct {
		rules         []Rule
		list, problem string
	}{
		{nil, "[]", "[]"},
		{[]Rule{rule("a", "BiosVendor", "sea*", "Workaround", "NoMessages")}, "[{NoMessages a}]", "[]"},
		{[]Rule{rule("b", "BiosVendor", "sea*", "ProcessorModel", "10-20", "Workaround", "NoMessages"), rule("a", "BiosVendor", "SEABIOS", "Workaround", "NoMessages")},
			"[{NoMessages a}]", "[]"},
		{[]Rule{rule("a", "BiosVendor", "Sea", "Workaround", "NoMessages")}, "[]", "[]"},
		{[]Rule{rule("a", "ProcessorModel", "16-20", "Workaround", "NoMessages")}, "[]", "[]"},
		{[]Rule{rule("a", "Hal", "*", "Workaround", "NoMessages")}, "[]", "[]"}, // unknown here
		{[]Rule{rule("a", "Workaround", "NoMessages")}, "[]", "[erratum a: it has no condition]"},
		{[]Rule{rule("a", "Moon", "full", "Workaround", "NoMessages")}, "[]", `[erratum a: there is no condition "Moon"]`},
		{[]Rule{rule("a", "BiosVendor", "*", "Workaround", "Pray")}, "[]", `[erratum a: there is no workaround "Pray"]`},
		{[]Rule{rule("a", "BiosVendor", "*", "Workaround", "NoAcpiReset"), rule("b", "BiosVendor", "*", "Workaround", "NoPowerButton")},
			"[{NoAcpiReset a} {NoPowerButton b}]", "[]"},
	} {
		list, problems := Apply(c.rules, m)
		if fmt.Sprint(list) != c.list || fmt.Sprint(problems) != c.problem {
			t.Errorf("%v: %v, %v", c.rules, list, problems)
		}
	}
}
