package fastfat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gont/fs/fat"
	"gont/io"
	"gont/nt"
)

// region is a part of a disk, in sectors.
type region struct{ start, count int }

// volumeSectors is the size of each volume of the disks of TestDamagedDisks.
const volumeSectors = 2048

// damagedDisk is a disk with three volumes, and the sectors of its tables.
type damagedDisk struct {
	data    []byte
	volumes []region
	tables  []int
	files   []map[string][]byte // of each volume
}

// tableEntry is an entry of an MBR or of an extended partition's.
func tableEntry(sector []byte, i int, kind byte, start, count int) {
	e := sector[446+16*i:]
	e[4] = kind
	binary.LittleEndian.PutUint32(e[8:], uint32(start))
	binary.LittleEndian.PutUint32(e[12:], uint32(count))
	sector[510], sector[511] = 0x55, 0xAA
}

// newDamagedDisk makes a disk, with two logical volumes or with a GPT.
func newDamagedDisk(t *testing.T, gpt bool) *damagedDisk {
	d := &damagedDisk{data: make([]byte, 8192*512)}
	sector := func(n int) []byte { return d.data[n*512:][:512] }
	if gpt {
		d.volumes = []region{{64, volumeSectors}, {2200, volumeSectors}, {4400, volumeSectors}}
		d.tables = []int{0, 1, 2, 8191, 8190, 8159}
		le := binary.LittleEndian
		tableEntry(sector(0), 0, 0xEE, 1, 8191)
		entries := make([]byte, 32*512)
		for i, v := range d.volumes {
			e := entries[i*128:]
			copy(e, []byte{0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7})
			e[16] = byte(i + 1)
			le.PutUint64(e[32:], uint64(v.start))
			le.PutUint64(e[40:], uint64(v.start+v.count-1))
		}
		for _, at := range [][3]int{{1, 8191, 2}, {8191, 1, 8159}} {
			h := sector(at[0])
			copy(h, "EFI PART")
			le.PutUint32(h[8:], 0x10000)
			le.PutUint32(h[12:], 92)
			le.PutUint64(h[24:], uint64(at[0]))
			le.PutUint64(h[32:], uint64(at[1]))
			le.PutUint64(h[40:], 34)
			le.PutUint64(h[48:], 8158)
			h[56] = 1
			le.PutUint64(h[72:], uint64(at[2]))
			le.PutUint32(h[80:], 128)
			le.PutUint32(h[84:], 128)
			le.PutUint32(h[88:], crc32.ChecksumIEEE(entries))
			le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
			copy(d.data[at[2]*512:], entries)
		}
	} else {
		d.volumes = []region{{63, volumeSectors}, {2301, volumeSectors}, {4401, volumeSectors}}
		d.tables = []int{0, 2300, 4400}
		tableEntry(sector(0), 0, 6, 63, volumeSectors)
		tableEntry(sector(0), 1, 5, 2300, 5000)
		tableEntry(sector(2300), 0, 6, 1, volumeSectors)
		tableEntry(sector(2300), 1, 5, 2100, 2100)
		tableEntry(sector(4400), 0, 6, 1, volumeSectors)
		copy(sector(0)[440:], "GONT")
	}
	for i, r := range d.volumes {
		device := memoryDevice(d.data[r.start*512:][:r.count*512])
		if err := fat.Format(device, fat.FormatOptions{Label: fmt.Sprint("VOLUME", i), Serial: uint32(i + 1)}); err != nil {
			t.Fatal(err)
		}
		v, err := fat.Mount(device, fat.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n, _, err := v.Open(nil, `\d`, fat.OpenOptions{Disposition: nt.FileCreate, Options: nt.FileDirectoryFile}); err == nil {
			n.Close()
		}
		files := map[string][]byte{}
		for j := range 12 {
			name, b := fmt.Sprintf(`\file %d`, j), fill(j*j*300+1, byte(i*16+j))
			if j > 5 {
				name = `\d` + name
			}
			n, _, err := v.Open(nil, name, fat.OpenOptions{Disposition: nt.FileCreate})
			if err == nil {
				err = n.WriteAt(b, 0)
				n.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			files[name] = b
		}
		if err := v.Unmount(); err != nil {
			t.Fatal(err)
		}
		d.files = append(d.files, files)
	}
	return d
}

// TestDamagedDisks (I8, I9): disks whose partition tables and volumes are damaged, one after the other
// in a system: what can be mounted is listed, read and written; nothing panics, hangs, or
// is written outside of the volume that is damaged. A volume that is not reads byte for byte.
// -full: 6,000 disks; `fs/fat` and `fs/partition` try 20,000 each.
func TestDamagedDisks(t *testing.T) {
	n := 500
	if testing.Short() {
		n = 150
	}
	if *full {
		n = 6000
	}
	for _, gpt := range []bool{false, true} {
		t.Run(map[bool]string{false: "MBR", true: "GPT"}[gpt], func(t *testing.T) {
			whole := newDamagedDisk(t, gpt)
			mounted := 0
			for i := range n / 2 {
				r := rand.New(rand.NewPCG(*seed*100_000+uint64(i), 4))
				d := &damagedDisk{bytes.Clone(whole.data), whole.volumes, whole.tables, whole.files}
				tables, volume := d.damage(r, gpt)
				before := bytes.Clone(d.data)
				simulate(t, d.data, func(w *world) {
					for k := 1; k <= 6; k++ {
						if d.visit(w, fmt.Sprintf(`\Device\HarddiskVolume%d`, k), r, tables, volume) {
							mounted++
						}
					}
				})
				for v, r := range d.volumes {
					if a, b := before[r.start*512:][:r.count*512], d.data[r.start*512:][:r.count*512]; v != volume && !bytes.Equal(a, b) {
						t.Errorf("disk %d: volume %d was written to, and %d is damaged", i, v, volume)
					}
				}
				if t.Failed() {
					return
				}
			}
			t.Logf("%d disks, %d volumes were mounted", n/2, mounted)
		})
	}
}

// damage spoils the tables, and a volume's sectors, of which only these may be written then.
func (d *damagedDisk) damage(r *rand.Rand, gpt bool) (tables bool, volume int) {
	spoil := func(at int) {
		b := d.data[at*512:][:512]
		switch r.IntN(4) {
		case 0:
			b[r.IntN(512)] = byte(r.Uint32())
		case 1:
			binary.LittleEndian.PutUint32(b[446+16*r.IntN(4)+[]int{4, 8, 12}[r.IntN(3)]:], r.Uint32()>>r.IntN(32))
		case 2:
			binary.LittleEndian.PutUint32(b[r.IntN(32)*4:], r.Uint32()>>r.IntN(32))
		default:
			for i := r.IntN(512); i < 512; i++ {
				b[i] = byte(r.Uint32())
			}
		}
	}
	volume = r.IntN(len(d.volumes))
	if tables = r.IntN(2) == 0; tables {
		for range 1 + r.IntN(3) {
			spoil(d.tables[r.IntN(len(d.tables))])
		}
		if h := d.data[512:]; gpt && r.IntN(2) == 0 { // a header that is wrong and has the right sum
			binary.LittleEndian.PutUint32(h[16:], 0)
			binary.LittleEndian.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
		}
	}
	for range r.IntN(8) { // the boot sector, FATs, the root directory, files
		spoil(d.volumes[volume].start + r.IntN(64)*r.IntN(2))
	}
	return tables, volume
}

// visit uses a volume, if there is one, as a program does. It reports whether it was mounted.
func (d *damagedDisk) visit(w *world, device string, r *rand.Rand, tables bool, damaged int) bool {
	v, _, s := w.tryOn(device, how{disposition: nt.FileOpen, access: nt.FileReadData})
	if !s.OK() {
		return false
	}
	label := make([]byte, 64)
	i, s := v.send(func(irp *io.IRP, l *io.StackLocation) {
		l.Major, l.Code, l.Length, irp.SystemBuffer = io.QueryVolumeInformation, nt.FileFsVolumeInformationClass, uint32(len(label)), label
	})
	v.close()
	number := -1
	if s.OK() && i.Information > 18 {
		if name, ok := strings.CutPrefix(text16(label[18:i.Information]), "VOLUME"); ok && len(name) == 1 {
			number = int(name[0] - '0')
		}
	}
	if number < 0 || number >= len(d.files) {
		number = damaged
	}
	if number != damaged {
		if !tables {
			for name, want := range d.files[number] {
				f, _, s := w.tryOn(device+name, how{disposition: nt.FileOpen, access: nt.FileReadData})
				if !s.OK() {
					w.t.Errorf("%s%s, which is not damaged: %v", device, name, s)
					continue
				}
				if got, s := f.read(len(want)+1, 0); !bytes.Equal(got, want) {
					w.t.Errorf("%s%s, which is not damaged, has %d bytes, not %d (%v)", device, name, len(got), len(want), s)
				}
				f.close()
			}
		}
		return true
	}
	for _, p := range []string{`\`, `\d`} {
		if dir, _, s := w.tryOn(device+p, how{disposition: nt.FileOpen, access: nt.FileReadData}); s.OK() {
			dir.names("*", 2000, 0)
			dir.close()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.files[number])) {
		f, _, s := w.tryOn(device+name, how{disposition: nt.FileOpen})
		if !s.OK() {
			continue
		}
		f.read(20_000, 0)
		switch r.IntN(5) {
		case 0:
			f.write(fill(3000, 1), int64(r.IntN(9000)))
		case 1:
			set(f, nt.FileEndOfFileInformationClass, int64(r.IntN(9000)))
		case 2:
			set(f, nt.FileDispositionInformationClass, uint8(1))
		}
		f.close()
	}
	if f, _, s := w.tryOn(device+`\d\a new file`, how{disposition: nt.FileOverwriteIf}); s.OK() {
		f.write(fill(9000, 2), 0)
		f.close()
	}
	w.shutdown()
	return true
}
