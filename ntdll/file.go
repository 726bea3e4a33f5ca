//go:build ntuser

package ntdll

import (
	"unicode/utf16"
	"unsafe"

	"gont/nt"
)

// Files: of devices and of file systems.

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

// NtQueryInformationFile asks for information of a class; n is how many bytes it has.
func NtQueryInformationFile(h nt.Handle, class uint32, b []byte) (n uint64, s nt.Status) {
	var block nt.IoStatusBlock
	s = ZwQueryInformationFile(uintptr(h), uintptr(unsafe.Pointer(&block)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(class))
	return block.Information, s
}

// NtQueryVolumeInformationFile asks for information on the volume of a file.
func NtQueryVolumeInformationFile(h nt.Handle, class uint32, b []byte) (n uint64, s nt.Status) {
	var block nt.IoStatusBlock
	s = ZwQueryVolumeInformationFile(uintptr(h), uintptr(unsafe.Pointer(&block)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(class))
	return block.Information, s
}

// NtSetVolumeInformationFile changes it.
func NtSetVolumeInformationFile(h nt.Handle, class uint32, b []byte) nt.Status {
	var block nt.IoStatusBlock
	return ZwSetVolumeInformationFile(uintptr(h), uintptr(unsafe.Pointer(&block)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(class))
}

// NtQueryDirectoryFile fills b with entries of a directory; the file is a synchronous one.
func NtQueryDirectoryFile(h nt.Handle, class uint32, b []byte, single bool, pattern string, restart bool) (n uint64, s nt.Status) {
	var block nt.IoStatusBlock
	var p *nt.UnicodeString
	if pattern != "" {
		p = &NewString(pattern).UnicodeString
	}
	s = ZwQueryDirectoryFile(uintptr(h), 0, 0, 0, uintptr(unsafe.Pointer(&block)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(class),
		flag(single), uintptr(unsafe.Pointer(p)), flag(restart))
	return block.Information, s
}

// NtQueryFullAttributesFile asks for a file that is not opened.
func NtQueryFullAttributesFile(a *Attributes) (v nt.FileNetworkOpenInformation, s nt.Status) {
	s = ZwQueryFullAttributesFile(uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&v)))
	return
}

// NtQueryAttributesFile is NtQueryFullAttributesFile without sizes.
func NtQueryAttributesFile(a *Attributes) (v nt.FileBasicInformation, s nt.Status) {
	s = ZwQueryAttributesFile(uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&v)))
	return
}

// NtDeleteFile deletes a file.
func NtDeleteFile(a *Attributes) nt.Status { return ZwDeleteFile(uintptr(unsafe.Pointer(a))) }

// NtFlushBuffersFile returns when what was written is safe.
func NtFlushBuffersFile(h nt.Handle) nt.Status {
	var block nt.IoStatusBlock
	return ZwFlushBuffersFile(uintptr(h), uintptr(unsafe.Pointer(&block)))
}

// NtFsControlFile sends a control code to a file system.
func NtFsControlFile(h nt.Handle, r *Request, code uint32, in, out []byte) (n uint64, s nt.Status) {
	if r == nil {
		r = new(Request)
	}
	s = ZwFsControlFile(uintptr(h), uintptr(r.Event), uintptr(r.Apc), uintptr(r.ApcContext), uintptr(unsafe.Pointer(&r.Block)),
		uintptr(code), uintptr(unsafe.Pointer(unsafe.SliceData(in))), uintptr(len(in)), uintptr(unsafe.Pointer(unsafe.SliceData(out))), uintptr(len(out)))
	return r.Block.Information, s
}

// NtLockFile locks bytes of a file, at once or, where r has an event, when they are free.
func NtLockFile(h nt.Handle, r *Request, offset, length int64, key uint32, immediately, exclusive bool) nt.Status {
	if r == nil {
		r = new(Request)
	}
	return ZwLockFile(uintptr(h), uintptr(r.Event), uintptr(r.Apc), uintptr(r.ApcContext), uintptr(unsafe.Pointer(&r.Block)),
		uintptr(unsafe.Pointer(&offset)), uintptr(unsafe.Pointer(&length)), uintptr(key), flag(immediately), flag(exclusive))
}

// NtUnlockFile unlocks them.
func NtUnlockFile(h nt.Handle, offset, length int64, key uint32) nt.Status {
	var block nt.IoStatusBlock
	return ZwUnlockFile(uintptr(h), uintptr(unsafe.Pointer(&block)), uintptr(unsafe.Pointer(&offset)), uintptr(unsafe.Pointer(&length)), uintptr(key))
}

// NtNotifyChangeDirectoryFile ends, by r, when something in a directory has changed; b must live
// until then.
func NtNotifyChangeDirectoryFile(h nt.Handle, r *Request, b []byte, filter uint32, tree bool) nt.Status {
	return ZwNotifyChangeDirectoryFile(uintptr(h), uintptr(r.Event), uintptr(r.Apc), uintptr(r.ApcContext), uintptr(unsafe.Pointer(&r.Block)),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(filter), flag(tree))
}

// Rename gives a file another name (FileRenameInformation): name begins at root, or with a backslash,
// or is one in the same directory.
func Rename(h, root nt.Handle, name string, replace bool) nt.Status {
	const nameAt = 20
	u := utf16.Encode([]rune(name))
	b := make([]byte, max(nameAt+2*len(u), int(unsafe.Sizeof(nt.FileRenameInformation{})))+8)
	v := (*nt.FileRenameInformation)(unsafe.Pointer(&b[0]))
	v.RootDirectory, v.FileNameLength = root, uint32(2*len(u))
	if replace {
		v.ReplaceIfExists = 1
	}
	for i, c := range u {
		b[nameAt+2*i], b[nameAt+2*i+1] = byte(c), byte(c>>8)
	}
	return NtSetInformationFile(h, nt.FileRenameInformationClass, b)
}

// DirectoryFile is an entry of a directory of files.
type DirectoryFile struct {
	nt.FileDirectoryInformation
	Name, Short string
}

// ReadDirectory calls f for the entries of an open directory that pattern stands for, from the
// first one on, until it returns false.
func ReadDirectory(h nt.Handle, pattern string, f func(e DirectoryFile) bool) nt.Status {
	const nameAt, shortAt = 94, 68 // FILE_BOTH_DIR_INFORMATION
	words := make([]uint64, 2048)
	b := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	for restart := true; ; restart = false {
		_, s := NtQueryDirectoryFile(h, nt.FileBothDirectoryInformationClass, b, false, pattern, restart)
		if s == nt.StatusNoMoreFiles {
			return nt.StatusSuccess
		}
		if !s.OK() {
			return s
		}
		for at := uint32(0); ; {
			e := DirectoryFile{FileDirectoryInformation: *(*nt.FileDirectoryInformation)(unsafe.Pointer(&b[at]))}
			e.Name = characters(b[at+nameAt:][:e.FileNameLength])
			e.Short = characters(b[at+shortAt+2:][:b[at+shortAt]])
			if !f(e) {
				return nt.StatusSuccess
			}
			if e.NextEntryOffset == 0 {
				break
			}
			at += e.NextEntryOffset
		}
	}
}

// characters are those of UTF-16 text.
func characters(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return string(utf16.Decode(u))
}

// NtCreatePagingFile makes a paging file of least to most bytes, by its full name.
func NtCreatePagingFile(name string, least, most int64) nt.Status {
	return ZwCreatePagingFile(uintptr(unsafe.Pointer(&NewString(name).UnicodeString)), uintptr(unsafe.Pointer(&least)), uintptr(unsafe.Pointer(&most)), 0)
}
