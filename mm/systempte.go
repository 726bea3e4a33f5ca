package mm

import "gont/ke"

// System page-table entries: kernel addresses for pages that are to lie behind
// each other, next to a hole, or nowhere any more after their end. What is
// freed is not used again before all the rest was: who still has the address
// faults.
const (
	SystemPteBase  = 0xFFFF_FFFF_E000_0000
	SystemPtePages = 1 << 16 // 256 MiB
)

type systemPteState struct {
	mu   ke.FastMutex
	used runs // 1 for pages of a mapping, holes included
	hint int  // where the last search ended
}

var systemPtes systemPteState

func resetSystemPtes() {
	systemPtes.used = newRuns(SystemPtePages, 0)
	systemPtes.hint = 0
}

// FreeSystemPtes returns how many system page-table entries are free.
func FreeSystemPtes() (n int) {
	s := &systemPtes
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used.each(0, tuning.systemPages, func(i, j int, used uint32) {
		if used == 0 {
			n += j - i
		}
	})
	return n
}

// findSystemPtes returns the first of n free pages in [i, j), -1 if there are none.
func findSystemPtes(i, j, n int) int {
	found := -1
	systemPtes.used.each(i, j, func(i, j int, used uint32) {
		if found < 0 && used == 0 && j-i >= n {
			found = i
		}
	})
	return found
}

// mapSystem maps n new pages for u, and leaves a hole behind them. ok is false
// without pages or addresses; nothing is taken then.
func mapSystem(n int, u Use) (va uint64, ok bool) {
	s := &systemPtes
	s.mu.Lock()
	defer s.mu.Unlock()
	i := -1
	if s.hint < tuning.systemPages {
		i = findSystemPtes(s.hint, tuning.systemPages, n+1)
	}
	if i < 0 {
		if i = findSystemPtes(0, tuning.systemPages, n+1); i < 0 {
			return 0, false
		}
	}
	va = SystemPteBase + uint64(i)*PageSize
	for k := range n {
		p := walk(kernelRoot, va+uint64(k)*PageSize, true)
		frame, ok := uint32(0), false
		if p != nil {
			frame, ok = AllocatePage(u, true)
		}
		if !ok {
			s.unmap(va, k)
			return 0, false
		}
		p.store(makePTE(frame, PtePresent|PteWrite|PteAccessed|PteDirty|PteNoExecute))
	}
	s.used.set(i, i+n+1, 1)
	s.hint = i + n + 1
	return va, true
}

// unmapSystem gives back what mapSystem has mapped.
func unmapSystem(va uint64, n int) {
	s := &systemPtes
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unmap(va, n)
	i := int((va - SystemPteBase) / PageSize)
	s.used.set(i, i+n+1, 0)
}

func (s *systemPteState) unmap(va uint64, n int) {
	frames := make([]uint32, n)
	for k := range n {
		frames[k] = walk(kernelRoot, va+uint64(k)*PageSize, false).swap(0).pfn()
	}
	if n > 0 {
		machine.Flush(0, va, n)
	}
	FreePages(frames)
}
