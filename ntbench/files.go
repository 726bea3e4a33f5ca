//go:build ntuser

package main

import (
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

func deviceControls(number, code uint32, handle, block uintptr, n uint64)

// block is where device controls put their status.
var block nt.IoStatusBlock

// nullControls is a device control to the null driver and back, by a request.
func nullControls() func(n uint64) {
	h, s := ntdll.NtOpenFile(nt.FileGenericRead|nt.FileGenericWrite, ntdll.NewAttributes(`\Device\Null`, nt.ObjCaseInsensitive, 0), nt.FileShareValid, nt.FileSynchronousIoNonalert)
	check("open the null device", s)
	return func(n uint64) {
		block.Status = nt.StatusUnsuccessful
		deviceControls(uint32(nt.SvcDeviceIoControlFile), nt.IoctlNullNothing, uintptr(h), uintptr(unsafe.Pointer(&block)), n)
		check("device control", block.Status)
	}
}
