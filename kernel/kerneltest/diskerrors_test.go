package kerneltest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gont/fs/fat"
	"gont/nt"
	"gont/qemu"
)

// rule is a request that QEMU's blkdebug lets fail once.
type rule struct {
	Event  string `json:"event"`
	Kind   string `json:"iotype"`
	Sector int    `json:"sector"`
	Errno  int    `json:"errno"`
	Once   bool   `json:"once"`
}

// failures are rules for one sector: times requests fail there, one after the other.
func failures(kind string, sector, times int) (list []rule) {
	for range times {
		list = append(list, rule{"none", kind, sector, 5, true}) // EIO
	}
	return list
}

// failingDisk is the arguments for a disk of QEMU whose requests fail by rules.
func failingDisk(t *testing.T, id, file string, rules []rule, device string) []string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"driver": "blkdebug", "node-name": id, "inject-error": rules,
		"image": map[string]any{"driver": "file", "filename": file}})
	if err != nil {
		t.Fatal(err)
	}
	return []string{"-blockdev", string(b), "-device", fmt.Sprintf(device, id)}
}

// The class driver tries a request five times (io/drivers/disk); diskerrors.exe uses so many
// pieces of eight sectors from these sectors on.
const (
	tries         = 5
	errorPieces   = 512
	errorReads    = 1 << 20 / 512
	errorWrites   = 4 << 20 / 512
	hardErrors    = 20 // reads, and as many writes, that fail each time
	softErrors    = 25 // likewise, that go well at the second try
	errorVolumeAt = 2048
)

// rawErrors are rules for a disk that is read and written piece by piece: 250 errors.
func rawErrors(r *rand.Rand) (rules []rule) {
	for kind, start := range map[string]int{"read": errorReads, "write": errorWrites} {
		for i, p := range r.Perm(errorPieces)[:hardErrors+softErrors] {
			n := 1
			if i < hardErrors {
				n = tries
			}
			rules = append(rules, failures(kind, start+p*8+r.IntN(8), n)...)
		}
	}
	return rules
}

// errorVolume makes a disk with a partition of FAT with files.
func errorVolume(t *testing.T) (name string, files map[string][]byte) {
	t.Helper()
	b := make([]byte, 9<<20)
	copy(b[440:], "ERR!")
	e := b[446:]
	e[4] = 6
	binary.LittleEndian.PutUint32(e[8:], errorVolumeAt)
	binary.LittleEndian.PutUint32(e[12:], 8<<20/512)
	b[510], b[511] = 0x55, 0xAA
	d := memoryVolume(b[errorVolumeAt*512:][:8<<20])
	if err := fat.Format(d, fat.FormatOptions{Label: "ERRORS", Serial: 5}); err != nil {
		t.Fatal(err)
	}
	v, err := fat.Mount(d, fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for i := range 24 {
		name, data := fmt.Sprintf(`\file %d`, i), bytes.Repeat([]byte{byte(i), 1, 2, byte(i), 5}, 3000)
		n, _, err := v.Open(nil, name, fat.OpenOptions{Disposition: nt.FileCreate})
		if err == nil {
			err = n.WriteAt(data, 0)
			n.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	name = filepath.Join(t.TempDir(), "volume.img")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name, files
}

// TestDiskErrors (I10): 1,370 errors of disks of all kinds of controllers, at a time. Who has asked
// hears of each that comes five times and of no other, the console has lines of them, and
// the system goes on; on a volume of FAT whose sectors fail, FATs and directories, too, files that are
// written in the end have what they should, and no others are touched.
func TestDiskErrors(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 9))
	devices := []string{"ide-hd,bus=ide.1,drive=%s", "virtio-blk-pci,drive=%s", "nvme,serial=n1,drive=%s", "ide-hd,bus=old.0,drive=%s", "usb-storage,bus=usb.0,drive=%s"}
	args := []string{"-device", "piix3-ide,id=old", "-device", "qemu-xhci,id=usb"}
	count := 0
	for i, d := range devices {
		name := filepath.Join(t.TempDir(), fmt.Sprint("disk", i))
		b := make([]byte, 8<<20)
		copy(b, "GONT ERRORS")
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		rules := rawErrors(r)
		count += len(rules)
		args = append(args, failingDisk(t, fmt.Sprint("bad", i), name, rules, d)...)
	}
	name, files := errorVolume(t)
	var rules []rule
	for i := range 24 {
		// The beginning of the partition, its FATs, root directory and files; not the boot sector, which a mount
		// has to read.
		kind := []string{"read", "write"}[i%2]
		rules = append(rules, failures(kind, errorVolumeAt+1+r.IntN(1500), tries)...)
	}
	count += len(rules)
	args = append(args, failingDisk(t, "volume", name, rules, "virtio-blk-pci,drive=%s")...)
	if count < 1000 {
		t.Fatalf("%d errors", count)
	}
	g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, ""), "nttest/diskerrors.exe").Name, Machine: qemu.Q35, Disk: qemu.AHCI, SMP: 2, Args: args})
	g.Line(`^ERRORS done$`, stopLine)
	text := strings.ReplaceAll(g.Text(), "\r", "")
	for _, want := range []struct {
		text string
		n    int
	}{
		// ATA drives end with ABRT, QEMU's stick with ABORTED COMMAND: neither is a medium's error.
		{fmt.Sprintf(": %[1]d reads, %[2]d failed (STATUS_IO_DEVICE_ERROR); %[1]d writes, %[2]d failed (STATUS_IO_DEVICE_ERROR)\n", errorPieces, hardErrors), 3},
		{fmt.Sprintf(": %[1]d reads, %[2]d failed (STATUS_DEVICE_DATA_ERROR); %[1]d writes, %[2]d failed (STATUS_DEVICE_DATA_ERROR)\n", errorPieces, hardErrors), 2},
		{fmt.Sprintf(" again: %d reads, 0 failed (); %d writes, 0 failed (); same true\n", errorPieces, errorPieces), len(devices)},
		{"does not answer", 0}, {" is gone", 0},
	} {
		if n := strings.Count(text, want.text); n != want.n {
			t.Errorf("%d times %q, not %d", n, want.text, want.n)
		}
	}
	for _, want := range []string{" failed 5 times: STATUS_DEVICE_DATA_ERROR.", "ERRORS files: pass 1, ", ", 0 failed ()\nERRORS done"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	g.Close()
	checkErrorVolume(t, name, files)
	if t.Failed() {
		t.Log(text)
	}
}

// checkErrorVolume looks at the volume, as it would be at the next start.
func checkErrorVolume(t *testing.T, name string, files map[string][]byte) {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := memoryVolume(b[errorVolumeAt*512:][:8<<20])
	v, err := fat.Mount(d, fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the check has mended %v", v.Report().Found)
	for p, want := range files {
		if got, err := fileOf(v, p); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes, not %d (%v)", p, len(got), len(want), err)
		}
	}
	for i := range 24 {
		want := make([]byte, 20_000)
		for j := 0; j < len(want); j += 8 {
			binary.LittleEndian.PutUint32(want[j:], uint32(i))
			binary.LittleEndian.PutUint32(want[j+4:], uint32(j))
		}
		if got, err := fileOf(v, fmt.Sprintf(`\written %d`, i)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("written %d has %d bytes, not %d (%v)", i, len(got), len(want), err)
		}
	}
	if err := v.Unmount(); err != nil {
		t.Error(err)
	}
	volume := filepath.Join(t.TempDir(), "volume")
	if err := os.WriteFile(volume, d, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("fsck.fat", "-n", volume).CombinedOutput(); err != nil {
		t.Errorf("fsck.fat: %v\n%s", err, out)
	}
}
