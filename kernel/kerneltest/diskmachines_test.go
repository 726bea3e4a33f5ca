package kerneltest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gont/fs/fat"
	"gont/nt"
	"gont/qemu"
)

// dataDisk is a disk with one partition of FAT, in a file with holes.
type dataDisk struct {
	name   string
	sector int   // bytes
	size   int64 // likewise
	start  int64 // sector of the partition
}

// partitionDevice is its partition for package fat. What is zero and was never written stays a hole.
type partitionDevice struct {
	*os.File
	d *dataDisk
}

func (p partitionDevice) SectorSize() int { return p.d.sector }
func (p partitionDevice) Sectors() uint64 {
	return uint64(min(p.d.size/int64(p.d.sector)-p.d.start, 1<<32-1))
}
func (p partitionDevice) ReadAt(b []byte, sector uint64) error {
	_, err := p.File.ReadAt(b, (int64(sector)+p.d.start)*int64(p.d.sector))
	return err
}
func (p partitionDevice) WriteAt(b []byte, sector uint64) error {
	if len(bytes.Trim(b, "\x00")) == 0 {
		old := make([]byte, len(b))
		if err := p.ReadAt(old, sector); err != nil || bytes.Equal(b, old) {
			return err
		}
	}
	_, err := p.File.WriteAt(b, (int64(sector)+p.d.start)*int64(p.d.sector))
	return err
}
func (p partitionDevice) Flush() error { return nil }

// dataFile is the file that each volume has, and dataText what it says.
const dataFile = `\about.txt`

func (d *dataDisk) text() string { return "this is disk " + filepath.Base(d.name) }

// use mounts the volume on the host.
func (d *dataDisk) use(t *testing.T, f func(v *fat.Volume, p partitionDevice)) {
	t.Helper()
	file, err := os.OpenFile(d.name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := partitionDevice{file, d}
	v, err := fat.Mount(p, fat.Options{})
	if err != nil {
		t.Fatalf("%s: %v", d.name, err)
	}
	f(v, p)
	if err := v.Unmount(); err != nil {
		t.Errorf("%s: %v", d.name, err)
	}
}

// newDataDisk makes one whose partition is all of it, but for the first MiB. The next clusters that are
// given away are the last ones of the volume.
func newDataDisk(t *testing.T, number int, size int64, sector int) *dataDisk {
	t.Helper()
	d := &dataDisk{filepath.Join(t.TempDir(), fmt.Sprint("data", number)), sector, size, 1 << 20 / int64(sector)}
	file, err := os.Create(d.name)
	if err == nil {
		err = file.Truncate(size)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := partitionDevice{file, d}
	table := make([]byte, 512)
	copy(table[440:], fmt.Sprintf("D%03d", number))
	table[446+4] = 0x0C
	binary.LittleEndian.PutUint32(table[446+8:], uint32(d.start))
	binary.LittleEndian.PutUint32(table[446+12:], uint32(p.Sectors()))
	table[510], table[511] = 0x55, 0xAA
	if _, err := file.WriteAt(table, 0); err != nil {
		t.Fatal(err)
	}
	o := fat.FormatOptions{Label: fmt.Sprint("DATA", number), Serial: uint32(number), Hidden: uint32(d.start)}
	if size > 1<<40 {
		o.Kind, o.ClusterSize = fat.FAT32, 64<<10
	}
	if err := fat.Format(p, o); err != nil {
		t.Fatal(err)
	}
	kind, clusters := fat.Kind(0), uint32(0)
	d.use(t, func(v *fat.Volume, _ partitionDevice) {
		n, _, err := v.Open(nil, dataFile, fat.OpenOptions{Disposition: nt.FileCreate})
		if err == nil {
			err = n.WriteAt([]byte(d.text()), 0)
			n.Close()
		}
		if err != nil {
			t.Error(err)
		}
		i, err := v.Info()
		if err != nil {
			t.Error(err)
		}
		kind, clusters = i.Kind, i.Clusters
	})
	if kind == fat.FAT32 { // FSI_Nxt_Free
		info := make([]byte, sector)
		p.ReadAt(info, 1)
		binary.LittleEndian.PutUint32(info[492:], clusters-20)
		p.WriteAt(info, 1)
	}
	return d
}

// diskMachine is a machine with several disks: arguments of QEMU for each, %s its drive.
type diskMachine struct {
	name    string
	long    bool // for -full alone
	machine qemu.Machine
	args    []string
	boot    int // which of the devices is the boot disk
	devices []string
	size    map[int]int64 // of data disks that are not of 64 MiB
}

// tera2 is 2 TiB, the most that an MBR can have, and FAT32.
const tera2 = 1 << 41

var diskMachines = []diskMachine{
	{"eight disks", false, qemu.Q35, []string{"-device", "piix3-ide,id=old"}, 6,
		[]string{"ide-hd,bus=old.0,drive=%s", "ide-hd,bus=ide.3,drive=%s", "virtio-blk-pci,drive=%s", "nvme,serial=a,drive=%s,logical_block_size=4096,physical_block_size=4096",
			"ide-hd,bus=ide.0,drive=%s", "virtio-blk-pci,drive=%s,logical_block_size=4096,physical_block_size=4096", "nvme,serial=b,drive=%s", "ide-hd,bus=old.1,drive=%s"},
		map[int]int64{1: tera2, 3: 280 << 20}},
	{"eight disks IDE boots", true, qemu.Q35, []string{"-device", "piix3-ide,id=old"}, 7,
		[]string{"ide-hd,bus=old.0,drive=%s", "ide-hd,bus=ide.3,drive=%s", "virtio-blk-pci,drive=%s", "nvme,serial=a,drive=%s",
			"ide-hd,bus=ide.0,drive=%s", "virtio-blk-pci,drive=%s", "nvme,serial=b,drive=%s", "ide-hd,bus=old.1,drive=%s"},
		map[int]int64{0: tera2, 2: tera2, 3: tera2, 4: tera2}},
	{"eight virtio", true, qemu.PC, nil, 3, []string{"virtio-blk-pci,drive=%s", "virtio-blk-pci,drive=%s", "virtio-blk-pci,drive=%s", "virtio-blk-pci,drive=%s",
		"virtio-blk-pci,drive=%s", "virtio-blk-pci,drive=%s", "virtio-blk-pci,drive=%s", "virtio-blk-pci,drive=%s"}, nil},
	{"two the second boots", true, qemu.Q35, nil, 1, []string{"ide-hd,bus=ide.0,drive=%s", "ide-hd,bus=ide.1,drive=%s"}, nil},
	{"two the slave boots", true, qemu.PC, nil, 1, []string{"ide-hd,bus=ide.0,unit=0,drive=%s", "ide-hd,bus=ide.0,unit=1,drive=%s"}, map[int]int64{0: tera2}},
	{"two NVMe boots beside virtio", true, qemu.PC, nil, 1, []string{"virtio-blk-pci,drive=%s", "nvme,serial=a,drive=%s"}, nil},
	{"two virtio boots beside NVMe", true, qemu.PC, nil, 0, []string{"virtio-blk-pci,drive=%s", "nvme,serial=a,drive=%s"}, map[int]int64{1: tera2}},
}

// TestDiskMachines (I8, I10): machines with several disks, of which any is started from: \SystemRoot
// is that disk's, by whatever driver; the files of all others are read and written, those of
// disks of 2 TiB at their end, those of sectors of 4096 bytes, too. -full: all of the table.
func TestDiskMachines(t *testing.T) {
	t.Parallel()
	for _, m := range diskMachines {
		if m.long && !*full {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			m.run(t)
		})
	}
}

func (m diskMachine) run(t *testing.T) {
	img := image(t, "")
	kernel, err := img.Read(kernelPath)
	if err != nil {
		t.Fatal(err)
	}
	c := qemu.Config{Machine: m.machine, Disk: qemu.Virtio, Args: m.args}
	var data []*dataDisk
	order := 1
	for i, device := range m.devices {
		name, index := img.Name, 0
		if i != m.boot {
			size, sector := m.size[i], 512
			if size == 0 {
				size = 64 << 20
			}
			if strings.Contains(device, "logical_block_size=4096") {
				sector = 4096
			}
			d := newDataDisk(t, i, size, sector)
			data = append(data, d)
			name, index = d.name, order
			order++
		}
		id := fmt.Sprint("d", i)
		c.Args = append(c.Args, "-drive", "if=none,format=raw,file="+name+",id="+id, "-device", fmt.Sprintf(device, id)+fmt.Sprint(",bootindex=", index))
	}
	g := qemu.Boot(t, c)
	g.Line(waiting, stopLine)
	g.Expect(`nt C:\\> $`)
	text := g.Text()
	for _, bad := range []string{"no driver reaches", "is reset", "does not answer", "is polled", "was not closed"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q", bad)
		}
	}
	if got, want := prompted(t, g, `sum \Windows\System32\ntoskrnl.exe`), fmt.Sprintf("%x", sha256.Sum256(kernel)); !strings.Contains(got, want) {
		t.Errorf("the kernel's file: %s, not %s", got, want)
	}
	found := map[string]bool{}
	for letter := 'D'; len(found) < len(data) && letter < 'N'; letter++ {
		got := prompted(t, g, fmt.Sprintf(`type %c:%s`, letter, dataFile))
		if x := regexp.MustCompile(`this is disk (data\d+)`).FindStringSubmatch(got); x != nil {
			found[x[1]] = true
			for _, line := range []string{`copy %c:\about.txt %c:\A copy of it.txt`, `copy C:\Windows\System32\ntoskrnl.exe %c:\kernel`} {
				line = strings.ReplaceAll(strings.ReplaceAll(line, "%c", string(letter)), string(letter)+`:\A copy of it.txt`, `"`+string(letter)+`:\A copy of it.txt"`)
				if got := prompted(t, g, line); !strings.Contains(got, "1 files copied") {
					t.Errorf("%s: %s", line, got)
				}
			}
		}
	}
	if len(found) != len(data) {
		t.Errorf("of %d disks %v have letters\n%s", len(data), found, prompted(t, g, "disk"))
	}
	g.Type("shutdown\r")
	g.Line(`^The system switches off\.$`, stopLine, `could not be written`)
	g.End()
	for _, d := range data {
		d.use(t, func(v *fat.Volume, p partitionDevice) {
			if v.Report().Ran {
				t.Errorf("%s was not closed: %v", d.name, v.Report().Found)
			}
			for path, want := range map[string][]byte{dataFile: []byte(d.text()), `\A copy of it.txt`: []byte(d.text()), `\kernel`: kernel} {
				if got, err := fileOf(v, path); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s of %s has %d bytes, not %d (%v)", path, d.name, len(got), len(want), err)
				}
			}
			if d.size < tera2 {
				return
			}
			n, _, err := v.Open(nil, `\kernel`, fat.OpenOptions{Disposition: nt.FileOpen})
			if err != nil {
				t.Error(err)
				return
			}
			defer n.Close()
			if runs, err := n.Runs(0, 1); err != nil || len(runs) == 0 {
				t.Errorf("the runs of a file: %v, %v", runs, err)
			} else {
				t.Logf("the file is at %+v", runs[0])
			}
		})
	}
}

// TestSCSI (I10): a disk that no driver reaches is refused with words; the start goes on.
func TestSCSI(t *testing.T) {
	t.Parallel()
	for i, controller := range []string{"virtio-scsi-pci", "lsi53c895a", "megasas"} {
		if i > 0 && !*full {
			continue
		}
		t.Run(controller, func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Disk: qemu.Virtio, Args: []string{"-device", controller + ",id=scsi",
				"-drive", "if=none,format=raw,snapshot=on,id=d,file=" + image(t, "").Name, "-device", "scsi-hd,drive=d,bootindex=0"}})
			g.Line(`^P1\.34: no driver reaches the boot volume, multi\(0\)disk\(0\)rdisk\(0\)partition\(1\)$`, stopLine)
			g.Line(`^P1\.34: .* \(PCI class 010[047]\d\d, bus 0, device \d+, function 0\): no driver is known for it$`, stopLine)
			g.Line(waiting, stopLine)
		})
	}
}
