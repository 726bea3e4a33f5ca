package mm

// aroundPages is how many pages behind the one that a thread has touched are mapped with it, if
// they are in memory: who reads on does not fault for each.
const aroundPages = 15

// around maps pages of a view of a file behind the page at va, which has just been mapped with
// the rights bits, as long as they have the same protection and their entries lie in the same
// table, if they are in memory. They have not been used yet, so that they are the first to
// leave. Preconditions: a's lock is held, and va's table is there.
func (a *AddressSpace) around(v *Vad, va uint64, bits PTE) {
	i, slot := v.index(va), int(va>>PageShift&511)
	most := min(aroundPages, 511-slot, v.same(i)-1-i)
	d := v.Section.data
	if image := v.Section.file; image != nil {
		p, _ := image.part(i)
		d, most = &image.pages.data, min(most, p.end-1-i) // behind it are zeros, each process's own
	}
	if d == nil || d.file == nil {
		return
	}
	t := leaf(a.root, va, false)
	k := 0
	for k < most && t[slot+1+k].load() == 0 {
		k++
	}
	if k == 0 {
		return
	}
	bits &^= PteDirty | PteAccessed
	frames, mapped := a.nearby[:k], uint64(0)
	for at, n := range frames[:d.shareResident(v.first+i+1, frames)] {
		if n != noPage {
			t[slot+1+at].store(makePTE(n, bits))
			mapped++
		}
	}
	a.presentMore(mapped)
}
