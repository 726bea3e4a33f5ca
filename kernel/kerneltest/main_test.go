package kerneltest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gont/qemu"
)

var root string // of the module

// full is for the long forms and for what onlyFull skips: `make test-full`.
var full = flag.Bool("full", false, "the long forms of tests, and those that are skipped without")

func TestMain(m *testing.M) {
	for _, p := range []string{"qemu-system-x86_64", "mcopy", "as", "ld", "make"} {
		if _, err := exec.LookPath(p); err != nil && os.Getenv("GONT_TEST") == "" {
			fmt.Println("kerneltest: skipped:", err)
			return
		}
	}
	var err error
	if root, err = qemu.Root(); err == nil {
		var out []byte
		c := exec.Command("make", "-s", "build/gont.img", "build/nttest.exe", "build/nttest/quit.exe",
			"build/ntoskrnl-checked.exe", "build/nttest/off.exe", "build/nttest/reboot.exe", "build/nttest/flood.exe", "build/nttest/fuzz.exe", "build/nttest/soak.exe", "build/nttest/paging.exe", "build/nttest/devices.exe", "build/nttest/disks.exe", "build/nttest/cuts.exe", "build/nttest/diskerrors.exe")
		c.Dir = root
		if out, err = c.CombinedOutput(); err != nil {
			err = fmt.Errorf("%v: %w\n%s", c.Args, err, out)
		}
	}
	if err != nil {
		fmt.Println("kerneltest:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const (
	stopLine   = `^\*\*\* STOP: `
	firstLine  = `^GoNT Session Manager`
	waiting    = `^smss: waiting$`
	smssPath   = `\Windows\System32\smss.exe`
	kernelPath = `\Windows\System32\ntoskrnl.exe`
	prompt     = `nt(?: [A-Z]:[^>\n]*)?> ` // with or without a current directory
)

// image is the real image with one entry, these options, and no menu.
func image(t *testing.T, options string) *qemu.Image {
	t.Helper()
	img := qemu.TestImage(t, filepath.Join(root, "build", "gont.img"))
	ini := "[boot loader]\r\ntimeout=0\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\Windows\r\n" +
		"[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"GoNT\" " + options + "\r\n"
	if err := img.Write(`\boot.ini`, []byte(ini)); err != nil {
		t.Fatal(err)
	}
	return img
}

// with puts another program in smss.exe's place.
func with(t *testing.T, img *qemu.Image, program string) *qemu.Image {
	t.Helper()
	if err := img.CopyIn(filepath.Join(root, "build", program), smssPath); err != nil {
		t.Fatal(err)
	}
	return img
}

func boot(t *testing.T, options string) *qemu.Guest {
	t.Helper()
	return qemu.Boot(t, qemu.Config{Image: image(t, options).Name})
}

// stopped waits for the stop screen to be complete and returns it.
func stopped(t *testing.T, g *qemu.Guest) string {
	t.Helper()
	g.Line(`^The system has been halted\.$`)
	text := strings.ReplaceAll(g.Text(), "\r", "")
	if i := strings.Index(text, "*** STOP"); i >= 0 {
		return text[i:]
	}
	t.Fatal("halted without a stop code")
	return ""
}

// onlyFull skips a test whose long run tells little beyond what other tests do.
func onlyFull(t *testing.T) {
	t.Helper()
	if !*full {
		t.Skip("with -full")
	}
}
