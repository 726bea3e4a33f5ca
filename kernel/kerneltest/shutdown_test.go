package kerneltest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gont/qemu"
)

// TestShutdownDeadDisk (X1) copies a file to a second disk, which takes two thousand bytes a second and so answers no request in time, and
// shuts down: the disk's driver gives it up, each stage that needs it says so, the boot volume is closed, and the machine
// is off. Only with -full: it takes the driver's patience, most of a minute.
func TestShutdownDeadDisk(t *testing.T) {
	onlyFull(t)
	dead := filepath.Join(t.TempDir(), "dead")
	if err := os.WriteFile(dead, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(dead, 40<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.fat", "-F", "32", dead).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.fat: %v\n%s", err, out)
	}
	img := image(t, "")
	g := qemu.Boot(t, qemu.Config{Args: []string{"-drive", "file=" + img.Name + ",format=raw,if=virtio", "-drive", "file=" + dead + ",format=raw,if=virtio,throttling.bps-write=2000"}})
	g.Expect(`nt C:\\> $`)
	prompted(t, g, `copy C:\Windows\System32\nsh.exe D:\a.exe`)
	g.Type("shutdown\r")
	g.Line(`^Shutdown: pages of files are written$`, stopLine)
	g.Line(`^Disk 1 \(virtio disk\) does not answer\.$`, stopLine)
	g.Line(`^Shutdown: volumes are closed$`, stopLine)
	g.Line(`^Shutdown: \\FileSystem\\Fastfat: STATUS_IO_TIMEOUT\.$`, stopLine)
	g.Line(`^Shutdown: devices are told$`, stopLine)
	g.Line(`^The system switches off\.$`, stopLine)
	if e := g.End(); e.Reason != "guest-shutdown" {
		t.Errorf("the machine ended by %q", e.Reason)
	}
	soundVolume(t, img)
}

// soundVolume has fsck.fat look at an image's volume.
func soundVolume(t *testing.T, img *qemu.Image) {
	t.Helper()
	volume := filepath.Join(t.TempDir(), "volume")
	b, err := os.ReadFile(img.Name)
	if err == nil {
		err = os.WriteFile(volume, b[1<<20:], 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("fsck.fat", "-n", volume).CombinedOutput(); err != nil {
		t.Errorf("fsck.fat: %v\n%s", err, out)
	}
}
