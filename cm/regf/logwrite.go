package regf

// writeLogs puts an entry with the pages into a log. While the hive's file is
// between two states, the log that it needs is not written over: the entry goes
// behind those that it has, or into the other log.
func (h *Hive) writeLogs(f Files, pages []uint32) error {
	l, logs := &h.log, [2]File{f.Log1, f.Log2}
	var first error
	if l.dirty && l.append && logs[l.current] != nil {
		n, err := h.writeLog(logs[l.current], pages, l.seq+1, l.end)
		if err == nil {
			l.seq++
			l.end += n
			return h.emptyLog(logs, 1-l.current)
		}
		first = &FileError{l.current + 1, err}
	}
	order := []int{1 - l.current, l.current}
	if l.dirty && (l.append || logs[1-l.current] != nil) {
		// Not over the one that is needed. There is one case in which that
		// cannot be: one log alone, of the old form.
		order = order[:1]
	}
	for _, i := range order {
		if logs[i] == nil {
			continue
		}
		err := h.beginLog(logs, i, pages)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
			if _, ok := err.(*FileError); !ok {
				first = &FileError{i + 1, err}
			}
		}
	}
	return first
}

// beginLog makes log i one with a single entry, and then the other log one
// without any if what it has must not be applied.
func (h *Hive) beginLog(logs [2]File, i int, pages []uint32) error {
	l := &h.log
	l.stale[i] = true
	n, err := h.writeLog(logs[i], pages, l.done+1, 0)
	if err != nil {
		return err
	}
	l.stale[1-i] = l.stale[1-i] || l.dirty
	if err := h.emptyLog(logs, 1-i); err != nil {
		return err
	}
	l.current, l.append, l.end, l.seq, l.stale[i] = i, true, sectorSize+n, l.done+1, false
	return nil
}

// emptyLog makes a log one without entries if it may have some that must not be
// applied.
func (h *Hive) emptyLog(logs [2]File, i int) error {
	if logs[i] == nil || !h.log.stale[i] {
		return nil
	}
	err := writeSync(logs[i], make([]byte, sectorSize), 0)
	if err != nil {
		return &FileError{i + 1, err}
	}
	h.log.stale[i] = false
	return nil
}

// writeLog writes an entry with the pages, behind it a sector of zeros, so that
// no old entry follows. If behind is 0, the base block comes then, which makes
// the log one with this entry; else the entry goes there, behind others. It
// returns the entry's size.
func (h *Hive) writeLog(f File, pages []uint32, seq uint32, behind int64) (int64, error) {
	at := max(behind, sectorSize)
	head := make([]byte, entryRefs+8*len(pages))
	size := (len(head) + pageSize*len(pages) + sectorSize - 1) &^ (sectorSize - 1)
	copy(head, "HvLE")
	le.PutUint32(head[entrySizeField:], uint32(size))
	le.PutUint32(head[entryFlags:], le.Uint32(h.base[baseFlags:]))
	le.PutUint32(head[entrySeq:], seq)
	le.PutUint32(head[entryLength:], h.stable.size())
	le.PutUint32(head[entryPages:], uint32(len(pages)))
	for i, p := range pages {
		le.PutUint32(head[entryRefs+8*i:], p*pageSize)
		le.PutUint32(head[entryRefs+8*i+4:], pageSize)
	}
	pad := make([]byte, size-len(head)-pageSize*len(pages))
	m := newMarvin(marvinSeed)
	m.write(head[entryRefs:])
	for _, p := range pages {
		m.write(h.page(p))
	}
	m.write(pad)
	le.PutUint64(head[entryHash1:], m.sum())
	le.PutUint64(head[entryHash2:], marvin32(marvinSeed, head[:entryHash2]))

	w := &sectorWriter{f: f, at: at, buf: make([]byte, 0, 16*pageSize)}
	w.write(head)
	for _, p := range pages {
		w.write(h.page(p))
	}
	w.write(pad)
	w.write(make([]byte, sectorSize))
	if err := w.flush(); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil || behind > 0 {
		return int64(size), err
	}
	b := h.base
	le.PutUint32(b[baseType:], typeLogEntries)
	le.PutUint32(b[baseSeq1:], seq)
	le.PutUint32(b[baseSeq2:], seq)
	sealBase(b[:])
	return int64(size), writeSync(f, b[:], 0)
}

// sectorWriter gathers what is written into pieces of many whole sectors.
type sectorWriter struct {
	f   File
	at  int64
	buf []byte
	err error
}

func (w *sectorWriter) write(p []byte) {
	for len(p) > 0 && w.err == nil {
		n := min(len(p), cap(w.buf)-len(w.buf))
		w.buf = append(w.buf, p[:n]...)
		if p = p[n:]; len(w.buf) == cap(w.buf) {
			w.flush()
		}
	}
}

func (w *sectorWriter) flush() error {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.f.WriteAt(w.buf, w.at)
		w.at += int64(len(w.buf))
		w.buf = w.buf[:0]
	}
	return w.err
}
