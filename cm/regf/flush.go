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
