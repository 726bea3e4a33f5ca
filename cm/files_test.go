package cm

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"gont/cm/regf"
	"gont/nt"
)

// memFS is a file system in memory. fail makes what it names fail.
type memFS struct {
	mu    sync.Mutex
	files map[string]*memData
	fail  string // "write", "sync", "truncate", "rename", "size"
}

type memData struct{ b []byte }

type memFile struct {
	fs *memFS
	d  *memData
}

func newFS() *memFS { return &memFS{files: map[string]*memData{}} }

func (fs *memFS) Open(path string, create bool) (File, nt.Status) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	d := fs.files[strings.ToUpper(path)]
	if d == nil {
		if !create {
			return nil, nt.StatusObjectNameNotFound
		}
		d = &memData{}
		fs.files[strings.ToUpper(path)] = d
	}
	return &memFile{fs, d}, nt.StatusSuccess
}

func (fs *memFS) Rename(from, to string) nt.Status {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	d := fs.files[strings.ToUpper(from)]
	if d == nil || fs.fail == "rename "+from {
		return nt.StatusObjectNameNotFound
	}
	delete(fs.files, strings.ToUpper(from))
	fs.files[strings.ToUpper(to)] = d
	return nt.StatusSuccess
}

func (fs *memFS) put(path string, b []byte) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.files[strings.ToUpper(path)] = &memData{append([]byte(nil), b...)}
}

func (fs *memFS) get(path string) []byte {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if d := fs.files[strings.ToUpper(path)]; d != nil {
		return append([]byte(nil), d.b...)
	}
	return nil
}

var errDisk = errors.New("the disk fails")

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.fail == "write" {
		return 0, errDisk
	}
	if n := int(off) + len(p); n > len(f.d.b) {
		f.d.b = append(f.d.b, make([]byte, n-len(f.d.b))...)
	}
	return copy(f.d.b[off:], p), nil
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.fail == "read" {
		return 0, errDisk
	}
	return copy(p, f.d.b[off:]), nil
}

func (f *memFile) Sync() error {
	if f.fs.fail == "sync" {
		return errDisk
	}
	return nil
}

func (f *memFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.fail == "size" {
		return 0, errors.New("size")
	}
	return int64(len(f.d.b)), nil
}

func (f *memFile) Truncate(n int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.fail == "truncate" {
		return errDisk
	}
	f.d.b = f.d.b[:n]
	return nil
}

func (f *memFile) Close() {}

const systemFile = systemHivePath

// startFiles makes a registry whose SYSTEM hive has a file.
func startFiles(t testing.TB) *memFS {
	t.Helper()
	fileSystem, fromObject = nil, nil
	start(t)
	fs := newFS()
	fs.put(systemFile, file(t, systemHive(t)))
	expect(t, "ConnectFiles", ConnectFiles(fs, nil), nt.StatusSuccess)
	t.Cleanup(func() { fileSystem = nil })
	return fs
}

// TestNoFiles: what cannot be done says so.
func TestNoFiles(t *testing.T) {
	fileSystem = nil
	start(t)
	k := must(t, `\Registry\Machine\SYSTEM`)
	expect(t, "flush", k.Flush(), nt.StatusRegistryIoFailed)
	expect(t, "flush all", FlushAll(), nt.StatusRegistryIoFailed)
	expect(t, "load", Load(nil, `\Registry\User\X`, `\x`), nt.StatusNotSupported)
	expect(t, "replace", k.Replace(`\x`, `\y`), nt.StatusNotSupported)
	expect(t, "refresh", k.Refresh(), nt.StatusInvalidParameter)
	k.Close()
	h := must(t, `\Registry\Machine\HARDWARE`)
	expect(t, "flush what is in no file", h.Flush(), nt.StatusSuccess)
	h.Close()
	expect(t, "no file", ConnectFiles(newFS(), nil), nt.StatusObjectNameNotFound)
	fileSystem = nil
}

// TestFlush: the file holds what is in memory, without what is volatile; when the disk
// fails, what the file held before.
func TestFlush(t *testing.T) {
	fs := startFiles(t)
	k, _ := CreateKey(`\Registry\Machine\SYSTEM\New\Key`, false)
	k.SetText("x", "y")
	expect(t, "flush", k.Flush(), nt.StatusSuccess)
	reload := func() *regf.Hive {
		t.Helper()
		r, report, err := regf.Load(fs.get(systemFile), regf.Options{Logs: [][]byte{fs.get(systemFile + ".LOG1"), fs.get(systemFile + ".LOG2")}})
		if err != nil || report.Faults > 0 {
			t.Fatal(err, report)
		}
		return r
	}
	r := reload()
	v, ok := readValue(r, r.Open(r.Root(), `New\Key`), "x")
	text, _ := v.Text()
	expect(t, "in the file", ok && text == "y", true)
	expect(t, "volatile", r.Open(r.Root(), "Clone") == regf.NoCell && r.Open(r.Root(), "CurrentControlSet") == regf.NoCell, true)
	k.SetText("x", "z")
	fs.fail = "write"
	expect(t, "flush", k.Flush(), nt.StatusRegistryIoFailed)
	fs.fail = "sync"
	expect(t, "flush", FlushAll(), nt.StatusRegistryIoFailed)
	r = reload()
	v, _ = readValue(r, r.Open(r.Root(), `New\Key`), "x")
	text, _ = v.Text()
	expect(t, "whole", text == "y" || text == "z", true)
	fs.fail = ""
	expect(t, "flush", FlushAll(), nt.StatusSuccess)
	r = reload()
	v, _ = readValue(r, r.Open(r.Root(), `New\Key`), "x")
	text, _ = v.Text()
	expect(t, "in the end", text, "z")
	k.Close()
	nothingOpen(t)
}

// TestLoad: load, use, unload, and each thing that is wrong.
func TestLoad(t *testing.T) {
	fs := startFiles(t)
	fs.put(`\F\A`, file(t, systemHive(t)))
	fs.put(`\F\Empty`, nil)
	fs.put(`\F\Bad`, []byte("this is no hive, but a text that somebody has put there"))
	broken := file(t, systemHive(t))
	for i := 4096; i < len(broken); i++ {
		broken[i] = 0xFF
	}
	fs.put(`\F\Broken`, broken)
	for _, c := range []struct {
		path, file string
		want       nt.Status
	}{
		{`\Registry\User\A`, `\F\A`, nt.StatusSuccess}, {`\Registry\User\A`, `\F\Empty`, nt.StatusObjectNameCollision},
		{`\Registry\User\B`, `\f\a`, nt.StatusSharingViolation}, {`\Registry\User\B`, systemFile, nt.StatusSharingViolation},
		{`\Registry\User\B`, `\F\None`, nt.StatusObjectNameNotFound}, {`\Registry\User\B`, `\F\Bad`, nt.StatusNotRegistryFile},
		{`\Registry\User\B`, `\F\Broken`, nt.StatusRegistryCorrupt}, {`\Registry\B`, `\F\Empty`, nt.StatusInvalidParameter},
		{`\Registry\Machine\SYSTEM\B`, `\F\Empty`, nt.StatusInvalidParameter}, {`\Registry\None\B`, `\F\Empty`, nt.StatusObjectNameNotFound},
		{`B`, `\F\Empty`, nt.StatusObjectPathSyntaxBad}, {``, `\F\Empty`, nt.StatusInvalidParameter}, {`\Registry\Machine\E`, `\F\Empty`, nt.StatusSuccess},
	} {
		expect(t, "load "+c.path+" "+c.file, Load(nil, c.path, c.file), c.want)
	}
	e := must(t, `\Registry\Machine\E`)
	expect(t, "unload an open one", Unload(nil, `\Registry\Machine\E`), nt.StatusCannotDelete)
	sub, s := e.Create("Sub", false)
	expect(t, "create", s, nt.StatusSuccess)
	expect(t, "path", sub.Path(), `\Registry\Machine\E\Sub`)
	expect(t, "delete the root", e.Delete(), nt.StatusCannotDelete)
	e.Close()
	expect(t, "unload with an open key", Unload(nil, `\Registry\Machine\E`), nt.StatusCannotDelete)
	sub.Close()
	fs.fail = "write"
	expect(t, "unload and no disk", Unload(nil, `\Registry\Machine\E`), nt.StatusRegistryIoFailed)
	fs.fail = ""
	expect(t, "unload", Unload(nil, `\Registry\Machine\E`), nt.StatusSuccess)
	expect(t, "unload again", Unload(nil, `\Registry\Machine\E`), nt.StatusObjectNameNotFound)
	expect(t, "load again", Load(nil, `\Registry\User\E2`, `\F\Empty`), nt.StatusSuccess)
	x := must(t, `\Registry\User\E2\Sub`)
	x.Close()
	for path, want := range map[string]nt.Status{`\Registry\Machine\SYSTEM`: nt.StatusInvalidParameter, `\Registry\Machine\HARDWARE`: nt.StatusInvalidParameter,
		`\Registry\Machine`: nt.StatusInvalidParameter, `\Registry\User\E2\Sub`: nt.StatusInvalidParameter} {
		expect(t, "unload "+path, Unload(nil, path), want)
	}
	user := must(t, `\Registry\User`)
	expect(t, "unload by a relative name", Unload(user, `A`), nt.StatusSuccess)
	expect(t, "load by a relative name", Load(user, `A`, `\F\A`), nt.StatusSuccess)
	user.Close()
	nothingOpen(t)
}

// TestSave: save, restore, refresh, replace.
func TestSave(t *testing.T) {
	fs := startFiles(t)
	open := func(path string) File {
		f, s := fs.Open(path, true)
		expect(t, path, s, nt.StatusSuccess)
		return f
	}
	set := must(t, `\Registry\Machine\SYSTEM\ControlSet001`)
	expect(t, "save", set.Save(open(`\S`)), nt.StatusSuccess)
	fs.fail = "write"
	expect(t, "save and no disk", set.Save(open(`\S2`)), nt.StatusRegistryIoFailed)
	fs.fail = "truncate"
	expect(t, "save and no disk", set.Save(open(`\S2`)), nt.StatusRegistryIoFailed)
	fs.fail = ""
	saved, report, err := regf.Load(fs.get(`\S`), regf.Options{})
	if err != nil || report.Faults > 0 {
		t.Fatal(err, report)
	}
	v, _ := readValue(saved, saved.Open(saved.Root(), "Control"), "Name")
	text, _ := v.Text()
	expect(t, "saved", text, "ControlSet001")
	for _, path := range []string{`\Registry`, `\Registry\User`, `\Registry\Machine\SYSTEM\Clone`} {
		k := must(t, path)
		expect(t, "save "+path, k.Save(open(`\S2`)), nt.StatusAccessDenied)
		k.Close()
	}

	two := must(t, `\Registry\Machine\SYSTEM\ControlSet002`)
	two.SetText("before", "x")
	below := must(t, `\Registry\Machine\SYSTEM\ControlSet002\Control`)
	expect(t, "restore", two.Restore(open(`\S`), false), nt.StatusAccessDenied)
	told := nt.StatusPending
	below.Notify(NotifyName, false, &Post{Complete: func(s nt.Status) { told = s }})
	expect(t, "restore by force", two.Restore(open(`\S`), true), nt.StatusSuccess)
	expect(t, "told", told, nt.StatusNotifyCleanup)
	_, s := below.Value("Name")
	expect(t, "what was open", s, nt.StatusKeyDeleted)
	below.Close()
	below = must(t, `\Registry\Machine\SYSTEM\ControlSet002\Control`)
	text, _ = below.Text("Name")
	expect(t, "restored", text, "ControlSet001")
	below.Close()
	_, s = two.Value("before")
	expect(t, "what was before", s, nt.StatusObjectNameNotFound)
	fs.put(`\Bad`, []byte("no hive"))
	expect(t, "restore", two.Restore(open(`\Bad`), false), nt.StatusNotRegistryFile)
	expect(t, "as before", len(two.Subkeys()), 2)
	two.Close()
	set.Close()

	// A hive of its own.
	fs.put(`\H`, file(t, systemHive(t)))
	expect(t, "load", Load(nil, `\Registry\User\H`, `\H`), nt.StatusSuccess)
	h := must(t, `\Registry\User\H`)
	h.SetText("new", "x")
	expect(t, "refresh", h.Refresh(), nt.StatusSuccess)
	_, s = h.Value("new")
	expect(t, "taken back", s, nt.StatusObjectNameNotFound)
	sub, _ := h.Open("Select")
	expect(t, "refresh", h.Refresh(), nt.StatusAccessDenied)
	expect(t, "refresh a subkey", sub.Refresh(), nt.StatusInvalidParameter)
	sub.Close()
	expect(t, "replace by nothing", h.Replace(`\None`, `\Old`), nt.StatusObjectNameNotFound)
	expect(t, "replace by no hive", h.Replace(`\Bad`, `\Old`), nt.StatusNotRegistryFile)
	fs.fail = `rename \S`
	expect(t, "replace and no disk", h.Replace(`\S`, `\Old`), nt.StatusObjectNameNotFound)
	expect(t, "the file is there", len(fs.get(`\H`)) > 0 && fs.get(`\Old`) == nil, true)
	fs.fail = ""
	s1 := fs.get(`\S`)
	expect(t, "replace", h.Replace(`\S`, `\Old`), nt.StatusSuccess)
	expect(t, "the new file", string(fs.get(`\H`)) == string(s1), true)
	h.SetText("later", "x")
	expect(t, "flush", h.Flush(), nt.StatusSuccess)
	expect(t, "not written", string(fs.get(`\H`)) == string(s1), true)
	expect(t, "replace again", h.Replace(`\Old`, `\x`), nt.StatusInvalidParameter)
	h.Close()
	nothingOpen(t)
}

// TestDirtyHive: a hive that a cut has left dirty is recovered from its log.
func TestDirtyHive(t *testing.T) {
	fs := startFiles(t)
	h := systemHive(t)
	fs.put(`\D`, file(t, h))
	expect(t, "load", Load(nil, `\Registry\User\D`, `\D`), nt.StatusSuccess)
	k := must(t, `\Registry\User\D`)
	k.SetText("x", "after")
	before := fs.get(`\D`)
	expect(t, "flush", k.Flush(), nt.StatusSuccess)
	k.Close()
	expect(t, "unload", Unload(nil, `\Registry\User\D`), nt.StatusSuccess)
	// The base block says that a flush has begun; the pages are the old ones.
	b := append([]byte(nil), before...)
	b[4]++
	sum := uint32(0)
	for i := 0; i < 508; i += 4 {
		sum ^= uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16 | uint32(b[i+3])<<24
	}
	copy(b[508:], Uint32Data(sum))
	fs.put(`\D`, b)
	expect(t, "load", Load(nil, `\Registry\User\D`, `\D`), nt.StatusSuccess)
	k = must(t, `\Registry\User\D`)
	text, _ := k.Text("x")
	expect(t, "recovered", text, "after")
	k.Close()
}
