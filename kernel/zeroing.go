//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/mm"
)

func zeroStosb(p unsafe.Pointer)
func zeroStosq(p unsafe.Pointer)
func zeroMov(p unsafe.Pointer)
func zeroSSE(p unsafe.Pointer)

// zeroWays are ways to zero a page. The first goes past the cache, which leaves
// to others what they have in it; the last is the compiler's.
var zeroWays = [...]struct {
	name string
	zero func(unsafe.Pointer)
}{
	{"nt", hal.ZeroPage}, {"sse", zeroSSE}, {"mov", zeroMov}, {"stosq", zeroStosq}, {"stosb", zeroStosb},
	{"go", func(p unsafe.Pointer) { clear((*[mm.PageSize]byte)(p)[:]) }},
}

// The zero-page thread's way, and what it is called.
var (
	zeroPage = hal.ZeroPage
	zeroName = "nt"
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
				zeroWays[i].zero(hal.Phys(uint64(n) << mm.PageShift))
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
	zeroPage, zeroName = zeroWays[best].zero, zeroWays[best].name
	mm.FreePages(pages)
}
