package hal

import (
	"math/rand/v2"
	"strings"
	"testing"
)

const mhz = 1_000_000

// TestJudge: which clock is believed, and what is said.
func TestJudge(t *testing.T) {
	m := func(name string, rate uint64) reading {
		return reading{name: name, tsc: rate * mhz, unsure: rate * mhz / 5000}
	}
	claim := func(name string, rate uint64) reading { return reading{name: name, tsc: rate * mhz, claim: true} }
	dead := func(name string) reading { return reading{name: name, problem: "does not count"} }
	for name, c := range map[string]struct {
		list   []reading
		prefer string
		rate   uint64 // MHz, 0: no clock
		by     string
		tied   bool
		said   string // all of it in order, or parts with *
	}{
		"all agree":       {[]reading{m(namePIT, 2596), m(nameHPET, 2597), m(namePM, 2595)}, "", 2596, namePIT, false, ""},
		"preferred":       {[]reading{m(namePIT, 2596), m(nameHPET, 2597), m(namePM, 2595)}, nameHPET, 2597, nameHPET, false, ""},
		"one alone":       {[]reading{m(namePM, 2595)}, nameHPET, 2595, namePM, false, ""},
		"PIT stands":      {[]reading{dead(namePIT), m(nameHPET, 2597)}, "", 2597, nameHPET, false, "the PIT is no clock: it does not count"},
		"PIT wrong":       {[]reading{m(namePIT, 26), m(nameHPET, 2597), m(namePM, 2595)}, "", 2597, nameHPET, false, "*(HPET 2597 MHz, PM timer 2595 MHz, PIT 26 MHz): 2597 MHz is taken, as 2 of 3 agree"},
		"HPET wrong":      {[]reading{m(namePIT, 2596), m(nameHPET, 1000), m(namePM, 2595)}, nameHPET, 2596, namePIT, false, "*: 2596 MHz is taken, as 2 of 3 agree"},
		"two disagree":    {[]reading{m(namePIT, 26), m(nameHPET, 2597)}, "", 2597, nameHPET, true, "*: 2597 MHz is taken, as the HPET is trusted most"},
		"PIT and CPUID":   {[]reading{m(namePIT, 26), claim(nameCrystal, 2600)}, "", 2600, nameCrystal, true, "*: 2600 MHz is taken, as the CPUID leaf 15h is trusted most"},
		"CPUID decides":   {[]reading{m(namePIT, 2596), m(namePM, 1300), claim(nameNominal, 2600)}, "", 2596, namePIT, false, "*as 2 of 3 agree"},
		"CPUID wrong":     {[]reading{m(namePIT, 2596), claim(nameNominal, 3600), m(namePM, 2596)}, "", 2596, namePIT, false, "*as 2 of 3 agree"},
		"nominal":         {[]reading{m(namePIT, 2596), claim(nameNominal, 2600)}, "", 2596, namePIT, false, ""},
		"claim only":      {[]reading{dead(namePIT), claim(nameHypervisor, 2600)}, "", 2600, nameHypervisor, false, "*the PIT is no clock*"},
		"implausible":     {[]reading{m(namePIT, 5), m(namePM, 2596)}, "", 2596, namePM, false, "the PIT is no clock: it makes it 5000 kHz"},
		"too fast":        {[]reading{m(namePM, 90_000)}, "", 0, "", false, "the PM timer is no clock: it makes it 90000 MHz"},
		"nothing":         {[]reading{dead(namePIT), dead(namePM)}, "", 0, "", false, "*PM timer*PIT*"},
		"no yardstick":    {nil, "", 0, "", false, ""},
		"bad runs":        {[]reading{{name: namePIT, tsc: 2600 * mhz, unsure: 104 * mhz}}, "", 2600, namePIT, false, "the rate of the time-stamp counter is uncertain: 2600 MHz, give or take 4 %, since every measurement was disturbed"},
		"better of two":   {[]reading{{name: namePIT, tsc: 2600 * mhz, unsure: 104 * mhz}, m(namePM, 2596)}, "", 2596, namePM, false, ""},
		"fair of two":     {[]reading{{name: namePIT, tsc: 2600 * mhz, unsure: 20 * mhz}, {name: nameHPET, tsc: 2605 * mhz, unsure: 10 * mhz}}, "", 2605, nameHPET, false, ""},
		"bad runs, wrong": {[]reading{{name: namePIT, tsc: 1300 * mhz, unsure: 104 * mhz}, m(nameHPET, 2596), m(namePM, 2596)}, "", 2596, nameHPET, false, "*2 of 3 agree"},
	} {
		v, ok := judge(c.list, c.prefer)
		said := strings.Join(v.say, "; ")
		good := said == c.said
		if strings.Contains(c.said, "*") {
			good, said = true, "*"+said
			rest := said
			for _, part := range strings.Split(c.said, "*") {
				i := strings.Index(rest, part)
				if i < 0 {
					good = false
					break
				}
				rest = rest[i+len(part):]
			}
		}
		if ok != (c.rate != 0) || ok && (v.tsc != c.rate*mhz || v.by != c.by || v.tied != c.tied) || !good {
			t.Errorf("%s: %+v %v", name, v, ok)
		}
	}
}

// TestJudgeMajority is a property: where more than half of all clocks agree on a figure
// and the others are off by more than 2 %, that figure is taken, in whatever order they
// come, and a difference is never passed over in silence.
func TestJudgeMajority(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		right := uint64(100+r.IntN(5000)) * mhz
		names := append([]string(nil), trust...)
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		n := 1 + r.IntN(len(names))
		bad := r.IntN((n + 1) / 2)
		var list []reading
		for i, name := range names[:n] {
			x := reading{name: name, tsc: right - right/1000 + r.Uint64N(right/500+1), unsure: right / 2000}
			if x.claim = strings.HasPrefix(name, "CPUID"); x.claim {
				x.unsure = 0
			}
			if i < bad {
				x.tsc = right/2 + r.Uint64N(right/4)
			}
			list = append(list, x)
		}
		v, ok := judge(list, "")
		if !ok || v.tied || v.tsc < right-right/500 || v.tsc > right+right/500 || (bad > 0) != (len(v.say) > 0) {
			t.Fatalf("%v of %v: %+v, right %d", bad, list, v, right)
		}
	}
}

// TestCrystal: CPUID leaf 15h, and what it leaves out.
func TestCrystal(t *testing.T) {
	if v := crystalRate(2, 216, 24_000_000); v != 2592*mhz {
		t.Error(v)
	}
	if crystalRate(0, 1, 1)+crystalRate(2, 216, 0)+crystalRate(1, 0, 1) != 0 {
		t.Error("a figure out of nothing")
	}
}
