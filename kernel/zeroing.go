//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/mm"
)

// zeroWays are ways to zero pages (hal). The first goes past the cache, which
// leaves to others what they have in it; the last is the compiler's, for a
// comparison.
var zeroWays = [...]struct {
	name string
	zero func(p unsafe.Pointer, pages int) (done int)
}{
	{"nt", hal.ZeroPagesNT}, {"sse", hal.ZeroPagesSSE}, {"mov", hal.ZeroPagesMov}, {"stosq", hal.ZeroPagesStosq}, {"stosb", hal.ZeroPagesStosb},
	{"go", func(p unsafe.Pointer, _ int) int { clear((*[mm.PageSize]byte)(p)[:]); return 1 }},
}

// The zero-page thread's way, and what it is called.
var (
	zeroPages = hal.ZeroPagesNT
	zeroName  = "nt"
)

// chooseZeroing finds out which way is the fastest on this machine, by free
// pages enough not to stay in the first caches. Another way than the first has to
// be faster by a tenth. They take turns, and the best turn of each counts: the
// first one may have to wait for the memory itself, under an emulator.
func chooseZeroing() {
	const count, turns = 256, 4
	var pages []uint32
	for range count {
		n, ok := mm.AllocatePage(mm.UseShared, false)
		if !ok {
			break // little memory: zeroing will not matter either
		}
		pages = append(pages, n)
	}
	var took [len(zeroWays) - 1]int64
	for turn := range turns {
		for i := range took {
			if turn > 1 && took[i] > 2*took[0] {
				continue // hopeless
			}
			start := hal.Nanotime()
			for _, n := range pages {
				zeroWays[i].zero(hal.Phys(uint64(n)<<mm.PageShift), 1)
			}
			if t := hal.Nanotime() - start; turn == 0 || t < took[i] {
				took[i] = t
			}
		}
	}
	best := 0
	for i, t := range took {
		if t < took[best] && t+t/10 < took[0] {
			best = i
		}
	}
	zeroPages, zeroName = zeroWays[best].zero, zeroWays[best].name
	mm.FreePages(pages)
}
