package cc

import (
	"gont/mm"
	"gont/nt"
)

// requestPages is how many pages of one request are read together at most.
const requestPages = 64

// Read is CcCopyRead: n bytes of the file from offset on go to a buffer, which has room for
// them. They are there when it returns: it waits for the disk where pages are missing. r,
// if not nil, is of the file object, and lets the cache read ahead. It returns how many bytes
// were copied and why no more; the caller has cut n at the file's end. IRQL: PASSIVE_LEVEL,
// no locks of mm's or cc's.
func (m *Map) Read(offset uint64, n int, to Buffer, r *ReadAhead) (done int, s nt.Status) {
	Counts.Reads.Add(1)
	m.countMiss(offset, uint64(n))
	for done < n {
		at := offset + uint64(done)
		rest := (uint64(n-done) + at%mm.PageSize + mm.PageSize - 1) / mm.PageSize
		frame, s := m.Area.Hold(int(at/mm.PageSize), int(min(rest, requestPages))-1, false)
		if !s.OK() {
			return done, s
		}
		from := mm.Frame(frame)[at%mm.PageSize:]
		from = from[:min(len(from), n-done)]
		k := spread(to, done, from)
		m.Area.Release(frame, false)
		done += k
		if k < len(from) {
			return done, nt.StatusInvalidParameter // the buffer is shorter
		}
	}
	if r != nil {
		m.Follow(r, offset, uint64(n))
	}
	return done, nt.StatusSuccess
}

// ReadResident is Read for who may not wait (CcCopyRead without Wait): it ends at the first page that is not in memory. It returns
// how many bytes were copied. IRQL: PASSIVE_LEVEL or APC_LEVEL, no locks of mm's or cc's.
func (m *Map) ReadResident(offset uint64, n int, to Buffer) (done int) {
	Counts.Reads.Add(1)
	for done < n {
		at := offset + uint64(done)
		p, ok := m.Area.Pin(int(at / mm.PageSize))
		if !ok {
			break
		}
		from := mm.Frame(p.Frame)[at%mm.PageSize:]
		from = from[:min(len(from), n-done)]
		k := spread(to, done, from)
		p.Unpin()
		done += k
		if k < len(from) {
			break // the buffer is shorter
		}
	}
	return done
}

// WriteResident is Write for who may not wait. It ends at the first page that is not in memory, and does nothing where so many
// are dirty that some have to be written first. What it has copied it does not undo.
func (m *Map) WriteResident(offset uint64, n int, from Buffer) (done int) {
	Counts.Writes.Add(1)
	if mm.DirtyFileLimit() {
		return 0
	}
	for done < n {
		at := offset + uint64(done)
		p, ok := m.Area.Pin(int(at / mm.PageSize))
		if !ok {
			break
		}
		to := mm.Frame(p.Frame)[at%mm.PageSize:]
		to = to[:min(len(to), n-done)]
		k := gather(to, from, done)
		p.MarkDirty()
		p.Unpin()
		done += k
		if k < len(to) {
			break
		}
	}
	return done
}

// Write is CcCopyWrite: n bytes of a buffer become the file's from offset on. The caller has
// made the file as long, on the disk, too, and has called SetSize; the pages are written
// by and by. It first writes old pages, and waits for that, where too many are dirty. It returns
// how many bytes were taken and why no more. IRQL: PASSIVE_LEVEL, no locks of mm's or
// cc's.
func (m *Map) Write(offset uint64, n int, from Buffer) (done int, s nt.Status) {
	Counts.Writes.Add(1)
	m.throttle()
	for done < n {
		at := offset + uint64(done)
		whole := at%mm.PageSize == 0 && n-done >= mm.PageSize
		frame, s := m.Area.Hold(int(at/mm.PageSize), 0, whole)
		if !s.OK() {
			return done, s
		}
		to := mm.Frame(frame)[at%mm.PageSize:]
		to = to[:min(len(to), n-done)]
		k := gather(to, from, done)
		m.Area.Release(frame, k > 0)
		done += k
		if k < len(to) {
			return done, nt.StatusInvalidParameter
		}
	}
	return done, nt.StatusSuccess
}

// Zero makes n bytes from offset on zero, as Write would.
func (m *Map) Zero(offset uint64, n uint64) nt.Status {
	for n > 0 {
		k := min(n, 1<<20)
		if _, s := m.Write(offset, int(k), zeros{}); !s.OK() {
			return s
		}
		offset, n = offset+k, n-k
	}
	return nt.StatusSuccess
}

// zeros is a buffer without end.
type zeros struct{}

var zeroPage [mm.PageSize]byte

func (zeros) Piece(int) []byte { return zeroPage[:] }

// throttle is CcCanIWrite: while an eighth of the memory is dirty pages of files, who writes writes
// some of its file's to the disk first.
func (m *Map) throttle() {
	if mm.DirtyFileLimit() {
		m.Area.Flush(0, maximumPages, 256)
	}
}

// spread copies b to a buffer from offset on, gather from one to b. They return how many bytes
// there were.
func spread(to Buffer, offset int, b []byte) (n int) {
	for n < len(b) {
		k := copy(to.Piece(offset+n), b[n:])
		if k == 0 {
			break
		}
		n += k
	}
	return n
}

func gather(b []byte, from Buffer, offset int) (n int) {
	for n < len(b) {
		k := copy(b[n:], from.Piece(offset+n))
		if k == 0 {
			break
		}
		n += k
	}
	return n
}
