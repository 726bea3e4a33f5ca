package cm

import (
	"strings"

	"gont/cm/regf"
	"gont/nt"
	"gont/ob"
)

// File is a file that a hive is read from and written to.
type File interface {
	regf.File
	ReadAt(p []byte, off int64) (int, error)
	Size() (int64, error)
	Truncate(size int64) error
	Close()
}

// FileSystem opens files by their full names in ob. All may wait; they are called without
// locks, at PASSIVE_LEVEL.
type FileSystem interface {
	// Open opens a file for reading and writing; with create, one that is not there is
	// made, and is empty.
	Open(path string, create bool) (File, nt.Status)
	// Rename gives a file another name, in the place of any file that has it.
	Rename(from, to string) nt.Status
}

// fileSystem is nil until ConnectFiles; then no hive can be read or written. fromObject is
// what makes a File of a handle's object.
var (
	fileSystem FileSystem
	fromObject func(o *ob.Object, write bool) (File, nt.Status)
)

// onChange is called when a hive that is in a file has been changed, with mu held.
var onChange func()

// OnChange has f called after each change of a hive that is in a file: by the thread that
// has made it, at APC_LEVEL, with the registry locked. f may only take note: no dispatch point. It is
// called before anybody else uses the registry's files.
func OnChange(f func()) {
	mu.Lock()
	onChange = f
	mu.Unlock()
}

// hiveFiles are the files of a hive. path is "" for one that is in no file; primary is nil
// while there is no file system.
type hiveFiles struct {
	path     string
	primary  File
	logs     [2]File
	replaced bool // by NtReplaceKey: what is in memory now is of the last time
}

var logNames = [2]string{".LOG1", ".LOG2"}

// ConnectFiles gives cm the file system, when it stands: hives that the loader has read find
// their files, and all that needs files works from now on. from makes a File of an
// object that a program has a handle of, for writing or for reading. The status is that of the first hive whose file
// could not be opened.
func ConnectFiles(fs FileSystem, from func(o *ob.Object, write bool) (File, nt.Status)) nt.Status {
	mu.Lock()
	fileSystem, fromObject = fs, from
	var list []*hive
	for _, h := range master.mounts {
		if h.file.path != "" && h.file.primary == nil {
			h.begin(false)
			list = append(list, h)
		}
	}
	mu.Unlock()
	result := nt.StatusSuccess
	for _, h := range list {
		if s := h.file.open(); !s.OK() && result.OK() {
			result = s
		}
		h.end()
	}
	return result
}

// FileFromObject makes a File of an object that a program has a handle of, for writing or for
// reading: STATUS_ACCESS_DENIED when the program has not opened it for that.
// STATUS_OBJECT_TYPE_MISMATCH when it is none, or when there are no files yet.
func FileFromObject(o *ob.Object, write bool) (File, nt.Status) {
	if fromObject == nil {
		return nil, nt.StatusObjectTypeMismatch
	}
	return fromObject(o, write)
}

// open opens a hive's file and its logs. Without logs a hive works, too; a cut may then leave
// a damaged one.
func (f *hiveFiles) open() nt.Status {
	var s nt.Status
	if f.primary, s = fileSystem.Open(f.path, false); !s.OK() {
		f.primary = nil
		return s
	}
	for i, name := range logNames {
		if f.logs[i], s = fileSystem.Open(f.path+name, true); !s.OK() {
			f.logs[i] = nil
		}
	}
	return nt.StatusSuccess
}

func (f *hiveFiles) close() {
	for _, x := range []File{f.primary, f.logs[0], f.logs[1]} {
		if x != nil {
			x.Close()
		}
	}
	f.primary, f.logs = nil, [2]File{}
}

// files is what regf writes to.
func (f *hiveFiles) files() regf.Files {
	r := regf.Files{Primary: f.primary}
	if f.logs[0] != nil {
		r.Log1 = f.logs[0]
	}
	if f.logs[1] != nil {
		r.Log2 = f.logs[1]
	}
	return r
}

// is reports whether this is the file's name.
func (f *hiveFiles) is(path string) bool { return f.path != "" && strings.EqualFold(f.path, path) }

// MaximumHive is the size of the largest file that is loaded as a hive.
const MaximumHive = 64 << 20

// readFile reads a file into memory of hives. The caller frees all of it, up to its capacity.
func readFile(f File) ([]byte, nt.Status) {
	size, err := f.Size()
	switch {
	case err != nil:
		return nil, nt.StatusRegistryIoFailed
	case size > MaximumHive:
		return nil, nt.StatusInsufficientResources
	case size <= 0:
		return nil, nt.StatusSuccess
	}
	b := memory.Alloc(int(size+4095) &^ 4095)
	if b == nil {
		return nil, nt.StatusInsufficientResources
	}
	for at := 0; at < int(size); {
		n, err := f.ReadAt(b[at:min(at+1<<16, int(size))], int64(at))
		if n <= 0 || err != nil && at+n < int(size) {
			memory.Free(b)
			return nil, nt.StatusRegistryIoFailed
		}
		at += n
		poll()
	}
	return b[:size], nt.StatusSuccess
}

func freeFile(b []byte) {
	if cap(b) > 0 {
		memory.Free(b[:cap(b)])
	}
}

// readHive reads a hive from a file and its logs. Its bins may lie in adopted, which the
// caller frees after the hive.
func readHive(f *hiveFiles) (r *regf.Hive, adopted []byte, s nt.Status) {
	data, s := readFile(f.primary)
	if !s.OK() {
		return nil, nil, s
	}
	if len(data) == 0 { // a new hive
		r, err := regf.New(regf.Options{Memory: memory, Poll: pollNow, Name: f.path, Time: now()})
		if err != nil {
			return nil, nil, status(err)
		}
		r.SetAllDirty()
		return r, nil, nt.StatusSuccess
	}
	var logs [][]byte
	for _, l := range f.logs {
		var b []byte
		if l != nil {
			if b, s = readFile(l); !s.OK() {
				b = nil // as if it were not there
			}
		}
		logs = append(logs, b)
		defer func() { freeFile(b) }()
	}
	r, report, err := regf.Load(data, regf.Options{Memory: memory, Poll: pollNow, Adopt: true, Logs: logs})
	if err != nil {
		freeFile(data)
		return nil, nil, status(err)
	}
	if report.Recovered { // its bins are elsewhere
		freeFile(data)
		data = nil
	}
	if err := r.Upgrade(); err != nil {
		r.Close()
		freeFile(data)
		return nil, nil, status(err)
	}
	return r, data, nt.StatusSuccess
}
