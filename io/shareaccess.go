package io

import "gont/nt"

// ShareAccess is SHARE_ACCESS: how the opens of one file use and share it. Its owner guards
// it.
type ShareAccess struct {
	opens, readers, writers, deleters     int
	sharedRead, sharedWrite, sharedDelete int
}

// uses is what of a right matters for sharing; an open without any of them shares with all.
func uses(access nt.AccessMask) (read, write, del bool) {
	return access&(nt.FileReadData|nt.FileExecute) != 0, access&(nt.FileWriteData|nt.FileAppendData) != 0, access&nt.Delete != 0
}

// Check is IoCheckShareAccess: STATUS_SHARING_VIOLATION when an open with these rights and this
// sharing does not go together with those that are there.
func (a *ShareAccess) Check(access nt.AccessMask, share uint32) nt.Status {
	read, write, del := uses(access)
	if !read && !write && !del {
		return nt.StatusSuccess
	}
	if read && a.sharedRead < a.opens || write && a.sharedWrite < a.opens || del && a.sharedDelete < a.opens ||
		a.readers > 0 && share&nt.FileShareRead == 0 || a.writers > 0 && share&nt.FileShareWrite == 0 ||
		a.deleters > 0 && share&nt.FileShareDelete == 0 {
		return nt.StatusSharingViolation
	}
	return nt.StatusSuccess
}

// Add is IoUpdateShareAccess: one more open.
func (a *ShareAccess) Add(access nt.AccessMask, share uint32) { a.count(access, share, 1) }

// Remove is IoRemoveShareAccess: an open that was added is closed.
func (a *ShareAccess) Remove(access nt.AccessMask, share uint32) { a.count(access, share, -1) }

func (a *ShareAccess) count(access nt.AccessMask, share uint32, by int) {
	read, write, del := uses(access)
	if !read && !write && !del {
		return
	}
	a.opens += by
	add(&a.readers, read, by)
	add(&a.writers, write, by)
	add(&a.deleters, del, by)
	add(&a.sharedRead, share&nt.FileShareRead != 0, by)
	add(&a.sharedWrite, share&nt.FileShareWrite != 0, by)
	add(&a.sharedDelete, share&nt.FileShareDelete != 0, by)
}

func add(n *int, on bool, by int) {
	if on {
		*n += by
	}
}
