package regf

import (
	"fmt"
	"io"
)

// File is a file of a hive.
type File interface {
	// WriteAt writes all of p at off, or returns an error. A file grows.
	WriteAt(p []byte, off int64) (int, error)
	// Sync returns when all that was written has reached the disk.
	Sync() error
}

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
	dirty     bool // the hive's file may be between two states, and a log is needed
	current   int  // the log that was written last
	end       int64
	seq       uint32 // the last number in the logs
	append    bool   // entries may be put at end
	recovered []extent
}

// from notes that a log is needed until the hive's file is whole.
func (l *logState) from(f *logFile) {
	l.dirty, l.current = true, f.index
	l.append, l.end = f.kind == typeLogEntries, int64(f.end)
}

// markRecovered makes the pages that came from a log part of the next flush.
func (l *logState) markRecovered(h *Hive) {
	l.seq = le.Uint32(h.base[baseSeq1:])
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
	first := h.stable.at(0)
	le.PutUint64(first[binTime:], now)
	h.stable.mark(0, binHeader)
	pages := h.dirtyPages()
	before := h.base
	b := h.base[:]
	le.PutUint64(b[baseTime:], now)
	le.PutUint32(b[baseMinor:], max(5, le.Uint32(b[baseMinor:])))
	le.PutUint32(b[baseLength:], h.stable.size())
	le.PutUint32(b[baseRoot:], uint32(h.root))
	if f.Log1 != nil || f.Log2 != nil {
		if err := h.writeLogs(f, pages); err != nil {
			h.base = before
			return err
		}
	} else {
		h.log.seq++
	}
	h.log.dirty = true
	if err := h.writePrimary(f.Primary, pages); err != nil {
		return fmt.Errorf("hive: %w", err)
	}
	h.log.dirty = false
	clear(h.stable.dirty)
	return nil
}

// writePrimary marks the file as dirty, writes the pages, and marks it as
// whole.
func (h *Hive) writePrimary(f File, pages []uint32) error {
	b := h.base[:]
	le.PutUint32(b[baseType:], typePrimary)
	le.PutUint32(b[baseSeq1:], h.log.seq)
	if le.Uint32(b[baseSeq2:]) == h.log.seq {
		le.PutUint32(b[baseSeq2:], h.log.seq-1)
	}
	// A dirty base block is that of the state before, but for the first
	// number; only a reader without logs would look at the rest.
	sealBase(b)
	if err := writeSync(f, b, 0); err != nil {
		return err
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
	logs := [2]File{f.Log1, f.Log2}
	seq := h.log.seq + 1
	other := 1 - h.log.current
	try := func(i int, appending bool) error {
		if logs[i] == nil {
			return fmt.Errorf("log %d is missing", i+1)
		}
		n, err := h.writeLog(logs[i], pages, seq, appending)
		if err != nil {
			return fmt.Errorf("log %d: %w", i+1, err)
		}
		if i != h.log.current || !appending {
			h.log.end = sectorSize
		}
		h.log.current, h.log.append, h.log.seq = i, true, seq
		h.log.end += n
		return nil
	}
	if !h.log.dirty {
		err := try(other, false)
		if err != nil && try(h.log.current, false) == nil {
			return nil
		}
		return err
	}
	var err error
	if h.log.append {
		if err = try(h.log.current, true); err == nil {
			return nil
		}
	}
	if logs[other] == nil && !h.log.append {
		// One log, of the old form, that cannot be appended to: it is written
		// over, the one case in which a cut does harm.
		return try(h.log.current, false)
	}
	if err2 := try(other, false); err == nil || err2 == nil {
		return err2
	}
	return err
}

// writeLog writes an entry with the pages, behind it a sector of zeros, so that
// no old entry follows, and then, unless it is appended, the base block that
// makes the log one with this entry. It returns the entry's size.
func (h *Hive) writeLog(f File, pages []uint32, seq uint32, appending bool) (int64, error) {
	at := int64(sectorSize)
	if appending {
		at = h.log.end
	}
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
	if err := f.Sync(); err != nil || appending {
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

// WriteTo writes the hive as a file of its own, without a log: a copy of what
// is not volatile. The file's time is that of the last flush, or of New.
func (h *Hive) WriteTo(w io.Writer) (int64, error) {
	base := make([]byte, baseSize)
	copy(base, h.base[:])
	le.PutUint32(base[baseMinor:], max(5, le.Uint32(base[baseMinor:])))
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
