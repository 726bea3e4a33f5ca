package loadertest

import (
	"encoding/binary"
	"os"
	"testing"

	"gont/qemu"
)

// badDisk is what baddisk.S does; the layout is there.
type badDisk struct {
	flags          uint16
	dl             byte
	next           uint32 // sector that is started; 1 is the MBR
	si, bp, ds     uint16
	most           uint16
	limit          uint32
	fillAt, fillTo uint16
	rows           [32]byte
}

// Flags of baddisk.S.
const (
	shortReads = 1 << iota
	refuseLong
	lieOfEdd
	carryAfterAll
	wild
	only80
	hollow
	no48
	copy80
)

const badDiskRows = 28 // offset of rows, for registers; they are in segment 9400h

// row is an entry of a partition table.
func row(status, kind byte, start, sectors uint32) []byte {
	b := []byte{status, 1, 1, 0, kind, 0xFE, 0xFF, 0xFF}
	b = binary.LittleEndian.AppendUint32(b, start)
	return binary.LittleEndian.AppendUint32(b, sectors)
}

// install puts the BIOS before the image's MBR, which goes to sector 1.
func (d badDisk) install(t *testing.T, img *qemu.Image) {
	t.Helper()
	raw, err := os.OpenFile(img.Name, os.O_RDWR, 0)
	must(t, err)
	defer raw.Close()
	mbr := make([]byte, 512)
	_, err = raw.ReadAt(mbr, 0)
	must(t, err)
	must(t, img.WriteSector(1, mbr))
	program := file(t, "baddisk.bin")
	if d.next == 0 {
		d.next = 1
	}
	b := program[512:]
	le := binary.LittleEndian
	le.PutUint16(b[4:], d.flags)
	b[6] = d.dl
	le.PutUint32(b[8:], d.next)
	le.PutUint16(b[12:], d.si)
	le.PutUint16(b[14:], d.bp)
	le.PutUint16(b[16:], d.ds)
	le.PutUint16(b[18:], d.most)
	le.PutUint32(b[20:], d.limit)
	le.PutUint16(b[24:], d.fillAt)
	le.PutUint16(b[26:], d.fillTo)
	copy(b[badDiskRows:], d.rows[:])
	must(t, img.WriteSector(2, b))
	copy(mbr[:440], program)
	must(t, img.WriteSector(0, mbr))
}

// TestBadDisk: whatever INT 13h does and whatever the registers hold, the disk
// starts (B1, B2).
func TestBadDisk(t *testing.T) {
	rows := func(a, b []byte) (r [32]byte) {
		copy(r[:], a)
		copy(r[16:], b)
		return r
	}
	ours := row(0x80, 0x0C, 2048, 96256)
	other := row(0x80, 0x0C, 12345, 50000) // plausible, and something else
	far := row(0x80, 0x0C, 0xFFFFFFF0, 50000)
	for name, d := range map[string]badDisk{
		"DL 0 no such drive":   {dl: 0, flags: only80},
		"DL 0 reads nothing":   {dl: 0, flags: hollow},
		"DL 0 is the stick":    {dl: 0, flags: copy80},
		"DL FF":                {dl: 0xFF},
		"short reads and CF":   {dl: 0x80, flags: shortReads | carryAfterAll, most: 8},
		"63 sectors a call":    {dl: 0x80, flags: refuseLong | wild | no48, most: 63},
		"AH=41h lies":          {dl: 0x80, flags: lieOfEdd},
		"all of the MBR's BPB": {dl: 0x80, fillAt: 0x05, fillTo: 0x5A},

		// The boot sector, started by another program.
		"no entry":            {dl: 0, next: 2048, flags: hollow, si: 0xFFF7, bp: 0xFFF9, ds: 0xF000},
		"entry of another":    {dl: 0x80, next: 2048, si: badDiskRows, bp: badDiskRows, ds: 0x9400, rows: rows(other, nil)},
		"entry beyond and BP": {dl: 0x80, next: 2048, si: badDiskRows, bp: badDiskRows + 16, ds: 0x9400, rows: rows(far, ours)},
		"BPB written":         {dl: 0x80, next: 2048, fillAt: 0x0B, fillTo: 0x43},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			d.limit = 48 << 11
			d.install(t, img)
			g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Memory: 48})
			g.Line(done, "BAD DISK", "rror", "issing", "damaged", "exception")
			if h := parse(t, g.Text()); h.bss[1] != 0x1122334455667788 || len(h.files) != 1 {
				t.Error("kernel or file damaged")
			}
		})
	}
}

// TestNotInTable: a volume that only DS:SI tells of is found; partition(1) of
// boot.ini is still the table's first row, and nothing is there.
func TestNotInTable(t *testing.T) {
	t.Parallel()
	const start = 3000
	img := image(t)
	raw, err := os.ReadFile(img.Name)
	must(t, err)
	must(t, img.WriteAt(make([]byte, 512), partition))
	must(t, img.WriteAt(raw[partition:len(raw)-start*512+partition], start*512))
	d := badDisk{dl: 0x80, next: start, si: badDiskRows, ds: 0x9400, limit: 48 << 11}
	copy(d.rows[:], row(0, 6, start, 90000))
	d.install(t, img)
	shows(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio},
		"multi(0)disk(0)rdisk(0)partition(1): boot sector has no signature (status C000014F)")
}
