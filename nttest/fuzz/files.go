//go:build ntuser

package main

import (
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// volume is the RAM disk's.
var volume string

// files makes a FAT volume on the RAM disk, if its drivers are there (BOOTFILES=), and opens a
// file and the root directory; without them both handles are the null device's.
func files(keep func(h nt.Handle, s nt.Status) nt.Handle) (file, root nt.Handle) {
	const all = nt.FileGenericRead | nt.FileGenericWrite | nt.Delete
	open := func(name string, disposition, options uint32) (nt.Handle, nt.Status) {
		h, _, s := ntdll.NtCreateFile(all, ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid, disposition, options)
		return h, s
	}
	if s := ntdll.NtLoadDriver(`\Registry\Machine\SYSTEM\CurrentControlSet\Services\RamDisk`); !s.OK() {
		return keep(open(`\Device\Null`, nt.FileOpen, 0)), keep(open(`\Device\Null`, nt.FileOpen, 0))
	}
	for n := 15; n >= 0; n-- { // the disk that came last
		volume = fmt.Sprintf(`\Device\Harddisk%d\Partition1`, n)
		if h, s := open(volume, nt.FileOpen, nt.FileSynchronousIoNonalert); s.OK() {
			ntdll.NtClose(h)
			break
		}
	}
	fat := keep(open(`\Fat`, nt.FileOpen, nt.FileSynchronousIoNonalert))
	v := nt.FormatVolume{Serial: 1}
	in := append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))...)
	for _, c := range []byte(volume) {
		in = append(in, c, 0)
	}
	_, s := ntdll.NtFsControlFile(fat, nil, nt.FsctlFormatVolume, in, nil)
	keep(0, s)
	ntdll.NtClose(fat)
	ntdll.NtClose(keep(open(volume+`\d`, nt.FileCreate, nt.FileDirectoryFile)))
	return keep(open(volume+`\f`, nt.FileCreate, 0)), keep(open(volume+`\`, nt.FileOpen, nt.FileDirectoryFile))
}
