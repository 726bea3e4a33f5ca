//go:build ntuser

package main

import (
	"fmt"
	"runtime"
	"runtime/goos"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// benchFolder is a directory of the volume that the system was started from.
const benchFolder = `\??\C:\bench`

// bigProgram is a program of 1 MB on that volume (ntbench/big).
const bigProgram = `C:\Windows\System32\big.exe`

// call makes a service without ntdll's own cost.
func call(n nt.Service, v *[12]uintptr) {
	if s := nt.Status(goos.CallMany(uint32(n), v)); !s.OK() {
		check(n.String(), s)
	}
}

// volume measures files on FAT32 as the peer does on its own: all of it in the page cache.
func volume() {
	folder, _, s := ntdll.NtCreateFile(nt.FileGenericRead|nt.FileGenericWrite, ntdll.NewAttributes(benchFolder, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid,
		nt.FileOpenIf, nt.FileDirectoryFile|nt.FileSynchronousIoNonalert)
	check("a folder on C:", s)
	const size = 1 << 20
	create := func(name string) nt.Handle {
		h, _, s := ntdll.NtCreateFile(nt.FileGenericRead|nt.FileGenericWrite|nt.Delete, ntdll.NewAttributes(benchFolder+`\`+name, nt.ObjCaseInsensitive, 0), 0,
			nt.FileShareValid, nt.FileOverwriteIf, nt.FileSynchronousIoNonalert)
		check("create "+name, s)
		return h
	}
	file := create("file")
	_, s = ntdll.NtWriteFile(file, nil, make([]byte, size), nil)
	check("write", s)
	b := new(struct {
		h      nt.Handle
		offset int64
		iosb   nt.IoStatusBlock
		info   [64]byte
		page   [nt.PageSize]byte
	})
	defer runtime.KeepAlive(b)
	at := func(p unsafe.Pointer) uintptr { return uintptr(p) }
	name := ntdll.NewAttributes(benchFolder+`\file`, nt.ObjCaseInsensitive, 0)
	fresh := ntdll.NewAttributes(benchFolder+`\new`, nt.ObjCaseInsensitive, 0)
	defer runtime.KeepAlive(name)
	defer runtime.KeepAlive(fresh)
	iosb := at(unsafe.Pointer(&b.iosb))
	open := &[12]uintptr{at(unsafe.Pointer(&b.h)), uintptr(nt.FileGenericRead), at(unsafe.Pointer(name)), iosb, nt.FileShareValid, nt.FileSynchronousIoNonalert}
	closing := &[12]uintptr{}
	measure("file.open_close", func(n uint64) {
		for ; n > 0; n-- {
			call(nt.SvcOpenFile, open)
			closing[0] = uintptr(b.h)
			call(nt.SvcClose, closing)
		}
	})
	stat := &[12]uintptr{at(unsafe.Pointer(name)), at(unsafe.Pointer(&b.info))}
	measure("file.stat", func(n uint64) {
		for ; n > 0; n-- {
			call(nt.SvcQueryFullAttributesFile, stat)
		}
	})
	transfer := &[12]uintptr{uintptr(file), 0, 0, 0, iosb, at(unsafe.Pointer(&b.page)), nt.PageSize, at(unsafe.Pointer(&b.offset)), 0}
	move := func(service nt.Service) func(n uint64) {
		return func(n uint64) {
			for ; n > 0; n-- {
				b.offset = (b.offset + nt.PageSize) % size
				call(service, transfer)
			}
		}
	}
	measure("file.pread4k", move(nt.SvcReadFile))
	measure("file.pwrite4k", move(nt.SvcWriteFile))
	create1 := &[12]uintptr{at(unsafe.Pointer(&b.h)), uintptr(nt.FileGenericWrite | nt.Delete), at(unsafe.Pointer(fresh)), iosb, 0, 0, nt.FileShareValid, nt.FileCreate, nt.FileSynchronousIoNonalert, 0, 0}
	remove := &[12]uintptr{at(unsafe.Pointer(fresh))}
	measure("file.create_close_unlink", func(n uint64) {
		for ; n > 0; n-- {
			call(nt.SvcCreateFile, create1)
			closing[0] = uintptr(b.h)
			call(nt.SvcClose, closing)
			call(nt.SvcDeleteFile, remove)
		}
	})
	other := create("other")
	names := [2]string{benchFolder + `\one`, benchFolder + `\two`}
	k := 0
	measure("file.rename", func(n uint64) {
		for ; n > 0; n-- {
			check("rename", ntdll.Rename(other, 0, names[k%2], false))
			k++
		}
	})
	ntdll.NtClose(other)
	views(file, size)
	directory(folder)
	ntdll.NtClose(file)
}

// views measures the first touch of a page of a view that is in the cache.
func views(file nt.Handle, size uint64) {
	section, s := ntdll.NtCreateFileSection(nt.GenericAll, file, 0, nt.PageReadOnly, nt.SecCommit)
	check("a section", s)
	pages := size / nt.PageSize
	var per [batches]float64
	for i := range per {
		base, _, s := ntdll.NtMapViewOfSection(section, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly)
		check("a view", s)
		view := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&base))), size)
		sum := byte(0)
		start := goos.Nanotime()
		for p := uint64(0); p < size; p += nt.PageSize {
			sum += view[p]
		}
		per[i] = float64(goos.Nanotime()-start) / float64(pages)
		runtime.KeepAlive(sum)
		check("unmap", ntdll.NtUnmapViewOfSection(nt.CurrentProcess, base))
	}
	report("file.mmap_fault_hot", per[:])
	ntdll.NtClose(section)
}

// directory measures the list of a directory of a thousand files.
func directory(folder nt.Handle) {
	for i := range 1000 {
		h, _, s := ntdll.NtCreateFile(nt.FileGenericWrite, ntdll.NewAttributes(fmt.Sprintf("file%04d.txt", i), nt.ObjCaseInsensitive, folder), 0, nt.FileShareValid,
			nt.FileCreate, nt.FileSynchronousIoNonalert)
		check("a file of many", s)
		ntdll.NtClose(h)
	}
	buffer := make([]byte, 32<<10)
	measure("file.readdir1000", func(n uint64) {
		for ; n > 0; n-- {
			for first := true; ; first = false {
				_, s := ntdll.NtQueryDirectoryFile(folder, nt.FileBothDirectoryInformationClass, buffer, false, "", first)
				if s == nt.StatusNoMoreFiles {
					break
				}
				check("NtQueryDirectoryFile", s)
			}
		}
	})
}
