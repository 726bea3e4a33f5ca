package kerneltest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// TestUsb (I2, I3, I8, I10): GoNT is started from a stick at an xHCI controller and mounts it as C: by
// its own drivers. A stick behind a hub, a device with two units, and one that cannot be read are
// there, too. A file is copied from stick to stick; sticks are pulled out and plugged in while
// the system runs, at last the hub and the one that the system was started from: an error to who asks,
// a line on the console, and the system goes on.
func TestUsb(t *testing.T) {
	t.Parallel()
	img := checked(t, "/BOOTVOLUME")
	data := qemu.TestImage(t, img.Name)
	if err := data.WriteAt([]byte("USB!"), 440); err != nil { // another signature
		t.Fatal(err)
	}
	if err := data.Write(`\hello.txt`, []byte("hello from behind a hub\r\n")); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.img")
	if err := os.WriteFile(other, make([]byte, 4<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	g := qemu.Boot(t, qemu.Config{Machine: qemu.Q35, SMP: 2, Args: []string{
		"-device", "qemu-xhci,id=usb", "-drive", "if=none,format=raw,snapshot=on,id=system,file=" + img.Name,
		"-device", "usb-storage,bus=usb.0,port=1,drive=system,bootindex=0,id=boot",
		"-blockdev", "driver=raw,node-name=data,file.driver=file,file.filename=" + data.Name,
		"-device", "usb-hub,bus=usb.0,port=2,id=hub", "-device", "usb-storage,bus=usb.0,port=2.3,drive=data,id=stick",
		"-blockdev", "driver=blkdebug,node-name=bad,image.driver=null-co,image.size=4194304,inject-error.0.event=none,inject-error.0.errno=5",
		"-device", "usb-storage,bus=usb.0,port=3,drive=bad",
		"-drive", "if=none,format=raw,snapshot=on,id=unit0,file=" + other, "-drive", "if=none,id=unit1,driver=null-co,size=8388608,read-zeroes=on",
		"-device", "usb-bot,bus=usb.0,port=4,id=bot", "-device", "scsi-hd,bus=bot.0,lun=0,drive=unit0",
		"-device", "scsi-hd,bus=bot.0,lun=1,drive=unit1,logical_block_size=4096,physical_block_size=4096"}})
	ask := func(command, want string) string {
		t.Helper()
		got := prompted(t, g, command)
		if !regexp.MustCompile(want).MatchString(strings.ReplaceAll(got, "\r", "")) {
			t.Errorf("%s: no %q in\n%s", command, want, got)
		}
		return got
	}
	// What has come or gone is known a little after its line: a worker thread does that.
	until := func(command, want string) {
		t.Helper()
		deadline := time.Now().Add(time.Minute)
		for !strings.Contains(prompted(t, g, command), want) {
			if time.Now().After(deadline) {
				t.Fatal(prompted(t, g, "disk"), prompted(t, g, "mountvol"), prompted(t, g, "devices"))
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	monitor := func(command string, arguments map[string]any) {
		t.Helper()
		if _, err := g.QMP(command, arguments); err != nil {
			t.Fatal(err)
		}
	}
	g.Line(`^Disk \d+ \(QEMU QEMU HARDDISK\): its partition table cannot be read: `, stopLine)
	g.Line(`^smss: waiting$`, stopLine, `no driver reaches`)
	g.Expect(`nt C:\\> $`)
	ask("disk", `QEMU QEMU HARDDISK +64 MB +512 +1 (?s:.*) 8192 KB +4096 `)
	ask("vol", `\nC:  GONT, FAT32`)
	letter := ""
	for _, l := range []string{"D", "E", "F", "G", "H"} {
		if strings.Contains(prompted(t, g, `type `+l+`:\hello.txt`), "hello from behind a hub") {
			letter = l + ":"
		}
	}
	if letter == "" {
		t.Fatalf("nobody has the stick behind the hub\n%s", g.Text())
	}
	ask(`copy \Windows\System32\smss.exe `+letter+`\copy.bin`, `1 files copied`)
	ask(`sync`, `2 volumes written`)
	want, err := img.Read(`\Windows\System32\smss.exe`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := data.Read(`\copy.bin`); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the host reads %d bytes, not %d: %v", len(got), len(want), err)
	}

	monitor("device_del", map[string]any{"id": "stick"})
	g.Line(`^USB port \d+\.3: QEMU QEMU USB HARDDRIVE is gone\.$`, stopLine)
	g.Line(`^Disk \d+ \(QEMU QEMU HARDDISK\) is gone\.$`, stopLine)
	until(`dir `+letter+`\`, `STATUS_`)
	for tries := 0; ; tries++ { // the emulator lets the image go a little later
		_, err := g.QMP("device_add", map[string]any{"driver": "usb-storage", "bus": "usb.0", "port": "2.4", "drive": "data", "id": "again"})
		if err == nil {
			break
		}
		if tries == 100 {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	g.Line(`^USB port \d+\.4: QEMU QEMU USB HARDDRIVE was plugged in\.$`, stopLine)
	until(`dir `+letter+`\`, "copy.bin")
	monitor("device_del", map[string]any{"id": "hub"})
	g.Line(`^USB port \d+: QEMU QEMU USB Hub is gone\.$`, stopLine)
	g.Line(`^Disk \d+ \(QEMU QEMU HARDDISK\) is gone\.$`, stopLine)
	monitor("device_del", map[string]any{"id": "boot"})
	g.Line(`^Disk 0 \(QEMU QEMU HARDDISK\) is gone\.$`, stopLine)
	until(`dir C:\`, `STATUS_`)
	if text := g.Text(); strings.Contains(text, "is polled") {
		t.Errorf("interrupts do not come\n%s", text)
	}
}
