package boottest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"gont/qemu"
)

// options of the one entry of boot.ini, as the kernel gets them.
const options = "BOOTTRACE MAXMEM=64"

func boots(t *testing.T, c qemu.Config, w want) *qemu.Guest {
	t.Helper()
	g := boot(t, c)
	g.Line(done, "missing or damaged", "exception")
	parse(t, g.Text()).check(t, w)
	return g
}

// TestMachines: B9, and the sizes of memory.
func TestMachines(t *testing.T) {
	for _, c := range []qemu.Config{
		{Machine: qemu.PC, Disk: qemu.IDE}, {Machine: qemu.Q35, Disk: qemu.AHCI},
		{Machine: qemu.PC, Disk: qemu.Virtio}, {Machine: qemu.Q35, Disk: qemu.Virtio},
		{Machine: qemu.PC, Disk: qemu.USBXHCI}, {Machine: qemu.Q35, Disk: qemu.USBXHCI},
		{Machine: qemu.PC, Disk: qemu.USBEHCI}, {Machine: qemu.Q35, Disk: qemu.USBEHCI},
		{Memory: 32}, {Memory: 64}, {Memory: 512}, {Memory: 4096}, {Memory: 6144},
		{Machine: qemu.Q35, Disk: qemu.AHCI, Memory: 32}, {Machine: qemu.Q35, Disk: qemu.AHCI, Memory: 6144},
		{CPU: "max"}, {CPU: "Nehalem", SMP: 2}, {NoVGA: true},
	} {
		c.Image = filepath.Join(built, "base.img")
		if c.Memory == 0 {
			c.Memory = 256
		}
		t.Run(fmt.Sprint(c.Machine, c.Disk, c.Memory, c.CPU), func(t *testing.T) {
			t.Parallel()
			boots(t, c, want{options: options, drive: 0x80, mib: uint64(c.Memory)})
		})
	}
}

// TestDriveNumber: the stick is not the BIOS's first disk.
func TestDriveNumber(t *testing.T) {
	for _, disk := range []qemu.Disk{qemu.IDE, qemu.USBXHCI} {
		t.Run(string(disk), func(t *testing.T) {
			t.Parallel()
			first := filepath.Join(t.TempDir(), "chain.img")
			must(t, qemu.WriteChain(first, 0x81))
			boots(t, qemu.Config{Image: first, ExtraDisks: []string{filepath.Join(built, "base.img")}, Disk: disk},
				want{options: options, drive: 0x81})
		})
	}
}

// TestWorseBios: no EDD, reads that fail, registers that do not survive, no E820.
func TestWorseBios(t *testing.T) {
	for name, flags := range map[string]byte{
		"CHS": noEdd, "flaky": flaky, "trash": trash, "E801": noE820, "88h": noE820 | noE801,
		"all at once": noEdd | flaky | trash | noE820,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			hooked(t, img, flags, 0)
			g := boot(t, qemu.Config{Image: img.Name, Memory: 48})
			g.Line(done, "missing or damaged", "exception")
			h := parse(t, g.Text())
			if h.bss[1] != 0x1122334455667788 || len(h.files) != 1 {
				t.Error("kernel or file damaged")
			}
			if flags&noE820 != 0 && len(h.e820) > 3 {
				t.Errorf("memory map %x", h.e820)
			}
		})
	}
}

func TestBochs(t *testing.T) {
	if _, err := exec.LookPath("bochs"); err != nil {
		t.Skip(err)
	}
	t.Parallel()
	g := qemu.BootBochs(t, qemu.BochsConfig{Image: filepath.Join(built, "base.img"), Memory: 64})
	g.Line(done, "missing or damaged", "exception")
	parse(t, g.Text()).check(t, want{options: options, drive: 0x80, mib: 64})
}

// TestFragmented: files in single clusters in a bad order, OSLDR too.
func TestFragmented(t *testing.T) {
	t.Parallel()
	img := image(t)
	must(t, img.Fragment(`\OSLDR`, kernelPath, smssPath, `\boot.ini`))
	boots(t, qemu.Config{Image: img.Name}, want{options: options, drive: 0x80})
}

// TestReplaced: files that mtools has written over the old ones.
func TestReplaced(t *testing.T) {
	t.Parallel()
	img := image(t)
	must(t, img.Delete(`\OSLDR`))
	must(t, img.Write(`\filler`, make([]byte, 100_000)))
	must(t, img.CopyIn(filepath.Join(built, "OSLDR"), `\OSLDR`))
	must(t, img.Write(kernelPath, append(file(t, "testkernel.bin"), make([]byte, 5000)...)))
	must(t, img.Write(`\boot.ini`, []byte("[boot loader]\ntimeout=0\n[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"New\" /new\n")))
	boots(t, qemu.Config{Image: img.Name}, want{options: "NEW", drive: 0x80})
}

// TestCompressed: kernel, hive and smss as LZ4 frames, in the least memory.
func TestCompressed(t *testing.T) {
	t.Parallel()
	img := image(t)
	must(t, img.Write(kernelPath, frame(t, file(t, "testkernel.bin"))))
	must(t, img.Write(smssPath, frame(t, smss())))
	must(t, img.Write(hivePath, frame(t, []byte("regf0123456789abcdef"))))
	boots(t, qemu.Config{Image: img.Name, Memory: 32}, want{options: options, drive: 0x80, mib: 32})
}
