package io

import (
	"gont/mm"
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

// QueryKernel is IoQueryFileInformation: the driver's answer for a class, to the kernel's memory.
// STATUS_BUFFER_OVERFLOW when only a part has room. PASSIVE_LEVEL.
func (f *File) QueryKernel(class uint32, b []byte) nt.Status {
	return f.kernelRequest(QueryInformation, class, b)
}

// SetKernel is IoSetInformation: class gets the value in b. PASSIVE_LEVEL.
func (f *File) SetKernel(class uint32, b []byte) nt.Status {
	return f.kernelRequest(SetInformation, class, b)
}

func (f *File) kernelRequest(major uint8, class uint32, b []byte) nt.Status {
	top, size := f.target.top()
	irp := ownRequest(size)
	irp.File, irp.SystemBuffer = f, b
	l := irp.NextLocation()
	l.Major, l.File, l.Code, l.Length = major, f, class, uint32(len(b))
	defer irp.release()
	return Synchronously(top, irp)
}

// ReadScatter and WriteGather are the work of NtReadFileScatter and NtWriteFileGather: length bytes
// of the file, whole sectors, to or from as many pages at the addresses segments. The file must
// have been opened with FILE_NO_INTERMEDIATE_BUFFERING, and its driver take Mdls
// (STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED). PASSIVE_LEVEL.
func (f *File) ReadScatter(r *Request, segments []uint64, length uint32, offset *int64, key uint32) nt.Status {
	return f.segments(r, Read, segments, length, offset, key)
}

// WriteGather is ReadScatter's other direction.
func (f *File) WriteGather(r *Request, segments []uint64, length uint32, offset *int64, key uint32) nt.Status {
	return f.segments(r, Write, segments, length, offset, key)
}

func (f *File) segments(r *Request, major uint8, segments []uint64, length uint32, offset *int64, key uint32) nt.Status {
	at := int64(nt.FileUseFilePointerPosition)
	if offset != nil {
		at = *offset
	}
	s := f.checkStart(major, at, length)
	switch {
	case !s.OK():
	case f.Options.Load()&nt.FileNoIntermediateBuffering == 0 || length == 0:
		s = nt.StatusInvalidParameter
	case f.RelatedDevice().Flags&DirectIo == 0:
		s = nt.StatusNotSupported
	}
	if !s.OK() {
		r.drop()
		return s
	}
	irp, l, s := begin(r, f, major)
	if s != nt.StatusSuccess {
		return s
	}
	if at == nt.FileUseFilePointerPosition {
		at = f.position
	}
	l.Length, l.Key, l.ByteOffset = length, key, at
	access := mm.Write
	if major == Write {
		access = mm.Read
	}
	t := r.Thread
	irp.Mdl, s = t.Process.Space.NewMdlOfPages(segments, int(length), access, ioOf(t).fault)
	if !s.OK() {
		return irp.fail(s)
	}
	return irp.send(l)
}

// ControlKernel sends a control code of file systems that has no buffers. PASSIVE_LEVEL.
func (f *File) ControlKernel(code uint32) nt.Status {
	top, size := f.target.top()
	irp := ownRequest(size)
	irp.File = f
	l := irp.NextLocation()
	l.Major, l.File, l.Code = FileSystemControl, f, code
	defer irp.release()
	return Synchronously(top, irp)
}
