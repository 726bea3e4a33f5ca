package kerneltest

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gont/qemu"
)

// scratchDisk makes an image that nttest/disks writes to.
func scratchDisk(t *testing.T, name string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name+".img")
	b := make([]byte, 8<<20)
	copy(b, "GONT SCRATCH")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// gptDisk makes an image with a GPT and one partition, at 1 MiB, with something in it; "" without
// sfdisk.
func gptDisk(t *testing.T) (name string, partition []byte) {
	t.Helper()
	if _, err := exec.LookPath("sfdisk"); err != nil {
		return "", nil
	}
	name = filepath.Join(t.TempDir(), "gpt.img")
	b := make([]byte, 8<<20)
	copy(b[1<<20:], "a partition of a GPT")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sfdisk", "-q", name)
	c.Stdin = strings.NewReader("label: gpt\nstart=2048, size=2048, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\n")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("sfdisk: %v\n%s", err, out)
	}
	return name, b[1<<20:][:4096]
}

// TestDisks (I8, I10): the disks of all kinds of controllers in one machine are read and written
// by their drivers, several requests at a time, flushed, and have on the host what the guest
// says; the boot partition and one of a GPT are found by their ARC names. A disk that cannot be read and a controller
// without a driver are told, and the boot goes on.
func TestDisks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		config  qemu.Config
		make    func(*testing.T, string) *qemu.Image
		devices []string // each with a scratch disk, %s its drive
		others  []string
	}{
		{"q35", qemu.Config{Machine: qemu.Q35, Disk: qemu.AHCI, SMP: 4}, checked, []string{
			"ide-hd,bus=ide.1,drive=%s", "virtio-blk-pci,drive=%s,disable-legacy=on", "nvme,serial=n1,drive=%s,logical_block_size=4096,physical_block_size=4096",
			"ide-hd,bus=old.0,drive=%s"}, []string{"-device", "piix3-ide,id=old"}},
		{"pc", qemu.Config{Machine: qemu.PC, Disk: qemu.IDE}, image, []string{
			"ide-hd,bus=ide.0,unit=1,drive=%s", "ide-hd,bus=ide.1,unit=1,drive=%s", "virtio-blk-pci,drive=%s,disable-modern=on,vectors=0", "nvme,serial=n2,drive=%s", "usb-storage,bus=usb.0,drive=%s"},
			[]string{"-device", "qemu-xhci,id=usb", "-device", "virtio-scsi-pci,id=scsi", "-blockdev", "driver=blkdebug,node-name=bad,image.driver=null-co,image.size=4194304,inject-error.0.event=none,inject-error.0.errno=5",
				"-device", "virtio-blk-pci,drive=bad,physical_block_size=4096,logical_block_size=4096"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			img := with(t, c.make(t, ""), "nttest/disks.exe")
			c.config.Image, c.config.Args = img.Name, c.others
			var scratch []string
			for i, d := range c.devices {
				name := scratchDisk(t, fmt.Sprint(i))
				scratch = append(scratch, name)
				id := fmt.Sprintf("scratch%d", i)
				c.config.Args = append(c.config.Args, "-drive", "if=none,format=raw,file="+name+",id="+id, "-device", fmt.Sprintf(d, id))
			}
			gpt, there := gptDisk(t)
			if gpt != "" {
				c.config.Args = append(c.config.Args, "-drive", "if=none,format=raw,file="+gpt+",id=gpt", "-device", "virtio-blk-pci,drive=gpt")
			}
			g := qemu.Boot(t, c.config)
			if len(c.others) > 2 {
				g.Line(`^Disk \d+ \(virtio disk\): its partition table cannot be read: `, stopLine)
			}
			g.Line(`^GoNT Session Manager \(disks\)`, stopLine)
			g.Line(`^DISKS done$`, stopLine)
			text := strings.ReplaceAll(g.Text(), "\r", "")
			host, err := os.ReadFile(img.Name)
			if err != nil {
				t.Fatal(err)
			}
			const partition = 1 << 20
			for _, want := range []string{
				fmt.Sprintf("DISKS rdisk(0) STATUS_SUCCESS %08x\n", crc32.ChecksumIEEE(host[partition+12*512:partition+12*512+4096])),
				fmt.Sprintf(": %d bytes, sectors of 512, STATUS_SUCCESS, %08x\n", len(host), crc32.ChecksumIEEE(host[:64<<10])),
			} {
				if !strings.Contains(text, want) {
					t.Errorf("there is no line %q", want)
				}
			}
			if sum := fmt.Sprintf(") STATUS_SUCCESS %08x\n", crc32.ChecksumIEEE(there)); gpt != "" && !strings.Contains(text, sum) {
				t.Errorf("no ARC name leads to the GPT's partition (%s)", sum)
			}
			for i, name := range scratch {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				sum := crc32.ChecksumIEEE(b[1<<20 : 2<<20])
				if !strings.Contains(text, fmt.Sprintf(": same true, written %08x", sum)) || !bytes.Equal(b[2<<20:][:180<<10], b[1<<20+512:][:180<<10]) {
					t.Errorf("disk %q has not what the guest has written (%08x)", c.devices[i], sum)
				}
			}
			for what, want := range map[string]int{"odd STATUS_SUCCESS STATUS_SUCCESS true": len(scratch), "end STATUS_END_OF_FILE, last STATUS_SUCCESS, half STATUS_INVALID_PARAMETER": len(scratch), "the device is polled": 0, " is reset": 0} {
				n := 0
				for _, l := range strings.Split(text, "\n") {
					if strings.Contains(l, what) && !strings.Contains(l, "(virtio disk) is reset") {
						n++
					}
				}
				if n != want {
					t.Errorf("%q: %d lines, not %d", what, n, want)
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}
