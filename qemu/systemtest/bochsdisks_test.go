package systemtest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gont/qemu"
)

// TestBochsDisks (I8, I9): in Bochs, the second PC, the driver of IDE disks finds two more disks at both channels, one of
// them without a partition table. Files are copied between all three. Afterwards fsck.fat finds
// the volumes clean, and mtools reads what GoNT has written. -full.
func TestBochsDisks(t *testing.T) {
	if !*full {
		t.Skip("only with -full; TestBochs starts from Bochs's disk")
	}
	t.Parallel()
	dir := t.TempDir()
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	// Bochs takes a flat image of whole cylinders: 16 heads, 63 sectors.
	const cylinder, first = 16 * 63 * 512, 63 * 512
	whole, parted := filepath.Join(dir, "whole.img"), filepath.Join(dir, "parted.img")
	for name, cylinders := range map[string]int64{whole: 20, parted: 100} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, cylinders*cylinder); err != nil {
			t.Fatal(err)
		}
	}
	run("mkfs.fat", "-n", "WHOLE", whole)
	part := filepath.Join(dir, "part")
	if err := os.WriteFile(part, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(part, 100*cylinder-first); err != nil {
		t.Fatal(err)
	}
	run("mkfs.fat", "-F", "32", "-n", "PARTED", "-h", "63", part)
	run("dd", "if="+part, "of="+parted, "bs=512", "seek=63", "conv=notrunc", "status=none")
	table := exec.Command("sfdisk", "-q", parted)
	table.Stdin = bytes.NewBufferString("label: dos\nlabel-id: 0x12345678\nstart=63, type=c\n")
	if out, err := table.CombinedOutput(); err != nil {
		t.Fatalf("sfdisk: %v\n%s", err, out)
	}
	data := make([]byte, 200_000)
	r := rand.New(rand.NewPCG(11, 8))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	file := filepath.Join(dir, "data.bin")
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("%s@@%d", parted, first)
	run("mcopy", "-i", whole, file, "::/data.bin")

	g := qemu.BootBochs(t, qemu.BochsConfig{Image: image(t, "").Name, Extra: []string{
		fmt.Sprintf("ata0-slave: type=disk, path=%q, mode=flat, cylinders=20, heads=16, spt=63", whole),
		"ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15",
		fmt.Sprintf("ata1-master: type=disk, path=%q, mode=flat, cylinders=100, heads=16, spt=63", parted),
	}})
	g.Expect(prompt)
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	for _, c := range []struct{ line, want string }{
		{"disk", `(?s) 0 .*works +atapi.* 1 .*works +atapi.* 2 .*works +atapi.*0C FAT32`},
		{`sum D:\data.bin`, sum},
		{`copy D:\data.bin E:\copied.bin`, `1 files copied`},
		{`copy E:\copied.bin C:\again.bin`, `1 files copied`},
		{`sum C:\again.bin`, sum},
		{`mkdir D:\dir`, ``},
		{`move C:\again.bin D:\dir\third.bin`, ``},
		{"chkdsk D:", `nothing is wrong`},
		{"chkdsk E:", `nothing is wrong`},
	} {
		from := len(g.Text())
		g.Type(c.line + "\r")
		g.Expect(`(?s)\n(.*\n)?nt(?: [A-Z]:\\[^>\n]*)?> $`)
		match(t, c.line, c.want, g.Text()[from:])
	}
	g.Type("shutdown\r")
	g.Line(`^Shutdown: paging files are cleared$`, stop)
	g.End() // Bochs stops in the middle of the last line
	for _, v := range [][2]string{{whole, "::/dir/third.bin"}, {at, "::/copied.bin"}} {
		back := filepath.Join(dir, "back")
		run("mcopy", "-o", "-i", v[0], v[1], back)
		if b, err := os.ReadFile(back); err != nil || !bytes.Equal(b, data) {
			t.Errorf("%s: %d bytes, which are others: %v", v[1], len(b), err)
		}
	}
	run("fsck.fat", "-n", whole)
	run("dd", "if="+parted, "of="+part, "bs=512", "skip=63", "status=none")
	run("fsck.fat", "-n", part)
}
