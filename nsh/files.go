//go:build ntuser

package main

import (
	"unicode/utf16"
	"unsafe"

	"gont/nsh/shell"
	"gont/nt"
	"gont/ntdll"
)

// openFile opens a file whose requests have ended when the service returns.
func openFile(path string, access nt.AccessMask, disposition, options, attr uint32) (nt.Handle, nt.Status) {
	h, _, s := ntdll.NtCreateFile(access|nt.Synchronize, attributes(path), attr, nt.FileShareRead|nt.FileShareWrite|nt.FileShareDelete,
		disposition, options|nt.FileSynchronousIoNonalert)
	return h, s
}

// openedFile is shell.File.
type openedFile struct{ h nt.Handle }

func (services) OpenFile(path string, access nt.AccessMask, disposition, options, attr uint32) (shell.File, nt.Status) {
	h, s := openFile(path, access, disposition, options, attr)
	return openedFile{h}, s
}

func (f openedFile) Read(b []byte, at int64) (int, nt.Status) {
	n, s := ntdll.NtReadFile(f.h, nil, b, &at)
	if !s.OK() {
		n = 0
	}
	return int(n), s
}

func (f openedFile) Write(b []byte, at int64) (int, nt.Status) {
	n, s := ntdll.NtWriteFile(f.h, nil, b, &at)
	return int(n), s
}

func (f openedFile) Flush() nt.Status { return ntdll.NtFlushBuffersFile(f.h) }

func (f openedFile) Keep(attr uint32, written int64) nt.Status {
	return ntdll.NtSetInformationFile(f.h, nt.FileBasicInformationClass, bytesOf(&nt.FileBasicInformation{LastWriteTime: written, FileAttributes: attr}))
}

func (f openedFile) Close() { ntdll.NtClose(f.h) }

func (services) Attributes(path string) (nt.FileNetworkOpenInformation, nt.Status) {
	return ntdll.NtQueryFullAttributesFile(attributes(path))
}

func (services) DeleteFile(path string) nt.Status { return ntdll.NtDeleteFile(attributes(path)) }

func (services) Rename(path, to string, replace bool) nt.Status {
	h, s := openFile(path, nt.Delete, nt.FileOpen, 0, 0)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(h)
	return ntdll.Rename(h, 0, to, replace)
}

func (services) SetAttributes(path string, attr uint32) nt.Status {
	h, s := openFile(path, nt.FileWriteAttributes, nt.FileOpen, 0, 0)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(h)
	return ntdll.NtSetInformationFile(h, nt.FileBasicInformationClass, bytesOf(&nt.FileBasicInformation{FileAttributes: attr}))
}

func (services) ListFiles(path, pattern string, f func(e shell.FileEntry) bool) nt.Status {
	h, s := openFile(path, nt.FileReadData, nt.FileOpen, nt.FileDirectoryFile, 0)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(h)
	return ntdll.ReadDirectory(h, pattern, func(e ntdll.DirectoryFile) bool {
		return f(shell.FileEntry{Name: e.Name, Short: e.Short, Attributes: e.FileAttributes, Size: e.EndOfFile, Written: e.LastWriteTime})
	})
}

func (services) Volume(path string) (v shell.VolumeInfo, s nt.Status) {
	h, s := openFile(path, nt.FileReadAttributes, nt.FileOpen, 0, 0)
	if !s.OK() {
		return v, s
	}
	defer ntdll.NtClose(h)
	const labelAt, nameAt = 18, 12
	var b [40]uint64
	raw := bytesOf(&b)
	n, s := ntdll.NtQueryVolumeInformationFile(h, nt.FileFsVolumeInformationClass, raw)
	if !s.OK() {
		return v, s
	}
	v.Serial, v.Label = uint32(b[1]), units(raw[labelAt:n])
	if n, s = ntdll.NtQueryVolumeInformationFile(h, nt.FileFsAttributeInformationClass, raw); !s.OK() {
		return v, s
	}
	v.System = units(raw[nameAt:n])
	_, s = ntdll.NtQueryVolumeInformationFile(h, nt.FileFsSizeInformationClass, bytesOf(&v.Size))
	return v, s
}

// units are UTF-16 characters.
func units(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return string(utf16.Decode(u))
}

// encoded are a text's UTF-16 characters.
func encoded(s string) []byte {
	u := utf16.Encode([]rune(s))
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(u))), 2*len(u))
}

func (services) SetLabel(path, label string) nt.Status {
	h, s := openFile(path, nt.FileWriteData, nt.FileOpen, 0, 0)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(h)
	text := encoded(label)
	n := uint32(len(text))
	return ntdll.NtSetVolumeInformationFile(h, nt.FileFsLabelInformationClass, append(append(bytesOf(&n), text...), 0, 0, 0, 0))
}

func (services) Format(volume, label string, cluster uint32) nt.Status {
	h, s := openFile(`\Fat`, nt.FileReadData|nt.FileWriteData, nt.FileOpen, 0, 0)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(h)
	var now nt.SystemTimeOfDayInformation
	ntdll.QuerySystem(nt.SystemTimeOfDayInformationClass, &now)
	v := nt.FormatVolume{ClusterSize: cluster, Serial: uint32(now.CurrentTime>>32) ^ uint32(now.CurrentTime)}
	if v.LabelLength = uint32(len(label)); len(label) > len(v.Label) {
		return nt.StatusInvalidVolumeLabel
	}
	copy(v.Label[:], label)
	_, s = ntdll.NtFsControlFile(h, nil, nt.FsctlFormatVolume, append(bytesOf(&v), encoded(volume)...), nil)
	return s
}

func (services) Check(volume string, mend bool) (c nt.VolumeCheck, text string, s nt.Status) {
	h, s := openFile(volume, nt.FileReadData|nt.FileWriteData, nt.FileOpen, 0, 0)
	if !s.OK() {
		return c, "", s
	}
	defer ntdll.NtClose(h)
	in := []byte{0}
	if mend {
		if _, s = ntdll.NtFsControlFile(h, nil, nt.FsctlLockVolume, nil, nil); !s.OK() {
			return c, "", s
		}
		in[0] = 1
	}
	out := make([]byte, 16<<10)
	n, s := ntdll.NtFsControlFile(h, nil, nt.FsctlCheckVolume, in, out)
	head := int(unsafe.Sizeof(c))
	if !s.OK() || int(n) < head {
		return c, "", s
	}
	copy(bytesOf(&c), out)
	return c, string(out[head:n]), s
}

func (services) Disks() (out []shell.Disk, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.DiskEntry](nt.SystemDiskListClass)
	for _, r := range rows {
		out = append(out, shell.Disk{DiskEntry: r, Name: r.Name.In(b), Driver: r.Driver.In(b)})
	}
	return out, s
}

func (services) Partitions() (out []shell.Partition, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.PartitionEntry](nt.SystemPartitionClass)
	for _, r := range rows {
		out = append(out, shell.Partition{PartitionEntry: r, Kind: r.Kind.In(b), Device: r.Device.In(b)})
	}
	return out, s
}

func (services) LoadDriver(key string) nt.Status { return ntdll.NtLoadDriver(key) }

func (services) UnloadDriver(key string) nt.Status { return ntdll.NtUnloadDriver(key) }
