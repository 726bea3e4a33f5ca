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

// fast takes a file for such a transfer; nil when there has to be a request.
func fast(f *io.File, length uint32, at int64, write bool) (c *ccb, m *cc.Map) {
	c, _ = f.Context2.(*ccb)
	if c == nil || c.fcb == nil || length == 0 || at < 0 || f.Options.Load()&(nt.FileNoIntermediateBuffering|nt.FileWriteThrough) != 0 {
		return nil, nil
	}
	x := c.fcb
	m = x.cache.Load()
	if m == nil || x.locks.Any() {
		return nil, nil
	}
	ke.EnterCriticalRegion()
	taken := false
	if write {
		taken = x.resource.AcquireExclusive(false)
	} else {
		taken = x.resource.AcquireShared(false)
	}
	if taken && !c.cleaned && x.oplocks.Load() == nil && x.cache.Load() == m && uint64(at) < m.Size() {
		return c, m
	}
	if taken {
		x.resource.Release()
	}
	ke.LeaveCriticalRegion()
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

// end is fast's end.
func (c *ccb) end() {
	c.fcb.resource.Release()
	ke.LeaveCriticalRegion()
}

// fastRead is Read without a request.
func fastRead(f *io.File, buffer uint64, length uint32, at int64) (io.IoStatus, bool) {
	c, m := fast(f, length, at, false)
	if m == nil {
		return io.IoStatus{}, false
	}
	n, s := m.ReadUser(ps.Current(), uint64(at), int(min(uint64(length), m.Size()-uint64(at))), buffer, c.readAhead(f))
	c.end()
	if f.Synchronous() {
		f.Advance(at + int64(n))
	}
	return io.IoStatus{Status: s, Information: uint64(n)}, true
}

// fastWrite is Write without a request: of bytes that the file has. The time of the change is
// put into the entry when the handle goes, or somebody asks (settleTimes).
func fastWrite(f *io.File, buffer uint64, length uint32, at int64) (io.IoStatus, bool) {
	c, m := fast(f, length, at, true)
	if m == nil {
		return io.IoStatus{}, false
	}
	v, x := c.fcb.volume, c.fcb
	if uint64(at)+uint64(length) > m.Size() || v.notify.Watched() || f.Access&nt.FileWriteData == 0 || !m.Area.ForgetImage() {
		c.end()
		return io.IoStatus{}, false
	}
	n, s := m.WriteUser(ps.Current(), uint64(at), int(length), buffer)
	x.modified.Store(true)
	c.end()
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
