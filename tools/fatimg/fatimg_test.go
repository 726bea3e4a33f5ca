package fatimg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool runs one of Debian's programs and returns what it printed. `make test`
// installs them; elsewhere the test is skipped.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	p, err := exec.LookPath(name)
	if err != nil {
		p, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		if os.Getenv("GONT_TEST") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(p, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// checkFAT lets fsck.fat look at the partition.
func checkFAT(t *testing.T, img string) {
	t.Helper()
	in, err := os.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	part := filepath.Join(t.TempDir(), "part")
	out, err := os.Create(part)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := in.Seek(PartitionStart*SectorSize, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	// Holes stay holes: most of an image is nothing.
	buf, zero := make([]byte, 1<<20), make([]byte, 1<<20)
	for at := int64(0); ; {
		n, err := io.ReadFull(in, buf)
		if at += int64(n); !bytes.Equal(buf[:n], zero[:n]) {
			if _, err := out.WriteAt(buf[:n], at-int64(n)); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			if err := out.Truncate(at); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	msg := tool(t, "fsck.fat", "-n", "-v", part)
	for _, bad := range []string{"Fixing", "differ", "uninitialized", "wrong", "Wrong", "orphan", "Reclaim"} {
		if strings.Contains(msg, bad) {
			t.Fatalf("fsck.fat is not content:\n%s", msg)
		}
	}
}

func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>9) ^ byte(i)*7 ^ seed
	}
	return b
}

func bootCode(n int) []byte {
	b := bytes.Repeat([]byte{0xcc}, n)
	copy(b, "\xeb\x58\x90")
	b[510], b[511] = 0x55, 0xaa
	return b
}

func sampleOptions() Options {
	return Options{
		Size: 64 << 20, MBR: bytes.Repeat([]byte{0x90}, 440), Boot: bootCode(2000),
		DiskID: 0x12345678, VolumeID: 0x9abcdef0, Label: "GONT",
		Files: []File{
			{`\OSLDR`, pattern(300_000, 1)},
			{`\boot.ini`, []byte("[boot loader]\r\n")},
			{`\Windows\System32\ntoskrnl.exe`, pattern(2_500_001, 2)},
			{`\Windows\System32\smss.exe`, pattern(1_500_000, 3)},
			{`\Windows\System32\config\SYSTEM`, pattern(8192, 4)},
			{`\A longer name than DOS knew.txt`, nil},
		},
	}
}

func create(t *testing.T, o Options) string {
	t.Helper()
	img := filepath.Join(t.TempDir(), "gont.img")
	if err := Create(img, o); err != nil {
		t.Fatal(err)
	}
	return img
}

func TestCreate(t *testing.T) {
	for _, size := range []int64{36 << 20, 64 << 20, 270 << 20} {
		t.Run(fmt.Sprint(size>>20, "M"), func(t *testing.T) {
			o := sampleOptions()
			o.Size = size
			img := create(t, o)
			checkFAT(t, img)
			for _, f := range o.Files {
				dos := "::" + strings.ReplaceAll(f.Path, `\`, "/")
				if got := tool(t, "mtype", "-i", img+"@@1M", dos); got != string(f.Data) {
					t.Errorf("mtools reads %d bytes of %s, want %d", len(got), f.Path, len(f.Data))
				}
			}
			out := tool(t, "fdisk", "-l", img)
			for _, want := range []string{"Disklabel type: dos", "0x12345678", "* ", " 2048 ", "W95 FAT32 (LBA)"} {
				if !strings.Contains(out, want) {
					t.Errorf("fdisk does not say %q:\n%s", want, out)
				}
			}
		})
	}
}

func TestLayout(t *testing.T) {
	o := sampleOptions()
	img := create(t, o)
	d, err := os.ReadFile(img)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if !bytes.Equal(d[:440], o.MBR) || le.Uint32(d[440:]) != o.DiskID || d[510] != 0x55 || d[511] != 0xaa {
		t.Error("MBR code, disk signature or mark is wrong")
	}
	// Active, CHS 0/32/33, type 0Ch, CHS 8/40/32, from sector 2048.
	if want := []byte{0x80, 32, 33, 0, 0x0c, 40, 32, 8, 0, 8, 0, 0, 0, 0xf8, 1, 0}; !bytes.Equal(d[446:462], want) {
		t.Errorf("partition entry % x, want % x", d[446:462], want)
	}
	if strings.Trim(string(d[462:510]), "\x00") != "" {
		t.Error("more than one partition")
	}
	p := d[PartitionStart*SectorSize:]
	for _, s := range [][]byte{p[:512], p[6*512 : 7*512]} {
		if string(s[:3]) != "\xeb\x58\x90" || !bytes.Equal(s[90:510], o.Boot[90:510]) || s[510] != 0x55 || s[511] != 0xaa {
			t.Error("boot code is wrong")
		}
		if le.Uint16(s[24:]) != 63 || le.Uint16(s[26:]) != 255 || le.Uint32(s[28:]) != 2048 || le.Uint32(s[32:]) != 129024 ||
			s[64] != 0x80 || le.Uint32(s[67:]) != o.VolumeID || string(s[71:90]) != "GONT       FAT32   " {
			t.Errorf("parameter block is wrong: % x", s[:90])
		}
	}
	if !bytes.Equal(p[12*512:][:2000-512], o.Boot[512:]) {
		t.Error("the rest of the boot code is not at sector 12")
	}
	v, err := OpenVolume(img)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for _, f := range o.Files {
		c, err := v.Clusters(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if len(c) != (len(f.Data)+511)/512 {
			t.Errorf("%s: %d clusters", f.Path, len(c))
		}
		for i := 1; i < len(c); i++ {
			if c[i] != c[i-1]+1 {
				t.Fatalf("%s is in pieces", f.Path)
			}
		}
	}
}

func TestReproducible(t *testing.T) {
	a, err := os.ReadFile(create(t, sampleOptions()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(create(t, sampleOptions()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("two images differ")
	}
}

// TestEdit does what a user does with mtools, on a volume as bad as it gets.
func TestEdit(t *testing.T) {
	o := sampleOptions()
	img := create(t, o)
	v, err := OpenVolume(img)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	const kernel = `\Windows\System32\ntoskrnl.exe`
	if err := v.Scatter(kernel); err != nil {
		t.Fatal(err)
	}
	c, err := v.Clusters(kernel)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(c); i++ {
		if c[i] == c[i-1]+1 || c[i] == c[i-1]-1 {
			t.Fatalf("clusters %d and %d are neighbours", i-1, i)
		}
	}
	checkFAT(t, img)
	dos := "::/Windows/System32/ntoskrnl.exe"
	if tool(t, "mtype", "-i", img+"@@1M", dos) != string(o.Files[2].Data) {
		t.Error("the scattered file has changed")
	}
	repl := filepath.Join(t.TempDir(), "k")
	if err := os.WriteFile(repl, pattern(3_000_000, 9), 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, "mcopy", "-o", "-i", img+"@@1M", repl, dos)
	checkFAT(t, img)
	if c, err = v.Clusters(kernel); err != nil || len(c) != (3_000_000+511)/512 {
		t.Errorf("replaced file has %d clusters, error %v", len(c), err)
	}
	for want, path := range map[string]string{"not exist": `\nothing`, "is a file": `\OSLDR\x`, "directory or empty": `\Windows`} {
		if err := v.Scatter(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Scatter(%s): got %v, want an error with %q", path, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	cases := map[string]func(*Options){
		"not a multiple":        func(o *Options) { o.Size++ },
		"36 MiB":                func(o *Options) { o.Size = 16 << 20 },
		"440 at most":           func(o *Options) { o.MBR = make([]byte, 441) },
		"MBR sector does not":   func(o *Options) { o.MBR = make([]byte, 512) },
		"cover the partition":   func(o *Options) { o.MBR = bootCode(512) },
		"ends in 55 AA":         func(o *Options) { o.Boot = make([]byte, 512) },
		"short jump":            func(o *Options) { o.Boot = bootCode(512); o.Boot[1] = 0x3c },
		"reserved sectors":      func(o *Options) { o.Boot = bootCode(512 * 22) },
		"longer than 11":        func(o *Options) { o.Label = "GONT ON A DISK" },
		"given twice":           func(o *Options) { o.Files = append(o.Files, File{`/WINDOWS/system32\SMSS.EXE`, nil}) },
		"names no file":         func(o *Options) { o.Files = append(o.Files, File{`\Windows\`, nil}) },
		"does not allow":        func(o *Options) { o.Files = append(o.Files, File{`\what?`, nil}) },
		`\Windows\big`:          func(o *Options) { o.Files = append(o.Files, File{`\Windows\big`, make([]byte, 65<<20)}) },
		`\boot.ini\System32\mm`: func(o *Options) { o.Files = append(o.Files, File{`\boot.ini\System32\mm`, nil}) },
	}
	for want, spoil := range cases {
		o := sampleOptions()
		spoil(&o)
		img := filepath.Join(t.TempDir(), "gont.img")
		if err := Create(img, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
		if l, _ := filepath.Glob(img + "*"); len(l) != 0 {
			t.Errorf("%s: left %v", want, l)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenVolume(empty); err == nil || !strings.Contains(err.Error(), "no MBR") {
		t.Errorf("OpenVolume of an empty file: %v", err)
	}
}

// TestOpenByContent: a volume is found whatever its row's type and place, and
// without a table.
func TestOpenByContent(t *testing.T) {
	dir := t.TempDir()
	img := filepath.Join(dir, "a.img")
	if err := Create(img, Options{Size: 40 << 20, Label: "X", Files: []File{{Path: "a", Data: []byte("content")}}}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(img)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b []byte) []byte{
		"83h in row 3": func(b []byte) []byte {
			copy(b[446+32:], b[446:462])
			clear(b[446:462])
			b[446+32+4] = 0x83
			return b
		},
		"behind something else": func(b []byte) []byte {
			copy(b[446+16:], b[446:462])
			b[446+4], b[446+8], b[446+9] = 0x0C, 5, 0
			return b
		},
		"no table": func(b []byte) []byte { return b[PartitionStart*SectorSize:] },
	} {
		p := filepath.Join(dir, "b.img")
		if err := os.WriteFile(p, change(append([]byte(nil), whole...)), 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := OpenVolume(p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if at, err := v.FileOffset("a", 0); err != nil || at == 0 {
			t.Errorf("%s: %d %v", name, at, err)
		}
		v.Close()
	}
	clear(whole[PartitionStart*SectorSize:][:SectorSize])
	p := filepath.Join(dir, "c.img")
	if err := os.WriteFile(p, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenVolume(p); err == nil || !strings.Contains(err.Error(), "no FAT32 boot sector in partition 1") {
		t.Error(err)
	}
}
