package mm

import "gont/pe"

// MarkInitSections is MarkInit for the INIT sections of an image as it lies in memory, whose
// first frame is first. An image that is none has no such sections.
func MarkInitSections(image []byte, first uint64) (marked []uint32) {
	sections, _ := pe.MappedSections(image)
	for _, s := range sections {
		if s.Init() {
			marked = append(marked, MarkInit(first+uint64(s.RVA)>>PageShift, (uint64(s.Size)+PageSize-1)>>PageShift)...)
		}
	}
	return marked
}

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
