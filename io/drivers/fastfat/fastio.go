package fastfat

import (
	"gont/cc"
	"gont/io"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// Reads and writes that need no request (FAST_IO_DISPATCH): of files that are cached, within
// their size, that nobody else is writing at the moment and in which no bytes are locked, and of which nobody has asked for an oplock.
// All else goes the long way.

// fast takes a file for such a transfer; nil when there has to be a request. The caller releases the
// file's resource, and until then calls no dispatch point, or enters a critical region before.
func fast(f *io.File, length uint32, at int64, write bool) (c *ccb, m *cc.Map) {
	c, _ = f.Context2.(*ccb)
	if c == nil || c.fcb == nil || length == 0 || at < 0 || f.Options.Load()&(nt.FileNoIntermediateBuffering|nt.FileWriteThrough) != 0 {
		return nil, nil
	}
	x := c.fcb
	m = x.cache.Load()
	if m == nil {
		return nil, nil
	}
	taken := false
	if write {
		taken = x.resource.AcquireExclusive(false)
	} else {
		taken = x.resource.AcquireShared(false)
	}
	if taken && !c.cleaned && !x.locks.Any() && x.oplocks.Load() == nil && x.cache.Load() == m && uint64(at) < m.Size() {
		return c, m
	}
	if taken {
		x.resource.Release()
	}
	return nil, nil
}

// readAhead is what a read may look at: of a synchronous file, whose transfers come one after the
// other.
func (c *ccb) readAhead(f *io.File) *cc.ReadAhead {
	if f.Synchronous() {
		return &c.ahead
	}
	return nil
}

// fastRead is Read without a request. Where the pages are there, the file's and the program's, nobody
// waits, so that no critical region is needed.
func fastRead(f *io.File, t *ps.Thread, buffer uint64, length uint32, at int64) (io.IoStatus, bool) {
	c, m := fast(f, length, at, false)
	if m == nil {
		return io.IoStatus{}, false
	}
	size := m.Size()
	want := int(min(uint64(length), size-uint64(at)))
	s := nt.Status(nt.StatusSuccess)
	n := m.ReadNow(t, uint64(at), want, buffer)
	if n < want && !f.Synchronous() { // a request need not wait
		c.fcb.resource.Release()
		return io.IoStatus{}, false
	}
	if n < want {
		var more int
		ke.EnterCriticalRegion()
		more, s = m.ReadUser(t, uint64(at)+uint64(n), want-n, buffer+uint64(n))
		c.fcb.resource.Release()
		ke.LeaveCriticalRegion()
		n += more
	} else {
		c.fcb.resource.Release()
	}
	if f.Synchronous() {
		f.Advance(at + int64(n))
		if s.OK() {
			m.Follow(&c.ahead, uint64(at), uint64(n))
		}
	}
	return io.IoStatus{Status: s, Information: uint64(n)}, true
}

// fastWrite is Write without a request: of bytes that the file has. The time of the change is
// put into the entry when the handle goes, or somebody asks (settleTimes).
func fastWrite(f *io.File, t *ps.Thread, buffer uint64, length uint32, at int64) (io.IoStatus, bool) {
	c, m := fast(f, length, at, true)
	if m == nil {
		return io.IoStatus{}, false
	}
	v, x := c.fcb.volume, c.fcb
	if uint64(at)+uint64(length) > m.Size() || v.notify.Watched() || f.Access&nt.FileWriteData == 0 || !m.Area.ForgetImage() {
		x.resource.Release()
		return io.IoStatus{}, false
	}
	s := nt.Status(nt.StatusSuccess)
	n := m.WriteNow(t, uint64(at), int(length), buffer)
	if n < int(length) && !f.Synchronous() { // it writes all of it again
		x.modified.Store(true)
		x.resource.Release()
		return io.IoStatus{}, false
	}
	if n < int(length) {
		var more int
		ke.EnterCriticalRegion()
		more, s = m.WriteUser(t, uint64(at)+uint64(n), int(length)-n, buffer+uint64(n))
		x.modified.Store(true)
		x.resource.Release()
		ke.LeaveCriticalRegion()
		n += more
	} else {
		x.modified.Store(true)
		x.resource.Release()
	}
	if f.Synchronous() {
		f.Advance(at + int64(n))
	}
	return io.IoStatus{Status: s, Information: uint64(n)}, true
}

// settleTimes notes the time of writes that made no request. The resource is held.
func (x *fcb) settleTimes() {
	if x.modified.Load() && x.modified.Swap(false) {
		x.node.Extend(0)
	}
}
