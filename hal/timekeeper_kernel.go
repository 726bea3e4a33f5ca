//go:build kernel

package hal

import (
	"fmt"
	"sync/atomic"
)

// What keeps time. The time-stamp counter does, where it can: reading it costs some
// twenty cycles in either ring, reading the chipset a microsecond. It can where CPUID
// calls it invariant (80000007h, EDX bit 8: one rate, whatever the processor's, and it
// counts in every halt; SDM vol. 3, 17.17.1), and under a hypervisor, which sees to the
// counter that a guest sees, calls it invariant only for guests that are never moved,
// and makes reading the chipset far dearer than hardware does. Elsewhere the HPET keeps
// time, else the PM timer; without either the time-stamp counter has to.
//
// While the time-stamp counter keeps time, every clock tick of the boot processor
// compares it with the HPET or the PM timer (clockWatch). From the moment on at which
// it is found to be off, they keep time.

// Of chipsetNanotime. chipsetTime is 1 when it is Nanotime.
var (
	chipsetTime   uint32
	chipsetPort   uint16 // the PM timer's, 0: the HPET
	chipsetMask   uint64
	chipsetLast   uint64
	chipsetBase   uint64
	chipsetMult   uint64 // ns per count, 32.32
	chipsetOffset uint64
	chipsetName   string // "" where there is neither
)

func chipsetNanotime() int64

var (
	watcher   clockWatch
	watchTick uint32
)

// invariantTsc reports whether CPUID calls the time-stamp counter invariant.
func invariantTsc() bool {
	if top, _, _, _ := cpuid(0x80000000, 0); top < 0x80000007 || top >= 0x80010000 {
		return false
	}
	_, _, _, d := cpuid(0x80000007, 0)
	return d&(1<<8) != 0
}

// keepTime chooses and says what. all are the chipset's counters, list what they say of
// the time-stamp counter, v what was made of it.
func keepTime(all []counter, list []reading, v verdict) string {
	believed := reading{name: v.by, tsc: v.tsc, unsure: v.unsure}
	for _, c := range all {
		for _, r := range list {
			if r.name == c.name && chipsetName == "" && r.plausible() && agree(r, believed) {
				useChipset(c)
			}
		}
	}
	invariant := invariantTsc()
	what, watched := "invariant by CPUID", ""
	if !invariant {
		what = "not invariant by CPUID"
	}
	if chipsetName != "" {
		watched = ", watched by the " + chipsetName
	}
	switch {
	case invariant, chipsetName == "":
	case underHypervisor():
		what += ", the hypervisor's"
	default:
		changeToChipset()
		return fmt.Sprintf("time is kept by the %s, as the time-stamp counter is %s", chipsetName, what)
	}
	return fmt.Sprintf("time is kept by the time-stamp counter (%s)%s", what, watched)
}

// useChipset prepares chipsetNanotime for a counter.
func useChipset(c counter) {
	chipsetName, chipsetMask = c.name, uint64(c.mask)
	if c.name == namePM {
		chipsetPort = fadt.PMTimer
	}
	chipsetMult = uint64(float64(1_000_000_000<<32) / float64(c.hz))
	chipsetLast = uint64(c.read())
	chipsetBase = chipsetLast
	wrap := (chipsetMask + 1) * 1000 / (c.hz / 1_000_000)
	watcher = clockWatch{hz: tscHz, unsure: tscHz / calibrationFair, wrap: wrap}
}

// changeToChipset lets the chipset keep time. Time goes on from what it is, and never
// back.
func changeToChipset() {
	chipsetOffset += uint64(max(Nanotime()-chipsetNanotime(), 0))
	atomic.StoreUint32(&chipsetTime, 1)
}

// watchTicks is how many clock ticks lie between two looks, while nothing is wrong.
const watchTicks = 8

// WatchClock compares the time-stamp counter, while it keeps time, with the chipset, and
// lets that keep time when the counter is off. It returns a sentence then. The boot
// processor calls it at every clock tick; it looks at every eighth, and at every one
// after a look that found the counter off.
func WatchClock() string {
	if watchTick++; watchTick%watchTicks != 0 && watcher.bad == 0 || chipsetName == "" || atomic.LoadUint32(&chipsetTime) != 0 {
		return ""
	}
	before := ReadTSC()
	now := uint64(chipsetNanotime())
	if !watcher.look(before, ReadTSC(), now) {
		return ""
	}
	return distrustTsc("it does not keep its rate")
}

// distrustTsc gives time to the chipset, where there is a counter, and says why.
func distrustTsc(why string) string {
	switch {
	case atomic.LoadUint32(&chipsetTime) != 0:
		return ""
	case chipsetName == "":
		return "the time-stamp counter is not to be trusted (" + why + "), and nothing else keeps time"
	}
	changeToChipset()
	return fmt.Sprintf("the time-stamp counter is not to be trusted (%s): the %s keeps time from here on", why, chipsetName)
}

// SpoilClock makes the time-stamp counter look, to WatchClock, as if it ran at twice its
// rate: a test of what comes then.
func SpoilClock() { watcher.hz /= 2 }
