package fastfat

import (
	"gont/io"
	"gont/io/oplock"
	"gont/nt"
)

// lockControl serves LockControl: ByteOffset and Argument, a *int64, are the range.
func (v *volume) lockControl(irp *io.IRP) nt.Status {
	l, c := irp.Location(), of(irp)
	length, ok := l.Argument.(*int64)
	if c == nil || c.fcb == nil || c.fcb.node.IsDirectory() || !ok {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	if s := c.enterFor(irp, false, oplock.Lock); !s.OK() {
		return done(irp, s, 0)
	}
	defer c.leave()
	locks, who, at, n := &c.fcb.locks, owner(irp), uint64(l.ByteOffset), uint64(*length)
	switch l.Minor {
	case io.UnlockRange:
		return done(irp, locks.Unlock(at, n, who), 0)
	case io.UnlockAllRanges:
		locks.UnlockAll(who.File, who.Process)
		return done(irp, nt.StatusSuccess, 0)
	case io.LockRange:
	default:
		return done(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	exclusive := l.Flags&io.ExclusiveLock != 0
	s := locks.Lock(at, n, exclusive, who, nil)
	if s != nt.StatusLockNotGranted || l.Flags&io.FailImmediately != 0 {
		return done(irp, s, 0)
	}
	p := io.Park(irp, func() { locks.Forget(at, n, who) })
	if p == nil {
		return nt.StatusPending
	}
	tell := func(s nt.Status) {
		if !p.Finish(func(*io.IRP) io.IoStatus { return io.IoStatus{Status: s} }) && s.OK() {
			locks.Unlock(at, n, who) // granted to nobody
		}
	}
	if s := locks.Lock(at, n, exclusive, who, tell); s != nt.StatusPending {
		tell(s)
	}
	return nt.StatusPending
}
