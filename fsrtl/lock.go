package fsrtl

import (
	"slices"
	"sync/atomic"

	"gont/ke"
	"gont/nt"
)

// LockOwner says whose a lock is: file object, process, key.
type LockOwner struct {
	File    any
	Process any
	Key     uint32
}

// lockRange is FILE_LOCK_INFO; last is the range's last byte. A range of no bytes has
// last = first - 1 and meets nobody.
type lockRange struct {
	first, last uint64
	empty       bool
	exclusive   bool
	owner       LockOwner
}

func (r *lockRange) meets(o *lockRange) bool {
	return !r.empty && !o.empty && r.first <= o.last && o.first <= r.last
}

// FileLock is FILE_LOCK: the byte-range locks of one file.
type FileLock struct {
	mu      ke.FastMutex
	ranges  []lockRange
	locked  atomic.Bool // there are ranges
	waiting []*lockWait
}

type lockWait struct {
	lockRange
	done func(nt.Status)
}

// makeRange checks offset and length: STATUS_INVALID_LOCK_RANGE when the range goes beyond
// the last byte there can be.
func makeRange(offset, length uint64, exclusive bool, owner LockOwner) (lockRange, nt.Status) {
	r := lockRange{first: offset, last: offset + length - 1, empty: length == 0, exclusive: exclusive, owner: owner}
	if length > 0 && r.last < offset {
		return r, nt.StatusInvalidLockRange
	}
	return r, nt.StatusSuccess
}

// conflict reports whether r cannot be locked now. An exclusive lock meets nobody else's
// range, nor its own owner's; a shared one only no exclusive range of others.
func (l *FileLock) conflict(r *lockRange) bool {
	for i := range l.ranges {
		x := &l.ranges[i]
		if x.meets(r) && (r.exclusive || x.exclusive && x.owner != r.owner) {
			return true
		}
	}
	return false
}

// Lock is FsRtlPrivateLock: it locks length bytes from offset, or says STATUS_LOCK_NOT_GRANTED
// when that cannot be done at once. With done, it then says STATUS_PENDING, and calls done
// when the lock is there, or with STATUS_RANGE_NOT_LOCKED when the owner's file is cleaned up
// before.
func (l *FileLock) Lock(offset, length uint64, exclusive bool, owner LockOwner, done func(nt.Status)) nt.Status {
	r, s := makeRange(offset, length, exclusive, owner)
	if !s.OK() {
		return s
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.conflict(&r) {
		l.ranges = append(l.ranges, r)
		l.locked.Store(true)
		return nt.StatusSuccess
	}
	if done == nil {
		return nt.StatusLockNotGranted
	}
	l.waiting = append(l.waiting, &lockWait{r, done})
	return nt.StatusPending
}

// Unlock is FsRtlFastUnlockSingle: STATUS_RANGE_NOT_LOCKED when the owner has no lock of
// exactly this range. Of two, the exclusive one goes first.
func (l *FileLock) Unlock(offset, length uint64, owner LockOwner) nt.Status {
	r, s := makeRange(offset, length, false, owner)
	if !s.OK() {
		return s
	}
	l.mu.Lock()
	found := -1
	for i, x := range l.ranges {
		if x.first == r.first && x.last == r.last && x.empty == r.empty && x.owner == owner && (found < 0 || x.exclusive) {
			found = i
			if x.exclusive {
				break
			}
		}
	}
	if found < 0 {
		l.mu.Unlock()
		return nt.StatusRangeNotLocked
	}
	l.ranges = slices.Delete(l.ranges, found, found+1)
	l.grant()
	return nt.StatusSuccess
}

// UnlockAll is FsRtlFastUnlockAll: all of a process's locks through a file object go, and
// what it waits for there, with STATUS_RANGE_NOT_LOCKED.
func (l *FileLock) UnlockAll(file, process any) {
	l.unlockAll(func(o LockOwner) bool { return o.File == file && o.Process == process })
}

// unlockAll takes the locks and waits of those owners away.
func (l *FileLock) unlockAll(his func(LockOwner) bool) {
	l.mu.Lock()
	if len(l.ranges) == 0 { // nobody waits either
		l.mu.Unlock()
		return
	}
	l.ranges = slices.DeleteFunc(l.ranges, func(r lockRange) bool { return his(r.owner) })
	var gone []*lockWait
	l.waiting = slices.DeleteFunc(l.waiting, func(w *lockWait) bool {
		if his(w.owner) {
			gone = append(gone, w)
			return true
		}
		return false
	})
	l.grant()
	for _, w := range gone {
		w.done(nt.StatusRangeNotLocked)
	}
}

// grant locks what can be locked now of what waits, in its order, and tells. mu is held
// and released.
func (l *FileLock) grant() {
	var granted []*lockWait
	l.waiting = slices.DeleteFunc(l.waiting, func(w *lockWait) bool {
		if l.conflict(&w.lockRange) {
			return false
		}
		l.ranges = append(l.ranges, w.lockRange)
		granted = append(granted, w)
		return true
	})
	l.locked.Store(len(l.ranges) > 0)
	l.mu.Unlock()
	for _, w := range granted {
		w.done(nt.StatusSuccess)
	}
}

// Any reports whether bytes are locked, by anybody.
func (l *FileLock) Any() bool { return l.locked.Load() }

// CheckRead is FsRtlCheckLockForReadAccess: false (STATUS_FILE_LOCK_CONFLICT) when
// somebody else has locked a byte of the range exclusively.
func (l *FileLock) CheckRead(offset, length uint64, owner LockOwner) bool {
	return l.check(offset, length, owner, false)
}

// CheckWrite is FsRtlCheckLockForWriteAccess: neither others' locks nor a shared one, be
// it the owner's own, may lie in the range.
func (l *FileLock) CheckWrite(offset, length uint64, owner LockOwner) bool {
	return l.check(offset, length, owner, true)
}

func (l *FileLock) check(offset, length uint64, owner LockOwner, write bool) bool {
	r, s := makeRange(offset, length, false, owner)
	if !s.OK() {
		r.last = ^uint64(0) // up to the end
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.ranges {
		if x := &l.ranges[i]; x.meets(&r) && (x.exclusive && x.owner != owner || write && !x.exclusive) {
			return false
		}
	}
	return true
}

// UnlockFile is UnlockAll for a file object's locks of all processes and keys: what its last
// handle takes with it.
func (l *FileLock) UnlockFile(file any) {
	l.unlockAll(func(o LockOwner) bool { return o.File == file })
}

// UnlockKey is FsRtlFastUnlockAllByKey: a process's locks through a file object that have the key.
func (l *FileLock) UnlockKey(file, process any, key uint32) {
	l.unlockAll(func(o LockOwner) bool { return o.File == file && o.Process == process && o.Key == key })
}

// Forget takes a wait of an owner for a range away, which is not told: its request has been
// cancelled. It does nothing when the range has been locked meanwhile.
func (l *FileLock) Forget(offset, length uint64, owner LockOwner) {
	r, _ := makeRange(offset, length, false, owner)
	l.mu.Lock()
	for i, w := range l.waiting {
		if w.first == r.first && w.last == r.last && w.owner == owner {
			l.waiting = slices.Delete(l.waiting, i, i+1)
			break
		}
	}
	l.grant() // others may have waited behind it
}
