package fastfat

import (
	"gont/fsrtl"
	"gont/io"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

// bounce is the most bytes that go to fs/fat in one piece.
const bounce = 64 << 10

var tag = mm.Tag{'F', 'a', 't', 'B'}

// bufferOf is where a request's data are: a program's pages, or a buffer of the kernel's.
func bufferOf(irp *io.IRP) storage.Buffer {
	if irp.Mdl != nil {
		return irp.Mdl
	}
	b, _ := irp.Location().Argument.(storage.Buffer)
	return b
}

// owner is whose locks a request respects.
func owner(irp *io.IRP) fsrtl.LockOwner {
	l := irp.Location()
	o := fsrtl.LockOwner{File: l.File, Key: l.Key}
	if irp.Thread != nil {
		o.Process = irp.Thread.Process
	}
	return o
}

// pieces calls f for the bytes of a buffer, up to bounce at a time. Those that lie in one piece
// are the buffer's own, others go by a copy: in says that f reads them, else f fills them. It
// returns how many bytes were moved when f said that there are no more.
func pieces(b storage.Buffer, length int, in bool, f func(p []byte, at int) (int, error)) (done int, s nt.Status) {
	var block []byte
	defer func() {
		if block != nil {
			mm.FreePool(block, tag)
		}
	}()
	for done < length {
		want := min(length-done, bounce)
		p := b.Piece(done)
		if len(p) == 0 {
			return done, nt.StatusInvalidParameter
		}
		own := len(p) < want
		if own {
			if block == nil {
				if block = mm.AllocatePool(mm.NonPagedPool, want, tag); block == nil {
					return done, nt.StatusInsufficientResources
				}
			}
			p = block[:want]
			if in {
				gather(p, b, done)
			}
		}
		n, err := f(p[:want], done)
		if own && !in {
			scatter(p[:n], b, done)
		}
		done += n
		if err != nil || n < want {
			return done, status(err)
		}
	}
	return done, nt.StatusSuccess
}

// gather and scatter copy between p and the buffer from at on.
func gather(p []byte, b storage.Buffer, at int) {
	for n := 0; n < len(p); {
		n += copy(p[n:], b.Piece(at+n))
	}
}

func scatter(p []byte, b storage.Buffer, at int) {
	for n := 0; n < len(p); {
		n += copy(b.Piece(at+n), p[n:])
	}
}

// read serves Read.
func (v *volume) read(irp *io.IRP) nt.Status {
	l, c := irp.Location(), of(irp)
	switch {
	case c == nil:
		return done(irp, nt.StatusInvalidDeviceRequest, 0)
	case c.fcb == nil:
		return v.transferVolume(irp)
	}
	if s := c.enter(false); !s.OK() {
		return done(irp, s, 0)
	}
	n, s := c.fcb.read(irp)
	c.leave()
	if s.OK() && !irp.PagingIo && l.File.Synchronous() {
		l.File.Advance(l.ByteOffset + int64(n))
	}
	return done(irp, s, uint64(n))
}

func (x *fcb) read(irp *io.IRP) (int, nt.Status) {
	l, b := irp.Location(), bufferOf(irp)
	switch {
	case x.node.IsDirectory():
		return 0, nt.StatusInvalidDeviceRequest
	case l.Length == 0:
		return 0, nt.StatusSuccess
	case b == nil || b.Len() < int(l.Length) || l.ByteOffset < 0:
		return 0, nt.StatusInvalidParameter
	case !irp.PagingIo && !x.locks.CheckRead(uint64(l.ByteOffset), uint64(l.Length), owner(irp)):
		return 0, nt.StatusFileLockConflict
	}
	n, s := pieces(b, int(l.Length), false, func(p []byte, at int) (int, error) {
		n, err := x.node.ReadAt(p, uint64(l.ByteOffset)+uint64(at))
		if err != nil && at > 0 && status(err) == nt.StatusEndOfFile {
			err = nil
		}
		return n, err
	})
	if !s.OK() {
		n = 0
	}
	return n, s
}

// write serves Write.
func (v *volume) write(irp *io.IRP) nt.Status {
	l, c := irp.Location(), of(irp)
	switch {
	case c == nil:
		return done(irp, nt.StatusInvalidDeviceRequest, 0)
	case c.fcb == nil:
		return v.transferVolume(irp)
	}
	if s := c.enter(true); !s.OK() {
		return done(irp, s, 0)
	}
	n, end, s := c.fcb.write(irp)
	c.leave()
	if n > 0 || s.OK() {
		v.lazy.note()
	}
	f := l.File
	if s.OK() && f.Options.Load()&nt.FileWriteThrough != 0 || l.Flags&io.WriteThrough != 0 && s.OK() {
		s = status(v.fs.Flush())
	}
	if !s.OK() {
		return done(irp, s, 0)
	}
	if !irp.PagingIo {
		if f.Synchronous() {
			f.Advance(int64(end))
		}
		if n > 0 {
			v.report(c.fcb.node, nt.FileNotifyChangeLastWrite|nt.FileNotifyChangeSize, fsrtl.ActionModified)
		}
	}
	return done(irp, s, uint64(n))
}

// write returns how many bytes were written, and where they end. resource is held exclusively,
// so the file's size does not change meanwhile.
func (x *fcb) write(irp *io.IRP) (n int, end uint64, s nt.Status) {
	l, b := irp.Location(), bufferOf(irp)
	if x.node.IsDirectory() {
		return 0, 0, nt.StatusInvalidDeviceRequest
	}
	i, err := x.node.Info()
	if err != nil {
		return 0, 0, status(err)
	}
	at, length := uint64(l.ByteOffset), int(l.Length)
	appends := l.File.Access&(nt.FileWriteData|nt.FileAppendData) == nt.FileAppendData
	switch {
	case l.ByteOffset == nt.FileWriteToEndOfFile || appends:
		at = i.Size
	case l.ByteOffset < 0:
		return 0, 0, nt.StatusInvalidParameter
	}
	switch {
	case length == 0:
		return 0, at, nt.StatusSuccess
	case b == nil || b.Len() < length:
		return 0, 0, nt.StatusInvalidParameter
	case irp.PagingIo && at >= i.Size:
		return length, at, nt.StatusSuccess // behind the end of a page that the end lies in
	case irp.PagingIo:
		length = int(min(uint64(length), i.Size-at))
	case !x.locks.CheckWrite(at, uint64(length), owner(irp)):
		return 0, 0, nt.StatusFileLockConflict
	}
	end = at + uint64(length)
	// All clusters come first, so that a volume that is full is not half written to.
	grows := end > i.Size && length > bounce
	if grows {
		if err := x.node.SetSize(end); err != nil {
			return 0, 0, status(err)
		}
	}
	n, s = pieces(b, length, true, func(p []byte, o int) (int, error) {
		if err := x.node.WriteAt(p, at+uint64(o)); err != nil {
			return 0, err
		}
		return len(p), nil
	})
	if !s.OK() && grows {
		x.node.SetSize(max(i.Size, at+uint64(n)))
	}
	if s.OK() && irp.PagingIo {
		n = int(l.Length)
	}
	return n, end, s
}

// transferVolume reads or writes sectors of the volume itself, writes for who has locked or
// dismounted it. What the file system has in memory is written before, and read anew when the
// lock goes.
func (v *volume) transferVolume(irp *io.IRP) nt.Status {
	l := irp.Location()
	write := l.Major == io.Write
	v.opens.Lock()
	gone, mine := v.gone, v.locked == l.File
	v.written = v.written || write && mine
	v.opens.Unlock()
	switch {
	case write && !gone && !mine:
		return done(irp, nt.StatusAccessDenied, 0)
	case !gone && !mine:
		if err := v.fs.Flush(); err != nil {
			return done(irp, status(err), 0)
		}
	}
	return v.pass(irp)
}

// flushFile serves FlushBuffers: everything of the volume is written, which is more than was
// asked for.
func (v *volume) flushFile(irp *io.IRP) nt.Status { return done(irp, status(v.fs.Flush()), 0) }
