package mm

// MarkInit keeps pages frames of the loader's from first on beyond P1.44: they are what only
// the start needs, such as the INIT sections of drivers, and P1.47 frees them (SPEC P1.1). It
// returns those that were the loader's.
func MarkInit(first, pages uint64) (marked []uint32) {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	for n := first; n < first+pages && n < uint64(len(pfns.pfn)); n++ {
		p := &pfns.pfn[n]
		if p.list != Active || p.use != UseLoader {
			continue
		}
		pfns.uses[UseLoader]--
		pfns.uses[UseKernelHeap]++
		p.use = UseKernelHeap
		marked = append(marked, uint32(n))
	}
	return marked
}
