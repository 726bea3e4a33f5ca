//go:build kernel

package selftest

import (
	"fmt"
	"slices"
	"strings"

	"gont/hal"
	"gont/mm"
)

// SELFTEST=bench measures what only the kernel can: zeroing, and the collector.
// It runs at the end of phase 1, on the thread that then is the zero-page
// thread, prints lines "BENCH <name>.<stat> <value> <unit>", and ends with "BENCH
// done" (docs/benchmarks.md).
const benchmark = "bench"

// BenchIfAsked measures if SELFTEST=bench asks for it.
func BenchIfAsked() {
	if !strings.EqualFold(k.SelfTest, benchmark) {
		return
	}
	benchZeroing()
	benchRegistry()
	benchCollector()
	k.PrintLine("BENCH done")
}

const (
	zeroCount  = 2048 // pages in one go: 8 MiB, more than a cache keeps for long
	zeroRounds = 15
)

// forget makes the processor forget all translations that are not global (and an
// emulator all).
func forget() { hal.FlushTranslations() }

// benchZeroing compares the zero-page thread at its work, lists and window
// included, with bare loops over the same pages. Both begin without
// translations, since pages that were freed some time ago have none. They take turns, since the
// speed of a machine that others use, too, changes.
func benchZeroing() {
	yield := k.Poll
	for mm.ZeroFreePages(k.TableRoot, zeroCount, yield) > 0 { // all of them, once: the machine's memory may be made at the first touch
	}
	rates := make([][]float64, len(hal.ZeroWays)+1)
	var ratios []float64
	pages := make([]uint32, 0, zeroCount)
	rate := func(start int64) float64 {
		return zeroCount * mm.PageSize * 1e3 / float64(max(hal.Nanotime()-start, 1))
	}
	for range zeroRounds {
		for pages = pages[:0]; len(pages) < zeroCount; {
			n, ok := mm.AllocatePage(mm.UseShared, false)
			if !ok {
				k.PrintLine("BENCH failed: not enough memory to measure zeroing")
				return
			}
			pages = append(pages, n)
		}
		best := 0.0
		for i, w := range hal.ZeroWays {
			forget()
			start := hal.Nanotime()
			for _, n := range pages {
				w.Zero(hal.Phys(uint64(n)<<mm.PageShift), 1)
			}
			r := rate(start)
			rates[i] = append(rates[i], r)
			best = max(best, r)
			k.Poll()
		}
		mm.FreePages(pages)
		forget()
		start := hal.Nanotime()
		if n := mm.ZeroFreePages(k.TableRoot, zeroCount, yield); n != zeroCount {
			k.PrintLine(fmt.Sprintf("BENCH failed: %d of %d pages were zeroed", n, zeroCount))
			return
		}
		r := rate(start)
		rates[len(hal.ZeroWays)] = append(rates[len(hal.ZeroWays)], r)
		ratios = append(ratios, r/best)
		k.Poll()
	}
	for i, r := range rates {
		name := "thread"
		if i < len(hal.ZeroWays) {
			name = hal.ZeroWays[i].Name
		}
		slices.Sort(r)
		k.PrintLine(fmt.Sprintf("BENCH zero.%s.max %.0f MB/s", name, r[len(r)-1]))
		k.PrintLine(fmt.Sprintf("BENCH zero.%s.med %.0f MB/s", name, r[len(r)/2]))
	}
	k.PrintLine("zeroing by: " + hal.ZeroName)
	slices.Sort(ratios)
	k.PrintLine(fmt.Sprintf("BENCH zero.thread_to_best.med %.2f x", ratios[len(ratios)/2]))
}
