package file

import (
	"unsafe"

	"gont/ex"
	"gont/io"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// target references the file of argument 1, whose handle has one of the rights in any (0:
// none is needed).
func target(c *svc.Call, any nt.AccessMask) (*ob.Object, *io.File, nt.Status) {
	o, access, _, s := c.Thread.Process.Handles.ReferenceAny(c.Handle(1))
	switch {
	case !s.OK():
		return nil, nil, s
	case o.Type != io.FileType:
		s = nt.StatusObjectTypeMismatch
	case any != 0 && access&any == 0:
		s = nt.StatusAccessDenied
	default:
		return o, o.Body.(*io.File), s
	}
	o.Dereference()
	return nil, nil, s
}

// Arguments 2 to 5 of NtReadFile and those like it are event, apcRoutine, apcContext, *iosb.
// The routine makes an io.Request of the last three, here on its own stack, and calls capture.

// capture checks a request, and references the event that argument 2 names.
func capture(c *svc.Call, r *io.Request) nt.Status {
	if s := probeIosb(r.Thread, r.Iosb); !s.OK() {
		return s
	}
	if r.ApcRoutine != 0 && !svc.UserRip(r.ApcRoutine) {
		return nt.StatusInvalidParameter
	}
	if io.Allocates(r.Thread, r.ApcRoutine|r.ApcContext != 0) && mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	if h := c.Handle(2); h != 0 {
		return captureEvent(r, h)
	}
	return nt.StatusSuccess
}

func captureEvent(r *io.Request, h nt.Handle) (s nt.Status) {
	r.Event, s = r.Thread.Process.Handles.Reference(h, nt.EventModify, ex.EventType)
	return s
}

func probeIosb(t *ps.Thread, va uint64) nt.Status {
	if va&3 != 0 {
		return nt.StatusDatatypeMisalignment
	}
	return svc.ProbeWrite(t, va, 16)
}

// NtReadFile(handle, event, apcRoutine, apcContext, *iosb, buffer, length, *offset, *key)
func NtReadFile(c *svc.Call) nt.Status {
	return transfer(c, nt.FileReadData, io.Read)
}

// NtWriteFile(handle, event, apcRoutine, apcContext, *iosb, buffer, length, *offset, *key)
func NtWriteFile(c *svc.Call) nt.Status {
	return transfer(c, nt.FileWriteData|nt.FileAppendData, io.Write)
}

func transfer(c *svc.Call, access nt.AccessMask, major uint8) nt.Status {
	o, f, s := target(c, access)
	if !s.OK() {
		return s
	}
	s, ok := fast(c, f, major)
	if !ok {
		s = transferFile(c, f, major == io.Write, nil)
	}
	o.Dereference()
	return s
}

// fast is transferFile for most calls: they want to be told by the file and the status block, and nothing
// is in the way. ok is false, and nothing is done, for the others.
func fast(c *svc.Call, f *io.File, major uint8) (s nt.Status, ok bool) {
	t, iosb := c.Thread, c.Arg(5)
	if c.Arg(2)|c.Arg(3)|c.Arg(9) != 0 || iosb&3 != 0 || io.Allocates(t, false) && mm.HeapIsLow() {
		return 0, false
	}
	at := int64(nt.FileUseFilePointerPosition)
	if offsetAt := c.Arg(8); offsetAt != 0 && ps.TryCopyFrom(t, unsafe.Pointer(&at), offsetAt, 8) != 0 {
		return 0, false
	}
	if !ps.MayWrite(t, iosb, 16) {
		return 0, false
	}
	return f.Fast(t, major, c.Arg(6), c.Uint32(7), at, iosb, nil)
}

// transferFile reads or writes; to or from the pages of a list where there is one. It calls the file's
// methods by their names, so that what it hands them stays on the stack.
func transferFile(c *svc.Call, f *io.File, write bool, pages []uint64) (s nt.Status) {
	t := c.Thread
	buffer, length, offsetAt, keyAt := c.Arg(6), c.Uint32(7), c.Arg(8), c.Arg(9)
	var offset *int64
	var at int64
	if offsetAt != 0 {
		offset = &at
		if s = svc.Get(t, offsetAt, offset); !s.OK() {
			return s
		}
	}
	var key uint32
	if keyAt != 0 {
		if s = svc.Get(t, keyAt, &key); !s.OK() {
			return s
		}
	}
	r := io.Request{Thread: t, ApcRoutine: c.Arg(3), ApcContext: c.Arg(4), Iosb: c.Arg(5)}
	if s := capture(c, &r); !s.OK() {
		return s
	}
	switch {
	case pages != nil && write:
		return f.WriteGather(&r, pages, length, offset, key)
	case pages != nil:
		return f.ReadScatter(&r, pages, length, offset, key)
	case write:
		return f.Write(&r, buffer, length, offset, key)
	}
	return f.Read(&r, buffer, length, offset, key)
}

// NtReadFileScatter(handle, event, apcRoutine, apcContext, *iosb, segments, length, *offset,
// *key): to whole pages, whose addresses are in the list of FILE_SEGMENT_ELEMENTs.
func NtReadFileScatter(c *svc.Call) nt.Status {
	return segments(c, nt.FileReadData, false)
}

// NtWriteFileGather(as NtReadFileScatter)
func NtWriteFileGather(c *svc.Call) nt.Status {
	return segments(c, nt.FileWriteData, true)
}

func segments(c *svc.Call, access nt.AccessMask, write bool) nt.Status {
	listAt, n := c.Arg(6), uint64(c.Uint32(7))
	if n > mm.MaximumMdl {
		return nt.StatusInvalidParameter
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	pages := make([]uint64, (n+mm.PageSize-1)/mm.PageSize)
	if len(pages) > 0 {
		if s := svc.CopyFrom(c.Thread, unsafe.Pointer(&pages[0]), listAt, uint64(len(pages))*8); !s.OK() {
			return s
		}
	}
	o, f, s := target(c, access)
	if !s.OK() {
		return s
	}
	s = transferFile(c, f, write, pages)
	o.Dereference()
	return s
}

// NtDeviceIoControlFile(handle, event, apcRoutine, apcContext, *iosb, code, in, inLength,
// out, outLength)
func NtDeviceIoControlFile(c *svc.Call) nt.Status { return control(c, false) }

// NtFsControlFile(as NtDeviceIoControlFile): codes of file systems.
func NtFsControlFile(c *svc.Call) nt.Status { return control(c, true) }

func control(c *svc.Call, fs bool) nt.Status {
	o, access, _, s := c.Thread.Process.Handles.ReferenceAny(c.Handle(1))
	if !s.OK() {
		return s
	}
	f, ok := o.Body.(*io.File)
	code := c.Uint32(6)
	// FILE_READ_DATA and FILE_WRITE_DATA have the values of the rights that a code asks for.
	want := nt.AccessMask(code >> 14 & 3)
	switch {
	case !ok:
		s = nt.StatusObjectTypeMismatch
	case want&^access != 0:
		s = nt.StatusAccessDenied
	default:
		r := io.Request{Thread: c.Thread, ApcRoutine: c.Arg(3), ApcContext: c.Arg(4), Iosb: c.Arg(5)}
		if s = capture(c, &r); s.OK() {
			s = f.DeviceControl(&r, fs, code, c.Arg(7), c.Uint32(8), c.Arg(9), c.Uint32(10))
		}
	}
	o.Dereference()
	return s
}

// NtFlushBuffersFile(handle, *iosb)
func NtFlushBuffersFile(c *svc.Call) nt.Status {
	iosb := c.Arg(2)
	o, f, s := target(c, nt.FileWriteData|nt.FileAppendData)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeIosb(c.Thread, iosb); !s.OK() {
		return s
	}
	return f.Flush(&io.Request{Thread: c.Thread, Iosb: iosb})
}

// NtCancelIoFile(handle, *iosb): what the calling thread has asked of the file.
func NtCancelIoFile(c *svc.Call) nt.Status {
	iosb := c.Arg(2)
	o, f, s := target(c, 0)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeIosb(c.Thread, iosb); !s.OK() {
		return s
	}
	io.CancelRequests(c.Thread, f)
	return svc.Put(c.Thread, iosb, &nt.IoStatusBlock{})
}
