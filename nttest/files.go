//go:build ntuser

package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Files and volumes (I8, I9), on the RAM disk.

// fileVolume is the RAM disk's.
var fileVolume string

// withVolume loads the RAM disk, makes a FAT volume of it, and takes it away at the end. The drivers
// of disks and of the file system are there from the start.
func withVolume(do func() error) error {
	if s := ntdll.NtLoadDriver(driverKey + "RamDisk"); !s.OK() {
		return expect("NtLoadDriver of RamDisk", s, 0)
	}
	name, h, s := lastDisk()
	ntdll.NtClose(h)
	err := expect("open of the RAM disk", s, 0)
	if fileVolume = name; err == nil {
		err = formatVolume()
	}
	if err == nil {
		err = do()
	}
	r := ntdll.NtUnloadDriver(driverKey + "RamDisk")
	if err != nil {
		return err
	}
	return expect("unload RamDisk", r, 0)
}

func formatVolume() error {
	h, s := openDevice(`\Fat`, nt.FileSynchronousIoNonalert)
	if !s.OK() {
		return expect(`open of \Fat`, s, 0)
	}
	defer ntdll.NtClose(h)
	v := nt.FormatVolume{Serial: 0x1234, LabelLength: 4}
	copy(v.Label[:], "TEST")
	name := fileVolume
	in := append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))...)
	for _, c := range name {
		in = append(in, byte(c), 0)
	}
	_, s = ntdll.NtFsControlFile(h, nil, nt.FsctlFormatVolume, in, nil)
	return expect("format", s, 0)
}

// createFile opens or makes a file of the volume.
func createFile(root nt.Handle, name string, access nt.AccessMask, share, disposition, options uint32) (nt.Handle, uint64, nt.Status) {
	if root == 0 {
		name = fileVolume + name
	}
	return ntdll.NtCreateFile(access|nt.Synchronize, ntdll.NewAttributes(name, nt.ObjCaseInsensitive, root), nt.FileAttributeNormal, share, disposition,
		options|nt.FileSynchronousIoNonalert)
}

const everything = nt.FileReadData | nt.FileWriteData | nt.FileReadAttributes | nt.FileWriteAttributes | nt.Delete

var fileTests = []test{
	// A file from NtCreateFile to its end, by every service.
	{"file-services", func() error {
		return withVolume(func() error {
			d, information, s := createFile(0, `\A directory`, nt.FileReadData|nt.FileWriteData, nt.FileShareValid, nt.FileCreate, nt.FileDirectoryFile)
			if !s.OK() || information != nt.FileCreated {
				return fmt.Errorf("a directory: %v, %d", s, information)
			}
			defer ntdll.NtClose(d)
			f, information, s := createFile(d, "file one.txt", everything, nt.FileShareRead|nt.FileShareDelete, nt.FileOpenIf, 0)
			if !s.OK() || information != nt.FileCreated {
				return fmt.Errorf("a file: %v, %d", s, information)
			}
			closed := false
			defer func() {
				if !closed {
					ntdll.NtClose(f)
				}
			}()
			data := make([]byte, 100_000)
			for i := range data {
				data[i] = byte(i * 5 >> 2)
			}
			n, w := ntdll.NtWriteFile(f, nil, data, nil)
			end := int64(nt.FileWriteToEndOfFile)
			_, a := ntdll.NtWriteFile(f, nil, []byte("the end"), &end)
			zero, back := int64(0), make([]byte, len(data)+100)
			got, r := ntdll.NtReadFile(f, nil, back, &zero)
			if n != uint64(len(data)) || got != uint64(len(data)+7) || !bytes.Equal(back[:len(data)], data) || string(back[len(data):got]) != "the end" {
				return fmt.Errorf("%d written (%v, %v), %d read (%v), which may be others", n, w, a, got, r)
			}
			_, e := ntdll.NtReadFile(f, nil, back, nil)
			_, _, share := createFile(0, `\A directory\FILE ONE.TXT`, nt.FileWriteData, nt.FileShareValid, nt.FileOpen, 0)
			_, _, lost := createFile(0, `\Nowhere\x`, nt.FileReadData, nt.FileShareValid, nt.FileOpen, 0)
			_, _, none := createFile(0, `\nothing`, nt.FileReadData, nt.FileShareValid, nt.FileOpen, 0)
			_, _, there := createFile(0, `\A directory`, nt.FileReadData, nt.FileShareValid, nt.FileCreate, 0)
			full, q := ntdll.NtQueryFullAttributesFile(ntdll.NewAttributes(fileVolume+`\a directory\file one.txt`, nt.ObjCaseInsensitive, 0))
			if full.EndOfFile != int64(len(data)+7) {
				return fmt.Errorf("the size is %d", full.EndOfFile)
			}
			if err := all(status{"at the end", e, nt.StatusEndOfFile}, status{"share", share, nt.StatusSharingViolation}, status{"no path", lost, nt.StatusObjectPathNotFound},
				status{"no name", none, nt.StatusObjectNameNotFound}, status{"collision", there, nt.StatusObjectNameCollision}, status{"attributes", q, 0},
				status{"flush", ntdll.NtFlushBuffersFile(f), 0},
				status{"lock", ntdll.NtLockFile(f, nil, 10, 10, 0, true, true), 0},
				status{"lock again", ntdll.NtLockFile(f, nil, 15, 1, 0, true, true), nt.StatusLockNotGranted},
				status{"unlock", ntdll.NtUnlockFile(f, 10, 10, 0), 0}, status{"unlock again", ntdll.NtUnlockFile(f, 10, 10, 0), nt.StatusRangeNotLocked},
				status{"rename", ntdll.Rename(f, 0, `another.name`, false), 0},
				status{"rename to a full path", ntdll.Rename(f, 0, fileVolume+`\moved`, false), 0}); err != nil {
				return err
			}
			var names []string
			root, _, s := createFile(0, `\`, nt.FileReadData, nt.FileShareValid, nt.FileOpen, nt.FileDirectoryFile)
			if !s.OK() {
				return expect("the root", s, 0)
			}
			list := ntdll.ReadDirectory(root, "*", func(e ntdll.DirectoryFile) bool { names = append(names, e.Name); return true })
			ntdll.NtClose(root)
			if slices.Sort(names); !slices.Equal(names, []string{"A directory", "moved"}) {
				return fmt.Errorf("the root has %q (%v)", names, list)
			}
			closed = true
			ntdll.NtClose(f)
			var size nt.FileFsSizeInformation
			_, v := ntdll.NtQueryVolumeInformationFile(d, nt.FileFsSizeInformationClass, unsafe.Slice((*byte)(unsafe.Pointer(&size)), unsafe.Sizeof(size)))
			del := ntdll.NtDeleteFile(ntdll.NewAttributes(fileVolume+`\moved`, nt.ObjCaseInsensitive, 0))
			_, after := ntdll.NtQueryAttributesFile(ntdll.NewAttributes(fileVolume+`\moved`, nt.ObjCaseInsensitive, 0))
			if size.TotalAllocationUnits == 0 || size.BytesPerSector != 512 {
				return fmt.Errorf("size: %+v", size)
			}
			return all(status{"volume", v, 0}, status{"delete", del, 0}, status{"after", after, nt.StatusObjectNameNotFound})
		})
	}},
	// A section of a file, views of two processes, and reads and writes of the file are one.
	{"file-sections", func() error { return withVolume(fileSections) }},

	{"file-oplocks", func() error { return withVolume(oplocks) }},
	// Requests of handles that are not synchronous, on the RAM disk and on the boot volume.
	{"files-async", filesAsync},

	{"open-by-id", func() error { return withVolume(openByID) }},
	// What waits: a lock, a change of a directory; the first is cancelled, the second comes.
	{"file-waits", func() error {
		return withVolume(func() error {
			f, _, s := createFile(0, `\f`, everything, nt.FileShareValid, nt.FileCreate, 0)
			if !s.OK() {
				return expect("create", s, 0)
			}
			defer ntdll.NtClose(f)
			attributes := func(name string) *ntdll.Attributes {
				return ntdll.NewAttributes(fileVolume+name, nt.ObjCaseInsensitive, 0)
			}
			g, s := ntdll.NtOpenFile(everything|nt.Synchronize, attributes(`\f`), nt.FileShareValid, 0)
			if !s.OK() {
				return expect("second open", s, 0)
			}
			defer ntdll.NtClose(g)
			d, s := ntdll.NtOpenFile(nt.FileReadData|nt.Synchronize, attributes(`\`), nt.FileShareValid, nt.FileDirectoryFile)
			if !s.OK() {
				return expect("the root", s, 0)
			}
			defer ntdll.NtClose(d)
			event, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
			defer ntdll.NtClose(event)
			r, granted, b := &ntdll.Request{Event: event}, &ntdll.Request{Event: event}, make([]byte, 256)
			ioKept = append(ioKept, r, granted, b)
			if err := all(status{"lock", ntdll.NtLockFile(f, nil, 0, 100, 0, true, true), 0},
				status{"a lock that waits", ntdll.NtLockFile(g, r, 50, 100, 0, false, true), nt.StatusPending},
				status{"cancel", ntdll.NtCancelIoFile(g), 0}, status{"its end", r.Block.Status, nt.StatusCancelled},
				status{"a second", ntdll.NtLockFile(g, granted, 50, 100, 0, false, true), nt.StatusPending},
				status{"unlock", ntdll.NtUnlockFile(f, 0, 100, 0), 0},
				status{"wait", ntdll.NtWaitForSingleObject(event, false, nil), 0}, status{"granted", granted.Block.Status, 0}); err != nil {
				return err
			}
			zero := int64(60)
			_, w := ntdll.NtWriteFile(f, nil, b, &zero)
			watch := &ntdll.Request{Event: event}
			ioKept = append(ioKept, watch)
			n := ntdll.NtNotifyChangeDirectoryFile(d, watch, b, nt.FileNotifyChangeFileName, false)
			h, _, c := createFile(0, `\new`, everything, nt.FileShareValid, nt.FileCreate, nt.FileDeleteOnClose)
			t := ntdll.NtWaitForSingleObject(event, false, nil)
			ntdll.NtClose(h)
			if watch.Block.Information != 18 || b[4] != 1 || b[8] != 6 || b[12] != 'n' {
				return fmt.Errorf("the change: %v, %d bytes, %x", watch.Block.Status, watch.Block.Information, b[:18])
			}
			return all(status{"write of what is locked", w, nt.StatusFileLockConflict}, status{"watch", n, nt.StatusPending}, status{"create", c, 0}, status{"wait", t, 0})
		})
	}},
}

// fileSections is the row file-sections.
func fileSections() error {
	const size = 5*nt.PageSize + 100
	f, _, s := createFile(0, `\mapped`, everything, nt.FileShareValid, nt.FileCreate, 0)
	if !s.OK() {
		return expect("create", s, 0)
	}
	defer ntdll.NtClose(f)
	_, empty := ntdll.NtCreateFileSection(nt.GenericAll, f, 0, nt.PageReadOnly, nt.SecCommit)
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 3 >> 1)
	}
	_, w := ntdll.NtWriteFile(f, nil, data, nil)
	_, large := ntdll.NtCreateFileSection(nt.GenericAll, f, 8*nt.PageSize, nt.PageReadOnly, nt.SecCommit)
	_, image := ntdll.NtCreateFileSection(nt.GenericAll, f, 0, nt.PageReadOnly, nt.SecImage)
	_, rights := ntdll.NtCreateFileSection(nt.GenericAll, f, 0, nt.PageExecuteRead, nt.SecCommit)
	d, _, _ := createFile(0, `\`, nt.FileReadData, nt.FileShareValid, nt.FileOpen, nt.FileDirectoryFile)
	_, directory := ntdll.NtCreateFileSection(nt.GenericAll, d, 0, nt.PageReadOnly, nt.SecCommit)
	ntdll.NtClose(d)
	if err := all(status{"of an empty file", empty, nt.StatusMappedFileSizeZero}, status{"write", w, 0}, status{"too large", large, nt.StatusSectionTooBig},
		status{"no image", image, nt.StatusInvalidImageFormat}, status{"without the right", rights, nt.StatusAccessDenied},
		status{"of a directory", directory, nt.StatusInvalidFileForSection}); err != nil {
		return err
	}
	section, s := ntdll.NtCreateFileSection(nt.GenericAll, f, 0, nt.PageReadWrite, nt.SecCommit)
	if !s.OK() {
		return expect("NtCreateSection", s, 0)
	}
	defer ntdll.NtClose(section)
	base, n, s := ntdll.NtMapViewOfSection(section, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite)
	if !s.OK() || n != 6*nt.PageSize {
		return fmt.Errorf("a view of %d bytes: %v", n, s)
	}
	view := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&base))), n)
	rest := make([]byte, n-size)
	if !bytes.Equal(view[:size], data) || !bytes.Equal(view[size:], rest) {
		return errors.New("the view has other bytes than the file")
	}
	at := int64(3 * nt.PageSize)
	_, w = ntdll.NtWriteFile(f, nil, []byte("by a write"), &at)
	copy(view[nt.PageSize:], "by the view")
	back := make([]byte, 11)
	at = nt.PageSize
	_, r := ntdll.NtReadFile(f, nil, back, &at)
	if string(view[3*nt.PageSize:][:10]) != "by a write" || string(back) != "by the view" {
		return fmt.Errorf("the view has %q, the file %q (%v, %v)", view[3*nt.PageSize:][:10], back, w, r)
	}
	child, err := run(time.Minute, "file-view", fileVolume+`\mapped`)
	if err != nil || child != survived || string(view[2*nt.PageSize:][:8]) != "by child" {
		return fmt.Errorf("the child: %v, %v; the view has %q", child, err, view[2*nt.PageSize:][:8])
	}
	shrink := ntdll.NtSetInformationFile(f, nt.FileEndOfFileInformationClass, make([]byte, 8))
	gone := ntdll.NtSetInformationFile(f, nt.FileDispositionInformationClass, []byte{1})
	flush := ntdll.NtFlushVirtualMemory(nt.CurrentProcess, base, 0)
	nowhere := ntdll.NtFlushVirtualMemory(nt.CurrentProcess, 0x10000, 0)
	unmap := ntdll.NtUnmapViewOfSection(nt.CurrentProcess, base)
	cut := ntdll.NtSetInformationFile(f, nt.FileEndOfFileInformationClass, append([]byte{10}, make([]byte, 7)...))
	at = 0
	k, r := ntdll.NtReadFile(f, nil, make([]byte, 100), &at)
	if k != 10 {
		return fmt.Errorf("%d bytes are left, %v", k, r)
	}
	return all(status{"shrink", shrink, nt.StatusUserMappedFile}, status{"delete", gone, nt.StatusCannotDelete}, status{"flush", flush, 0},
		status{"flush of no view", nowhere, nt.StatusNotMappedView}, status{"unmap", unmap, 0}, status{"shrink it now", cut, 0})
}

func init() {
	register("file-view", func(args []string) nt.Status {
		f, s := ntdll.NtOpenFile(nt.FileReadData|nt.FileWriteData|nt.Synchronize, ntdll.NewAttributes(args[0], nt.ObjCaseInsensitive, 0), nt.FileShareValid, nt.FileSynchronousIoNonalert)
		if !s.OK() {
			return s
		}
		section, s := ntdll.NtCreateFileSection(nt.GenericAll, f, 0, nt.PageReadWrite, nt.SecCommit)
		if !s.OK() {
			return s
		}
		base, _, s := ntdll.NtMapViewOfSection(section, nt.CurrentProcess, 0, 0, 2*nt.PageSize, 0, nt.ViewUnmap, 0, nt.PageReadWrite)
		// Offsets are multiples of 64 KB.
		if s != nt.StatusMappedAlignment {
			return s
		}
		if base, _, s = ntdll.NtMapViewOfSection(section, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite); !s.OK() {
			return s
		}
		view := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&base))), 6*nt.PageSize)
		if string(view[nt.PageSize:][:11]) != "by the view" {
			return nt.StatusUnsuccessful
		}
		copy(view[2*nt.PageSize:], "by child")
		return survived
	})
}
