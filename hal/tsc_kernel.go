//go:build kernel

package hal

import (
	"fmt"
	"sync/atomic"
)

// The processors' time-stamp counters, which must show the same: a thread that reads the
// time goes from one processor to another (SDM vol. 3, 17.17).

const (
	tscRounds   = 16
	tscEnough   = 2_000         // ns: an answer that is known so well is enough
	tscLength   = 2_000_000     // ns that the questions may take, but for the first answer
	tscPatience = 3_000_000_000 // ns that one answer may take: the host of an emulator may be busy
	// What counters may differ by, ns, besides what the questions leave open: less
	// than a thread needs to come from one processor to another.
	tscTolerance = 1000
)

// askTsc asks a processor that waits for its task (kiProcessorWait) for its counter, a
// few times; it returns the answer that is known best. what is 1, or 2 to have delta
// added to the counter before the first answer.
func askTsc(p *PCR, what, delta uint64) (ahead int64, unsure uint64, ok bool) {
	atomic.StoreUint64(&p.TscDelta, delta)
	begin := Nanotime()
	for range tscRounds {
		if ok && (unsure < tscHz/1_000_000*tscEnough/1000 || Nanotime()-begin > tscLength) {
			break
		}
		before := ReadTSC()
		atomic.StoreUint64(&p.TscAsk, what)
		for start := Nanotime(); atomic.LoadUint64(&p.TscAsk) != 0; {
			if Nanotime()-start > tscPatience {
				return ahead, unsure, ok
			}
		}
		after := ReadTSC()
		if a, u := skew(before, atomic.LoadUint64(&p.Tsc), after); what == 1 && (!ok || u < unsure) {
			ahead, unsure, ok = a, u, true
		}
		what = 1
	}
	return ahead, unsure, ok
}

// compareTsc compares the counter of a processor that has just started with the boot
// processor's, corrects a difference, and returns a sentence about one. If it cannot be
// corrected the chipset keeps time from here on.
func compareTsc(number int, p *PCR) string {
	ahead, unsure, ok := askTsc(p, 1, 0)
	limit := func() int64 { return int64(unsure + tscHz/1_000_000*tscTolerance/1000) }
	if !ok {
		return fmt.Sprintf("processor %d does not tell its time-stamp counter, which is taken for right", number)
	}
	if max(ahead, -ahead) <= limit() {
		return ""
	}
	text := fmt.Sprintf("processor %d's time-stamp counter was %d us %s", number, max(ahead, -ahead)/int64(tscHz/1_000_000), direction(ahead))
	if ahead, unsure, ok = askTsc(p, 2, uint64(-ahead)); ok && max(ahead, -ahead) <= limit() {
		return text + ", and is set right"
	}
	text += ", and cannot be set"
	if d := distrustTsc("the processors' differ"); d != "" {
		text += "; " + d
	}
	return text
}

func direction(ahead int64) string {
	if ahead < 0 {
		return "behind the boot processor's"
	}
	return "ahead of the boot processor's"
}
