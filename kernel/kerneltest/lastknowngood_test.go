package kerneltest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gont/qemu"
)

const systemHive = `\Windows\System32\config\SYSTEM`

// withSecondSet gives the image's SYSTEM hive a copy of its control set, ControlSet002, which
// is the last known good one.
func withSecondSet(t *testing.T, img *qemu.Image) *qemu.Image {
	t.Helper()
	name := filepath.Join(t.TempDir(), "SYSTEM")
	if err := img.CopyOut(systemHive, name); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(root, "build", "bin", "hive"), "export", name, "ControlSet001").Output()
	if err != nil {
		t.Fatalf("hive export: %v", err)
	}
	_, text, found := strings.Cut(strings.ReplaceAll(string(out), "\r", ""), "\n\n")
	if !found || !strings.Contains(text, "ControlSet001") {
		t.Fatalf("hive export says\n%.300s", out)
	}
	return withRegistry(t, img, strings.ReplaceAll(text, "ControlSet001", "ControlSet002")+`
[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"LastKnownGood"=dword:00000002
`)
}

// failingDriver is a boot driver of a control set, as .reg text: with the image example.sys
// whose DriverEntry fails, since it has no room, or with a file that is not there.
func failingDriver(set, file string, errorControl int) string {
	return fmt.Sprintf(`[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet%s\Services\Example]
"ErrorControl"=dword:%08x
"ImagePath"="System32\\drivers\\%s"
"Start"=dword:00000000

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet%[1]s\Services\Example\Parameters]
"Capacity"=dword:00000000

`, set, errorControl, file)
}

// What the kernel and OSLDR say on the way.
const (
	restartLine = `^The system restarts with the last known good configuration\.$`
	loaderLine  = `A driver could not start; the Last Known Good Configuration is used\.$`
	goodSetLine = `^P1\.22: \\Registry; control set 2`
)

// prompted sends a line to the prompt on COM1 and returns what comes before the next prompt.
func prompted(t *testing.T, g *qemu.Guest, line string) string {
	t.Helper()
	from := len(g.Text())
	g.Type(line + "\r")
	g.Expect(`(?s)\n(.*\n)?nt(?: [A-Z]:[^>\n]*)?> $`)
	return strings.ReplaceAll(g.Text()[from:], "\r", "")
}

// selected looks at the key Select by the prompt: a set that is taken instead of the default
// becomes that.
func selected(t *testing.T, g *qemu.Guest, current, failed int) {
	t.Helper()
	got := prompted(t, g, `reg query HKLM\SYSTEM\Select`)
	for name, n := range map[string]int{"Current": current, "Default": current, "Failed": failed, "LastKnownGood": 2} {
		if want := fmt.Sprintf("%s    REG_DWORD    %#x\n", name, n); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestErrorControl (I6, B6): a boot driver that fails and is critical (3) or severe (2) has the
// system restart, and OSLDR take the last known good control set, without being asked. Where the
// driver fails there, too, a critical one stops the system and a severe one does not.
func TestErrorControl(t *testing.T) {
	t.Parallel()
	entry := `the driver Example was not started: STATUS_DEVICE_CONFIGURATION_ERROR.*`
	for _, c := range []struct {
		name, registry, why string
		end                 func(t *testing.T, g *qemu.Guest)
	}{
		{"critical", failingDriver("001", "nothing.sys", 3),
			`the driver Example was not started: STATUS_NO_SUCH_FILE, file not found.*`, func(t *testing.T, g *qemu.Guest) {
				g.Line(firstLine, stopLine, `was not started`)
				g.Expect(`nt(?: [A-Z]:[^>\n]*)?> `)
				selected(t, g, 2, 1)
			}},
		{"severe and again", failingDriver("001", "example.sys", 2) + failingDriver("002", "example.sys", 2),
			entry, func(t *testing.T, g *qemu.Guest) {
				g.Line(`^P1\.34: `+entry, stopLine, restartLine)
				g.Line(firstLine, stopLine, restartLine)
				g.Expect(`nt(?: [A-Z]:[^>\n]*)?> `)
				selected(t, g, 2, 1)
			}},
		{"critical and again", failingDriver("001", "example.sys", 3) + failingDriver("002", "example.sys", 3),
			entry, func(t *testing.T, g *qemu.Guest) {
				oneStop(t, g, 1, "CRITICAL_SERVICE_FAILED", "0x0000005a", "STATUS_DEVICE_CONFIGURATION_ERROR", "this is the last known good configuration already")
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			img := withRegistry(t, withSecondSet(t, image(t, "")), c.registry)
			g := qemu.Boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Reboot: true})
			g.Line(`^P1\.22: \\Registry; control set 1$`, stopLine)
			g.Line(`^P1\.34: `+c.why, stopLine, firstLine)
			g.Line(`^Warning: `+c.why, stopLine, firstLine)
			g.Line(restartLine, stopLine, firstLine)
			g.Line(loaderLine, stopLine)
			g.Line(goodSetLine, stopLine)
			c.end(t, g)
		})
	}
}

// TestRebootTo (B6): `reboot LKG` and `reboot ENTRY` of the prompt, one after the other; what is
// asked for counts for one start, but that the last known good control set was taken is on the
// disk: the next start takes it, too.
func TestRebootTo(t *testing.T) {
	t.Parallel()
	img := withSecondSet(t, image(t, ""))
	const path = `\Windows="`
	volume := `multi(0)disk(0)rdisk(0)partition(1)`
	ini := "[boot loader]\r\ntimeout=0\r\ndefault=" + volume + "\\Windows\r\n[operating systems]\r\n" +
		volume + path + "One\" /YEAR=2031\r\n" + volume + path + "Two\" /YEAR=2032\r\n" + volume + path + "Three\" /YEAR=2033\r\n"
	if err := img.Write(`\boot.ini`, []byte(ini)); err != nil {
		t.Fatal(err)
	}
	g := qemu.Boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Reboot: true})
	for _, c := range []struct {
		year, current, failed int
		next                  string
	}{
		{2031, 1, 0, "reboot 3"},
		{2033, 1, 0, "reboot LKG"},
		{2033, 2, 1, "reboot"},
		{2031, 2, 1, ""},
	} {
		g.Line(fmt.Sprintf(`options: YEAR=%d$`, c.year), stopLine)
		g.Line(fmt.Sprintf(`^P1\.22: \\Registry; control set %d`, c.current), stopLine)
		g.Expect(`nt(?: [A-Z]:[^>\n]*)?> `)
		selected(t, g, c.current, c.failed)
		if c.next == "" {
			break
		}
		g.Type(c.next + "\r")
		g.Line(`^The system restarts\.$`, stopLine, `usage`)
	}
}
