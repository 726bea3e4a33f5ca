package regf

// logFile is a log as it was read.
type logFile struct {
	index   int // 0 for the first log
	b       []byte
	kind    uint32
	first   uint32 // sequence number of the base block
	entries []logEntry
	end     int // where the next entry would begin
}

// logEntry is one entry "HvLE" whose hashes are right.
type logEntry struct {
	seq, length, flags uint32
	pages              int
	b                  []byte
}

// Fields of an entry.
const (
	entrySizeField = 4
	entryFlags     = 8
	entrySeq       = 12
	entryLength    = 16
	entryPages     = 20
	entryHash1     = 24
	entryHash2     = 32
	entryRefs      = 40
)

// readLog reads a log; nil if it holds nothing that can be applied.
func readLog(b []byte, index int) *logFile {
	if !soundBase(b) || checkBase(b) != "" || le.Uint32(b[baseSeq1:]) != le.Uint32(b[baseSeq2:]) {
		return nil
	}
	l := &logFile{index: index, b: b, kind: le.Uint32(b[baseType:]), first: le.Uint32(b[baseSeq1:]), end: sectorSize}
	switch l.kind {
	case typeLog, typeLogVeryOld:
		return l
	case typeLogEntries:
	default:
		return nil
	}
	for seq := l.first; ; seq++ {
		e, ok := readEntry(b[l.end:], seq)
		if !ok {
			return l
		}
		l.entries = append(l.entries, e)
		l.end += len(e.b)
	}
}

// readEntry reads the entry at the beginning of b if it has the sequence
// number and is whole.
func readEntry(b []byte, seq uint32) (e logEntry, ok bool) {
	if len(b) < sectorSize || string(b[:4]) != "HvLE" || le.Uint32(b[entrySeq:]) != seq {
		return e, false
	}
	size := le.Uint32(b[entrySizeField:])
	if size < sectorSize || size%sectorSize != 0 || size > uint32(len(b)) {
		return e, false
	}
	b = b[:size:size]
	if !soundHashes(b, marvinSeed) && !soundHashes(b, marvinSwapped) {
		return e, false
	}
	e = logEntry{seq, le.Uint32(b[entryLength:]), le.Uint32(b[entryFlags:]), int(le.Uint32(b[entryPages:])), b}
	if e.length == 0 || e.length%pageSize != 0 || e.length > maxBins || e.pages < 0 || e.pages > (len(b)-entryRefs)/8 {
		return e, false
	}
	at := uint64(entryRefs + 8*e.pages)
	for i := range e.pages {
		off, n := e.page(i)
		if off%sectorSize != 0 || n%sectorSize != 0 || n == 0 || uint64(off)+uint64(n) > uint64(e.length) {
			return e, false
		}
		at += uint64(n)
	}
	return e, at <= uint64(size)
}

func soundHashes(b []byte, seed uint64) bool {
	return le.Uint64(b[entryHash2:]) == marvin32(seed, b[:entryHash2]) &&
		le.Uint64(b[entryHash1:]) == marvin32(seed, b[entryRefs:])
}

// page returns where page i belongs, an offset from the first bin, and its
// size.
func (e *logEntry) page(i int) (off, n uint32) {
	ref := e.b[entryRefs+8*i:]
	return le.Uint32(ref), le.Uint32(ref[4:])
}
