package hal

import (
	"fmt"
	"strings"
)

// What several clocks of known rate say about the time-stamp counter, and which of them
// is believed (SPEC P0.4).

// reading is what one clock says: that the time-stamp counter runs at tsc Hz, give or
// take unsure, or, in problem, why it says nothing.
type reading struct {
	name        string
	tsc, unsure uint64
	claim       bool // told by CPUID, not measured
	problem     string
}

// TimeIncrement is the interval of the clock interrupt in 100 ns units: 64 a
// second, as NT's.
const TimeIncrement = 156250

// What CalibrateClocks accepts: that every clock is known to 1 in calibrationFair, and
// one to 1 in calibrationGood; after calibrationSome runs, one to 1 in calibrationFair; in
// either case the APIC timer to 1 in calibrationFair. calibrationRuns
// runs end the search in any case (a second and more, on a host that keeps stopping
// the emulator).
const (
	calibrationGood = 1000
	calibrationFair = 100
	calibrationSome = 12
	calibrationRuns = 200
)

// Names of the clocks.
const (
	namePIT        = "PIT"
	nameHPET       = "HPET"
	namePM         = "PM timer"
	nameRTC        = "RTC"
	nameHypervisor = "CPUID leaf 40000010h"
	nameCrystal    = "CPUID leaf 15h"
	nameNominal    = "CPUID leaf 16h"
)

// trust is the order in which clocks are believed where as many are for one figure as
// for another: free counters that nobody gates; what the processor or the hypervisor
// tells exactly; the 8254, which a port switches on and off, and firmware emulates; the
// clock of the CMOS, whose seconds may be cut; a nominal figure.
var trust = []string{nameHPET, namePM, nameHypervisor, nameCrystal, namePIT, nameRTC, nameNominal}

// measuring is the order in which a clock of the group that is believed gives the
// figure; one that is known to 1 in calibrationGood comes before the others.
var measuring = []string{namePIT, nameHPET, namePM, nameRTC, nameHypervisor, nameCrystal, nameNominal}

// Rates that no time-stamp counter has, Hz. Emulators count slowly.
const (
	slowestTsc = 10_000_000
	fastestTsc = 32_000_000_000
)

// plausible fills in problem where the rate cannot be.
func (r *reading) plausible() bool {
	if r.problem == "" && (r.tsc < slowestTsc || r.tsc > fastestTsc) {
		r.problem = fmt.Sprintf("makes it %s", megahertz(r.tsc))
	}
	return r.problem == ""
}

// agree: each clock is good to 1 in 200, besides what it does not know; a nominal figure
// is rounded, and is the base rate, to 1 in 50.
func agree(a, b reading) bool {
	share := uint64(200)
	if a.name == nameNominal || b.name == nameNominal {
		share = 50
	}
	low, high := min(a.tsc, b.tsc), max(a.tsc, b.tsc)
	return high-low <= high/share+a.unsure+b.unsure
}

// verdict is what judge has found.
type verdict struct {
	tsc, unsure uint64 // Hz
	by          string
	tied        bool // as many clocks are for another figure
	say         []string
}

// judge decides. The figure that most clocks are for is taken; of two with as many, the
// one that the most trustworthy clock is for. prefer, if it is in that group, gives the
// figure. What is dead, implausible, outvoted or uncertain is told. ok is false when
// no clock says anything that can be.
func judge(list []reading, prefer string) (v verdict, ok bool) {
	var live []reading
	for _, name := range trust {
		for _, r := range list {
			if r.name != name {
				continue
			}
			if r.plausible() {
				live = append(live, r)
			} else {
				v.say = append(v.say, fmt.Sprintf("the %s is no clock: it %s", r.name, r.problem))
			}
		}
	}
	if len(live) == 0 {
		return v, false
	}
	group := func(r reading) (g []reading) {
		for _, x := range live {
			if agree(r, x) {
				g = append(g, x)
			}
		}
		return g
	}
	best := group(live[0])
	for _, r := range live[1:] {
		if g := group(r); len(g) > len(best) {
			best = g
		}
	}
	in := func(r reading) bool {
		for _, x := range best {
			if x.name == r.name {
				return true
			}
		}
		return false
	}
	for _, r := range live {
		v.tied = v.tied || !in(r) && len(group(r)) >= len(best)
	}
	r := choose(best, prefer)
	v.tsc, v.unsure, v.by = r.tsc, r.unsure, r.name
	if len(best) < len(live) {
		var all []string
		for _, x := range live {
			all = append(all, fmt.Sprintf("%s %s", x.name, megahertz(x.tsc)))
		}
		why := fmt.Sprintf("%d of %d agree", len(best), len(live))
		if v.tied {
			why = "the " + best[0].name + " is trusted most"
		}
		v.say = append(v.say, fmt.Sprintf("the clocks do not agree about the time-stamp counter (%s): %s is taken, as %s", strings.Join(all, ", "), megahertz(v.tsc), why))
	}
	if v.unsure > v.tsc/calibrationFair {
		v.say = append(v.say, fmt.Sprintf("the rate of the time-stamp counter is uncertain: %s, give or take %d %%, since every measurement was disturbed",
			megahertz(v.tsc), (v.unsure*100+v.tsc-1)/v.tsc))
	}
	return v, true
}

// choose returns the clock of a group that gives the figure.
func choose(group []reading, prefer string) reading {
	best := group[0]
	for _, r := range group {
		if r.name == prefer {
			return r
		}
		if !r.claim && (best.claim || r.unsure < best.unsure) {
			best = r
		}
	}
	for _, name := range measuring {
		for _, r := range group {
			if r.name == name && !r.claim && r.unsure <= r.tsc/calibrationGood {
				return r
			}
		}
	}
	return best
}

func megahertz(hz uint64) string {
	if hz < 10_000_000 {
		return fmt.Sprintf("%d kHz", hz/1000)
	}
	return fmt.Sprintf("%d MHz", hz/1_000_000)
}

// crystalRate is the counter's rate by CPUID leaf 15h, 0 where it does not tell (SDM
// vol. 2, CPUID): ebx/eax times the crystal's ecx Hz.
func crystalRate(eax, ebx, ecx uint32) uint64 {
	if eax == 0 || ebx == 0 || ecx == 0 {
		return 0
	}
	return uint64(ecx) * uint64(ebx) / uint64(eax)
}
