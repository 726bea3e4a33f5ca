package regf

import "slices"

// A flush that was cut off leaves a dirty hive: two different sequence numbers,
// or a wrong checksum. Its logs then hold the pages that make it whole.

// recover returns the bytes of a hive, with what its logs hold if it is dirty.
// It fails with ErrNotHive if there is no hive and nothing to make one from.
func (h *Hive) recover(data []byte, o *Options, r *Report) ([]byte, error) {
	hive := len(data) >= sectorSize && string(data[:4]) == "regf"
	sound := hive && soundBase(data)
	if sound && (le.Uint32(data[baseSeq1:]) == le.Uint32(data[baseSeq2:]) || le.Uint32(data[baseType:]) != typePrimary) {
		return data, nil
	}
	var logs []*logFile
	for i, b := range o.Logs {
		if l := readLog(b, i); l != nil && (hive || len(data) >= baseSize+pageSize) {
			logs = append(logs, l)
		}
	}
	if !hive && len(logs) == 0 {
		return nil, ErrNotHive
	}
	v := &recovery{h: h, r: r, data: data, sound: sound}
	v.limit = uint64(len(data))
	for _, b := range o.Logs {
		v.limit += uint64(len(b))
	}
	for _, l := range logs {
		v.reach(le.Uint32(l.b[baseLength:]))
		for i, e := range l.entries {
			if baseSize+uint64(e.length) > v.limit {
				l.entries = l.entries[:i]
				break
			}
			v.reach(e.length)
		}
	}
	v.vector(logs)
	if v.err == nil {
		v.entries(logs)
	}
	if v.err == nil && !v.applied && !hive {
		v.err = ErrNotHive
	}
	if v.err != nil || !v.applied {
		return data, v.err
	}
	b := v.data
	h.log.known, h.log.done = sound, le.Uint32(data[baseSeq2:])
	le.PutUint32(b[baseSeq1:], v.seq)
	le.PutUint32(b[baseSeq2:], v.seq)
	le.PutUint32(b[baseType:], typePrimary)
	sealBase(b)
	r.Recovered = true
	return b, nil
}

type recovery struct {
	h       *Hive
	r       *Report
	data    []byte
	sound   bool // the hive's own base block is
	applied bool
	seq     uint32
	limit   uint64 // more bytes than file and logs together there cannot be
	most    int    // bytes of the greatest state that a log tells of
	err     error
}

// reach notes that a state may have as many bytes of bins.
func (v *recovery) reach(length uint32) {
	if n := baseSize + uint64(length); n <= v.limit {
		v.most = max(v.most, int(n))
	}
}

// begin makes a copy of the hive that pages are written to, with a base block
// from the log if its own is damaged. There may be no memory for it.
func (v *recovery) begin(l *logFile) bool {
	if !v.applied {
		size := (max(len(v.data), v.most) + pageSize - 1) &^ (pageSize - 1)
		b := v.h.stable.mem.Alloc(size)
		if b == nil {
			return false
		}
		v.data = b[:max(copy(b, v.data), baseSize)]
		v.applied = true
	}
	if !v.sound {
		copy(v.data, l.b[:sectorSize])
	}
	return true
}

// resize makes room for as many bytes of bins.
func (v *recovery) resize(length uint32) {
	if n := baseSize + int(length); n > len(v.data) {
		v.data = v.data[:n] // there is room for all of them, and it is zero
	}
	le.PutUint32(v.data[baseLength:], length)
}

func (v *recovery) put(off uint32, b []byte) {
	copy(v.data[baseSize+int(off):], b)
	v.h.log.recovered = append(v.h.log.recovered, extent{off, uint32(len(b))})
}

// vector applies a log of the old form: a bit for each sector of the bins, then
// the sectors whose bits are set. Base blocks of hive and log tell the same
// time.
func (v *recovery) vector(logs []*logFile) {
	var best *logFile
	for _, l := range logs {
		if l.kind != typeLogEntries && v.fits(l) && (best == nil || int32(l.first-best.first) > 0) {
			best = l
		}
	}
	if best == nil {
		return
	}
	b := best.b
	length := le.Uint32(b[baseLength:])
	pages := (sectorSize + 4 + int(length/pageSize) + sectorSize - 1) &^ (sectorSize - 1)
	if length == 0 || length%pageSize != 0 || baseSize+uint64(length) > v.limit || pages > len(b) || string(b[sectorSize:][:4]) != "DIRT" {
		return
	}
	bits := b[sectorSize+4:][:length/pageSize]
	n := 0
	for _, x := range bits {
		for ; x != 0; x &= x - 1 {
			n++
		}
	}
	if pages+n*sectorSize > len(b) {
		v.r.add(NoCell, "log %d is cut off and cannot be applied", best.index+1)
		return
	}
	if !v.begin(best) {
		v.err = ErrNoMemory
		return
	}
	v.resize(length)
	le.PutUint64(v.data[baseTime:], le.Uint64(b[baseTime:]))
	le.PutUint32(v.data[baseRoot:], le.Uint32(b[baseRoot:]))
	for i, x := range bits {
		for j := range 8 {
			if x>>j&1 != 0 {
				v.put(uint32(i*8+j)*sectorSize, b[pages:pages+sectorSize])
				pages += sectorSize
			}
		}
	}
	v.seq = best.first
	v.r.note(NoCell, "recovered from log %d: %d sectors", best.index+1, n)
	v.h.log.from(best)
}

// fits reports whether a log of the old form belongs to this state of the
// hive.
func (v *recovery) fits(l *logFile) bool {
	t := le.Uint64(l.b[baseTime:])
	if v.sound {
		return t >= le.Uint64(v.data[baseTime:])
	}
	if len(v.data) < baseSize+binHeader || string(v.data[baseSize:][:4]) != "hbin" {
		return true
	}
	return t >= le.Uint64(v.data[baseSize+binTime:])
}

// entries applies logs of the new form: first the one that begins earlier, then
// the other if it goes on where the first ends.
func (v *recovery) entries(logs []*logFile) {
	var chain []*logFile
	for _, l := range logs {
		if len(l.entries) > 0 {
			chain = append(chain, l)
		}
	}
	slices.SortStableFunc(chain, func(a, b *logFile) int { return int(int32(a.first - b.first)) })
	var done uint32
	if v.sound {
		// Entries below the hive's second number are in the hive.
		if done = le.Uint32(v.data[baseSeq2:]); v.applied {
			done = v.seq // a log of the old form was
		}
		chain = slices.DeleteFunc(chain, func(l *logFile) bool {
			for len(l.entries) > 0 && int32(l.entries[0].seq-done) < 0 {
				l.entries = l.entries[1:]
			}
			return len(l.entries) == 0
		})
	} else if n := len(chain); n > 1 {
		// Which entries the hive has is not known: those of the last log
		// count, and those before them without a gap.
		last := chain[n-1]
		if chain[n-2].entries[len(chain[n-2].entries)-1].seq+1 != last.first {
			chain = chain[n-1:]
		}
	}
	for i, l := range chain {
		first := l.entries[0].seq
		if v.sound && i == 0 && int32(first-done) > 1 {
			v.r.add(NoCell, "the logs begin with number %d; the hive has those up to %d", first, done)
		} else if i > 0 && first != v.seq+1 {
			return
		}
		if !v.begin(l) {
			v.err = ErrNoMemory
			return
		}
		le.PutUint32(v.data[baseRoot:], le.Uint32(l.b[baseRoot:]))
		le.PutUint64(v.data[baseTime:], le.Uint64(l.b[baseTime:]))
		for _, e := range l.entries {
			v.apply(&e)
		}
		v.r.note(NoCell, "recovered from log %d: %d entries, the last is number %d", l.index+1, len(l.entries), v.seq)
		v.h.log.from(l)
	}
}

func (v *recovery) apply(e *logEntry) {
	v.resize(e.length)
	at := entryRefs + 8*e.pages
	for i := range e.pages {
		off, n := e.page(i)
		v.put(off, e.b[at:at+int(n)])
		at += int(n)
	}
	le.PutUint32(v.data[baseFlags:], le.Uint32(v.data[baseFlags:])&^1|e.flags&1)
	v.seq = e.seq
}
