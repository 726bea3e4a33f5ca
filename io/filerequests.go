package io

import (
	"gont/nt"
	"gont/ps"
)

// QueryDirectory is NtQueryDirectoryFile's work: the directory's next entries that pattern stands
// for go to the program's buffer; flags are RestartScan and ReturnSingleEntry. pattern counts in
// the file's first call. PASSIVE_LEVEL.
func (f *File) QueryDirectory(r *Request, class uint32, buffer uint64, length uint32, pattern string, flags uint8) nt.Status {
	length = min(length, MaximumBuffered)
	irp, l, s := f.output(r, DirectoryControl, buffer, length)
	if s != nt.StatusSuccess {
		return s
	}
	l.Minor, l.Code, l.Flags, l.Argument = QueryDirectory, class, flags, pattern
	return irp.send(l)
}

// NotifyChange is NtNotifyChangeDirectoryFile's work: the request ends when something has changed
// that filter (FILE_NOTIFY_CHANGE_...) asks for, in the directory or, with tree, below it.
func (f *File) NotifyChange(r *Request, buffer uint64, length, filter uint32, tree bool) nt.Status {
	length = min(length, MaximumBuffered)
	irp, l, s := f.output(r, DirectoryControl, buffer, length)
	if s != nt.StatusSuccess {
		return s
	}
	l.Minor, l.Code = NotifyChangeDirectory, filter
	if tree {
		l.Flags = WatchTree
	}
	return irp.send(l)
}

// output makes a request whose answer goes by a system buffer to the program's.
func (f *File) output(r *Request, major uint8, buffer uint64, length uint32) (*IRP, *StackLocation, nt.Status) {
	if !ps.UserSpan(buffer, uint64(length)) {
		r.drop()
		return nil, nil, nt.StatusAccessViolation
	}
	irp, l, s := begin(r, f, major)
	if s != nt.StatusSuccess {
		return nil, nil, s
	}
	l.Length = length
	if length > 0 {
		if s = ps.ProbeWrite(r.Thread, buffer, uint64(length)); s.OK() {
			s = irp.systemBuffer(int(length))
		}
	}
	if !s.OK() {
		return nil, nil, irp.fail(s)
	}
	irp.user, irp.outLength = buffer, length
	irp.flags |= inputFlag
	return irp, l, s
}

// Lock is NtLockFile's work: locks length bytes from offset on; flags are FailImmediately and
// ExclusiveLock.
func (f *File) Lock(r *Request, offset, length int64, key uint32, flags uint8) nt.Status {
	return f.lock(r, LockRange, offset, length, key, flags)
}

// Unlock is NtUnlockFile's work.
func (f *File) Unlock(r *Request, offset, length int64, key uint32) nt.Status {
	return f.lock(r, UnlockRange, offset, length, key, 0)
}

func (f *File) lock(r *Request, minor uint8, offset, length int64, key uint32, flags uint8) nt.Status {
	irp, l, s := begin(r, f, LockControl)
	if s != nt.StatusSuccess {
		return s
	}
	n := new(int64)
	*n = length
	l.Minor, l.Flags, l.ByteOffset, l.Key, l.Argument = minor, flags, offset, key, n
	return irp.send(l)
}

// SetVolume is NtSetVolumeInformationFile's work.
func (f *File) SetVolume(r *Request, class uint32, buffer uint64, length uint32) nt.Status {
	return f.information(r, SetVolumeInformation, class, buffer, length)
}
