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

// fileIDs are ids of files and directories of the volume.
var fileIDs []uint64

// fileHandles are of a file, the root directory, a file that children map, and a section of it.
type fileHandles struct{ file, root, mapped, section nt.Handle }

// viewSize is how much of the mapped file children have a view of.
const viewSize = 16 * nt.PageSize

// files makes a FAT volume on the RAM disk, if one is wanted and its driver is there; without it the
// handles are the null device's and a section's of the paging file.
func files(wanted bool, keep func(h nt.Handle, s nt.Status) nt.Handle) (f fileHandles) {
	const all = nt.FileGenericRead | nt.FileGenericWrite | nt.Delete
	open := func(name string, disposition, options uint32) (nt.Handle, nt.Status) {
		h, _, s := ntdll.NtCreateFile(all, ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid, disposition, options)
		return h, s
	}
	if !wanted || !ntdll.NtLoadDriver(`\Registry\Machine\SYSTEM\CurrentControlSet\Services\RamDisk`).OK() {
		for _, h := range []*nt.Handle{&f.file, &f.root, &f.mapped} {
			*h = keep(open(`\Device\Null`, nt.FileOpen, 0))
		}
		f.section = keep(ntdll.NtCreateSection(nil, nt.StandardAll|0x1F, viewSize, nt.PageReadWrite, nt.SecCommit))
		return f
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
	f.file, f.root = keep(open(volume+`\f`, nt.FileCreate, 0)), keep(open(volume+`\`, nt.FileOpen, nt.FileDirectoryFile))
	f.mapped = keep(open(volume+`\mapped`, nt.FileCreate, 0))
	for _, h := range []nt.Handle{f.file, f.root, f.mapped} {
		var id [1]uint64
		_, s := ntdll.NtQueryInformationFile(h, nt.FileInternalInformationClass, unsafe.Slice((*byte)(unsafe.Pointer(&id[0])), 8))
		keep(0, s)
		fileIDs = append(fileIDs, id[0])
	}
	f.section = keep(ntdll.NtCreateFileSection(nt.StandardAll|0x1F, f.mapped, viewSize, nt.PageReadWrite, nt.SecCommit))
	return f
}
