package systemtest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// full is for the long forms: `make test-full`.
var full = flag.Bool("full", false, "the long forms of TestBochs and TestAgain")

const (
	banner = `^GoNT Session Manager$`
	stop   = `\*\*\* STOP`
)

// systemImage is build/gont.img.
func systemImage(t *testing.T) string {
	t.Helper()
	root, err := qemu.Root()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, "build", "gont.img")
	if _, err := os.Stat(name); err != nil {
		if os.Getenv("GONT_TEST") != "" {
			t.Fatal(err)
		}
		t.Skip("no build/gont.img: run make image")
	}
	return name
}

// bootINI is a boot.ini without a menu.
func bootINI(options string) []byte {
	const path = `multi(0)disk(0)rdisk(0)partition(1)\Windows`
	return []byte("[boot loader]\r\ntimeout=0\r\ndefault=" + path + "\r\n[operating systems]\r\n" +
		path + `="GoNT" ` + options + "\r\n")
}

// image is a copy of the system's image that starts without a menu.
func image(t *testing.T, options string) *qemu.Image {
	t.Helper()
	m := qemu.TestImage(t, systemImage(t))
	if err := m.Write(`\boot.ini`, bootINI(options)); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMachines(t *testing.T) {
	m := image(t, "/SOS")
	for _, c := range []qemu.Config{
		{Machine: qemu.PC, Disk: qemu.IDE},
		{Machine: qemu.Q35, Disk: qemu.AHCI},
		{Machine: qemu.PC, Disk: qemu.Virtio},
		{Machine: qemu.Q35, Disk: qemu.USBXHCI},
		{Machine: qemu.PC, Disk: qemu.USBEHCI},
		{Machine: qemu.PC, CPU: "max"},
		{Machine: qemu.Q35, CPU: "Nehalem", SMP: 2},
		{Machine: qemu.PC, Disk: qemu.Virtio, NoVGA: true},
	} {
		c.Image = m.Name
		t.Run(fmt.Sprint(c.Machine, " ", c.Disk, " ", c.CPU), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, c)
			g.Line(banner, stop)
			g.Line(`^ +objects in \\:$`, stop)
		})
	}
}

var memoryLine = regexp.MustCompile(`^ +memory: +(\d+) KB, (\d+) KB available$`)

func TestMemory(t *testing.T) {
	m := image(t, "")
	for _, mib := range []int{32, 64, 512, 4096, 6144} {
		t.Run(fmt.Sprint(mib), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: m.Name, Disk: qemu.Virtio, Memory: mib})
			l := g.Line(`^ +memory: `, stop)
			f := memoryLine.FindStringSubmatch(l)
			if f == nil {
				t.Fatalf("line %q", l)
			}
			total, _ := strconv.Atoi(f[1])
			free, _ := strconv.Atoi(f[2])
			// The BIOS keeps some hundred KB; the kernel needs its heap.
			if total > mib<<10 || total < mib<<10-1024 || free > total || free < total-total/100-30<<10 {
				t.Errorf("%d MiB of memory: %q", mib, l)
			}
			g.Line(`^ +objects in \\:$`, stop)
		})
	}
}

// TestWatch follows the 5 s of SPEC P1.45 on the host's clock, which is also
// the machine's RTC, and the zero-page thread after them.
func TestWatch(t *testing.T) {
	g := qemu.Boot(t, qemu.Config{Image: image(t, "").Name, Disk: qemu.Virtio})
	_, from := g.LineAt(banner, stop)
	_, to := g.LineAt(`^P1\.45: `, stop)
	// A busy host lets either line come late.
	if d := to - from; d < 4*time.Second || d > time.Minute {
		t.Errorf("the wait for the session manager took %v", d)
	}
	g.Line(`^P1\.47: `, stop)
	l := g.Line(`^smss: the zero-page thread runs: \d+ pages zeroed`, stop)
	if strings.Contains(l, " 0 pages zeroed") {
		t.Errorf("nothing was zeroed: %q", l)
	}
	if s, err := g.Status(); err != nil || s != "running" {
		t.Errorf("machine is %q, %v", s, err)
	}
	screen := g.ScreenText()
	for _, want := range []string{"GoNT Session Manager", "zero-page thread"} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q on the screen:\n%s", want, screen)
		}
	}
}

// TestSmssDies replaces the session manager by a program that is one int3.
func TestSmssDies(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.s": "\t.globl _start\n_start:\tint3\n\tjmp _start\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := qemu.Root()
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range [][]string{
		{"as", in("a.s"), "-o", in("a.o")},
		{"ld", "-z", "noexecstack", "-z", "separate-code", "-Ttext", "0x140001000", "-o", in("a.elf"), in("a.o")},
		{filepath.Join(root, "build/bin/elf2pe"), "-base", "0x140000000", "-o", in("a.exe"), in("a.elf")},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", c, err, out)
		}
	}
	m := image(t, "")
	if err := m.CopyIn(in("a.exe"), `\Windows\System32\smss.exe`); err != nil {
		t.Fatal(err)
	}
	g := qemu.Boot(t, qemu.Config{Image: m.Name, Disk: qemu.Virtio})
	g.Line(`^smss\.exe .*STATUS_BREAKPOINT at 0x14000100[01]$`)
	g.Line(`^\*\*\* STOP: 0x00000071 `)
	g.Line(`^\*\*\* SESSION5_INITIALIZATION_FAILED$`)
	g.Line(`The system has been halted`)
	if s := g.ScreenText(); !strings.Contains(s, "SESSION5_INITIALIZATION_FAILED") {
		t.Errorf("screen shows\n%s", s)
	}
}

// TestEdited does to the volume what users do, on files in small pieces.
func TestEdited(t *testing.T) {
	m := image(t, "/SOS /BOOTTRACE")
	const kernel, smss = `\Windows\System32\ntoskrnl.exe`, `\Windows\System32\smss.exe`
	if err := m.Fragment(`\OSLDR`, `\boot.ini`, kernel, smss, `\Windows\System32\config\SYSTEM`); err != nil {
		t.Fatal(err)
	}
	k, err := m.Read(kernel)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Write(kernel, k); err != nil {
		t.Fatal(err)
	}
	g := qemu.Boot(t, qemu.Config{Image: m.Name, Disk: qemu.Virtio})
	g.Line("^GoNT kernel: .*options: SOS BOOTTRACE$", stop)
	g.Line(banner, stop)
}

// TestBochs: another PC than QEMU's, with several processors; -full: and with one.
func TestBochs(t *testing.T) {
	table := map[int]string{3: `^3 System Processors `}
	if *full {
		table[1] = `^1 System Processor `
	}
	for n, line := range table {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			g := qemu.BootBochs(t, qemu.BochsConfig{Image: image(t, "/SOS").Name, Processors: n})
			g.Line(line, stop)
			g.Line(banner, stop)
			g.Line(`^ +objects in \\:$`, stop)
		})
	}
}

// TestAgain: a boot that fails one time in twenty fails here with -full; without it, in one of
// the hundreds of the same image that kernel/kerneltest makes.
func TestAgain(t *testing.T) {
	times := 5
	if *full {
		times = 20
	}
	m := image(t, "")
	for i := range times {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: m.Name, Disk: qemu.Virtio})
			g.Line(banner, stop)
			g.Line(`^ +objects in \\:$`, stop)
		})
	}
}
