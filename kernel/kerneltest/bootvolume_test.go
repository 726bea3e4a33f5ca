package kerneltest

import (
	"strings"
	"testing"

	"gont/qemu"
)

// TestBootVolume (I3, I10): OSLDR is started from a stick at an EHCI controller, which no driver reaches, and a disk never
// answers. The start waits five seconds for the disk, says what controllers there are, and stops,
// because the option says that the boot volume is needed.
func TestBootVolume(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/BOOTVOLUME").Name, Machine: qemu.Q35, Disk: qemu.USBEHCI, Args: []string{
		"-drive", "if=none,id=silent,driver=null-co,size=4194304,throttling.bps-total=8", "-device", "nvme,serial=n1,drive=silent"}})
	g.Line(`^Disk 0 \(QEMU NVMe Ctrl\) has not answered for 5 seconds\. Its partitions are left out until it does\.`, stopLine)
	g.Line(`^P1\.34: no driver reaches the boot volume, multi\(0\)disk\(0\)rdisk\(0\)partition\(1\)`, stopLine)
	g.Line(stopLine)
	g.Line(`the option BOOTVOLUME needs it`)
	text := strings.ReplaceAll(g.Text(), "\r", "")
	for _, want := range []string{
		"INACCESSIBLE_BOOT_DEVICE", "STOP: 0x0000007b",
		"(PCI class 0C0320, bus 0, device ", "): no driver is known for it\n", "): storahci, started\n", "): stornvme, started\n",
		"disk 0 (QEMU NVMe Ctrl), 8192 sectors of 512 bytes: its partition table has not been read\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if strings.Contains(text, " is reset") || strings.Contains(text, "is polled") {
		t.Error("a disk that nobody has opened is reset")
	}
	if t.Failed() {
		t.Log(text)
	}
}
