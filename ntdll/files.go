//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// NtCreateFile opens a file or a device, or makes a file. Who gives
// nt.FileSynchronousIoNonalert gets a file whose requests have ended when the service
// returns.
func NtCreateFile(access nt.AccessMask, a *Attributes, share, disposition, options uint32) (h nt.Handle, s nt.Status) {
	var io nt.IoStatusBlock
	s = call(nt.SvcCreateFile, uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&io)), 0,
		nt.FileAttributeNormal, uintptr(share), uintptr(disposition), uintptr(options), 0, 0)
	return
}

// OpenDevice opens a device for synchronous requests.
func OpenDevice(access nt.AccessMask, name string) (nt.Handle, nt.Status) {
	return NtCreateFile(access|nt.Synchronize, NewAttributes(name, nt.ObjCaseInsensitive, 0), nt.FileShareRead|nt.FileShareWrite, nt.FileOpen, nt.FileSynchronousIoNonalert)
}

// ReadFile reads from a file that was opened for synchronous requests, at its own
// position; n is how many bytes there were.
func ReadFile(h nt.Handle, b []byte) (n int, s nt.Status) {
	var io nt.IoStatusBlock
	s = call(nt.SvcReadFile, uintptr(h), 0, 0, 0, uintptr(unsafe.Pointer(&io)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0)
	return int(io.Information), s
}

// WriteFile is ReadFile's opposite.
func WriteFile(h nt.Handle, b []byte) (n int, s nt.Status) {
	var io nt.IoStatusBlock
	s = call(nt.SvcWriteFile, uintptr(h), 0, 0, 0, uintptr(unsafe.Pointer(&io)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0)
	return int(io.Information), s
}

// DeviceIoControl has a device carry out a control code; n is how many bytes of out it
// has filled.
func DeviceIoControl(h nt.Handle, code uint32, in, out []byte) (n int, s nt.Status) {
	var io nt.IoStatusBlock
	s = call(nt.SvcDeviceIoControlFile, uintptr(h), 0, 0, 0, uintptr(unsafe.Pointer(&io)), uintptr(code), uintptr(unsafe.Pointer(unsafe.SliceData(in))), uintptr(len(in)),
		uintptr(unsafe.Pointer(unsafe.SliceData(out))), uintptr(len(out)))
	return int(io.Information), s
}

// Bytes is a value's memory, for DeviceIoControl. T must hold no pointers.
func Bytes[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}
