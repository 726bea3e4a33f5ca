//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// Files: devices, until there is a file system.

// NtCreateFile opens or makes a file; information is what has been done (nt.FileOpened
// and so on). options with nt.FileSynchronousIoNonalert make each call wait.
func NtCreateFile(access nt.AccessMask, a *Attributes, attributes, share, disposition, options uint32) (h nt.Handle, information uint64, s nt.Status) {
	var b nt.IoStatusBlock
	s = ZwCreateFile(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&b)), 0,
		uintptr(attributes), uintptr(share), uintptr(disposition), uintptr(options), 0, 0)
	return h, b.Information, s
}

// NtOpenFile opens a file that is there.
func NtOpenFile(access nt.AccessMask, a *Attributes, share, options uint32) (h nt.Handle, s nt.Status) {
	var b nt.IoStatusBlock
	s = ZwOpenFile(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&b)), uintptr(share), uintptr(options))
	return
}

// Request says how a program hears of the end of a request; nil is not at all but by the
// status of a file that is synchronous. What it points to must live until then.
type Request struct {
	Event      nt.Handle
	Apc        uint64 // routine(ApcContext, *Block, 0)
	ApcContext uint64
	Block      nt.IoStatusBlock
}

// NtReadFile reads from an offset on, or from the file's position if that is nil. On a
// file that is not synchronous b must live until the end.
func NtReadFile(h nt.Handle, r *Request, b []byte, offset *int64) (n uint64, s nt.Status) {
	if r == nil {
		r = new(Request)
	}
	s = ZwReadFile(uintptr(h), uintptr(r.Event), uintptr(r.Apc), uintptr(r.ApcContext), uintptr(unsafe.Pointer(&r.Block)),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(offset)), 0)
	return r.Block.Information, s
}

// NtWriteFile writes as NtReadFile reads.
func NtWriteFile(h nt.Handle, r *Request, b []byte, offset *int64) (n uint64, s nt.Status) {
	if r == nil {
		r = new(Request)
	}
	s = ZwWriteFile(uintptr(h), uintptr(r.Event), uintptr(r.Apc), uintptr(r.ApcContext), uintptr(unsafe.Pointer(&r.Block)),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(offset)), 0)
	return r.Block.Information, s
}

// NtDeviceIoControlFile sends a control code.
func NtDeviceIoControlFile(h nt.Handle, r *Request, code uint32, in, out []byte) (n uint64, s nt.Status) {
	if r == nil {
		r = new(Request)
	}
	s = ZwDeviceIoControlFile(uintptr(h), uintptr(r.Event), uintptr(r.Apc), uintptr(r.ApcContext), uintptr(unsafe.Pointer(&r.Block)),
		uintptr(code), uintptr(unsafe.Pointer(unsafe.SliceData(in))), uintptr(len(in)), uintptr(unsafe.Pointer(unsafe.SliceData(out))), uintptr(len(out)))
	return r.Block.Information, s
}

// NtCancelIoFile cancels what this thread has asked of a file, and waits for its end.
func NtCancelIoFile(h nt.Handle) nt.Status {
	var b nt.IoStatusBlock
	return ZwCancelIoFile(uintptr(h), uintptr(unsafe.Pointer(&b)))
}

// NtSetInformationFile sets information of a class.
func NtSetInformationFile(h nt.Handle, class uint32, v []byte) nt.Status {
	var b nt.IoStatusBlock
	return ZwSetInformationFile(uintptr(h), uintptr(unsafe.Pointer(&b)), uintptr(unsafe.Pointer(unsafe.SliceData(v))), uintptr(len(v)), uintptr(class))
}

// NtLoadDriver loads the driver of a key of services, by its full path.
func NtLoadDriver(key string) nt.Status {
	return ZwLoadDriver(uintptr(unsafe.Pointer(&NewString(key).UnicodeString)))
}

// NtUnloadDriver unloads it, at once or when nobody has its devices open any more.
func NtUnloadDriver(key string) nt.Status {
	return ZwUnloadDriver(uintptr(unsafe.Pointer(&NewString(key).UnicodeString)))
}
