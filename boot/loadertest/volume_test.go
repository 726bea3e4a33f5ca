package loadertest

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"gont/qemu"
)

// TestVolumes: what a volume is, its first sector says, and nothing else (B2).
func TestVolumes(t *testing.T) {
	le := binary.LittleEndian
	const total = 94208 // sectors of the volume
	for name, change := range map[string]func(t *testing.T, img *qemu.Image){
		// Every type at which FAT32 has been found, hidden sectors that are wrong.
		"types": func(t *testing.T, img *qemu.Image) {
			writes(partition+28, 0, 0, 0, 0)(t, img)
			writes(table+4, 0x83)(t, img)
		},
		"hidden FAT": func(t *testing.T, img *qemu.Image) {
			writes(partition+28, 0xFF, 0xFF, 0xFF, 0xFF)(t, img)
			writes(table+4, 0x1B)(t, img)
		},
		"EFI": writes(table+4, 0xEF),
		// The volume is smaller than its FAT could tell, in the 16-bit field.
		"16-bit total": func(t *testing.T, img *qemu.Image) {
			writes(partition+32, 0, 0, 0, 0)(t, img)
			must(t, img.WriteAt(le.AppendUint16(nil, 60000), partition+19))
		},
		// The second row is the active one, the first extended, the third plausible.
		"active row 2": func(t *testing.T, img *qemu.Image) {
			must(t, img.WriteAt(row(0, 0x0F, 95000, 1000), table))
			must(t, img.WriteAt(row(0x80, 0x06, 2048, total), table+16))
			must(t, img.WriteAt(row(0, 0x0C, 12345, 1000), table+32))
			must(t, img.Write(`\boot.ini`, bytes.ReplaceAll([]byte(bootIni), []byte("partition(1)"), []byte("partition(2)"))))
		},
		// No mirroring: the second FAT counts, the first is full of nonsense.
		"second FAT and FSInfo": func(t *testing.T, img *qemu.Image) {
			b := make([]byte, 512)
			raw, err := os.ReadFile(img.Name)
			must(t, err)
			copy(b, raw[partition:])
			size := le.Uint32(b[36:])
			writes(partition+40, 0x81)(t, img)
			must(t, img.WriteAt(bytes.Repeat([]byte{0xA5}, int(size)*512), partition+int64(le.Uint16(b[14:]))*512))
			must(t, img.WriteAt(bytes.Repeat([]byte{0x5A}, 512), partition+512))   // FSInfo
			must(t, img.WriteAt(bytes.Repeat([]byte{0x5A}, 512), partition+6*512)) // backup
		},
		// One FAT, another root cluster.
		"one FAT": oneFat,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			change(t, img)
			g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Memory: 48})
			g.Line(done, "rror", "issing", "damaged", "exception", "status")
			if h := parse(t, g.Text()); h.bss[1] != 0x1122334455667788 || len(h.files) != 1 {
				t.Error("kernel or file damaged")
			}
		})
	}
}

// oneFat takes the second FAT away and moves the root directory, of one cluster,
// to the last cluster of the volume.
func oneFat(t *testing.T, img *qemu.Image) {
	t.Helper()
	le := binary.LittleEndian
	raw, err := os.ReadFile(img.Name)
	must(t, err)
	b := raw[partition:]
	reserved, size, spc := int(le.Uint16(b[14:])), int(le.Uint32(b[36:])), int(b[13])
	fat, data := reserved*512, (reserved+2*size)*512
	last := (int(le.Uint32(b[32:]))-reserved-2*size)/spc + 1
	root := bytes.Clone(b[data : data+spc*512])
	entries := b[fat : fat+size*512]
	if le.Uint32(entries[8:])&0x0FFFFFFF < 0x0FFFFFF8 {
		t.Fatal("the root directory has more than one cluster")
	}
	le.PutUint32(entries[8:], 0)
	le.PutUint32(entries[4*last:], 0x0FFFFFFF)
	copy(b[data+(last-2)*spc*512:], root)
	// The reserved sectors become more, so that the data stay where they are.
	copy(b[fat+size*512:], entries)
	le.PutUint16(b[14:], uint16(reserved+size))
	b[16] = 1
	le.PutUint32(b[44:], uint32(last))
	must(t, os.WriteFile(img.Name, raw, 0o600))
}

// TestSuperfloppy: the volume is the whole disk. partition(1) is the volume, and
// there is no other. OSLDR reports what stands at 1B8h of the first sector as the disk's
// signature; on such a disk that is boot code of the volume.
func TestSuperfloppy(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(built, "base.img"))
	must(t, err)
	bare := func(t *testing.T) *qemu.Image {
		img := &qemu.Image{Name: filepath.Join(t.TempDir(), "bare.img")}
		must(t, os.WriteFile(img.Name, raw[partition:], 0o600))
		return img
	}
	t.Run("boots", func(t *testing.T) {
		t.Parallel()
		img := bare(t)
		boots(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio},
			want{options: options, drive: 0x80, signature: binary.LittleEndian.Uint32(raw[partition+0x1B8:])})
	})
	t.Run("other partition", func(t *testing.T) {
		t.Parallel()
		img := bare(t)
		at := find(t, img, []byte("partition(1)\\Windows=\"GoNT\""))
		must(t, img.WriteAt([]byte("2"), at+10))
		shows(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio},
			"multi(0)disk(0)rdisk(0)partition(2): the disk has no partition table (status C000000E)")
	})
}

// TestDamagedChains: chains without end or into nowhere end with a message, and
// nothing beyond the disk's end is asked for.
func TestDamagedChains(t *testing.T) {
	le := binary.LittleEndian
	// set makes cluster `from` of the root directory or a file continue with `to`.
	set := func(t *testing.T, img *qemu.Image, from, to uint32) {
		t.Helper()
		raw, err := os.ReadFile(img.Name)
		must(t, err)
		b := raw[partition:]
		for i := range int(b[16]) {
			at := partition + int64(int(le.Uint16(b[14:]))+i*int(le.Uint32(b[36:])))*512 + int64(from)*4
			must(t, img.WriteAt(le.AppendUint32(nil, to), at))
		}
	}
	first := func(t *testing.T, img *qemu.Image, name string) uint32 {
		b := make([]byte, 32)
		raw, err := os.ReadFile(img.Name)
		must(t, err)
		copy(b, raw[find(t, img, []byte(name)):])
		return uint32(le.Uint16(b[20:]))<<16 | uint32(le.Uint16(b[26:]))
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, img *qemu.Image)
		want   string
	}{
		"root is a circle": {func(t *testing.T, img *qemu.Image) {
			at := find(t, img, []byte("OSLDR      "))
			raw, err := os.ReadFile(img.Name)
			must(t, err)
			spc := int64(raw[partition+13]) * 512
			used := bytes.Repeat([]byte{0xE5}, int(spc)) // no entry that ends the search
			must(t, img.WriteAt(used, at/512*512))
			set(t, img, 2, 2)
		}, `The root directory is damaged: \OSLDR not found`},
		"OSLDR ends": {func(t *testing.T, img *qemu.Image) {
			set(t, img, first(t, img, "OSLDR      ")+3, 0x0FFFFFFF)
		}, `\OSLDR is damaged`},
		"OSLDR goes on beyond": {func(t *testing.T, img *qemu.Image) {
			set(t, img, first(t, img, "OSLDR      ")+3, 0x0FFFFFE0)
		}, `\OSLDR is damaged`},
		"volume larger than the disk": {func(t *testing.T, img *qemu.Image) {
			writes(partition+32, 0, 0, 0, 0x70)(t, img)
			writes(partition+36, 0, 0, 2, 0)(t, img) // the FAT, too
		}, "Disk error reading the root directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			c.damage(t, img)
			badDisk{dl: 0x80, limit: 48 << 11}.install(t, img)
			shows(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio}, c.want)
		})
	}
}
