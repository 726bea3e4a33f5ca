package file

import (
	"unsafe"

	"gont/ex"
	"gont/io"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// class is what is known of a class of information: the least length, and the right
// that a handle needs.
type class struct {
	length uint32
	access nt.AccessMask
}

// Classes that may be asked for, and those that may be set. Others are
// STATUS_INVALID_INFO_CLASS.
var (
	queryClasses = map[uint32]class{
		nt.FileBasicInformationClass: {40, nt.FileReadAttributes}, nt.FileStandardInformationClass: {24, 0}, nt.FileInternalInformationClass: {8, 0},
		nt.FileEaInformationClass: {4, 0}, nt.FileAccessInformationClass: {4, 0}, nt.FileNameInformationClass: {8, 0},
		nt.FilePositionInformationClass: {8, 0}, nt.FileModeInformationClass: {4, 0}, nt.FileAlignmentInformationClass: {4, 0},
		nt.FileAllInformationClass: {104, nt.FileReadAttributes}, nt.FileAlternateNameInformationClass: {8, 0},
		nt.FileNetworkOpenInformationClass: {56, nt.FileReadAttributes}, nt.FileAttributeTagInformationClass: {8, nt.FileReadAttributes},
	}
	setClasses = map[uint32]class{
		nt.FileBasicInformationClass: {40, nt.FileWriteAttributes}, nt.FilePositionInformationClass: {8, 0}, nt.FileModeInformationClass: {4, 0},
		nt.FileEndOfFileInformationClass: {8, nt.FileWriteData}, nt.FileAllocationInformationClass: {8, nt.FileWriteData},
		nt.FileRenameInformationClass: {24, nt.Delete}, nt.FileLinkInformationClass: {24, 0}, nt.FileDispositionInformationClass: {1, nt.Delete},
		nt.FileCompletionInformationClass:        {16, 0},
		nt.FileIoCompletionNotificationInfoClass: {4, 0},
	}
	setVolumeClasses = map[uint32]class{nt.FileFsLabelInformationClass: {8, nt.FileWriteData}}
	volumeClasses    = map[uint32]class{1: {24, 0}, 3: {24, 0}, nt.FileFsDeviceInformationClass: {8, 0}, 5: {16, 0}, 6: {48, 0}, 7: {32, 0}, 8: {64, 0}}
)

// NtQueryInformationFile(handle, *iosb, buffer, length, class). What the I/O manager
// knows itself it answers; for the rest the driver is asked.
func NtQueryInformationFile(c *svc.Call) nt.Status {
	t, iosb, buffer, length, number := c.Thread, c.Arg(2), c.Arg(3), c.Uint32(4), c.Uint32(5)
	k, s := check(queryClasses, number, length)
	if !s.OK() {
		return s
	}
	o, f, s := target(c, k.access)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeIosb(t, iosb); !s.OK() {
		return s
	}
	answer := func(v uint64, n uint64) nt.Status {
		if s := svc.CopyTo(t, buffer, unsafe.Pointer(&v), n); !s.OK() {
			return s
		}
		return svc.Put(t, iosb, &nt.IoStatusBlock{Information: n})
	}
	switch number {
	case nt.FileAccessInformationClass:
		access, _, s := t.Process.Handles.Access(c.Handle(1))
		if !s.OK() {
			return s
		}
		return answer(uint64(access), 4)
	case nt.FileModeInformationClass:
		return answer(uint64(f.Mode()), 4)
	case nt.FileAlignmentInformationClass:
		return answer(0, 4) // FILE_BYTE_ALIGNMENT
	case nt.FilePositionInformationClass:
		at, s := f.Position()
		if s != nt.StatusSuccess {
			return s
		}
		return answer(uint64(at), 8)
	}
	return f.Query(&io.Request{Thread: t, Iosb: iosb}, false, number, buffer, length)
}

// NtSetInformationFile(handle, *iosb, buffer, length, class)
func NtSetInformationFile(c *svc.Call) nt.Status {
	t, iosb, buffer, length, number := c.Thread, c.Arg(2), c.Arg(3), c.Uint32(4), c.Uint32(5)
	k, s := check(setClasses, number, length)
	if !s.OK() {
		return s
	}
	o, f, s := target(c, k.access)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeIosb(t, iosb); !s.OK() {
		return s
	}
	switch number {
	case nt.FilePositionInformationClass:
		var at int64
		if s = svc.Get(t, buffer, &at); s.OK() {
			s = f.SetPosition(at)
		}
	case nt.FileModeInformationClass:
		var mode uint32
		if s = svc.Get(t, buffer, &mode); s.OK() {
			s = f.SetMode(mode)
		}
	case nt.FileCompletionInformationClass:
		s = setCompletion(c, f, buffer)
	case nt.FileIoCompletionNotificationInfoClass:
		var flags uint32
		if s = svc.Get(t, buffer, &flags); s.OK() {
			s = f.SetNotification(flags)
		}
	case nt.FileRenameInformationClass:
		return rename(c, f, buffer, length)
	default:
		return f.Set(&io.Request{Thread: t, Iosb: iosb}, number, buffer, length)
	}
	if s != nt.StatusSuccess {
		return s
	}
	return svc.Put(t, iosb, &nt.IoStatusBlock{})
}

// rename reads FILE_RENAME_INFORMATION, whose name follows it.
func rename(c *svc.Call, f *io.File, buffer uint64, length uint32) nt.Status {
	const nameAt = 20
	var v nt.FileRenameInformation
	if s := svc.Get(c.Thread, buffer, &v); !s.OK() {
		return s
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	n := v.FileNameLength
	if n == 0 || n%2 != 0 || n > length-nameAt || n > 1<<16-2 {
		return nt.StatusInvalidParameter
	}
	name, s := svc.ReadUnicode(c.Thread, &nt.UnicodeString{Length: uint16(n), MaximumLength: uint16(n), Buffer: buffer + nameAt})
	if !s.OK() {
		return s
	}
	var root *ob.Object
	if v.RootDirectory != 0 {
		if root, s = c.Thread.Process.Handles.Reference(v.RootDirectory, 0, io.FileType); !s.OK() {
			return s
		}
		defer root.Dereference()
	}
	return f.Rename(&io.Request{Thread: c.Thread, Iosb: c.Arg(2)}, root, name, v.ReplaceIfExists != 0)
}

// setCompletion connects a file with an I/O completion object.
func setCompletion(c *svc.Call, f *io.File, buffer uint64) nt.Status {
	var v nt.FileCompletionInformation
	if s := svc.Get(c.Thread, buffer, &v); !s.OK() {
		return s
	}
	port, s := c.Thread.Process.Handles.Reference(v.Port, nt.IoCompletionSet, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	if s = f.SetCompletion(port, v.Key); !s.OK() {
		port.Dereference()
	}
	return s
}

// NtQueryVolumeInformationFile(handle, *iosb, buffer, length, class)
func NtQueryVolumeInformationFile(c *svc.Call) nt.Status {
	t, iosb, buffer, length, number := c.Thread, c.Arg(2), c.Arg(3), c.Uint32(4), c.Uint32(5)
	if _, s := check(volumeClasses, number, length); !s.OK() {
		return s
	}
	o, f, s := target(c, 0)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeIosb(t, iosb); !s.OK() {
		return s
	}
	if number == nt.FileFsDeviceInformationClass {
		v := nt.FileFsDeviceInformation{DeviceType: f.Device.Type, Characteristics: f.Device.Characteristics}
		if s := svc.Put(t, buffer, &v); !s.OK() {
			return s
		}
		return svc.Put(t, iosb, &nt.IoStatusBlock{Information: uint64(unsafe.Sizeof(v))})
	}
	return f.Query(&io.Request{Thread: t, Iosb: iosb}, true, number, buffer, length)
}

// NtSetVolumeInformationFile(handle, *iosb, buffer, length, class): the label.
func NtSetVolumeInformationFile(c *svc.Call) nt.Status {
	t, iosb, buffer, length, number := c.Thread, c.Arg(2), c.Arg(3), c.Uint32(4), c.Uint32(5)
	k, s := check(setVolumeClasses, number, length)
	if !s.OK() {
		return s
	}
	o, f, s := target(c, k.access)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeIosb(t, iosb); !s.OK() {
		return s
	}
	return f.SetVolume(&io.Request{Thread: t, Iosb: iosb}, number, buffer, length)
}

func check(classes map[uint32]class, number, length uint32) (class, nt.Status) {
	k, ok := classes[number]
	switch {
	case !ok:
		return k, nt.StatusInvalidInfoClass
	case length < k.length:
		return k, nt.StatusInfoLengthMismatch
	}
	return k, nt.StatusSuccess
}
