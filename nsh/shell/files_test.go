package shell

import (
	"strings"
	"testing"
	"time"

	"gont/nt"
)

// TestFileCommands: each command in right use, and what it has done to the files.
func TestFileCommands(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  []string
	}{
		{[]string{"dir"}, []string{"<DIR> Windows", "-HS- 11 boot.ini", "3 files with 19 bytes, 1 directories", "128 MB free"}},
		{[]string{`dir *.txt`}, []string{"8 a.txt", "2 files"}},
		{[]string{`dir a.txt`}, []string{"1 files with 8 bytes"}},
		{[]string{"type boot.ini"}, []string{"timeout=3"}},
		{[]string{"hexdump a.txt"}, []string{"00000000 6f 6e 65 0a 09 74 77 6f one..two"}},
		{[]string{"sum b.txt"}, []string{`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 C:\b.txt`}},
		{[]string{"mkdir d", "cd d", "cd", `copy \a.txt .`, "dir", "del a.txt", "cd ..", "rmdir d", "cd"}, []string{`C:\d`, "1 files copied", "1 files deleted"}},
		{[]string{"mkdir d", "copy *.txt d", `dir d\*.txt`}, []string{"2 files copied", "2 files with 8 bytes"}},
		{[]string{"mkdir d", `move a.txt d`, `type C:\d\a.txt`, `ren d\a.txt z`, `type D/z`}, []string{"1 files moved", "one two one two"}},
		{[]string{"attrib +r -A a.txt", "attrib *.txt"}, []string{`R--- C:\a.txt`, `---A C:\b.txt`}},
		{[]string{"vol", "VOL c:"}, []string{"C: TEST, FAT32, serial number 1234-5678", "256 MB, 128 MB free, clusters of 4096 bytes"}},
		{[]string{"mountvol"}, []string{`C: \Device\HarddiskVolume1 FAT32 TEST`}},
		{[]string{"disk"}, []string{"0 model 64 MB 512 1 9 0 0 2 0 works viostor", "1 other 0 bytes 0 0 0 0 0 0 0 does not answer",
			`0 1 2048 2048 KB 0C FAT32 \Device\HarddiskVolume1 C: active`, `0 5 8192 1024 KB 83 Linux \Device\HarddiskVolume2 logical`}},
		{[]string{"sync"}, []string{"1 volumes written"}},
		{[]string{"chkdsk"}, []string{`looking at C: ...`, `\x: its chain is too long`, "7 files, 1 directories, 3 lost clusters", `2 faults; "chkdsk -f" mends them`}},
		{[]string{"chkdsk -f c:"}, []string{"2 faults mended"}},
		{[]string{"format d: /l:DATA /A:4096 /y"}, []string{"formatting D: ...", "D: TEST"}},
		{[]string{"label C: x"}, nil},
		{[]string{"drivers load Disk", "drivers unload Disk"}, nil},
		{[]string{"c:", "cd"}, []string{`C:\`}},
	} {
		f := newFake()
		f.volume = newFakeVolume()
		got := do(f, c.lines...)
		want(t, got, c.want...)
		if strings.Contains(got, "usage: ") {
			t.Errorf("%q is refused:\n%s", c.lines, got)
		}
	}
}

// TestCompleteFiles: Tab finds files and directories below the current one.
func TestCompleteFiles(t *testing.T) {
	f := newFake()
	f.volume = newFakeVolume()
	s := New(f, &strings.Builder{})
	for line, want := range map[string]string{"type a": "type a.txt ", `cd w`: `cd Windows\`, `copy a.txt C:\Bo`: `copy a.txt C:\boot.ini `, "dir x": "dir x"} {
		if got, _, _ := s.Complete(line, len(line)); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

// TestFileCommandsWrong: wrong use says how it is right; what the services refuse, and a system
// without disks, are said.
func TestFileCommandsWrong(t *testing.T) {
	f := newFake()
	f.volume = newFakeVolume()
	for line, words := range map[string]string{
		"cd a b": "usage: cd", "cd nowhere": "STATUS_OBJECT_NAME_NOT_FOUND", "cd a.txt": "STATUS_NOT_A_DIRECTORY", `cd \??\C:\`: "has no drive letter",
		"dir a b": "usage: dir", `dir nowhere\x`: "STATUS_OBJECT_NAME_NOT_FOUND", "dir *.z": "STATUS_NO_SUCH_FILE",
		"type": "usage: type", "type Windows": "STATUS_FILE_IS_A_DIRECTORY", "type none": "STATUS_OBJECT_NAME_NOT_FOUND",
		"hexdump": "usage: hexdump", "sum": "usage: sum", "sum *.z": "STATUS_NO_SUCH_FILE",
		"copy a.txt": "usage: copy", "copy a.txt A.TXT": "copied to itself", "copy *.txt none": "is no directory", "copy none x": "STATUS_OBJECT_NAME_NOT_FOUND",
		"copy Windows x": "STATUS_FILE_IS_A_DIRECTORY", `copy a.txt none\x`: "STATUS_OBJECT_PATH_NOT_FOUND",
		"move a.txt": "usage: move", "move a.txt b.txt": "STATUS_OBJECT_NAME_COLLISION", `ren a.txt d\x`: "usage: ren", "ren a.txt": "usage: ren",
		"del": "usage: del", "del Windows": "STATUS_FILE_IS_A_DIRECTORY", "mkdir": "usage: mkdir", "mkdir a.txt": "STATUS_OBJECT_NAME_COLLISION",
		"rmdir": "usage: rmdir", "rmdir a.txt": "STATUS_NOT_A_DIRECTORY", "attrib": "usage: attrib", "attrib +Q a.txt": "usage: attrib",
		"vol a b": "usage: vol", "mountvol x": "usage: mountvol", "disk x": "usage: disk", "sync x": "usage: sync", "chkdsk -x": "chkdsk", "chkdsk -f C: D:": "usage: chkdsk",
		"format": "usage: format", "format C:": "say /Y", "format C: /A:x /Y": "no size of a cluster", "format C: /L:SYSTEM /Y": "cannot be formatted", "label": "usage: label",
		"1:": "is no drive", "drivers load": "usage: drivers", "drivers frob Disk": "usage: drivers", `drivers load a\b`: "usage: drivers",
		"drivers load Nobody": "STATUS_OBJECT_NAME_NOT_FOUND",
	} {
		want(t, do(f, line), words)
	}
	f.volume.broken = true
	want(t, do(f, "copy a.txt c.txt"), "STATUS_CRC_ERROR")
	if _, s := f.volume.find(`\??\C:\c.txt`); s != nt.StatusObjectNameNotFound {
		t.Error("a copy that failed is there")
	}
	none := newFake()
	for _, line := range []string{"cd", "dir", "type x", "copy a b", "del x", "vol", "mountvol", "sync", "chkdsk", "attrib x", "mkdir x"} {
		want(t, do(none, line), "no driver of a disk is loaded")
	}
	want(t, do(none, "disk"), "no disks: no driver of a disk is loaded")
	none.refuse = nt.StatusIoTimeout
	want(t, do(none, "disk"), "STATUS_IO_TIMEOUT")
}

// saidTo is an output that calls f with each piece.
type saidTo func(string)

func (f saidTo) Write(b []byte) (int, error) {
	f(string(b))
	return len(b), nil
}

// TestPatience: what takes long says so until it has ended.
func TestPatience(t *testing.T) {
	f := newFake()
	f.volume = newFakeVolume()
	f.volume.slow = make(chan struct{})
	times := 0
	var all strings.Builder
	s := New(f, saidTo(func(text string) {
		all.WriteString(text)
		if strings.HasPrefix(text, "looking at C:, 0 s so far ...") {
			if times++; times == 3 {
				close(f.volume.slow)
			}
		}
	}))
	s.patience = time.Millisecond
	s.Execute("chkdsk")
	if text := all.String(); times < 3 || !strings.HasSuffix(text, "\"chkdsk -f\" mends them\n") {
		t.Errorf("%d times in\n%s", times, text)
	}
}
