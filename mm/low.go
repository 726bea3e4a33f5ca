package mm

// AllocateLowPages takes n pages below 1 MiB, where a processor that starts can
// see them (SPEC P1.8). FreePages gives them back. It returns nil when there
// are not so many.
func AllocateLowPages(n int) (pages []uint32) {
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := uint32(1); i < 256 && int(i) < len(d.pfn) && len(pages) < n; i++ {
		if l := d.pfn[i].list; l == FreeList || l == ZeroedList {
			pages = append(pages, i)
		}
	}
	if len(pages) < n {
		return nil
	}
	for _, i := range pages {
		d.unlink(i)
		d.activate(i, UseKernelHeap)
	}
	return pages
}
