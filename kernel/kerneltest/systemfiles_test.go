package kerneltest

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"gont/qemu"
)

// TestSystemFiles: what the kernel keeps in files of the boot volume. The registry is on the disk
// after NtFlushKey and five seconds after a change, so that a machine that stops loses nothing of
// it, and at shutdown (P1.22, X1); other programs read the hive. reg save and load work on files.
// ntbtlog.txt, the prefetcher's trace and the report of the last stop are written (P1.31, P1.24,
// K1), a paging file that the registry names is made and cleared (S3, X2), and the volume is
// sound at the end.
func TestSystemFiles(t *testing.T) {
	t.Parallel()
	img := withRegistry(t, image(t, "/BOOTLOG"), control+`\Session Manager\Memory Management]
"PagingFiles"=hex(7):`+multi("C:\\pagefile.sys 4 8", "C:\\none\\pagefile.sys 4 8")+`
"ClearPageFileAtShutdown"=dword:00000001
`)
	// The test looks into the image while the machine runs, so it is no snapshot.
	g := qemu.Boot(t, qemu.Config{Reboot: true, Args: []string{"-drive", "file=" + img.Name + ",format=raw,if=virtio"}})
	ready := func() {
		g.Line(`^smss: waiting$`, stopLine)
		g.Expect(`nt C:\\> $`)
	}
	g.Line(`^smss: 4 MB of C:\\pagefile\.sys are a paging file$`, stopLine, `^The registry `)
	g.Line(`^smss: paging file \\\?\?\\C:\\none\\pagefile\.sys: STATUS_OBJECT_PATH_NOT_FOUND$`, stopLine)
	ready()
	prompted(t, g, `reg add HKLM\SYSTEM\Test\Below /v flushed /d 1`)
	for _, c := range []struct{ line, want string }{
		{`reg flush HKLM\SYSTEM`, "was flushed"},
		{`reg save HKLM\SYSTEM\Test test.hiv`, `was saved to C:\test.hiv`},
		{`reg save HKLM\SYSTEM\Test test.hiv`, "STATUS_OBJECT_NAME_COLLISION"},
		{`reg save HKLM\SYSTEM\Test C:\none\test.hiv`, "STATUS_OBJECT_PATH_NOT_FOUND"},
		{`reg load HKLM\Other boot.ini`, "STATUS_NOT_REGISTRY_FILE"},
		{`reg load HKLM\Other none.hiv`, "STATUS_OBJECT_NAME_NOT_FOUND"},
		{`reg load HKLM\Other test.hiv`, `is the hive C:\test.hiv now`},
		{`reg query HKLM\Other\Below`, "flushed    REG_SZ    1"},
		{`del test.hiv`, "STATUS_SHARING_VIOLATION"},
		{`reg add HKLM\Other /v own /d 2`, "own    REG_SZ    2"},
		{`reg unload HKLM\Other`, "was unloaded"},
		{`type \Windows\System32\config\SYSTEM`, "STATUS_SHARING_VIOLATION"},
		{`drivers unload Disk`, "STATUS_INVALID_DEVICE_REQUEST"},
		{`drivers unload Fastfat`, "STATUS_INVALID_DEVICE_REQUEST"},
		{`del pagefile.sys`, "STATUS_SHARING_VIOLATION"},
	} {
		if got := prompted(t, g, c.line); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.line, got)
		}
	}
	if got := looked(t, img, `\test.hiv`); !strings.Contains(got, "/own,SZ,2,") || !strings.Contains(got, "/Below/flushed,SZ,1,") {
		t.Errorf("the saved hive:\n%s", got)
	}
	if got := looked(t, img, systemHive); !strings.Contains(got, "/Test/Below/flushed,SZ,1,") || !strings.Contains(got, `\DosDevices\C:`) {
		t.Errorf("the SYSTEM hive after a flush:\n%s", got)
	}
	prompted(t, g, `reg add HKLM\SYSTEM\Test /v lazy /d 1`)
	for deadline := time.Now().Add(time.Minute); !strings.Contains(looked(t, img, systemHive), "/Test/lazy,SZ,1,"); time.Sleep(time.Second) {
		if time.Now().After(deadline) {
			t.Fatal("what was changed is not written")
		}
	}
	g.Type("crash\r")
	g.Line(stopLine)
	g.Line(`^The system has been halted\.$`)
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.Line(`^P1\.22: `, stopLine)
	g.Line(`^P1\.24: the last start has used [1-9][0-9]* pages of [1-9][0-9]* files; [0-9]+ pages of [0-9]+ files were read ahead, in `, stopLine, firstLine)
	g.Line(`^smss: 4 MB of C:\\pagefile\.sys are a paging file$`, stopLine, `^The registry `)
	ready()
	if got := prompted(t, g, `reg query HKLM\SYSTEM\Test /s`); !strings.Contains(got, "lazy    REG_SZ    1") || !strings.Contains(got, "flushed    REG_SZ    1") {
		t.Error(got)
	}
	prompted(t, g, `reg add HKLM\SYSTEM\Test /v last /d 1`)
	g.Type("shutdown\r")
	for _, stage := range []string{"components are told", "drivers are told", "the registry is written", "pages of files are written",
		"volumes are closed", "devices are told", "paging files are cleared"} { // X1
		g.Line(`^Shutdown: `+stage+`$`, stopLine, `left behind|does not answer|STATUS_`)
	}
	g.Line(`^X2: 1024 pages of paging files are cleared$`, stopLine)
	g.Line(`^The system switches off\.$`, stopLine, `could not be written`)
	g.End()
	if got := looked(t, img, systemHive); !strings.Contains(got, "/Test/last,SZ,1,") {
		t.Errorf("the SYSTEM hive after the end:\n%s", got)
	}
	for path, want := range map[string]string{`\Windows\ntbtlog.txt`: "Loaded driver \\Windows\\System32\\drivers\\fastfat.sys\r\n", `\Windows\MEMORY.LOG`: "*** STOP: "} {
		b, err := img.Read(path)
		if err != nil || len(b)%2 != 0 || !bytes.HasPrefix(b, []byte{0xFF, 0xFE}) {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
			continue
		}
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		if text := string(utf16.Decode(u)); !strings.Contains(text, want) {
			t.Errorf("%s:\n%s", path, text)
		}
	}
	soundVolume(t, img)
}

// multi is a REG_MULTI_SZ's data in a .reg file.
func multi(list ...string) string {
	var b []string
	for _, u := range utf16.Encode([]rune(strings.Join(list, "\x00") + "\x00\x00")) {
		b = append(b, fmt.Sprintf("%02x,%02x", u&0xFF, u>>8))
	}
	return strings.Join(b, ",")
}

// looked is what reglookup reads in a hive of the image.
func looked(t *testing.T, img *qemu.Image, path string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hive")
	if err := img.CopyOut(path, name); err != nil {
		return err.Error() // the machine is about to write it
	}
	out, _ := exec.Command("reglookup", name).CombinedOutput()
	return string(out)
}
