package fastfat

import (
	"sync/atomic"

	"gont/cc"
	"gont/fs/fat"
	"gont/io"
	"gont/io/oplock"
	"gont/io/storage"
	"gont/nt"
)

// Reads and writes of files that are not synchronous: their callers do not wait. What is in the page cache is copied at once. A read
// past the cache goes to the disk, and the request ends when the disk's does; the file's resource stays held shared
// until then, by nobody's thread. All else is posted.

// tryFor is enterFor for who may not wait for the file: ok is false, and nothing is held, where somebody else has it. For the break of
// an oplock it waits.
func (c *ccb) tryFor(irp *io.IRP, kind oplock.Kind) (s nt.Status, ok bool) {
	// First without the file, because a posted request must not wait for a break: none that the posted one would have to wait for begins
	// later, for exclusive oplocks are for who has the only handle.
	if s := c.fcb.breakOplock(irp, kind); !s.OK() {
		return s, true
	}
	for {
		if !c.fcb.resource.AcquireShared(false) {
			return 0, false
		}
		if c.cleaned {
			c.leave()
			return nt.StatusFileClosed, true
		}
		o := c.fcb.oplocks.Load()
		if o == nil {
			return nt.StatusSuccess, true
		}
		b := o.check(oplock.Operation{Kind: kind, Owner: irp.Location().File})
		if b.done == nil {
			apply(b.effect)
			return nt.StatusSuccess, true
		}
		c.leave()
		apply(b.effect)
		if s := b.wait(irp.Mode); !s.OK() {
			return s, true
		}
	}
}

// readOverlapped serves Read of a file that is not synchronous.
func (v *volume) readOverlapped(irp *io.IRP, c *ccb) nt.Status {
	s, ok := c.tryFor(irp, oplock.Read)
	if !ok {
		return v.post(irp)
	}
	if !s.OK() {
		return done(irp, s, 0)
	}
	x := c.fcb
	if x.cache.Load() == nil && !x.node.IsDirectory() {
		c.leave()
		return v.post(irp) // making the map may wait
	}
	m, n, s := x.checkRead(irp)
	switch l := irp.Location(); {
	case n == 0:
	case l.File.Options.Load()&nt.FileNoIntermediateBuffering != 0:
		if x.sendRead(irp, m) {
			return nt.StatusPending
		}
		ok = false
	default:
		ok = m.ReadResident(uint64(l.ByteOffset), n, bufferOf(irp)) == n
	}
	c.leave()
	if !ok {
		return v.post(irp)
	}
	return done(irp, s, uint64(n))
}

// mostRuns is how many requests to the disk an overlapped one is cut into; one that would be more is posted.
const mostRuns = 16

// sendRead sends a read past the cache to the disk, where that can be done without waiting: true says that the request is pending, and
// that resource, which the caller holds shared, is released at its end. The request begins before the file's end.
func (x *fcb) sendRead(irp *io.IRP, m *cc.Map) bool {
	v, l := x.volume, irp.Location()
	if !m.Area.Written() {
		return false // the disk may have older bytes
	}
	at, length := uint64(l.ByteOffset), uint64(l.Length)
	runs, _, ok := x.node.StoredNow(at, length)
	if !ok || len(runs) == 0 || len(runs) > mostRuns || at+length < end(runs) || !v.begins() {
		return false
	}
	io.MarkPending(irp)
	if len(runs) == 1 {
		irp.CopyLocationToNext()
		n := irp.NextLocation()
		n.Flags, n.ByteOffset, n.Length = 0, v.onDisk(runs[0]), uint32(runs[0].Length)
		irp.SetCompletionRoutine(readEnded, x, true, true, true)
		io.CallDriver(v.target, irp)
		return true
	}
	p := &parts{x: x, irp: irp}
	p.left.Store(int32(len(runs)))
	b := bufferOf(irp)
	for _, r := range runs {
		o := io.AllocateIrp(v.target.StackSize)
		n := o.NextLocation()
		n.Major, n.Length, n.ByteOffset = io.Read, uint32(r.Length), v.onDisk(r)
		n.Argument = &part{b, int(r.Offset - at), int(r.Length)}
		o.SetCompletionRoutine(partEnded, p, true, true, true)
		io.CallDriver(v.target, o)
	}
	return true
}

// end is where in the file the last of some runs ends.
func end(runs []fat.Run) uint64 {
	last := runs[len(runs)-1]
	return last.Offset + last.Length
}

// onDisk is where a run begins on the disk, in bytes.
func (v *volume) onDisk(r fat.Run) int64 { return int64(r.Sector) * int64(v.fs.SectorSize()) }

// parts is a read whose bytes do not lie behind each other on the disk.
type parts struct {
	x      *fcb
	irp    *io.IRP
	left   atomic.Int32
	failed atomic.Uint32 // the status of a part that has failed, or 0
}

// partEnded is the completion routine of a part: with the last one the request ends.
func partEnded(_ *io.Device, o *io.IRP, context any) nt.Status {
	p := context.(*parts)
	if s := o.IoStatus.Status; !s.OK() {
		p.failed.Store(uint32(s))
	}
	if p.left.Add(-1) == 0 {
		p.irp.IoStatus.Status = nt.Status(p.failed.Load())
		p.x.endRead(p.irp)
		io.CompleteRequest(p.irp, 0)
	}
	return nt.StatusMoreProcessingRequired
}

// readEnded is the completion routine of a read that lies on the disk in one piece.
func readEnded(_ *io.Device, irp *io.IRP, context any) nt.Status {
	context.(*fcb).endRead(irp)
	return nt.StatusSuccess
}

// endRead makes the request's IoStatus of the disk's status, and releases the file. DISPATCH_LEVEL or below.
func (x *fcb) endRead(irp *io.IRP) {
	l := irp.Location()
	if irp.IoStatus.Information = 0; irp.IoStatus.Status.OK() {
		n := min(uint64(l.Length), x.cache.Load().Size()-uint64(l.ByteOffset)) // the size stays while resource is held
		sector := uint64(x.volume.fs.SectorSize())
		clearPart(bufferOf(irp), int(n), int(min(uint64(l.Length), (n+sector-1)/sector*sector)))
		irp.IoStatus.Information = n
	}
	x.resource.Release()
	x.volume.ended()
}

// clearPart makes bytes of a buffer zero: the rest of a file's last sector is nobody's to see.
func clearPart(b storage.Buffer, from, to int) {
	for from < to {
		p := b.Piece(from)
		p = p[:min(len(p), to-from)]
		if len(p) == 0 {
			return
		}
		clear(p)
		from += len(p)
	}
}

// writeOverlapped serves Write of a file that is not synchronous: over bytes whose pages are in memory at once; all else is posted,
// because writes of a file go one after the other (its resource is held exclusively).
func (v *volume) writeOverlapped(irp *io.IRP, c *ccb) nt.Status {
	if s := c.fcb.breakOplock(irp, oplock.Write); !s.OK() {
		return done(irp, s, 0)
	}
	l, b := irp.Location(), bufferOf(irp)
	if b != nil && b.Len() >= int(l.Length) && l.Flags&io.WriteThrough == 0 {
		c, m := fast(l.File, l.Length, l.ByteOffset, true)
		if m != nil {
			n := writeResident(c.fcb, m, l, b)
			c.leave()
			if n == l.Length {
				return done(irp, nt.StatusSuccess, uint64(n))
			}
		}
	}
	return v.post(irp)
}

// writeResident writes to pages in memory. Fewer bytes than the request has are written again by the way that waits. resource is held exclusively.
func writeResident(x *fcb, m *cc.Map, l *io.StackLocation, b storage.Buffer) uint32 {
	if uint64(l.ByteOffset)+uint64(l.Length) > m.Size() || x.volume.notify.Watched() || l.File.Access&nt.FileWriteData == 0 || !m.Area.ForgetImage() {
		return 0
	}
	n := m.WriteResident(uint64(l.ByteOffset), int(l.Length), b)
	if n > 0 {
		x.modified.Store(true)
	}
	return uint32(n)
}
