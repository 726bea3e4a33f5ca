package fat

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	osldr "gont/boot/osldr/fat"
	"gont/fs/partition"
	"gont/nt"
	"gont/tools/fatimg"
)

// TestFormat (I9): new volumes of all kinds are clean for fsck.fat and can be used.
func TestFormat(t *testing.T) {
	need(t, "fsck.fat")
	for _, c := range []struct {
		kib, sector int
		o           FormatOptions
		want        Kind
		cluster     uint32
	}{
		{128, 512, FormatOptions{}, FAT12, 512}, {1440, 512, FormatOptions{Label: "floppy"}, FAT12, 512}, {8 << 10, 512, FormatOptions{}, FAT12, 4096},
		{32 << 10, 512, FormatOptions{Label: "X"}, FAT16, 1024}, {100 << 10, 512, FormatOptions{}, FAT16, 2048}, {40 << 10, 512, FormatOptions{Kind: FAT32}, FAT32, 512},
		{40 << 10, 512, FormatOptions{Kind: FAT32, ClusterSize: 512, Label: "small"}, FAT32, 512}, {40 << 10, 4096, FormatOptions{Kind: FAT32}, FAT32, 4096},
		{40 << 10, 512, FormatOptions{Kind: FAT12, ClusterSize: 64 << 10}, FAT12, 64 << 10},
	} {
		d := &disk{data: bytes.Repeat([]byte{0xA5}, c.kib<<10), sector: c.sector}
		c.o.Serial = 0x12345678
		if err := Format(d, c.o); err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		v := mount(t, d)
		put(t, v, `\A file`, pattern(1, 20000))
		mkdir(t, v, `\dir`)
		i, err := v.Info()
		if err != nil || i.Kind != c.want || i.ClusterSize != c.cluster || i.Label != upcased(c.o.Label) || i.Serial != 0x12345678 {
			t.Errorf("%+v: %+v, %v", c, i, err)
		}
		if err := v.Unmount(); err != nil {
			t.Error(err)
		}
		fsck(t, d, i.Kind.String())
	}
	for _, c := range []struct {
		kib int
		o   FormatOptions
	}{{16, FormatOptions{}}, {1440, FormatOptions{Kind: FAT16}}, {1440, FormatOptions{Label: "a*b"}}, {1440, FormatOptions{Label: "longer than 11"}},
		{30 << 10, FormatOptions{Kind: FAT12, ClusterSize: 512}}, {1440, FormatOptions{ClusterSize: 3000}}, {1440, FormatOptions{ClusterSize: 128 << 10}}} {
		d := &disk{data: make([]byte, c.kib<<10), sector: 512}
		if err := Format(d, c.o); err == nil {
			t.Errorf("%+v is formatted", c)
		}
		if d.data[510] != 0 {
			t.Errorf("%+v: something was written", c)
		}
	}
	d := &disk{data: make([]byte, 1440<<10), sector: 512}
	d.fail = func(write bool, s uint64) error { return errDisk }
	if err := Format(d, FormatOptions{}); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

// part is a partition of a disk.
type part struct {
	*disk
	start, count uint64
}

func (p part) Sectors() uint64                  { return p.count }
func (p part) ReadAt(b []byte, s uint64) error  { return p.disk.ReadAt(b, s+p.start) }
func (p part) WriteAt(b []byte, s uint64) error { return p.disk.WriteAt(b, s+p.start) }

// TestReadsDiskfs (I8, I9): a disk that go-diskfs made, as the boot image is, is read byte for
// byte, and written to; OSLDR's reader of FAT reads what was written.
func TestReadsDiskfs(t *testing.T) {
	name := filepath.Join(t.TempDir(), "disk")
	o := fatimg.Options{Size: 40 << 20, Label: "GONT", Files: []fatimg.File{{Path: "boot.ini", Data: pattern(1, 200)}, {Path: `Windows\System32\ntoskrnl.exe`, Data: pattern(2, 300000)},
		{Path: `Windows\System32\drivers\A long name.sys`, Data: pattern(3, 5000)}}}
	for i, f := range o.Files {
		o.Files[i].Path = strings.ReplaceAll(f.Path, `\`, "/")
	}
	if err := fatimg.Create(name, o); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := &disk{data: b, sector: 512}
	table, err := partition.Read(d)
	if err != nil || len(table.Partitions) != 1 || !table.Partitions[0].Active {
		t.Fatal(table, err)
	}
	p := part{d, table.Partitions[0].Start, table.Partitions[0].Sectors}
	v, err := Mount(p, Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range o.Files {
		path := `\` + strings.ReplaceAll(f.Path, "/", `\`)
		if got, err := get(v, path); err != nil || !bytes.Equal(got, f.Data) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	put(t, v, `\Windows\System32\A new file.dat`, pattern(7, 70000))
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Info(); StatusOf(err) != nt.StatusVolumeDismounted {
		t.Error(err)
	}
	w, err := osldr.Mount(loaderDisk{d}, p.start)
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.Open(`\Windows\System32\A new file.dat`)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, f.Len())
	if err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, pattern(7, 70000)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// loaderDisk is a disk as OSLDR reads it.
type loaderDisk struct{ *disk }

func (d loaderDisk) ReadSectors(lba uint64, dst []byte) error { return d.ReadAt(dst, lba) }
