package fastfat

import (
	"gont/cc"
	"gont/fsrtl"
	"gont/io"
	"gont/io/oplock"
	"gont/io/storage"
	"gont/nt"
)

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

// read serves Read.
func (v *volume) read(irp *io.IRP) nt.Status {
	switch c := of(irp); {
	case c == nil:
		return done(irp, nt.StatusInvalidDeviceRequest, 0)
	case c.fcb == nil:
		return v.transferVolume(irp)
	case !io.IsOperationSynchronous(irp):
		return v.readOverlapped(irp, c)
	}
	return v.readFile(irp)
}

// transfer serves a Read or Write of a file, and waits for what that takes.
func (v *volume) transfer(irp *io.IRP) nt.Status {
	if irp.Location().Major == io.Read {
		return v.readFile(irp)
	}
	return v.writeFile(irp)
}

// refused ends a request for which the file could not be entered. One that was posted and meets its handle's end has not begun: it
// is cancelled.
func refused(irp *io.IRP, s nt.Status) nt.Status {
	if s == nt.StatusFileClosed && !io.IsOperationSynchronous(irp) {
		s = nt.StatusCancelled
	}
	return done(irp, s, 0)
}

func (v *volume) readFile(irp *io.IRP) nt.Status {
	l, c := irp.Location(), of(irp)
	if s := c.enterFor(irp, false, oplock.Read); !s.OK() {
		return refused(irp, s)
	}
	n, s := c.fcb.read(irp, c.readAhead(l.File))
	c.leave()
	if s.OK() && !irp.PagingIo && l.File.Synchronous() {
		l.File.Advance(l.ByteOffset + int64(n))
	}
	return done(irp, s, uint64(n))
}

// checkRead returns how many bytes a read is about, 0 where it ends with the status. resource is held.
func (x *fcb) checkRead(irp *io.IRP) (m *cc.Map, n int, s nt.Status) {
	l, b := irp.Location(), bufferOf(irp)
	switch {
	case x.node.IsDirectory():
		return nil, 0, nt.StatusInvalidDeviceRequest
	case l.Length == 0:
		return nil, 0, nt.StatusSuccess
	case b == nil || b.Len() < int(l.Length) || l.ByteOffset < 0:
		return nil, 0, nt.StatusInvalidParameter
	case !irp.PagingIo && !x.locks.CheckRead(uint64(l.ByteOffset), uint64(l.Length), owner(irp)):
		return nil, 0, nt.StatusFileLockConflict
	}
	m, at := x.cached(), uint64(l.ByteOffset)
	size := m.Size()
	if at >= size {
		return m, 0, nt.StatusEndOfFile
	}
	return m, int(min(uint64(l.Length), size-at)), nt.StatusSuccess
}

func (x *fcb) read(irp *io.IRP, ahead *cc.ReadAhead) (int, nt.Status) {
	m, n, s := x.checkRead(irp)
	if n == 0 {
		return 0, s
	}
	l, b := irp.Location(), bufferOf(irp)
	at := uint64(l.ByteOffset)
	if l.File.Options.Load()&nt.FileNoIntermediateBuffering != 0 && !irp.PagingIo {
		if n, s, ok := x.readUncached(m, at, int(l.Length), b); ok {
			return n, s
		}
	}
	if n, s = m.Read(at, n, b, ahead); !s.OK() {
		n = 0
	}
	return n, s
}

// write serves Write.
func (v *volume) write(irp *io.IRP) nt.Status {
	switch c := of(irp); {
	case c == nil:
		return done(irp, nt.StatusInvalidDeviceRequest, 0)
	case c.fcb == nil:
		return v.transferVolume(irp)
	case !io.IsOperationSynchronous(irp):
		return v.writeOverlapped(irp, c)
	}
	return v.writeFile(irp)
}

func (v *volume) writeFile(irp *io.IRP) nt.Status {
	l, c := irp.Location(), of(irp)
	if s := c.enterFor(irp, true, oplock.Write); !s.OK() {
		return refused(irp, s)
	}
	f := l.File
	n, end, s := c.fcb.write(irp)
	through := f.Options.Load()&nt.FileWriteThrough != 0 || l.Flags&io.WriteThrough != 0
	wrote := n > 0 || s.OK()
	if s.OK() && n > 0 && (through || f.Options.Load()&nt.FileNoIntermediateBuffering != 0) {
		s = c.fcb.cached().Flush(end-uint64(n), uint64(n))
	}
	c.leave()
	if wrote {
		v.lazy.note()
	}
	if s.OK() && n > 0 && through {
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
	m := x.cached()
	if !m.Area.ForgetImage() {
		return 0, 0, nt.StatusSharingViolation
	}
	end = at + uint64(length)
	// All clusters come first, so that a volume that is full is not half written to.
	if s = x.grow(m, end); !s.OK() {
		return 0, 0, s
	}
	if l.File.Options.Load()&nt.FileNoIntermediateBuffering != 0 && !irp.PagingIo {
		if s, ok := x.writeUncached(m, at, length, b); ok {
			if s.OK() {
				n = length
			}
			return n, end, s
		}
	}
	if n, s = m.Write(at, length, b); !s.OK() && end > i.Size {
		x.setSize(max(i.Size, at+uint64(n)))
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
		if s := v.flush(); !s.OK() {
			return done(irp, s, 0)
		}
	}
	return v.pass(irp)
}

// flushFile serves FlushBuffers: everything of the volume is written, which is more than was
// asked for.
func (v *volume) flushFile(irp *io.IRP) nt.Status { return done(irp, v.flush(), 0) }
