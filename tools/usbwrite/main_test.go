package main

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture is a made-up /sys and /proc.
type fixture struct {
	t    *testing.T
	root string
}

func (f fixture) write(name, text string) {
	f.t.Helper()
	p := filepath.Join(f.root, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text+"\n"), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// stick makes a disk at sys/devices/<bus>/<name> with one partition.
func (f fixture) stick(bus, name string, minor int) {
	f.t.Helper()
	dir := "sys/devices/" + bus + "/block/" + name
	f.write(dir+"/size", "250000")
	f.write(dir+"/ro", "0")
	f.write(dir+"/removable", "1")
	f.write(dir+"/dev", fmt.Sprintf("8:%d", minor))
	f.write(dir+"/device/vendor", "ACME    ")
	f.write(dir+"/device/model", "Stick 128 ")
	f.write(dir+"/"+name+"1/partition", "1")
	f.write(dir+"/"+name+"1/size", "200000")
	f.write(dir+"/"+name+"1/dev", fmt.Sprintf("8:%d", minor+1))
	f.link(dir, name)
	f.link(dir+"/"+name+"1", name+"1")
}

func (f fixture) link(dir, name string) {
	f.t.Helper()
	class := filepath.Join(f.root, "sys/class/block")
	if err := os.MkdirAll(class, 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(f.root, dir), filepath.Join(class, name)); err != nil {
		f.t.Fatal(err)
	}
}

func newFixture(t *testing.T) (fixture, *program) {
	f := fixture{t, t.TempDir()}
	f.stick("pci0/usb1/1-1", "sdb", 16)
	f.write("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw")
	f.write("proc/swaps", "Filename Type Size Used Priority")
	return f, &program{sys: filepath.Join(f.root, "sys"), proc: filepath.Join(f.root, "proc")}
}

func TestDescribe(t *testing.T) {
	_, p := newFixture(t)
	d := &disk{path: "/dev/sdb", name: "sdb"}
	if err := p.describe(d); err != nil {
		t.Fatal(err)
	}
	want := "/dev/sdb: ACME Stick 128, 128.0 MB, USB\n  sdb1           102.4 MB  \n"
	if d.String() != want {
		t.Errorf("got %q, want %q", d.String(), want)
	}
	if err := d.usable(64 << 20); err != nil {
		t.Error(err)
	}
	if err := d.usable(1 << 30); err == nil || !strings.Contains(err.Error(), "the image needs 1.1 GB") {
		t.Errorf("too small: %v", err)
	}
}

func TestRefused(t *testing.T) {
	cases := []struct {
		name, disk, want string
		spoil            func(f fixture)
	}{
		{"mounted partition", "sdb", "sdb1 is mounted on /media/x", func(f fixture) {
			f.write("proc/self/mountinfo", "22 1 8:17 / /media/x rw - vfat /dev/sdb1 rw")
		}},
		{"mounted disk", "sdb", "sdb is mounted on /media/x", func(f fixture) {
			f.write("proc/self/mountinfo", "22 1 8:16 / /media/x rw - vfat /dev/sdb rw")
		}},
		{"swap", "sdb", "sdb1 is swap space", func(f fixture) {
			f.write("proc/swaps", "Filename Type\n/dev/sdb1 partition 100 0 -2")
		}},
		{"lvm", "sdb", "sdb1 is used by dm-0", func(f fixture) {
			f.write("sys/devices/pci0/usb1/1-1/block/sdb/sdb1/holders/dm-0", "")
		}},
		{"write-protected", "sdb", "write-protected", func(f fixture) {
			f.write("sys/devices/pci0/usb1/1-1/block/sdb/ro", "1")
		}},
		{"no medium", "sdb", "no medium", func(f fixture) {
			f.write("sys/devices/pci0/usb1/1-1/block/sdb/size", "0")
		}},
		{"partition", "sdb1", "one partition; give /dev/sdb", func(fixture) {}},
		{"unknown", "sdz", "knows no disk", func(fixture) {}},
		{"loop", "loop0", "something the system made", func(f fixture) {
			f.write("sys/devices/virtual/block/loop0/size", "100")
			f.link("sys/devices/virtual/block/loop0", "loop0")
		}},
		{"no mount table", "sdb", "cannot find out", func(f fixture) {
			if err := os.RemoveAll(filepath.Join(f.root, "proc")); err != nil {
				f.t.Fatal(err)
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, p := newFixture(t)
			c.spoil(f)
			d := &disk{path: "/dev/" + c.disk, name: c.disk}
			err := p.describe(d)
			if err == nil {
				err = d.usable(1 << 20)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestInternalDiskIsNamed(t *testing.T) {
	f, p := newFixture(t)
	f.stick("pci0/ata1", "sdc", 32)
	f.write("sys/devices/pci0/ata1/block/sdc/removable", "0")
	d := &disk{path: "/dev/sdc", name: "sdc"}
	if err := p.describe(d); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.String(), "NOT a USB or removable device") {
		t.Errorf("no warning: %s", d)
	}
}

// write runs the whole program on a plain file.
func write(t *testing.T, target int, answer string) (out string, image, got []byte, err error) {
	t.Helper()
	dir := t.TempDir()
	img, stick := filepath.Join(dir, "img"), filepath.Join(dir, "stick")
	image = make([]byte, 3<<20+512)
	rand.New(rand.NewSource(1)).Read(image)
	if err := errors.Join(os.WriteFile(img, image, 0o600), os.WriteFile(stick, make([]byte, target), 0o600)); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	p := &program{in: strings.NewReader(answer), out: &b, plain: true}
	err = p.run([]string{img, stick})
	got, e := os.ReadFile(stick)
	if e != nil {
		t.Fatal(e)
	}
	return b.String(), image, got, err
}

func TestWrite(t *testing.T) {
	out, image, got, err := write(t, 4<<20, "stick\n")
	if err != nil {
		t.Fatal(err)
	}
	if string(got[:len(image)]) != string(image) || len(got) != 4<<20 {
		t.Error("the stick has something else on it")
	}
	for _, w := range []string{"plain file, 4.2 MB", "Type its name, stick,", "writing   100% of 4 MiB", "verifying 100%", "is ready"} {
		if !strings.Contains(out, w) {
			t.Errorf("no %q in %q", w, out)
		}
	}
}

func TestNotConfirmed(t *testing.T) {
	for _, answer := range []string{"", "\n", "y\n", "yes\n", "stic\n"} {
		_, _, got, err := write(t, 4<<20, answer)
		if err == nil || !strings.Contains(err.Error(), "nothing was written") {
			t.Errorf("answer %q: %v", answer, err)
		}
		if strings.Trim(string(got), "\x00") != "" {
			t.Errorf("answer %q: something was written", answer)
		}
	}
}

func TestBadTargets(t *testing.T) {
	if _, _, _, err := write(t, 1<<20, "stick\n"); err == nil || !strings.Contains(err.Error(), "the image needs") {
		t.Errorf("small stick: %v", err)
	}
	img := filepath.Join(t.TempDir(), "img")
	if err := os.WriteFile(img, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"which device":    {img, ""},
		"which":           {img},
		"no such file":    {img, "/dev/no-such-disk"},
		"no such":         {img + "x", "/dev/null"},
		"no block device": {img, "/dev/null"},
		"no block":        {img, img},
	} {
		p := &program{in: strings.NewReader("x\n"), out: new(strings.Builder), sys: "/sys", proc: "/proc"}
		if err := p.run(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("run(%q): got %v, want an error with %q", args, err, want)
		}
	}
}

// liar is a stick that keeps less than it says.
type liar struct {
	data            []byte
	writeErr, syncs error
	readErr         error
}

func (l *liar) WriteAt(b []byte, at int64) (int, error) {
	if at < int64(len(l.data)) {
		copy(l.data[at:], b)
	}
	return len(b), l.writeErr
}

func (l *liar) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if at < int64(len(l.data)) {
		copy(b, l.data[at:])
	}
	return len(b), l.readErr
}

func (l *liar) Sync() error { return l.syncs }

func TestLiar(t *testing.T) {
	image := strings.NewReader(strings.Repeat("GoNT", 1<<19))
	size := image.Size()
	for want, l := range map[string]*liar{
		"byte 1048576 is not":     {data: make([]byte, 1<<20)},
		"writing at 0 MiB: worn":  {data: make([]byte, size), writeErr: errors.New("worn out")},
		"does not take":           {data: make([]byte, size), syncs: errors.New("gone")},
		"reading back at 0 MiB: ": {data: make([]byte, size), readErr: errors.New("gone")},
	} {
		if err := copyAndVerify(new(strings.Builder), l, image, size, func() {}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	if err := copyAndVerify(new(strings.Builder), &liar{data: make([]byte, size)}, image, size, func() {}); err != nil {
		t.Errorf("an honest stick: %v", err)
	}
}
