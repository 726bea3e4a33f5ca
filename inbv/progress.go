package inbv

// Progress keeps how far the start has come, in hundredths of a percent of the whole
// (SPEC P1: the rows' percentages). A part of the start that counts its own work gets a
// part of the bar (InbvSetProgressBarSubset).
type Progress struct {
	floor, ceiling int
	at             int
}

const whole = 100_00

// SetSubset is InbvSetProgressBarSubset: what Update says from here on goes from floor to
// ceiling percent of the whole; 0 and 100 end that. Numbers outside of 0 to 100, or the
// wrong way round, are ignored.
func (p *Progress) SetSubset(floor, ceiling int) {
	if 0 <= floor && floor < ceiling && ceiling <= 100 {
		p.floor, p.ceiling = floor*100, ceiling*100
	}
}

// Update is InbvUpdateProgressBar: percent of the subset are done. The bar does not go
// back, nor beyond its end.
func (p *Progress) Update(percent int) { p.UpdateOf(percent, 100) }

// UpdateOf is Update for done parts of all.
func (p *Progress) UpdateOf(done, all int) {
	if all <= 0 {
		return
	}
	ceiling := p.ceiling
	if ceiling == 0 {
		ceiling = whole
	}
	done = min(max(done, 0), all)
	p.at = max(p.at, p.floor+(ceiling-p.floor)*done/all)
}

// At returns hundredths of a percent, 0 to 10000.
func (p *Progress) At() int { return p.at }
