package fat

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gont/nt"
)

var small = shape{FAT16, 512, 4, 16 << 10}

func open(v *Volume, p string, disposition, options uint32) (*Node, uint32, nt.Status) {
	n, a, err := v.Open(nil, p, OpenOptions{Disposition: disposition, Options: options})
	return n, a, StatusOf(err)
}

// TestDispositions (I9): what NtCreateFile's dispositions and options do to files that are
// there and that are not.
func TestDispositions(t *testing.T) {
	v := mount(t, format(t, small))
	mkdir(t, v, `\dir`)
	for _, c := range []struct {
		path                 string
		disposition, options uint32
		action               uint32
		status               nt.Status
	}{
		{`\new`, nt.FileOpen, 0, nt.FileDoesNotExist, nt.StatusObjectNameNotFound},
		{`\new`, nt.FileOverwrite, 0, nt.FileDoesNotExist, nt.StatusObjectNameNotFound},
		{`\new`, nt.FileCreate, 0, nt.FileCreated, 0},
		{`\NEW`, nt.FileCreate, 0, nt.FileExists, nt.StatusObjectNameCollision},
		{`\new`, nt.FileOpen, 0, nt.FileOpened, 0},
		{`\new`, nt.FileOpenIf, 0, nt.FileOpened, 0},
		{`\new2`, nt.FileOpenIf, 0, nt.FileCreated, 0},
		{`\new2`, nt.FileOverwrite, 0, nt.FileOverwritten, 0},
		{`\new2`, nt.FileSupersede, 0, nt.FileSuperseded, 0},
		{`\new3`, nt.FileSupersede, 0, nt.FileCreated, 0},
		{`\new3`, nt.FileOverwriteIf, 0, nt.FileOverwritten, 0},
		{`\new`, nt.FileOpen, nt.FileDirectoryFile, 0, nt.StatusNotADirectory},
		{`\new\`, nt.FileOpen, 0, 0, nt.StatusNotADirectory},
		{`\dir`, nt.FileOpen, nt.FileNonDirectoryFile, 0, nt.StatusFileIsADirectory},
		{`\dir\`, nt.FileOpen, 0, nt.FileOpened, 0},
		{`\dir`, nt.FileOverwrite, 0, 0, nt.StatusObjectNameCollision},
		{`\no\file`, nt.FileCreate, 0, 0, nt.StatusObjectPathNotFound},
		{`\new\file`, nt.FileCreate, 0, 0, nt.StatusObjectPathNotFound},
		{`\a*b`, nt.FileCreate, 0, 0, nt.StatusObjectNameInvalid},
		{`\a:b`, nt.FileCreate, 0, 0, nt.StatusObjectNameInvalid},
		{`\dir\..\new`, nt.FileOpen, 0, 0, nt.StatusObjectNameInvalid},
		{`\` + strings.Repeat("x", 256), nt.FileCreate, 0, 0, nt.StatusObjectNameInvalid},
		{`\` + strings.Repeat("x", 255), nt.FileCreate, 0, nt.FileCreated, 0},
		{`\a\\b`, nt.FileOpen, 0, 0, nt.StatusObjectPathNotFound},
		{``, nt.FileOpen, 0, nt.FileOpened, 0},
		{`\new`, 6, 0, 0, nt.StatusInvalidParameter},
	} {
		n, a, s := open(v, c.path, c.disposition, c.options)
		if s != c.status || a != c.action {
			t.Errorf("%.20s, disposition %d, options %X: %d %v, want %d %v", c.path, c.disposition, c.options, a, s, c.action, c.status)
		}
		if n != nil {
			n.Close()
		}
	}
	// Read-only, hidden and somebody's share mode.
	n, _, _ := open(v, `\new`, nt.FileOpen, 0)
	n.SetInfo(nt.FileAttributeHidden, Times{})
	if _, _, s := open(v, `\new`, nt.FileOverwrite, 0); s != nt.StatusAccessDenied {
		t.Errorf("overwriting a hidden file: %v", s)
	}
	o, _, err := v.Open(nil, `\new`, OpenOptions{Disposition: nt.FileOverwrite, Attributes: nt.FileAttributeHidden})
	if err != nil {
		t.Errorf("overwriting a hidden file as one: %v", err)
	} else {
		o.Close()
	}
	n.SetInfo(nt.FileAttributeReadOnly, Times{})
	if _, _, s := open(v, `\new`, nt.FileSupersede, 0); s != nt.StatusAccessDenied {
		t.Errorf("superseding a read-only file: %v", s)
	}
	if s := StatusOf(n.SetDelete(true)); s != nt.StatusCannotDelete {
		t.Errorf("deleting a read-only file: %v", s)
	}
	n.SetInfo(nt.FileAttributeNormal, Times{})
	n.WriteAt([]byte("stays"), 0)
	_, _, err = v.Open(nil, `\new`, OpenOptions{Disposition: nt.FileOverwrite, Check: func(*Node, uint32) error { return nt.StatusSharingViolation }})
	if b, _ := get(v, `\new`); StatusOf(err) != nt.StatusSharingViolation || string(b) != "stays" {
		t.Errorf("%v, %q", err, b)
	}
	// Deleted, and open.
	m, _, _ := open(v, `\new`, nt.FileOpen, 0)
	n.SetDelete(true)
	n.Close()
	if _, _, s := open(v, `\new`, nt.FileOpen, 0); s != nt.StatusDeletePending {
		t.Errorf("opening what is deleted: %v", s)
	}
	if _, err := m.ReadAt(make([]byte, 5), 0); err != nil {
		t.Error(err)
	}
	m.Close()
	if _, _, s := open(v, `\new`, nt.FileOpen, 0); s != nt.StatusObjectNameNotFound {
		t.Errorf("opening what was deleted: %v", s)
	}
	if s := StatusOf(v.Root().SetDelete(true)); s != nt.StatusCannotDelete {
		t.Errorf("deleting the root: %v", s)
	}
	if err := v.Unmount(); err != nil {
		t.Error(err)
	}
	if _, _, s := open(v, `\new2`, nt.FileOpen, 0); s != nt.StatusVolumeDismounted {
		t.Errorf("after Unmount: %v", s)
	}
}

// TestShortNames (I9): 8.3 names are made as Windows makes them.
func TestShortNames(t *testing.T) {
	d := format(t, small)
	v := mount(t, d)
	want := map[string]string{}
	for _, c := range [][2]string{
		{"README.TXT", "README.TXT"}, {"lower.txt", "lower.txt"}, {"lower2.TXT", "lower2.TXT"}, {"UPPER.txt", "UPPER.txt"},
		{"Mixed.txt", "MIXED~1.TXT"}, {"a long name.text", "ALONGN~1.TEX"}, {"A long name two.text", "ALONGN~2.TEX"},
		{"a.b.c.d", "ABC~1.D"}, {".profile", "PROFIL~1"}, {"x+y=z.[1]", "X_Y_Z~1._1_"}, {"日本語です", "_____~1"},
		{"a long name 3.text", "ALONGN~3.TEX"}, {"a long name 4.text", "ALONGN~4.TEX"}, {"nine chars", "NINECH~1"}, {"a.text", ""},
	} {
		n, _, s := open(v, `\`+c[0], nt.FileCreate, 0)
		if !s.OK() {
			t.Fatalf("%s: %v", c[0], s)
		}
		i, _ := n.Info()
		if c[1] != "" && i.Short != c[1] {
			t.Errorf("%s: %s, want %s", c[0], i.Short, c[1])
		}
		want[c[0]] = i.Short
		n.Close()
	}
	// The fifth gets a hash.
	n, _, _ := open(v, `\a long name 5.text`, nt.FileCreate, 0)
	if i, _ := n.Info(); len(i.Short) != 12 || i.Short[:2] != "AL" || i.Short[6:] != "~1.TEX" {
		t.Errorf("%s", i.Short)
	}
	n.Close()
	for long, short := range want { // found by both, in any case
		for _, p := range []string{short, strings.ToLower(short), strings.ToUpper(long)} {
			n, _, s := open(v, `\`+p, nt.FileOpen, 0)
			if !s.OK() {
				t.Errorf("%s: %v", p, s)
				continue
			}
			if n.Name() != long {
				t.Errorf("%s is %s", p, n.Name())
			}
			n.Close()
		}
	}
	v.Unmount()
	fsck(t, d, "short names")
}

// TestPatterns (I9): directories are listed by NT's patterns, from a cursor.
func TestPatterns(t *testing.T) {
	v := mount(t, format(t, small))
	for _, p := range []string{"a.txt", "b.txt", "c.doc", "long name.text", "noext", "x.y.z"} {
		put(t, v, `\`+p, []byte(p))
	}
	mkdir(t, v, `\sub`)
	for pattern, want := range map[string]string{
		"": "a.txt b.txt c.doc long name.text noext x.y.z sub", "*": "a.txt b.txt c.doc long name.text noext x.y.z sub",
		"*.txt": "a.txt b.txt", "?.TXT": "a.txt b.txt", "<.z": "x.y.z", `noext"`: "noext", "*.TEX": "long name.text", "nothing": "",
		"LONGNA~1.TEX": "long name.text", "*.t?t": "a.txt b.txt",
	} {
		var got []string
		next, one := uint32(0), true
		for one { // one entry a call
			one = false
			var err error
			next, err = v.Root().ReadDir(next, pattern, EntryFunc(func(e *Entry) bool {
				if one {
					return false
				}
				one = true
				got = append(got, e.Text())
				return true
			}))
			if err != nil {
				t.Fatal(err)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, want %q", pattern, s, want)
		}
	}
	n, _, _ := open(v, `\sub`, nt.FileOpen, 0)
	var got []string
	n.ReadDir(0, "", EntryFunc(func(e *Entry) bool { got = append(got, e.Text()); return true }))
	if !slices.Equal(got, []string{".", ".."}) {
		t.Error(got)
	}
}

// TestTimesAndSizes (I9): times, sizes up to 4 GiB - 1, holes, retrieval pointers.
func TestTimesAndSizes(t *testing.T) {
	d := format(t, small)
	v := mount(t, d)
	put(t, v, `\f`, []byte("abc"))
	n, _, _ := open(v, `\f`, nt.FileOpen, 0)
	i, _ := n.Info()
	if !i.Times.Created.Equal(clock()) || i.Attributes != nt.FileAttributeArchive || i.Size != 3 || i.Allocation != 2048 {
		t.Errorf("%+v", i)
	}
	old := time.Date(1999, 12, 31, 23, 59, 58, 0, time.UTC)
	n.SetInfo(nt.FileAttributeSystem, Times{Written: old})
	if err := n.WriteAt([]byte("x"), 1<<32-1); StatusOf(err) != nt.StatusDiskFull {
		t.Error(err)
	}
	if err := n.SetSize(1 << 32); StatusOf(err) != nt.StatusDiskFull {
		t.Error(err)
	}
	if err := n.SetSize(1<<32 - 1); StatusOf(err) != nt.StatusDiskFull { // no room on the volume
		t.Error(err)
	}
	if _, err := n.ReadAt(make([]byte, 1), 3); StatusOf(err) != nt.StatusEndOfFile {
		t.Error(err)
	}
	before, _ := v.Info()
	if err := n.SetSize(100000); err != nil {
		t.Error(err)
	}
	if err := n.WriteAt([]byte("end"), 200000); err != nil {
		t.Error(err)
	}
	n.SetAllocation(1 << 20)
	b := make([]byte, 200003)
	want := make([]byte, 200003)
	copy(want, "abc")
	copy(want[200000:], "end")
	if k, err := n.ReadAt(b, 0); err != nil || k != len(b) || !bytes.Equal(b, want) {
		t.Errorf("%d %v", k, err)
	}
	runs, err := n.Runs(0, 10)
	if err != nil || len(runs) != 1 || runs[0].Offset != 0 || runs[0].Length != 1<<20 {
		t.Errorf("%v %v", runs, err)
	}
	if !bytes.Equal(d.data[runs[0].Sector*512:][:3], []byte("abc")) {
		t.Error("the run leads elsewhere")
	}
	n.SetInfo(0, Times{Written: old})
	n.Close() // gives back what it does not need
	after, _ := v.Info()
	if used := before.Free - after.Free; used != (200003+2047)/2048-1 {
		t.Errorf("%d clusters used", used)
	}
	v.Unmount()
	fsck(t, d, "sizes")
	v = mount(t, d)
	n, _, _ = open(v, `\f`, nt.FileOpen, 0)
	if i, _ := n.Info(); !i.Times.Written.Equal(old) || i.Size != 200003 {
		t.Errorf("%+v", i)
	}
}

// TestDeviceErrors (I9): an error of the device is the caller's, with its status; what was
// not concerned goes on, and later all is written.
func TestDeviceErrors(t *testing.T) {
	d := format(t, small)
	v := mount(t, d)
	put(t, v, `\first`, pattern(1, 5000))
	v.Flush()
	count := 0
	for i := range 300 {
		at := 0
		d.fail = func(write bool, s uint64) error {
			if at++; at == i%40 {
				count++
				return nt.StatusDeviceDataError
			}
			return nil
		}
		p := fmt.Sprintf(`\a file with number %d`, i%20)
		n, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOverwriteIf})
		if err == nil {
			err = n.WriteAt(pattern(i, 3000), 0)
			if i%3 == 0 {
				n.SetDelete(true)
			}
			err = errors.Join(err, n.Close())
		}
		err = errors.Join(err, v.Flush())
		if s := StatusOf(err); s != 0 && s != nt.StatusDeviceDataError {
			t.Fatalf("%d: %v", i, err)
		}
		d.fail = nil
		if err := remembered(v); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if b, err := get(v, `\first`); err != nil || !bytes.Equal(b, pattern(1, 5000)) {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if err := v.Unmount(); err != nil || count < 80 {
		t.Fatal(err, count)
	}
	v, err := Mount(d, Options{Now: clock, NoCheck: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Check(true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Found { // a failed write may leave clusters, and nothing worse
		if !strings.Contains(f.What, "lost clusters") && !strings.Contains(f.What, "goes on behind the end") {
			t.Errorf("%v", f)
		}
	}
	v.Unmount()
	fsck(t, d, "device errors")
}

// TestRefused (I9): what is no FAT volume is refused, with the field that is wrong.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		at   int
		b    []byte
		want string
	}{
		{510, []byte{0}, "signature"}, {0, []byte{0}, "jump"}, {11, []byte{0, 3}, "sectors of 768"}, {13, []byte{3}, "3 sectors a cluster"},
		{11, []byte{0, 0x10, 128}, "clusters of 512 KiB"}, {14, []byte{0, 0}, "reserved"}, {16, []byte{0}, "0 FATs"}, {21, []byte{7}, "media byte 07"},
		{19, []byte{0xFF, 0xFF}, "65535 sectors"}, {17, []byte{0, 0}, "root directory"}, {17, []byte{0xF3}, "entries, which are no whole number"}, {22, []byte{0xFF, 0x7F}, "take"}, {22, []byte{0, 0}, "FAT32"},
	} {
		d := format(t, small)
		copy(d.data[c.at:], c.b)
		_, err := Mount(d, Options{})
		if StatusOf(err) != nt.StatusUnrecognizedVolume || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d: %v, want %q", c.at, err, c.want)
		}
	}
	d := format(t, small)
	d.sector = 1024
	if _, err := Mount(d, Options{}); StatusOf(err) != nt.StatusUnrecognizedVolume {
		t.Error(err)
	}
	d = format(t, small)
	d.fail = func(bool, uint64) error { return errDisk }
	if _, err := Mount(d, Options{}); StatusOf(err) != nt.StatusIoDeviceError {
		t.Error(err)
	}
	d = format(t, small)
	v, err := Mount(d, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, s := open(v, `\new`, nt.FileCreate, 0); s != nt.StatusMediaWriteProtected {
		t.Error(s)
	}
}

// TestFreeCount (I9): FSInfo counts only where the volume was closed.
func TestFreeCount(t *testing.T) {
	d := format(t, shape{FAT32, 512, 1, 40 << 10})
	v := mount(t, d)
	put(t, v, `\f`, pattern(1, 51200))
	i, _ := v.Info()
	if err := v.Clean(); err != nil {
		t.Fatal(err)
	}
	info := d.data[512:]
	if n := le.Uint32(info[488:]); n != i.Free {
		t.Errorf("FSInfo has %d, want %d", n, i.Free)
	}
	le.PutUint32(info[488:], 77)
	if j, _ := mount(t, d).Info(); j.Free != 77 {
		t.Errorf("%d free clusters of a volume that was closed", j.Free)
	}
	put(t, v, `\g`, pattern(1, 512))
	if n := le.Uint32(info[488:]); n != infoUnknown {
		t.Errorf("FSInfo has %d while the volume is in use", n)
	}
	le.PutUint32(info[488:], 77)
	w := mount(t, &disk{data: bytes.Clone(d.data), sector: 512})
	if j, _ := w.Info(); !w.Report().Ran || j.Free == 77 {
		t.Errorf("%d free clusters of a volume that was not closed (check: %v)", j.Free, w.Report().Ran)
	}
}
