package file

import (
	"gont/io"
	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// byteRange reads the offset and the length of a range.
func byteRange(c *svc.Call, offsetAt, lengthAt uint64) (offset, length int64, s nt.Status) {
	if s = svc.Get(c.Thread, offsetAt, &offset); s.OK() {
		s = svc.Get(c.Thread, lengthAt, &length)
	}
	return offset, length, s
}

// lockRights: who may read or write a file may lock ranges of it.
const lockRights = nt.FileReadData | nt.FileWriteData

// NtLockFile(handle, event, apcRoutine, apcContext, *iosb, *offset, *length, key,
// failImmediately, exclusive)
func NtLockFile(c *svc.Call) nt.Status {
	o, f, s := target(c, lockRights)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	offset, length, s := byteRange(c, c.Arg(6), c.Arg(7))
	if !s.OK() {
		return s
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	flags := uint8(0)
	if c.Bool(9) {
		flags |= io.FailImmediately
	}
	if c.Bool(10) {
		flags |= io.ExclusiveLock
	}
	r := io.Request{Thread: c.Thread, ApcRoutine: c.Arg(3), ApcContext: c.Arg(4), Iosb: c.Arg(5)}
	if s := capture(c, &r); !s.OK() {
		return s
	}
	return f.Lock(&r, offset, length, c.Uint32(8), flags)
}

// NtUnlockFile(handle, *iosb, *offset, *length, key)
func NtUnlockFile(c *svc.Call) nt.Status {
	o, f, s := target(c, lockRights)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	offset, length, s := byteRange(c, c.Arg(3), c.Arg(4))
	if !s.OK() {
		return s
	}
	if s := probeIosb(c.Thread, c.Arg(2)); !s.OK() {
		return s
	}
	return f.Unlock(&io.Request{Thread: c.Thread, Iosb: c.Arg(2)}, offset, length, c.Uint32(5))
}
