//go:build ntuser

package main

import (
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// file is an open device; requests on it wait.
type file struct {
	h    nt.Handle
	name string
}

func open(name string) (f file, s nt.Status) {
	a := ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0)
	var h nt.Handle
	var block nt.IoStatusBlock
	s = ntdll.Raw(nt.SvcOpenFile, uintptr(unsafe.Pointer(&h)), uintptr(nt.FileGenericRead|nt.FileGenericWrite), uintptr(unsafe.Pointer(&a.ObjectAttributes)),
		uintptr(unsafe.Pointer(&block)), nt.FileShareRead|nt.FileShareWrite, nt.FileSynchronousIoNonalert)
	return file{h, name}, s
}

// must stops the test when a status is none of success.
func must(what string, s nt.Status) {
	if !s.OK() {
		fmt.Printf("DEVICES %s: %v\n", what, s)
		panic(what)
	}
}

func (f file) read(b []byte) (int, nt.Status) {
	var block nt.IoStatusBlock
	s := ntdll.Raw(nt.SvcReadFile, uintptr(f.h), 0, 0, 0, uintptr(unsafe.Pointer(&block)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0)
	return int(block.Information), s
}

func (f file) write(b []byte) nt.Status {
	var block nt.IoStatusBlock
	return ntdll.Raw(nt.SvcWriteFile, uintptr(f.h), 0, 0, 0, uintptr(unsafe.Pointer(&block)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0)
}

// control makes a request with one value that goes in and comes out.
func control[T any](f file, code uint32, v *T) nt.Status {
	var block nt.IoStatusBlock
	n := unsafe.Sizeof(*v)
	return ntdll.Raw(nt.SvcDeviceIoControlFile, uintptr(f.h), 0, 0, 0, uintptr(unsafe.Pointer(&block)), uintptr(code), uintptr(unsafe.Pointer(v)), n, uintptr(unsafe.Pointer(v)), n)
}

// readLine reads to a line's end.
func (f file) readLine() string {
	var line []byte
	b := make([]byte, 64)
	for {
		n, s := f.read(b)
		must("read of "+f.name, s)
		line = append(line, b[:n]...)
		for i, c := range line {
			if c == '\r' || c == '\n' {
				return string(line[:i])
			}
		}
	}
}
