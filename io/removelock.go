package io

import (
	"gont/ke"
	"gont/nt"
)

// RemoveLock is IO_REMOVE_LOCK: it counts who uses a device, so that who takes the
// device away can wait for them. Initialize it before use.
type RemoveLock struct {
	lock    ke.SpinLock
	users   int
	removed bool
	empty   ke.Event
}

// Initialize makes the lock free.
func (l *RemoveLock) Initialize() {
	l.users, l.removed = 0, false
	l.empty = *ke.NewEvent(nt.NotificationEvent, false)
}

// Acquire counts one user more; STATUS_DELETE_PENDING once the device is being removed.
// DISPATCH_LEVEL or below.
func (l *RemoveLock) Acquire() nt.Status {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.removed {
		return nt.StatusDeletePending
	}
	l.users++
	return nt.StatusSuccess
}

// Release counts one user less. DISPATCH_LEVEL or below.
func (l *RemoveLock) Release() {
	l.lock.Lock()
	l.users--
	n, last := l.users, l.users == 0 && l.removed
	l.lock.Unlock()
	if n < 0 {
		panic("io: a remove lock is released once too often")
	}
	if last {
		l.empty.Set()
	}
}

// ReleaseAndWait gives the caller's own use back, lets nobody in any more, and waits for
// the others. PASSIVE_LEVEL. Once only.
func (l *RemoveLock) ReleaseAndWait() {
	l.lock.Lock()
	l.removed = true
	l.lock.Unlock()
	l.Release()
	ke.WaitForSingleObject(&l.empty, ke.KernelMode, false, nil)
}
