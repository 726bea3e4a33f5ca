package cc

import (
	"unsafe"

	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// ReadUser is Read into a program's memory at va, which may not be there: STATUS_ACCESS_VIOLATION and
// the like. For who makes no request. PASSIVE_LEVEL, no locks of mm's or cc's; t is the
// current thread.
func (m *Map) ReadUser(t *ps.Thread, offset uint64, n int, va uint64, r *ReadAhead) (done int, s nt.Status) {
	Counts.Reads.Add(1)
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
	if r != nil {
		if at, ahead := r.Read(offset, uint64(n), m.Size()); ahead > 0 {
			m.readAhead(at, ahead)
		}
	}
	return done, nt.StatusSuccess
}

// WriteUser is Write from a program's memory at va. Of a page whose bytes cannot be fetched as many are
// written as could be.
func (m *Map) WriteUser(t *ps.Thread, offset uint64, n int, va uint64) (done int, s nt.Status) {
	Counts.Writes.Add(1)
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
