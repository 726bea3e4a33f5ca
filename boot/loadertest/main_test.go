package loadertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	"gont/qemu"
	"gont/tools/fatimg"
)

// built is the folder with mbr.bin, boot.bin, OSLDR, testkernel.bin, hook.bin
// and base.img, made once for all tests.
var built string

const (
	kernelPath = `\Windows\System32\ntoskrnl.exe`
	smssPath   = `\Windows\System32\smss.exe`
	hivePath   = `\Windows\System32\config\SYSTEM`

	done = "^TESTKERNEL DONE$"
)

const bootIni = "[boot loader]\r\ntimeout=5\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\Windows\r\n" +
	"[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"GoNT\" /BootTrace /maxmem=64\r\n"

// smss is what stands for smss.exe: half of it compresses.
func smss() []byte {
	r := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, 300_001)
	for i := range b[:150_000] {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		for _, p := range []string{"qemu-system-x86_64", "mcopy", "as", "ld", "cc"} {
			if _, err := exec.LookPath(p); err != nil && os.Getenv("GONT_TEST") == "" {
				fmt.Println("loadertest: skipped:", err)
				return 0
			}
		}
		dir, err := os.MkdirTemp("", "loadertest")
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer os.RemoveAll(dir)
		built = dir
		if err := build(); err != nil {
			fmt.Println("loadertest:", err)
			return 1
		}
		return m.Run()
	}())
}

func build() error {
	if out, err := exec.Command("../build.sh", built).CombinedOutput(); err != nil {
		return fmt.Errorf("build.sh: %w\n%s", err, out)
	}
	for _, c := range [][]string{{"../../tools/mknls", built}, {"../../tools/mkdriver", "-o", filepath.Join(built, "good.sys"), "good.DriverEntry"}} {
		if out, err := exec.Command("go", append([]string{"run"}, c...)...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", c[0], err, out)
		}
	}
	o := fatimg.Options{Size: 48 << 20, Label: "TEST", DiskID: 1, VolumeID: 2}
	for name, to := range map[string]*[]byte{"mbr.bin": &o.MBR, "boot.bin": &o.Boot} {
		b, err := os.ReadFile(filepath.Join(built, name))
		if err != nil {
			return err
		}
		*to = b
	}
	for _, f := range []struct{ path, name string }{{`\OSLDR`, "OSLDR"}, {kernelPath, "testkernel.bin"}, {driverPath, "good.sys"},
		{system32 + "c_1252.nls", "c_1252.nls"}, {system32 + "c_437.nls", "c_437.nls"}, {system32 + "l_intl.nls", "l_intl.nls"}} {
		b, err := os.ReadFile(filepath.Join(built, f.name))
		if err != nil {
			return err
		}
		o.Files = append(o.Files, fatimg.File{Path: f.path, Data: b})
	}
	o.Files = append(o.Files,
		fatimg.File{Path: `\boot.ini`, Data: []byte(bootIni)},
		fatimg.File{Path: hivePath, Data: baseHive().bytes()},
		fatimg.File{Path: smssPath, Data: smss()})
	return fatimg.Create(filepath.Join(built, "base.img"), o)
}

// image is a copy of the base image that a test may spoil.
func image(t *testing.T) *qemu.Image {
	t.Helper()
	return qemu.TestImage(t, filepath.Join(built, "base.img"))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(built, name))
	must(t, err)
	return b
}

// hooked puts the worse BIOS (hook.S) in front of the image's own MBR.
func hooked(t *testing.T, img *qemu.Image, flags byte, sector uint32) {
	t.Helper()
	raw, err := os.OpenFile(img.Name, os.O_RDWR, 0)
	must(t, err)
	defer raw.Close()
	mbr := make([]byte, 512)
	_, err = raw.ReadAt(mbr, 0)
	must(t, err)
	must(t, img.WriteSector(1, mbr))
	hook := file(t, "hook.bin")
	hook[4] = flags
	copy(hook[6:], []byte{byte(sector), byte(sector >> 8), byte(sector >> 16), byte(sector >> 24)})
	copy(mbr, hook)
	must(t, img.WriteSector(0, mbr))
}

// Flags of hook.S.
const (
	noEdd  = 1
	flaky  = 2
	trash  = 4
	noE820 = 8
	noE801 = 16
	badOne = 32
	farMbr = 64
)

// sectorOf is the sector of the disk where a piece of a file lies.
func sectorOf(t *testing.T, img *qemu.Image, piece []byte) uint32 {
	t.Helper()
	raw, err := os.ReadFile(img.Name)
	must(t, err)
	i := bytes.Index(raw, piece)
	if i < 0 || bytes.Contains(raw[i+1:], piece) {
		t.Fatal("that piece is not in the image, or not once")
	}
	return uint32(i / 512)
}

// frame packs data as the lz4 program does.
func frame(t *testing.T, data []byte, options ...lz4.Option) []byte {
	t.Helper()
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	must(t, w.Apply(options...))
	_, err := w.Write(data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func boot(t *testing.T, c qemu.Config) *qemu.Guest {
	t.Helper()
	return qemu.Boot(t, c)
}

// shows boots and expects a message on the serial port and on the screen.
func shows(t *testing.T, c qemu.Config, message string) {
	t.Helper()
	g := boot(t, c)
	pattern := regexp.QuoteMeta(message)
	g.Expect(pattern)
	if message == "" || c.NoVGA {
		return
	}
	// The screen has the same words, broken at column 80.
	text := strings.ReplaceAll(g.ScreenText(), "\n", "")
	squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	if !strings.Contains(squeeze(text), squeeze(message)) {
		t.Errorf("screen does not show %q:\n%s", message, g.ScreenText())
	}
}

// requireLine reports a transcript that has no such line.
func requireLine(t *testing.T, text, line string) {
	t.Helper()
	for _, l := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
		if l == line {
			return
		}
	}
	t.Errorf("no line %q in\n%s", line, text)
}
