package partition

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gont/nt"
)

var mutants = flag.Int("mutants", 0, "damaged tables of TestDamaged; 0: 20,000, or 2,000 with -short")

type disk struct {
	data   []byte
	sector int
	bad    map[uint64]bool
	reads  int
}

func (d *disk) SectorSize() int { return d.sector }
func (d *disk) Sectors() uint64 { return uint64(len(d.data) / d.sector) }
func (d *disk) ReadAt(p []byte, s uint64) error {
	d.reads++
	if len(p)%d.sector != 0 || s*uint64(d.sector)+uint64(len(p)) > uint64(len(d.data)) {
		panic(fmt.Sprintf("%d bytes at %d", len(p), s))
	}
	for i := range uint64(len(p) / d.sector) {
		if d.bad[s+i] {
			return errors.New("bad sector")
		}
	}
	copy(p, d.data[s*uint64(d.sector):])
	return nil
}

// sfdisk makes a disk of 64 MiB as a script says.
func sfdisk(t *testing.T, script string) *disk {
	t.Helper()
	if _, err := exec.LookPath("sfdisk"); err != nil {
		t.Skip("sfdisk is not installed")
	}
	image := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(image, make([]byte, 64<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sfdisk", "-q", image)
	c.Stdin = strings.NewReader(script)
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("sfdisk: %v\n%s", err, b)
	}
	b, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	return &disk{data: b, sector: 512}
}

func read(t *testing.T, d *disk) *Table {
	t.Helper()
	x, err := Read(d)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func parts(x *Table) string {
	s := x.Scheme.String()
	for _, p := range x.Partitions {
		s += fmt.Sprintf(" %d:%d+%d", p.Number, p.Start, p.Sectors)
		if p.Type != 0 {
			s += fmt.Sprintf("/%02X", p.Type)
		}
		if p.Active {
			s += "*"
		}
		if p.Logical {
			s += "l"
		}
		if p.Name != "" {
			s += "=" + p.Name
		}
	}
	return s
}

const logical = "label: dos\nlabel-id: 0x12345678\n2048,10000,c,*\n20000,60000,E\n90000,1000,7\n21000,3000,6\n26000,4000,83\n40000,500,b\n"

// TestMBR (I8): a table that sfdisk made, with partitions in the extended one.
func TestMBR(t *testing.T) {
	x := read(t, sfdisk(t, logical))
	if s := parts(x); s != "MBR 1:2048+10000/0C* 2:90000+1000/07 3:21000+3000/06l 4:26000+4000/83l 5:40000+500/0Bl" || x.Signature != 0x12345678 || len(x.Problems) > 0 {
		t.Error(s, x.Problems)
	}
}

const gpt = "label: gpt\nlabel-id: 01234567-89AB-CDEF-0123-456789ABCDEF\nstart=2048, size=10000, type=U, name=\"System Ä\"\nstart=20000, size=30000, type=L\n"

// TestGPT (I8): a GPT that sfdisk made; the copy where the first one is damaged, in its header
// or its entries; and neither.
func TestGPT(t *testing.T) {
	const want = "GPT 1:2048+10000=System Ä 2:20000+30000"
	d := sfdisk(t, gpt)
	x := read(t, d)
	if s := parts(x); s != want || x.ID.String() != "{01234567-89ab-cdef-0123-456789abcdef}" || x.Backup || len(x.Problems) > 0 {
		t.Error(s, x.ID, x.Problems)
	}
	if s := x.Partitions[0].TypeID.String(); s != "{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}" {
		t.Error(s)
	}
	end := len(d.data) - 512
	for _, c := range []struct {
		name   string
		damage func(d *disk)
		want   string
		backup bool
	}{
		{"header", func(d *disk) { d.data[512+60] ^= 1 }, want, true},
		{"entries", func(d *disk) { d.data[1024+130] ^= 1 }, want, true},
		{"unreadable", func(d *disk) { d.bad = map[uint64]bool{1: true} }, want, true},
		{"copy", func(d *disk) { d.data[end] ^= 1 }, want, false},
		{"both", func(d *disk) { d.data[end+20] ^= 1; d.data[512+60] ^= 1 }, "GPT", false},
	} {
		b := &disk{data: bytes.Clone(d.data), sector: 512}
		c.damage(b)
		x := read(t, b)
		if s := parts(x); s != c.want || x.Backup != c.backup || len(x.Problems) == 0 && c.name != "copy" {
			t.Errorf("%s: %s, copy %v, %v", c.name, s, x.Backup, x.Problems)
		}
	}
}

// make4096 is a GPT disk with sectors of 4096 bytes.
func make4096() *disk {
	d := &disk{data: make([]byte, 8<<20), sector: 4096}
	d.data[446+4] = typeGPT
	le.PutUint32(d.data[446+8:], 1)
	le.PutUint32(d.data[446+12:], uint32(d.Sectors()-1))
	le.PutUint16(d.data[510:], signature)
	entries := d.data[2*4096:][:128*128]
	for i, span := range [][2]uint64{{6, 105}, {200, 299}} {
		e := entries[i*128:]
		e[0], e[16] = 1, byte(i+1)
		le.PutUint64(e[32:], span[0])
		le.PutUint64(e[40:], span[1])
		e[56] = 'a' + byte(i)
	}
	last := d.Sectors() - 1
	copy(d.data[(last-4)*4096:], entries)
	for i, at := range []uint64{1, last} {
		h := d.data[at*4096:]
		copy(h, gptSignature)
		le.PutUint32(h[8:], gptRevision)
		le.PutUint32(h[12:], gptHeader)
		le.PutUint64(h[24:], at)
		le.PutUint64(h[32:], []uint64{last, 1}[i])
		le.PutUint64(h[40:], 6)
		le.PutUint64(h[48:], last-5)
		le.PutUint64(h[72:], []uint64{2, last - 4}[i])
		le.PutUint32(h[80:], 128)
		le.PutUint32(h[84:], 128)
		le.PutUint32(h[88:], crc32.ChecksumIEEE(entries))
		le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:gptHeader]))
	}
	return d
}

// Test4096 (I8): sectors of 4096 bytes, with the copy, too.
func Test4096(t *testing.T) {
	const want = "GPT 1:6+100=a 2:200+100=b"
	d := make4096()
	if x := read(t, d); parts(x) != want || x.Backup || len(x.Problems) > 0 {
		t.Error(parts(x), x.Problems)
	}
	clear(d.data[4096 : 6*4096])
	if x := read(t, d); parts(x) != want || !x.Backup {
		t.Error(parts(x), x.Problems)
	}
}

// TestNoTable: an empty disk, a volume without a table, an error.
func TestNoTable(t *testing.T) {
	d := &disk{data: make([]byte, 1<<20), sector: 512}
	if x := read(t, d); x.Scheme != None || len(x.Partitions) != 0 {
		t.Error(parts(x))
	}
	le.PutUint16(d.data[510:], signature)
	copy(d.data, "\xEB\x58\x90")
	copy(d.data[82:], "FAT32   ")
	if x := read(t, d); x.Scheme != None {
		t.Error(parts(x))
	}
	copy(d.data[446:], "some code of a boot sector")
	if x := read(t, d); x.Scheme != None {
		t.Error(parts(x))
	}
	d.bad = map[uint64]bool{0: true}
	if _, err := Read(d); err == nil {
		t.Error("no error")
	}
	if _, err := Read(&disk{sector: 512}); err != nt.StatusInvalidParameter {
		t.Error(err)
	}
}

// TestBadMBR (I8): partitions outside of the disk and on each other, and extended tables that
// lead back or outside, are left out and said.
func TestBadMBR(t *testing.T) {
	entry := func(b []byte, i int, kind byte, start, sectors uint32) {
		e := b[446+16*i:]
		e[4] = kind
		le.PutUint32(e[8:], start)
		le.PutUint32(e[12:], sectors)
		le.PutUint16(b[510:], signature)
	}
	d := &disk{data: make([]byte, 10000*512), sector: 512}
	entry(d.data, 0, 6, 100, 200)
	entry(d.data, 1, 6, 250, 100)      // on the first
	entry(d.data, 2, 6, 9000, 2000)    // beyond the end
	entry(d.data, 3, 0x0F, 1000, 3000) // with a loop
	entry(d.data[1000*512:], 0, 6, 1, 50)
	entry(d.data[1000*512:], 1, 5, 100, 100)
	entry(d.data[1100*512:], 0, 6, 1, 50)
	entry(d.data[1100*512:], 1, 5, 100, 100)
	x := read(t, d)
	if s := parts(x); s != "MBR 1:100+200/06 2:1001+50/06l 3:1101+50/06l" || len(x.Problems) != 3 {
		t.Error(s, x.Problems)
	}
	entry(d.data[1100*512:], 1, 5, 5000, 100)
	if x := read(t, d); len(x.Partitions) != 3 || len(x.Problems) != 3 {
		t.Error(parts(x), x.Problems)
	}
	d.bad = map[uint64]bool{1100: true}
	if x := read(t, d); len(x.Partitions) != 2 || len(x.Problems) != 3 {
		t.Error(parts(x), x.Problems)
	}
}

// TestDamaged (I8): whatever the tables say, reading them ends, reads little, and gives
// partitions that lie on the disk and not on each other.
func TestDamaged(t *testing.T) {
	n := *mutants
	if n == 0 {
		if n = 20000; testing.Short() {
			n = 2000
		}
	}
	for _, d := range []*disk{sfdisk(t, logical), sfdisk(t, gpt), make4096()} {
		var sectors []uint64
		for _, s := range []uint64{0, 1, 2, 20000, 24000, 25952, 39952, d.Sectors() - 1, d.Sectors() - 5, d.Sectors() - 33} {
			if s < d.Sectors() {
				sectors = append(sectors, s)
			}
		}
		saved := bytes.Clone(d.data)
		r := rand.New(rand.NewPCG(1, 1))
		for range n / 3 {
			for range 1 + r.IntN(5) {
				b := d.data[sectors[r.IntN(len(sectors))]*uint64(d.sector):][:d.sector]
				switch r.IntN(3) {
				case 0:
					b[r.IntN(len(b))] = byte(r.Uint32())
				case 1:
					le.PutUint32(b[446+16*r.IntN(4)+[]int{4, 8, 12}[r.IntN(3)]:], r.Uint32()>>r.IntN(32))
				default:
					le.PutUint32(b[r.IntN(32)*4:], r.Uint32()>>r.IntN(32))
				}
			}
			if r.IntN(2) == 0 { // with checksums that are right
				h := d.data[d.sector:]
				if size := le.Uint32(h[12:]); size >= gptHeader && int(size) <= d.sector {
					le.PutUint32(h[16:], 0)
					le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:size]))
				}
			}
			d.reads = 0
			x, err := Read(d)
			if err != nil {
				t.Fatal(err)
			}
			if d.reads > 400 || len(x.Partitions) > mostEntries || len(x.Problems) > 32 {
				t.Fatalf("%d reads, %d partitions", d.reads, len(x.Partitions))
			}
			for i, p := range x.Partitions {
				if p.Start+p.Sectors > d.Sectors() || p.Sectors == 0 || p.Start == 0 {
					t.Fatal(parts(x))
				}
				for _, o := range x.Partitions[:i] {
					if p.Start < o.Start+o.Sectors && o.Start < p.Start+p.Sectors {
						t.Fatal(parts(x))
					}
				}
			}
			for _, s := range sectors {
				copy(d.data[s*uint64(d.sector):][:d.sector], saved[s*uint64(d.sector):])
			}
		}
	}
}

// TestKind: what a partition is for, in words.
func TestKind(t *testing.T) {
	for want, p := range map[string]Partition{
		"0C FAT32": {Type: 0x0C}, "whole disk": {}, "A5": {Type: 0xA5}, "basic data": {TypeID: basicData}, "EFI system": {TypeID: efiSystem},
		"{00000001-0000-0000-0000-000000000000}": {TypeID: GUID{1}},
	} {
		if got := p.Kind(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if s := efiSystem.String(); s != "{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}" {
		t.Error(s)
	}
}
