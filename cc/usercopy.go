package cc

import (
	"unsafe"

	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// ReadNow copies to a program's memory at va what can be copied of n bytes from offset on without
// waiting: it ends at the first page that is not there, the file's or the program's. It returns how many bytes were
// copied. The caller has cut n at the file's end. It calls no dispatch point. IRQL: PASSIVE_LEVEL, no locks of mm's
// or cc's; t is the current thread.
func (m *Map) ReadNow(t *ps.Thread, offset uint64, n int, va uint64) (done int) {
	Counts.FastReads.Add(1)
	for done < n {
		at := offset + uint64(done)
		p, ok := m.Area.Pin(int(at / mm.PageSize))
		if !ok {
			break
		}
		k := min(int(mm.PageSize-at%mm.PageSize), n-done)
		left := ps.TryCopyTo(t, va+uint64(done), unsafe.Pointer(&mm.Frame(p.Frame)[at%mm.PageSize]), uint64(k))
		p.Unpin()
		done += k - int(left)
		if left != 0 {
			break
		}
	}
	return done
}

// WriteNow is ReadNow's other direction. What it has copied it does not undo. It leaves all to WriteUser
// when so many pages are dirty that some have to be written first.
func (m *Map) WriteNow(t *ps.Thread, offset uint64, n int, va uint64) (done int) {
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
		k := min(int(mm.PageSize-at%mm.PageSize), n-done)
		left := ps.TryCopyFrom(t, unsafe.Pointer(&mm.Frame(p.Frame)[at%mm.PageSize]), va+uint64(done), uint64(k))
		p.MarkDirty()
		p.Unpin()
		done += k - int(left)
		if left != 0 {
			break
		}
	}
	return done
}

// Follow is for who has read n bytes at offset through a file object that r is of: pages that it is going to want are
// read, by another thread, where they are not in memory. IRQL: PASSIVE_LEVEL, no locks.
func (m *Map) Follow(r *ReadAhead, offset, n uint64) {
	size := m.Size()
	if r.enough(offset, n, size) {
		return
	}
	if at, ahead := r.Read(offset, n, size); ahead > 0 && !m.readAhead(at, ahead) {
		r.ahead = at // the next read asks for it
	}
}

// ReadUser is Read into a program's memory at va, which may not be there: STATUS_ACCESS_VIOLATION and
// the like. For who makes no request. PASSIVE_LEVEL, no locks of mm's or cc's; t is the
// current thread.
func (m *Map) ReadUser(t *ps.Thread, offset uint64, n int, va uint64) (done int, s nt.Status) {
	m.countMiss(offset, uint64(n))
	for done < n {
		at := offset + uint64(done)
		rest := (uint64(n-done) + at%mm.PageSize + mm.PageSize - 1) / mm.PageSize
		frame, s := m.Area.Hold(int(at/mm.PageSize), int(min(rest, requestPages))-1, false)
		if !s.OK() {
			return done, s
		}
		k := min(int(mm.PageSize-at%mm.PageSize), n-done)
		s = ps.CopyTo(t, va+uint64(done), unsafe.Pointer(&mm.Frame(frame)[at%mm.PageSize]), uint64(k))
		m.Area.Release(frame, false)
		if !s.OK() {
			return done, s
		}
		done += k
	}
	return done, nt.StatusSuccess
}

// WriteUser is Write from a program's memory at va. Of a page whose bytes cannot be fetched as many are
// written as could be.
func (m *Map) WriteUser(t *ps.Thread, offset uint64, n int, va uint64) (done int, s nt.Status) {
	m.throttle()
	for done < n {
		at := offset + uint64(done)
		// What the page has stays when the program's memory cannot be read: it is not made fresh.
		frame, s := m.Area.Hold(int(at/mm.PageSize), 0, false)
		if !s.OK() {
			return done, s
		}
		k := min(int(mm.PageSize-at%mm.PageSize), n-done)
		s = ps.CopyFrom(t, unsafe.Pointer(&mm.Frame(frame)[at%mm.PageSize]), va+uint64(done), uint64(k))
		m.Area.Release(frame, true)
		if !s.OK() {
			return done, s
		}
		done += k
	}
	return done, nt.StatusSuccess
}
