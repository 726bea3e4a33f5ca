// Package em is the errata manager (SPEC P1.23): the registry's key Control\Errata has a key
// for each mistake of a machine that is known, with what it is known by and what is done
// about it. Apply is pure; the kernel
// does what it says.
package em

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gont/fsrtl"
)

// Workaround is what is done about an erratum.
type Workaround string

// Workarounds.
const (
	NoPowerButton Workaround = "NoPowerButton" // the fixed power button lies: it is not connected
	NoAcpiReset   Workaround = "NoAcpiReset"   // the FADT's reset register hangs the machine
	NoMessages    Workaround = "NoMessages"    // interrupt messages get lost: devices use their lines
)

var known = []Workaround{NoPowerButton, NoAcpiReset, NoMessages}

// Machine says what the machine is: a value for each name that a rule can ask for.
type Machine map[string]string

// Names are those that a rule can ask for; those of numbers take "n" or "n-m" besides
// expressions with wildcards.
var Names = []string{"BiosVendor", "BiosVersion", "BiosDate", "SystemManufacturer", "SystemProduct", "ProcessorVendor", "ProcessorFamily", "ProcessorModel",
	"ProcessorStepping", "Hal"}

// Rule is a key of Control\Errata.
type Rule struct {
	Name   string
	Values map[string]string // conditions, all of which have to hold, and Workaround
}

// Apply compares the rules, in the order of their names, with the machine. It returns the
// workarounds of those that fit, each once, with the name of the first rule; and what is
// wrong with rules, a sentence each. A rule without a condition, or with one that is
// unknown, fits no machine: a mistake in the table must not break all of them.
func Apply(rules []Rule, m Machine) (list []Applied, problems []string) {
	rules = slices.Clone(rules)
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.Name, b.Name) })
	for _, r := range rules {
		fits, problem := r.fits(m)
		w := Workaround(r.Values["Workaround"])
		if problem == "" && !slices.Contains(known, w) {
			problem = fmt.Sprintf("there is no workaround %q", string(w))
		}
		switch {
		case problem != "":
			problems = append(problems, "erratum "+r.Name+": "+problem)
		case fits && !slices.ContainsFunc(list, func(a Applied) bool { return a.Workaround == w }):
			list = append(list, Applied{w, r.Name})
		}
	}
	return list, problems
}

// Applied is a workaround that is needed here, and the rule that says so.
type Applied struct {
	Workaround Workaround
	Rule       string
}

func (r *Rule) fits(m Machine) (fits bool, problem string) {
	fits = true
	conditions := 0
	for name, want := range r.Values {
		if name == "Workaround" {
			continue
		}
		if !slices.Contains(Names, name) {
			return false, fmt.Sprintf("there is no condition %q", name)
		}
		conditions++
		fits = fits && holds(want, m[name])
	}
	if conditions == 0 {
		return false, "it has no condition"
	}
	return fits, ""
}

// holds compares a condition with a value.
func holds(want, have string) bool {
	low, high, dash := strings.Cut(want, "-")
	a, err1 := strconv.ParseUint(low, 10, 32)
	b, err2 := strconv.ParseUint(high, 10, 32)
	n, err := strconv.ParseUint(have, 10, 32)
	if dash && err1 == nil && err2 == nil {
		return err == nil && a <= n && n <= b
	}
	return have != "" && fsrtl.IsNameInExpression(want, have, true)
}
