package hal

// clockWatch compares the time-stamp counter with a counter of the chipset while the
// former keeps time. It is the boot processor's.
type clockWatch struct {
	hz     uint64 // of the time-stamp counter
	unsure uint64 // Hz, by which hz may be wrong
	wrap   uint64 // ns after which the chipset's counter comes round

	begun         bool
	tsc, platform uint64 // at the anchor: ticks, ns
	width         uint64 // TSC ticks within which the anchor was read
	lastTsc       uint64 // at the last look
	bad           int    // looks in a row that found it off
}

const (
	watchSpan   = 2_000_000_000 // ns from one anchor to the next
	watchShare  = 200           // off by more than 1 in watchShare is off
	watchLeast  = 100_000       // ns that never count
	watchStrict = 3             // looks in a row
)

// look takes one look: platform is the chipset's time in ns, read when the time-stamp
// counter was between before and after. It returns true when the counter has been off
// by more than 1 in 200, and by more than it and the look are unsure, in three looks one
// after the other: its rate has changed, or it has stood still. Whoever comes later than
// half of wrap learns nothing from the chipset's counter, and begins again.
func (w *clockWatch) look(before, after, platform uint64) bool {
	middle, width := before+(after-before)/2, after-before
	ns := func(ticks uint64) uint64 { return uint64(float64(ticks) * 1e9 / float64(w.hz)) }
	back := w.begun && int64(middle-w.lastTsc) < -int64(width) // no counter does that
	if !w.begun || !back && int64(middle-w.lastTsc) > 0 && ns(middle-w.lastTsc) > w.wrap/2 {
		w.anchor(middle, width, platform)
		return false
	}
	w.lastTsc = middle
	if back {
		w.bad++
		return w.bad >= watchStrict
	}
	counter, real := ns(uint64(max(int64(middle-w.tsc), 0))), platform-w.platform
	off := max(counter, real) - min(counter, real)
	limit := max(counter, real)/watchShare + uint64(float64(counter)*float64(w.unsure)/float64(w.hz)) + ns(width+w.width) + watchLeast
	if off > limit {
		w.bad++
		return w.bad >= watchStrict
	}
	w.bad = 0
	if real > watchSpan {
		w.anchor(middle, width, platform)
	}
	return false
}

func (w *clockWatch) anchor(tsc, width, platform uint64) {
	w.begun, w.bad = true, 0
	w.tsc, w.platform, w.width, w.lastTsc = tsc, platform, width, tsc
}

// skew is how far another processor's time-stamp counter is ahead of the asker's, by
// one question: it was read as theirs between before and after of the asker's. The
// truth is within ahead plus and minus unsure, ticks.
func skew(before, theirs, after uint64) (ahead int64, unsure uint64) {
	return int64(theirs - (before + (after-before)/2)), (after-before)/2 + 1
}
