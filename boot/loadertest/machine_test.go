package loadertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
			boots(t, c, want{options: options, drive: 0x80, mib: uint64(c.Memory), noVGA: c.NoVGA})
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
		"MBR at 07C0:0000": farMbr, "all at once": noEdd | flaky | trash | noE820 | farMbr,
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
	parse(t, g.Text()).check(t, want{options: options, drive: 0x80, mib: 64, textMode: true})
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
	must(t, img.Write(hivePath, frame(t, baseHive().bytes())))
	boots(t, qemu.Config{Image: img.Name, Memory: 32}, want{options: options, drive: 0x80, mib: 32})
}

// TestFormatted: volumes that mkfs.fat made, as on a stick somebody formatted:
// cluster sizes up to 64 KiB, the partition at sector 63 in the table's second
// row, and hidden sectors that are not true.
func TestFormatted(t *testing.T) {
	if _, err := exec.LookPath("mkfs.fat"); err != nil {
		t.Skip(err)
	}
	const start = 63
	for _, c := range []struct{ mib, cluster int }{{300, 8}, {2300, 64}, {4500, 128}} {
		t.Run(fmt.Sprint(c.cluster), func(t *testing.T) {
			t.Parallel()
			img := &qemu.Image{Name: filepath.Join(t.TempDir(), "stick.img")}
			must(t, os.WriteFile(img.Name, nil, 0o600))
			must(t, img.Truncate(int64(c.mib)<<20))
			sectors := c.mib<<11 - start
			tool := func(name string, args ...string) {
				t.Helper()
				cmd := exec.Command(name, args...)
				cmd.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", name, err, out)
				}
			}
			tool("mkfs.fat", "-F", "32", "-s", fmt.Sprint(c.cluster), "--offset", fmt.Sprint(start), "-h", "12345",
				img.Name, fmt.Sprint(sectors/2))
			row := []byte{0x80, 1, 1, 0, 0x0B, 0xFE, 0xFF, 0xFF, start, 0, 0, 0,
				byte(sectors), byte(sectors >> 8), byte(sectors >> 16), byte(sectors >> 24)}
			mbr, sector := file(t, "mbr.bin"), file(t, "boot.bin")
			must(t, img.WriteAt(mbr[:446], 0))
			must(t, img.WriteAt(row, 446+16))
			must(t, img.WriteAt(mbr[510:], 510))
			must(t, img.WriteAt(sector[:3], start*512))
			must(t, img.WriteAt(sector[90:512], start*512+90))
			must(t, img.WriteAt(sector[512:], (start+12)*512))
			at := fmt.Sprintf("%s@@%d", img.Name, start*512)
			dir := t.TempDir()
			put := func(path string, data []byte) {
				t.Helper()
				name := filepath.Join(dir, "x")
				must(t, os.WriteFile(name, data, 0o600))
				tool("mcopy", "-i", at, name, "::"+path)
			}
			tool("mmd", "-i", at, "::Windows", "::Windows/System32", "::Windows/System32/config")
			put("OSLDR", file(t, "OSLDR"))
			put("boot.ini", []byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(2)\\Windows=\"Stick\" /stick\n"))
			put("Windows/System32/ntoskrnl.exe", file(t, "testkernel.bin"))
			put("Windows/System32/smss.exe", smss())
			put("Windows/System32/config/SYSTEM", baseHive().bytes())
			g := boot(t, qemu.Config{Image: img.Name, Memory: 64})
			g.Line(done, "missing or damaged", "exception")
			h := parse(t, g.Text())
			if h.strings[2] != "multi(0)disk(0)rdisk(0)partition(2)" || h.strings[6] != "STICK" || h.bss[1] != 0x1122334455667788 {
				t.Errorf("%q", h.strings)
			}
		})
	}
}

// TestManyFragments: 1 MiB in 2048 separate clusters, in little memory.
func TestManyFragments(t *testing.T) {
	t.Parallel()
	img := image(t)
	must(t, img.Write(smssPath, make([]byte, 1<<20)))
	must(t, img.Fragment(smssPath))
	g := boot(t, qemu.Config{Image: img.Name, Memory: 32})
	g.Line(done, "missing or damaged", "exception")
	if h := parse(t, g.Text()); len(h.files) != 1 {
		t.Errorf("files %q", h.files)
	}
}

// TestNoSerialPort: everything is on the screen, too.
func TestNoSerialPort(t *testing.T) {
	t.Parallel()
	img := image(t)
	must(t, img.Delete(smssPath))
	g := boot(t, qemu.Config{Image: img.Name, NoSerial: true})
	for until := time.Now().Add(4 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		// Before the BIOS has set the adapter's text mode there is no screen to read.
		screen, err := g.Screen()
		if strings.Contains(screen, smssPath+": file not found") && strings.Contains(screen, "Press any key") {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("screen shows\n%s\n%v", screen, err)
		}
	}
}
