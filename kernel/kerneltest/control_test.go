package kerneltest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gont/qemu"
)

// withRegistry puts values below Control of the current control set into the image's SYSTEM hive.
// text is what follows the head of a .reg file.
func withRegistry(t *testing.T, img *qemu.Image, text string) *qemu.Image {
	t.Helper()
	const path = `\Windows\System32\config\SYSTEM`
	dir := t.TempDir()
	reg, hive := filepath.Join(dir, "change.reg"), filepath.Join(dir, "SYSTEM")
	if err := os.WriteFile(reg, []byte("Windows Registry Editor Version 5.00\n\n"+text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := img.CopyOut(path, hive); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(filepath.Join(root, "build", "bin", "hive"), "import", reg, hive).CombinedOutput(); err != nil {
		t.Fatalf("hive import: %v\n%s", err, out)
	}
	if err := img.CopyIn(hive, path); err != nil {
		t.Fatal(err)
	}
	return img
}

const control = `[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control`

// TestControlVector (P0.6 to P0.9, P0.11 to P0.13, P1.5): settings of the registry are in force;
// those that are out of range or contradict each other are named, and their defaults used.
func TestControlVector(t *testing.T) {
	t.Parallel()
	img := withRegistry(t, image(t, "/SOS /REDIRECT=COM4 /HYPERVISORLAUNCHTYPE=AUTO /DETECTHAL /HAL=STANDARD"), control+`\Windows]
"CSDVersion"=dword:00000301
"CSDBuildNumber"=dword:00000011

`+control+`\ProductOptions]
"ProductSuite"=str(7):"Terminal Server\0Enterprise\0"

`+control+`\Session Manager]
"GlobalFlag"=dword:00042000
"Execute"=dword:00000001

`+control+`\Session Manager\Executive]
"AdditionalCriticalWorkerThreads"=dword:00000063
"AdditionalDelayedWorkerThreads"=dword:00000002

`+control+`\Session Manager\Memory Management]
"VerifyDrivers"="*"
"VerifyDriverLevel"=dword:00000009
"PagedPoolSize"="a lot"

`+control+`\TimeZoneInformation]
"DaylightStart"=hex:00,00,0d,00,05,00,02,00,00,00,00,00,00,00,00,00
"StandardStart"=hex:00,00,0a,00,05,00,03,00,00,00,00,00,00,00,00,00
`)
	g := qemu.Boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio})
	g.Line(`^P0\.1: virtualization: .*; there is no hypervisor to be started$`, stopLine)
	g.Line(`^HAL: ACPI Uniprocessor PC, `, stopLine)
	g.Line(`^registry value Control\\Session Manager\\Executive\\AdditionalCriticalWorkerThreads is 99, which is not one of 0 to 16; 0 is used$`, stopLine)
	g.Line(`^registry value Control\\Session Manager\\Memory Management\\PagedPoolSize is of type 1 with 12 bytes, not a REG_DWORD; 0 is used$`, stopLine)
	g.Line(`^registry key Control\\ProductOptions: ProductSuite "Enterprise" contradicts ProductType "WinNT"; it is left out$`, stopLine)
	g.Line(`^P0\.9: verified: all drivers, special pool, pool$`, stopLine)
	g.Line(`^GoNT Operating System Version 6\.1 \(Build 7601\.17: Service Pack 3\.1\)`, stopLine)
	g.Line(`^P0\.12: \\Windows\\System32\\ntoskrnl\.exe at 0xffffffff80200000, [0-9]+ KB, entry 0xffffffff80`, stopLine)
	g.Line(`^P0\.13: under TCG \("TCGTCGTCGTCG", leaves to 0x4000000[0-9]\)$`, stopLine)
	g.Line(`^boot option REDIRECT: there is no port COM4$`, stopLine)
	g.Line(`^P0\.13: stack traces of pool blocks are kept$`, stopLine)
	g.Line(`^registry value Control\\TimeZoneInformation\\DaylightStart: 0-13-5 2:00:00, weekday 0 is no rule; there is no daylight saving$`, stopLine)
	g.Line(`^  system: +GoNT Operating System Version 6\.1 \(Build 7601\.17: Service Pack 3\.1\)`, stopLine)
	g.Line(`^smss: Execute is of type 4, and not a REG_MULTI_SZ$`, stopLine)
	g.Line(waiting, stopLine)
}

// TestTimeZone (P1.7, P1.25): a CMOS clock of local time, in a zone with daylight saving that
// has begun since the system was last up.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	img := withRegistry(t, image(t, "/SOS"), control+`\TimeZoneInformation]
"RealTimeIsUniversal"=dword:00000000
"Bias"=dword:ffffffc4
"ActiveTimeBias"=dword:ffffffc4
"DaylightBias"=dword:ffffffc4
"DaylightStart"=hex:00,00,03,00,05,00,02,00,00,00,00,00,00,00,00,00
"StandardStart"=hex:00,00,0a,00,05,00,03,00,00,00,00,00,00,00,00,00
"StandardName"="W. Europe Standard Time"
"DaylightName"="W. Europe Daylight Time"
`)
	g := qemu.Boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Args: []string{"-rtc", "base=2026-07-01T14:30:00"}})
	g.Line(`^P1\.25: the bias was -60 minutes and is -120: the system time is set again$`, stopLine)
	g.Line(`^  booted: +2026-07-01 12:3[0-9]:[0-9]+ UTC`, stopLine)
}

// TestAutoReboot (K1): AUTOREBOOT restarts the machine after a stop, and the stop is told
// before.
func TestAutoReboot(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/CRASH=manual /AUTOREBOOT").Name, Disk: qemu.Virtio})
	g.Line(stopLine)
	g.Line(`^\*\*\* MANUALLY_INITIATED_CRASH$`)
	g.Line(`^Somebody has asked for this stop\.$`)
	g.Line(`^The system restarts\.$`)
	if e := g.End(); e.Reason != "guest-reset" {
		t.Errorf("the machine ended by %q", e.Reason)
	}
}
