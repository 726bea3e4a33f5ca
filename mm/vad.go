package mm

import "gont/nt"

// Vad describes one allocation of user address space (MMVAD).
type Vad struct {
	Start, End uint64 // first byte, last byte; page aligned
	Protect    uint32 // PAGE_* it was allocated with
	Section    *Section
	first      int  // the view's first page in the section
	share      bool // ViewShare: a process made from this one gets the view
	Fixed      bool // belongs to the system: cannot be freed or protected
	// The current protection of every page, 0 for one that is only reserved,
	// and chargedPage.
	runs runs
}

// chargedPage marks a page of a view whose private copy is charged for, made
// already or not. It stays as long as the view, since the copy does. Private
// pages need no mark: they are charged for when they are committed.
const chargedPage = 1 << 31

// newVad describes [start, end] with all pages at protection current.
func newVad(start, end uint64, protect, current uint32) *Vad {
	v := &Vad{Start: start, End: end, Protect: protect}
	v.runs = newRuns(v.pages(), current)
	return v
}

// prot returns a page's protection.
func (v *Vad) prot(i int) uint32 { return v.runs.at(i) &^ chargedPage }

// setProt sets the protection of pages [i, j), and marks those of a view that
// may be copied now. Preconditions: pagesToCharge were charged for.
func (v *Vad) setProt(i, j int, p uint32) {
	if v.Section == nil {
		v.runs.set(i, j, p)
		return
	}
	for i < j {
		r := *v.runs.run(v.runs.index(i))
		end, mark := min(r.end, j), r.value&chargedPage
		if copies(p) {
			mark = chargedPage
		}
		v.runs.set(i, end, p|mark)
		i = end
	}
}

// copies reports whether a write to a page with this protection makes a copy.
func copies(protect uint32) bool {
	p := protect &^ nt.PageGuard
	return p == nt.PageWriteCopy || p == nt.PageExecuteWriteCopy
}

// each calls f for every stretch of equal pages of [i, j).
func (v *Vad) each(i, j int, f func(i, j int, protect uint32)) {
	v.runs.each(i, j, func(i, j int, value uint32) { f(i, j, value&^chargedPage) })
}

// pagesToCharge is how many of pages [i, j) have to be charged for before they
// get protection p: committed if private, to be copied if of a view.
func (v *Vad) pagesToCharge(i, j int, p uint32) (n uint64) {
	if v.Section != nil && !copies(p) {
		return 0
	}
	v.runs.each(i, j, func(i, j int, value uint32) {
		if v.Section == nil && value == 0 || v.Section != nil && value&chargedPage == 0 {
			n += uint64(j - i)
		}
	})
	return n
}

// charged is how many of pages [i, j) are charged for.
func (v *Vad) charged(i, j int) (n uint64) {
	v.runs.each(i, j, func(i, j int, value uint32) {
		if v.Fixed {
			return
		}
		if v.Section == nil && value != 0 || v.Section != nil && value&chargedPage != 0 {
			n += uint64(j - i)
		}
	})
	return n
}

// committed reports whether a page that has a protection may be touched.
func (v *Vad) committed(i int) bool {
	return v.Section == nil || v.Section.data == nil || v.Section.data.isCommitted(v.first+i)
}

// allCommitted is committed for pages [i, j).
func (v *Vad) allCommitted(i, j int) bool {
	if v.Section == nil || v.Section.data == nil {
		return true
	}
	committed, end := v.Section.data.stretch(v.first + i)
	return committed && end-v.first >= j
}

// same is the end of the stretch of pages with page i's protection.
func (v *Vad) same(i int) int {
	r := v.runs.run(v.runs.index(i))
	protect := r.value &^ chargedPage
	for r.end < v.pages() {
		next := v.runs.run(v.runs.index(r.end))
		if next.value&^chargedPage != protect {
			break
		}
		r = next
	}
	return r.end
}

// part is a VAD for pages [i, j) of v.
func (v *Vad) part(i, j int) *Vad {
	return &Vad{Start: v.Start + uint64(i)*PageSize, End: v.Start + uint64(j)*PageSize - 1, Protect: v.Protect, runs: v.runs.cut(i, j)}
}

func (v *Vad) index(va uint64) int { return int((va - v.Start) >> PageShift) }
func (v *Vad) pages() int          { return int((v.End + 1 - v.Start) >> PageShift) }
