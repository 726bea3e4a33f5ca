package regf

// File is a file of a hive.
type File interface {
	// WriteAt writes all of p at off, or returns an error. A file grows.
	WriteAt(p []byte, off int64) (int, error)
	// Sync returns when all that was written has reached the disk.
	Sync() error
}

// FileError is an error of one of a hive's files.
type FileError struct {
	Log int // 1 or 2; 0: the hive's own file
	Err error
}

func (e *FileError) Error() string {
	if e.Log == 0 {
		return "the hive's file: " + e.Err.Error()
	}
	return sprintf("log %d: %v", e.Log, e.Err)
}

// Unwrap returns what the file has returned.
func (e *FileError) Unwrap() error { return e.Err }

// Files are a hive's file and its two logs. With one log alone, or none, a
// flush works, too; without any, a cut may leave a damaged hive.
type Files struct {
	Primary    File
	Log1, Log2 File
}

// extent is a run of bytes of the bins.
type extent struct{ off, n uint32 }

// logState says what of the hive's files is known.
type logState struct {
	dirty   bool // the hive's file may be between two states, and a log is needed
	current int  // the log that was written last
	append  bool // an entry may be put behind those of the current log,
	end     int64
	seq     uint32 // which end here, with this number
	known   bool   // done is
	done    uint32 // number of the state that the hive's file has, or had when it was whole
	// stale logs may hold entries that must not be applied.
	stale     [2]bool
	recovered []extent
}

// from notes that a log is needed until the hive's file is whole.
func (l *logState) from(f *logFile) {
	l.dirty, l.current, l.stale[f.index] = true, f.index, false
	l.append, l.end = f.kind == typeLogEntries, int64(f.end)
}

// markRecovered makes the pages that came from a log part of the next flush.
func (l *logState) markRecovered(h *Hive) {
	l.seq = le.Uint32(h.base[baseSeq1:])
	if !l.dirty || !l.known {
		l.done = l.seq
	}
	for _, e := range l.recovered {
		if e.off < h.stable.size() {
			h.stable.mark(e.off, min(e.n, h.stable.size()-e.off))
		}
	}
	l.recovered = nil
}

// Dirty reports whether a flush would write something.
func (h *Hive) Dirty() bool {
	if h.log.dirty {
		return true
	}
	for _, w := range h.stable.dirty {
		if w != 0 {
			return true
		}
	}
	return false
}

// SetAllDirty makes the next flush write everything: for a new file.
func (h *Hive) SetAllDirty() { h.stable.mark(0, h.stable.size()) }

// dirtyPages lists the pages that differ from the file.
func (h *Hive) dirtyPages() []uint32 {
	var list []uint32
	for i, w := range h.stable.dirty {
		for j := range 64 {
			if w>>j&1 != 0 {
				list = append(list, uint32(i*64+j))
			}
		}
	}
	return list
}

// page returns the bytes of a page.
func (h *Hive) page(p uint32) []byte { return h.stable.at(p * pageSize)[:pageSize] }

// Flush writes what has changed: first all of it into a log, then into the
// hive's file. Cut off at any moment, or after an error, the files hold the state
// of before or that of now, once Load has them. After an error the hive goes on
// in memory, and the next Flush writes it all. now is the time that the files
// get, a FILETIME.
func (h *Hive) Flush(f Files, now uint64) error {
	if !h.Dirty() {
		return nil
	}
	if err := h.upgrade(); err != nil {
		return err
	}
	first := h.stable.at(0)
	le.PutUint64(first[binTime:], now)
	h.stable.mark(0, binHeader)
	pages := h.dirtyPages()
	before := h.base
	b := h.base[:]
	le.PutUint64(b[baseTime:], now)
	le.PutUint32(b[baseLength:], h.stable.size())
	le.PutUint32(b[baseRoot:], uint32(h.root))
	if f.Log1 != nil || f.Log2 != nil {
		if err := h.writeLogs(f, pages); err != nil {
			h.base = before
			return err
		}
	} else {
		h.log.seq = h.log.done + 1
	}
	h.log.dirty = true
	if err := h.writePrimary(f.Primary, pages); err != nil {
		return &FileError{0, err}
	}
	h.log.dirty, h.log.done = false, h.log.seq
	clear(h.stable.dirty)
	return nil
}

// writePrimary marks the file as dirty, writes the pages, and marks it as
// whole.
func (h *Hive) writePrimary(f File, pages []uint32) error {
	b := h.base[:]
	le.PutUint32(b[baseType:], typePrimary)
	le.PutUint32(b[baseSeq1:], h.log.seq)
	le.PutUint32(b[baseSeq2:], h.log.done)
	sealBase(b)
	if err := writeSync(f, b, 0); err != nil {
		return err
	}
	if len(pages)*pageSize == int(h.stable.size()) {
		// Perhaps a new file: nobody else writes the rest of the base block.
		if _, err := f.WriteAt(make([]byte, baseSize-sectorSize), sectorSize); err != nil {
			return err
		}
	}
	for i := 0; i < len(pages); {
		// Neighbours of one bin go together.
		n, run := 1, h.page(pages[i])
		for i+n < len(pages) && pages[i+n] == pages[i]+uint32(n) && h.stable.binOf[pages[i+n]] == h.stable.binOf[pages[i]] {
			n++
			run = run[:n*pageSize]
		}
		if _, err := f.WriteAt(run, baseSize+int64(pages[i])*pageSize); err != nil {
			return err
		}
		i += n
	}
	if err := f.Sync(); err != nil {
		return err
	}
	le.PutUint32(b[baseSeq2:], h.log.seq)
	sealBase(b)
	return writeSync(f, b, 0)
}

func writeSync(f File, p []byte, off int64) error {
	if _, err := f.WriteAt(p, off); err != nil {
		return err
	}
	return f.Sync()
}

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

// Writer is io.Writer.
type Writer interface {
	Write(p []byte) (n int, err error)
}

// WriteTo writes the hive as a file of its own, without a log: a copy of what
// is not volatile. The file's time is that of the last flush, or of New.
func (h *Hive) WriteTo(w Writer) (int64, error) {
	if err := h.upgrade(); err != nil {
		return 0, err
	}
	base := make([]byte, baseSize)
	copy(base, h.base[:])
	le.PutUint32(base[baseSeq2:], le.Uint32(base[baseSeq1:]))
	le.PutUint32(base[baseRoot:], uint32(h.root))
	le.PutUint32(base[baseLength:], h.stable.size())
	sealBase(base)
	le.PutUint64(h.stable.at(0)[binTime:], le.Uint64(base[baseTime:]))
	n, err := w.Write(base)
	total := int64(n)
	for i := 0; i < len(h.stable.bins) && err == nil; i++ {
		n, err = w.Write(h.stable.bins[i].b)
		total += int64(n)
	}
	return total, err
}
