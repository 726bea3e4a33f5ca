package shell

import (
	"slices"
	"strings"

	"gont/fsrtl"
	"gont/nt"
)

// fakeVolume is a file system of one directory tree, C:, in memory: paths in lower case.
type fakeVolume struct {
	files     map[string]*fakeFile
	formatted string
	mended    bool
	slow      chan struct{} // Check waits until it is closed
	broken    bool          // reads fail
}

type fakeFile struct {
	name       string
	attributes uint32
	data       []byte
	written    int64
}

func newFakeVolume() *fakeVolume {
	v := &fakeVolume{files: map[string]*fakeFile{`\??\c:`: {name: "C:", attributes: nt.FileAttributeDirectory}}}
	v.put(`\??\C:\Windows`, nt.FileAttributeDirectory, "")
	v.put(`\??\C:\boot.ini`, nt.FileAttributeHidden|nt.FileAttributeSystem, "timeout=3\r\n")
	v.put(`\??\C:\a.txt`, nt.FileAttributeArchive, "one\n\ttwo")
	v.put(`\??\C:\b.txt`, nt.FileAttributeArchive, "")
	return v
}

func fakePath(path string) string { return strings.ToLower(strings.TrimSuffix(path, `\`)) }

func (v *fakeVolume) put(path string, attributes uint32, data string) *fakeFile {
	f := &fakeFile{name: path[strings.LastIndexByte(path, '\\')+1:], attributes: attributes, data: []byte(data), written: 0x1DC_0000_0000_0000}
	v.files[fakePath(path)] = f
	return f
}

func (v *fakeVolume) find(path string) (*fakeFile, nt.Status) {
	if v == nil {
		return nil, nt.StatusObjectNameNotFound
	}
	if f := v.files[fakePath(path)]; f != nil {
		return f, 0
	}
	dir, _ := splitPath(fakePath(path))
	if v.files[fakePath(dir)] == nil {
		return nil, nt.StatusObjectPathNotFound
	}
	return nil, nt.StatusObjectNameNotFound
}

// fakeOpen is an open file.
type fakeOpen struct {
	v *fakeVolume
	f *fakeFile
}

func (o fakeOpen) Read(b []byte, at int64) (int, nt.Status) {
	switch {
	case o.v.broken:
		return 0, nt.StatusCrcError
	case at >= int64(len(o.f.data)):
		return 0, nt.StatusEndOfFile
	}
	return copy(b, o.f.data[at:]), 0
}

func (o fakeOpen) Write(b []byte, at int64) (int, nt.Status) {
	o.f.data = append(o.f.data[:at], b...)
	return len(b), 0
}

func (o fakeOpen) Flush() nt.Status { return 0 }

func (o fakeOpen) Keep(attributes uint32, written int64) nt.Status {
	o.f.attributes, o.f.written = attributes, written
	return 0
}

func (o fakeOpen) Close() {}

func (f *fake) OpenFile(path string, access nt.AccessMask, disposition, options, attributes uint32) (File, nt.Status) {
	if f.refuse != 0 {
		return nil, f.refuse
	}
	x, s := f.volume.find(path)
	switch {
	case x != nil && disposition == nt.FileCreate:
		return nil, nt.StatusObjectNameCollision
	case x != nil && x.attributes&nt.FileAttributeDirectory != 0 && options&nt.FileNonDirectoryFile != 0:
		return nil, nt.StatusFileIsADirectory
	case x == nil && (s != nt.StatusObjectNameNotFound || disposition == nt.FileOpen):
		return nil, s
	case x == nil:
		if options&nt.FileDirectoryFile != 0 {
			attributes |= nt.FileAttributeDirectory
		}
		x = f.volume.put(path, attributes, "")
	case disposition == nt.FileOverwriteIf:
		x.data = nil
	}
	return fakeOpen{f.volume, x}, 0
}

func (f *fake) Attributes(path string) (a nt.FileNetworkOpenInformation, s nt.Status) {
	if f.refuse != 0 {
		return a, f.refuse
	}
	x, s := f.volume.find(path)
	if x != nil {
		a.FileAttributes, a.EndOfFile, a.LastWriteTime = x.attributes, int64(len(x.data)), x.written
	}
	return a, s
}

func (f *fake) DeleteFile(path string) nt.Status {
	x, s := f.volume.find(path)
	if x == nil {
		return s
	}
	for p := range f.volume.files {
		if strings.HasPrefix(p, fakePath(path)+`\`) {
			return nt.StatusDirectoryNotEmpty
		}
	}
	delete(f.volume.files, fakePath(path))
	return f.refuse
}

func (f *fake) Rename(path, to string, replace bool) nt.Status {
	x, s := f.volume.find(path)
	if x == nil {
		return s
	}
	if !strings.HasPrefix(fakePath(to), `\??\c:`) {
		return nt.StatusNotSameDevice
	}
	if y, _ := f.volume.find(to); y != nil && !replace {
		return nt.StatusObjectNameCollision
	}
	delete(f.volume.files, fakePath(path))
	f.volume.files[fakePath(to)] = x
	x.name = to[strings.LastIndexByte(to, '\\')+1:]
	return 0
}

func (f *fake) SetAttributes(path string, attributes uint32) nt.Status {
	x, s := f.volume.find(path)
	if x != nil {
		x.attributes = attributes
	}
	return s
}

func (f *fake) ListFiles(path, pattern string, do func(e FileEntry) bool) nt.Status {
	if f.refuse != 0 {
		return f.refuse
	}
	if x, s := f.volume.find(path); x == nil {
		return s
	}
	var names []string
	for p := range f.volume.files {
		if dir, name := splitPath(p); name != "" && fakePath(dir) == fakePath(path) && fsrtl.IsNameInExpression(pattern, name, true) {
			names = append(names, p)
		}
	}
	if slices.Sort(names); len(names) == 0 {
		return nt.StatusNoSuchFile
	}
	for _, p := range names {
		x := f.volume.files[p]
		do(FileEntry{Name: x.name, Attributes: x.attributes, Size: int64(len(x.data)), Written: x.written})
	}
	return 0
}

func (f *fake) Volume(path string) (VolumeInfo, nt.Status) {
	if f.volume == nil || f.refuse != 0 {
		return VolumeInfo{}, max(f.refuse, nt.StatusObjectNameNotFound)
	}
	return VolumeInfo{Label: "TEST", System: "FAT32", Serial: 0x12345678, Size: nt.FileFsSizeInformation{TotalAllocationUnits: 1 << 16,
		AvailableAllocationUnits: 1 << 15, SectorsPerAllocationUnit: 8, BytesPerSector: 512}}, 0
}

func (f *fake) SetLabel(path, label string) nt.Status { return f.refuse }

func (f *fake) Format(volume, label string, cluster uint32) nt.Status {
	if f.refuse == 0 && strings.EqualFold(volume, `\??\C:`) && label == "SYSTEM" {
		return nt.StatusAccessDenied
	}
	f.volume.formatted = volume + " " + label
	return f.refuse
}

func (f *fake) Check(volume string, mend bool) (nt.VolumeCheck, string, nt.Status) {
	f.volume.mended = mend
	if f.volume.slow != nil {
		<-f.volume.slow
	}
	c := nt.VolumeCheck{Findings: 2, Files: 7, Directories: 1, LostClusters: 3}
	if mend {
		c.Mended = 1
	}
	return c, "\\x: its chain is too long\n", f.refuse
}

func (f *fake) Disks() ([]Disk, nt.Status) {
	if f.volume == nil {
		return nil, f.refuse
	}
	return []Disk{{nt.DiskEntry{Partitions: 1, SectorSize: 512, Sectors: 131072, Reads: 9, Errors: 2}, "model", "viostor"}, {nt.DiskEntry{Number: 1, Dead: 1}, "other", ""}}, f.refuse
}

func (f *fake) Partitions() ([]Partition, nt.Status) {
	return []Partition{{nt.PartitionEntry{Number: 1, Start: 2048, Sectors: 4096, Active: 1}, "0C FAT32", `\Device\HarddiskVolume1`},
		{nt.PartitionEntry{Number: 5, Start: 8192, Sectors: 2048, Logical: 1}, "83 Linux", `\Device\HarddiskVolume2`}}, f.refuse
}

func (f *fake) LoadDriver(key string) nt.Status {
	if f.refuse == 0 && key != `\Registry\Machine\SYSTEM\CurrentControlSet\Services\Disk` {
		return nt.StatusObjectNameNotFound
	}
	return f.refuse
}

func (f *fake) UnloadDriver(key string) nt.Status { return f.LoadDriver(key) }
