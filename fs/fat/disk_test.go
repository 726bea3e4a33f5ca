package fat

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gont/nt"
)

// disk is a device in memory that keeps what is written to it.
type disk struct {
	data   []byte
	sector int
	record bool
	log    []written
	fail   func(write bool, sector uint64) error
	reads  int
}

// written is one sector that was written, or, without data, a flush.
type written struct {
	sector uint64
	data   []byte
}

var errDisk = errors.New("bad sector")

func (d *disk) SectorSize() int { return d.sector }
func (d *disk) Sectors() uint64 { return uint64(len(d.data) / d.sector) }
func (d *disk) ReadAt(p []byte, s uint64) error {
	d.reads++
	if err := d.check(p, s, false); err != nil {
		return err
	}
	copy(p, d.data[s*uint64(d.sector):])
	return nil
}

func (d *disk) WriteAt(p []byte, s uint64) error {
	if err := d.check(p, s, true); err != nil {
		return err
	}
	copy(d.data[s*uint64(d.sector):], p)
	if d.record {
		for i := 0; i < len(p); i += d.sector {
			d.log = append(d.log, written{s + uint64(i/d.sector), bytes.Clone(p[i : i+d.sector])})
		}
	}
	return nil
}

func (d *disk) Flush() error {
	if d.record {
		d.log = append(d.log, written{})
	}
	return nil
}

func (d *disk) check(p []byte, s uint64, write bool) error {
	if len(p)%d.sector != 0 || s*uint64(d.sector)+uint64(len(p)) > uint64(len(d.data)) {
		panic(fmt.Sprintf("%d bytes at sector %d of %d", len(p), s, d.Sectors()))
	}
	if d.fail != nil {
		for i := 0; i < len(p); i += d.sector {
			if err := d.fail(write, s+uint64(i/d.sector)); err != nil {
				return err
			}
		}
	}
	return nil
}

// shape is a volume that mkfs.fat makes.
type shape struct {
	kind       Kind
	sector     int
	perCluster int // sectors
	kib        int
}

func (s shape) String() string {
	return fmt.Sprintf("%v-%dx%d-%dK", s.kind, s.sector, s.perCluster, s.kib)
}

// forMtools says whether mtools read such a volume: not sectors of more than 2048 bytes, and
// not FAT32 with so few clusters that Windows would not make it.
func (s shape) forMtools() bool {
	return s.sector <= 2048 && (s.kind != FAT32 || s.kib*1024/(s.sector*s.perCluster) > 67000)
}

var shapes = []shape{
	{FAT12, 512, 1, 1440}, {FAT12, 512, 8, 8 << 10}, {FAT16, 512, 1, 8 << 10}, {FAT16, 512, 4, 16 << 10},
	{FAT16, 2048, 2, 32 << 10}, {FAT32, 512, 1, 40 << 10}, {FAT32, 512, 8, 40 << 10}, {FAT32, 4096, 1, 40 << 10},
}

// need skips a test without a tool.
func need(t testing.TB, tools ...string) {
	for _, p := range tools {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed", p)
		}
	}
}

func tool(t testing.TB, name string, a ...string) string {
	t.Helper()
	c := exec.Command(name, a...)
	c.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1", "TZ=UTC")
	b, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(a, " "), err, b)
	}
	return string(b)
}

var made = map[shape][]byte{}

// format returns a disk with an empty volume of mkfs.fat's.
func format(t testing.TB, s shape) *disk {
	t.Helper()
	need(t, "mkfs.fat", "fsck.fat", "mcopy")
	b := made[s]
	if b == nil {
		path := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, int64(s.kib)<<10); err != nil {
			t.Fatal(err)
		}
		tool(t, "mkfs.fat", "-F", fmt.Sprint(int(s.kind)), "-S", fmt.Sprint(s.sector), "-s", fmt.Sprint(s.perCluster), "-n", "GONT", path)
		b, _ = os.ReadFile(path)
		if s.kib <= 64<<10 {
			made[s] = b
		}
	}
	return &disk{data: bytes.Clone(b), sector: s.sector}
}

func clock() time.Time { return time.Date(2026, 5, 4, 13, 37, 42, 120e6, time.UTC) }

func mount(t testing.TB, d *disk) *Volume {
	t.Helper()
	v, err := Mount(d, Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fsck lets fsck.fat look at the disk.
func fsck(t testing.TB, d *disk, what string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(path, d.data, 0o666); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	out, err := exec.Command("fsck.fat", "-n", "-v", path).CombinedOutput()
	if strings.Contains(string(out), "stored in root directory is not valid.") {
		return // it has letters that fsck.fat's code page calls lower case
	}
	if err != nil {
		t.Fatalf("%s: fsck.fat: %v\n%s", what, err, out)
	}
}

func put(t testing.TB, v *Volume, path string, data []byte) {
	t.Helper()
	n, _, err := v.Open(nil, path, OpenOptions{Disposition: nt.FileOverwriteIf, Options: nt.FileNonDirectoryFile})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := n.WriteAt(data, 0); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := n.Close(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func mkdir(t testing.TB, v *Volume, path string) {
	t.Helper()
	n, _, err := v.Open(nil, path, OpenOptions{Disposition: nt.FileCreate, Options: nt.FileDirectoryFile})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	n.Close()
}

func get(v *Volume, path string) ([]byte, error) {
	n, _, err := v.Open(nil, path, OpenOptions{Disposition: nt.FileOpen, Options: nt.FileNonDirectoryFile})
	if err != nil {
		return nil, err
	}
	defer n.Close()
	i, err := n.Info()
	if err != nil {
		return nil, err
	}
	b := make([]byte, i.Size)
	if i.Size > 0 {
		if _, err := n.ReadAt(b, 0); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// tree reads the whole volume: directories have nil.
func tree(v *Volume) (map[string][]byte, error) {
	m := map[string][]byte{}
	var walk func(dir string) error
	walk = func(dir string) error {
		n, _, err := v.Open(nil, dir, OpenOptions{Disposition: nt.FileOpen, Options: nt.FileDirectoryFile})
		if err != nil {
			return err
		}
		var subs []string
		var files []string
		_, err = n.ReadDir(0, "", EntryFunc(func(e *Entry) bool {
			switch name := e.Text(); {
			case name == "." || name == "..":
			case e.Attributes&nt.FileAttributeDirectory != 0:
				subs = append(subs, dir+`\`+name)
			default:
				files = append(files, dir+`\`+name)
			}
			return true
		}))
		n.Close()
		if err != nil {
			return err
		}
		for _, f := range files {
			b, err := get(v, f)
			if err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
			m[f] = b
		}
		for _, s := range subs {
			m[s] = nil
			if err := walk(s); err != nil {
				return err
			}
		}
		return nil
	}
	return m, walk("")
}

// pattern is data that a seed makes.
func pattern(seed, n int) []byte {
	b := make([]byte, n)
	x := uint32(seed)*2654435761 + 12345
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}
