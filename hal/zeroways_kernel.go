//go:build kernel

package hal

import "unsafe"

// ZeroWays are ways to zero pages. The first goes past the cache, which
// leaves to others what they have in it; the last is the compiler's, for a
// comparison.
var ZeroWays = [...]struct {
	Name string
	Zero func(p unsafe.Pointer, pages int) (done int)
}{
	{"nt", ZeroPagesNT}, {"sse", ZeroPagesSSE}, {"mov", ZeroPagesMov}, {"stosq", ZeroPagesStosq}, {"stosb", ZeroPagesStosb},
	{"go", func(p unsafe.Pointer, _ int) int { clear((*[4096]byte)(p)[:]); return 1 }},
}

// The zero-page thread's way, and what it is called.
var (
	ZeroPages = ZeroPagesNT
	ZeroName  = "nt"
)

// ChooseZeroing finds out which way is the fastest on this machine, by free
// pages: enough of them not to stay in the first caches. Another way than the first has
// to be faster by a tenth. They take turns, and the best turn of each counts: the
// first one may have to wait for the memory itself, under an emulator.
// Preconditions: nobody else uses the page frames.
func ChooseZeroing(frames []uint32) {
	const turns = 4
	var took [len(ZeroWays) - 1]int64
	for turn := range turns {
		for i := range took {
			if turn > 1 && took[i] > 2*took[0] {
				continue // hopeless
			}
			start := Nanotime()
			for _, n := range frames {
				ZeroWays[i].Zero(Phys(uint64(n)<<12), 1)
			}
			if t := Nanotime() - start; turn == 0 || t < took[i] {
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
	ZeroPages, ZeroName = ZeroWays[best].Zero, ZeroWays[best].Name
}
