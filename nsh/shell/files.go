package shell

import (
	"strings"

	"gont/nt"
)

// Files are the services on files and volumes. Paths are NT's: \??\C:\x.
type Files interface {
	OpenFile(path string, access nt.AccessMask, disposition, options, attributes uint32) (File, nt.Status)
	// Attributes are a file's, which is not opened before.
	Attributes(path string) (nt.FileNetworkOpenInformation, nt.Status)
	DeleteFile(path string) nt.Status
	Rename(path, to string, replace bool) nt.Status
	SetAttributes(path string, attributes uint32) nt.Status
	// ListFiles calls f for the entries of a directory that pattern stands for, until it returns
	// false.
	ListFiles(path, pattern string, f func(e FileEntry) bool) nt.Status
	Volume(path string) (VolumeInfo, nt.Status)
	SetLabel(path, label string) nt.Status
	// Format makes a new FAT volume.
	Format(volume, label string, cluster uint32) nt.Status
	// Check looks at a volume, and mends it.
	Check(volume string, mend bool) (nt.VolumeCheck, string, nt.Status)
	Disks() ([]Disk, nt.Status)
	Partitions() ([]Partition, nt.Status)
}

// File is an open file; its methods wait.
type File interface {
	Read(b []byte, at int64) (int, nt.Status)
	Write(b []byte, at int64) (int, nt.Status)
	Flush() nt.Status
	// Keep gives the file attributes and the time of its last change.
	Keep(attributes uint32, written int64) nt.Status
	Close()
}

// FileEntry is an entry of a directory.
type FileEntry struct {
	Name, Short string
	Attributes  uint32
	Size        int64
	Written     int64 // 100 ns since 1601
}

func (e *FileEntry) directory() bool { return e.Attributes&nt.FileAttributeDirectory != 0 }

// VolumeInfo is what is known of a volume.
type VolumeInfo struct {
	Label, System string
	Serial        uint32
	Size          nt.FileFsSizeInformation
}

// Disk is a disk, and what has happened to it.
type Disk struct {
	nt.DiskEntry
	Name, Driver string
}

// Partition is a partition of a disk.
type Partition struct {
	nt.PartitionEntry
	Kind, Device string
}

// errNoDisk: nobody has a drive letter.
const errNoDisk = problem("there are no volumes with drive letters: no driver of a disk is loaded")

// start finds the current directory: the root of C, if there is one.
func (s *Shell) start() {
	if _, st := s.sys.Attributes(`\??\C:\`); st.OK() {
		s.cwd = `C:\`
	}
}

// prompt is what a console shows when the shell waits for a line.
func (s *Shell) prompt() string {
	if s.cwd == "" {
		return Prompt + " "
	}
	return "nt " + printable(s.cwd) + "> "
}

// full makes a whole path, X:\..., of one that a person has typed, which may begin at the
// current directory, and may have . and .. in it. A path of the namespace of objects is as it is.
func (s *Shell) full(path string) (string, error) {
	lower := strings.ToLower(path)
	for _, p := range []string{`\??\`, `\device\`, `\systemroot`, `\dosdevices\`} {
		if strings.HasPrefix(lower, p) {
			return path, nil
		}
	}
	path = strings.ReplaceAll(path, "/", `\`)
	drive, rest := "", path
	if len(path) >= 2 && path[1] == ':' {
		if c := lower[0]; c < 'a' || c > 'z' {
			return "", wrong("%q is no drive", path[:2])
		}
		drive, rest = strings.ToUpper(path[:2]), path[2:]
	}
	switch {
	case drive == "" && s.cwd == "":
		return "", errNoDisk
	case drive == "":
		drive = s.cwd[:2]
	}
	var parts []string
	if !strings.HasPrefix(rest, `\`) && strings.HasPrefix(s.cwd, drive) {
		parts = strings.Split(strings.Trim(s.cwd[2:], `\`), `\`)
	}
	var out []string
	for _, p := range append(parts, strings.Split(rest, `\`)...) {
		switch p {
		case "", ".":
		case "..":
			out = out[:max(len(out)-1, 0)]
		default:
			out = append(out, p)
		}
	}
	return drive + `\` + strings.Join(out, `\`), nil
}

// native is full's path for the services.
func native(path string) string {
	if strings.HasPrefix(path, `\`) {
		return path
	}
	return `\??\` + path
}

// volumeOf is the volume's name in a path: X:, or a device's whole name.
func volumeOf(path string) string {
	if strings.HasPrefix(path, `\`) {
		return strings.TrimSuffix(path, `\`)
	}
	return path[:2]
}

// splitPath cuts the last name off.
func splitPath(path string) (dir, name string) {
	at := strings.LastIndexByte(path, '\\')
	return path[:at+1], path[at+1:]
}

// join puts a name behind a directory.
func join(dir, name string) string { return strings.TrimSuffix(dir, `\`) + `\` + name }

// wild reports whether a name stands for several.
func wild(name string) bool { return strings.ContainsAny(name, "*?") }

// isDirectory asks whether a path is that of a directory.
func (s *Shell) isDirectory(path string) bool {
	a, st := s.sys.Attributes(native(path))
	return st.OK() && a.FileAttributes&nt.FileAttributeDirectory != 0
}

// expand finds the files that a path stands for, whose last name may be a pattern; . and .. and,
// unless they are wanted, directories do not count.
func (s *Shell) expand(path string, directories bool) (list []string, err error) {
	path, err = s.full(path)
	if err != nil {
		return nil, err
	}
	dir, name := splitPath(path)
	if !wild(name) {
		return []string{path}, nil
	}
	st := s.sys.ListFiles(native(dir), name, func(e FileEntry) bool {
		if e.Name != "." && e.Name != ".." && (directories || !e.directory()) {
			list = append(list, join(dir, e.Name))
		}
		return true
	})
	if st.OK() && len(list) == 0 {
		st = nt.StatusNoSuchFile
	}
	return list, failed(path, st)
}
