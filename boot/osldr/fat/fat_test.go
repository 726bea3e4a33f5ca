package fat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"gont/boot/osldr/status"
)

// volume is a small FAT32 volume in memory, laid out by hand so that a test
// decides where every cluster goes: 32 reserved sectors, one FAT of 4 sectors,
// 400 clusters of one sector, at sector 100 of the disk.
type volume struct {
	t     *testing.T
	disk  []byte
	reads int
	fail  uint64 // sector that cannot be read
}

const (
	volStart = 100
	volFat   = volStart + 32
	volData  = volFat + 4
	clusters = 400
)

var errDisk = errors.New("bad sector")

func (v *volume) ReadSectors(lba uint64, dst []byte) error {
	v.reads++
	if n := uint64(len(dst) / SectorSize); v.fail != 0 && lba <= v.fail && v.fail < lba+n {
		return errDisk
	}
	if len(dst)%SectorSize != 0 || (lba+uint64(len(dst)/SectorSize))*SectorSize > uint64(len(v.disk)) {
		v.t.Errorf("read of %d bytes at sector %d is outside the disk", len(dst), lba)
		return errDisk
	}
	copy(dst, v.disk[lba*SectorSize:])
	return nil
}

func newVolume(t *testing.T) *volume {
	v := &volume{t: t, disk: make([]byte, (volData+clusters)*SectorSize)}
	b := v.boot()
	le := binary.LittleEndian
	le.PutUint16(b[11:], 512)
	b[13], b[16] = 1, 1
	le.PutUint16(b[14:], 32)
	le.PutUint32(b[32:], 32+4+clusters)
	le.PutUint32(b[36:], 4)
	le.PutUint32(b[44:], 2)
	b[510], b[511] = 0x55, 0xAA
	v.chain(2)
	return v
}

func (v *volume) boot() []byte { return v.disk[volStart*SectorSize:][:SectorSize] }

func (v *volume) set(c, next uint32) {
	binary.LittleEndian.PutUint32(v.disk[volFat*SectorSize+4*c:], next)
}

// chain links clusters in this order, with garbage in the reserved bits.
func (v *volume) chain(cs ...uint32) {
	for i, c := range cs {
		next := uint32(0xFFFFFFF8)
		if i+1 < len(cs) {
			next = cs[i+1] | 0xA0000000
		}
		v.set(c, next)
	}
}

func (v *volume) cluster(c uint32) []byte {
	return v.disk[(volData+uint64(c)-2)*SectorSize:][:SectorSize]
}

// data spreads content over clusters.
func (v *volume) data(content []byte, cs ...uint32) {
	v.chain(cs...)
	for _, c := range cs {
		content = content[copy(v.cluster(c), content):]
	}
}

func entry(short string, attr byte, first, size uint32) []byte {
	e := make([]byte, 32)
	copy(e, short)
	e[11] = attr
	le := binary.LittleEndian
	le.PutUint16(e[20:], uint16(first>>16))
	le.PutUint16(e[26:], uint16(first))
	le.PutUint32(e[28:], size)
	return e
}

// long makes the long name parts for a short entry, last part first.
func long(name, short string) []byte {
	var sum byte
	for i := 0; i < 11; i++ {
		sum = sum>>1 | sum<<7
		sum += short[i]
	}
	chars := []byte(name)
	parts := (len(chars) + 12) / 13
	var out []byte
	for p := parts; p > 0; p-- {
		e := make([]byte, 32)
		e[0], e[11], e[13] = byte(p), 0x0F, sum
		if p == parts {
			e[0] |= 0x40
		}
		for i := 0; i < 13; i++ {
			at := []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}[i]
			c, k := uint16(0xFFFF), (p-1)*13+i
			if k < len(chars) {
				c = uint16(chars[k])
			} else if k == len(chars) {
				c = 0
			}
			binary.LittleEndian.PutUint16(e[at:], c)
		}
		out = append(out, e...)
	}
	return out
}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func open(t *testing.T, v *volume, path string) (*File, error) {
	t.Helper()
	m, err := Mount(v, volStart)
	if err != nil {
		return nil, err
	}
	return m.Open(path)
}

func TestFragmentedFile(t *testing.T) {
	v := newVolume(t)
	want := pattern(5*512 + 100)
	v.data(want, 300, 10, 11, 12, 399, 50)
	copy(v.cluster(2), entry("OSLDR      ", 0x20, 300, uint32(len(want))))
	f, err := open(t, v, `\osldr`)
	if err != nil {
		t.Fatal(err)
	}
	if f.Len() != len(want) || f.Fragments() != 4 {
		t.Errorf("length %d, %d fragments", f.Len(), f.Fragments())
	}
	for _, room := range []int{0, 512} { // with and without room for the odd end
		got := make([]byte, len(want), len(want)+room)
		if err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
			t.Errorf("room %d: wrong content, %v", room, err)
		}
	}
	part := make([]byte, 700)
	if err := f.ReadAt(part, 1024); err != nil || !bytes.Equal(part, want[1024:1724]) {
		t.Errorf("read in the middle: %v", err)
	}
	for _, off := range []int{-512, 100, 2560} {
		if err := f.ReadAt(make([]byte, 600), off); err == nil {
			t.Errorf("offset %d: no error", off)
		}
	}
}

func TestContiguousFileIsOneRead(t *testing.T) {
	v := newVolume(t)
	cs := make([]uint32, 100)
	for i := range cs {
		cs[i] = uint32(100 + i)
	}
	want := pattern(100 * 512)
	v.data(want, cs...)
	copy(v.cluster(2), entry("A          ", 0, 100, uint32(len(want))))
	f, err := open(t, v, "A")
	if err != nil {
		t.Fatal(err)
	}
	v.reads = 0
	got := make([]byte, len(want))
	if err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) || v.reads != 1 {
		t.Errorf("%d reads, %v", v.reads, err)
	}
}

func TestNames(t *testing.T) {
	v := newVolume(t)
	name := "A very long name that needs four parts.text"
	copy(v.cluster(2), bytes.Join([][]byte{
		entry("VOLUME     ", 0x08, 0, 0),
		entry("\xE5LD     TXT", 0x20, 9, 9),
		long("stray", "NOTHING    "),
		entry("WINDOWS    ", 0x10, 20, 0),
		long(name, "AVERYL~1TEX"),
		entry("AVERYL~1TEX", 0x20, 30, 7),
	}, nil))
	v.chain(20, 21)
	full := bytes.Repeat(entry("\xE5         ", 0x20, 0, 0), 16) // a sector of deleted ones
	copy(v.cluster(20), full)
	copy(v.cluster(21), append(entry("SMSS    EXE", 0x20, 31, 3), entry("EMPTY      ", 0x20, 0, 0)...))
	v.data([]byte("content"), 30)
	v.data([]byte("abc"), 31)
	for path, n := range map[string]int{
		`\` + name: 7, strings.ToUpper(name): 7, `\AVERYL~1.TEX`: 7,
		`\Windows\smss.exe`: 3, `\\WINDOWS\\Smss.Exe`: 3, `\windows\empty`: 0,
	} {
		f, err := open(t, v, path)
		if err != nil || f.Len() != n {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, want := range map[string]*status.Error{
		`\nothing`: status.NoSuchFile, `\none\file`: status.PathNotFound, ``: status.NoSuchFile,
		`\averyl~1.tex\x`: status.PathNotFound, `\old.txt`: status.NoSuchFile, `\VOLUME`: status.NoSuchFile,
		`\stray`: status.NoSuchFile, `\` + name + `x`: status.NoSuchFile, `\A very`: status.NoSuchFile,
		`\` + strings.Repeat("n", 300): status.NoSuchFile,
	} {
		if _, err := open(t, v, path); err != want {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	if _, err := open(t, v, `\windows`); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("directory as file: %v", err)
	}
	// A long name whose checksum is not that of the entry does not count.
	root := v.cluster(2)
	for i := 0; i < len(root); i += 32 {
		if root[i+11] == 0x0F {
			root[i+13]++
		}
	}
	if _, err := open(t, v, `\`+name); err != status.NoSuchFile {
		t.Errorf("long name with a wrong checksum: %v", err)
	}
}

// TestDamage spoils one thing at a time; each has its own words and never a
// hang or a read outside the disk.
func TestDamage(t *testing.T) {
	file := func(v *volume, first uint32, size int) {
		copy(v.cluster(2), entry("F          ", 0x20, first, uint32(size)))
	}
	for name, c := range map[string]struct {
		spoil func(*volume)
		want  string
	}{
		"loop in the root": {func(v *volume) {
			full := bytes.Repeat(entry("X          ", 0x20, 0, 0), 16)
			copy(v.cluster(2), full)
			copy(v.cluster(3), full)
			v.set(2, 3)
			v.set(3, 2)
		}, "loop"},
		"root ends in a bad cluster": {func(v *volume) {
			copy(v.cluster(2), bytes.Repeat(entry("X          ", 0x20, 0, 0), 16))
			v.set(2, 0x0FFFFFF7)
		}, "bad cluster"},
		"chain too short":      {func(v *volume) { file(v, 5, 2000); v.chain(5, 6) }, "shorter"},
		"chain to free":        {func(v *volume) { file(v, 5, 2000); v.set(5, 0) }, "leaves the volume"},
		"chain outside":        {func(v *volume) { file(v, 5, 2000); v.set(5, 402) }, "leaves the volume"},
		"chain to bad cluster": {func(v *volume) { file(v, 5, 2000); v.set(5, 0x0FFFFFF7) }, "bad cluster"},
		"first cluster 0":      {func(v *volume) { file(v, 0, 2000) }, "leaves the volume"},
		"first cluster 1":      {func(v *volume) { file(v, 1, 2000) }, "leaves the volume"},
		"larger than volume":   {func(v *volume) { file(v, 5, 500*512); v.chain(5) }, "larger than the volume"},
		"size FFFFFFFF":        {func(v *volume) { file(v, 5, 0xFFFFFFFF); v.chain(5) }, "larger than the volume"},
		"unreadable FAT":       {func(v *volume) { file(v, 5, 2000); v.fail = volFat }, "bad sector"},
		"unreadable root":      {func(v *volume) { v.fail = volData }, "bad sector"},
		"no signature":         {func(v *volume) { v.boot()[510] = 0 }, "signature"},
		"sector size":          {func(v *volume) { v.boot()[12] = 8 }, "sector size"},
		"cluster size 0":       {func(v *volume) { v.boot()[13] = 0 }, "cluster size"},
		"cluster size 3":       {func(v *volume) { v.boot()[13] = 3 }, "cluster size"},
		"FAT16":                {func(v *volume) { v.boot()[22] = 1 }, "not FAT32"},
		"no FAT":               {func(v *volume) { v.boot()[16] = 0 }, "no FAT"},
		"version":              {func(v *volume) { v.boot()[42] = 1 }, "version"},
		"FAT too large":        {func(v *volume) { v.boot()[38] = 1 }, "larger than the volume"},
		"root outside":         {func(v *volume) { v.boot()[45] = 9 }, "root directory"},
		"active FAT missing":   {func(v *volume) { v.boot()[40] = 0x81 }, "active FAT"},
		"unreadable boot":      {func(v *volume) { v.fail = volStart }, "bad sector"},
	} {
		v := newVolume(t)
		c.spoil(v)
		_, err := open(t, v, `\F`)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file whose chain goes on after its end is read; a loop behind it does no harm.
func TestChainLongerThanFile(t *testing.T) {
	v := newVolume(t)
	v.data(pattern(512), 5)
	v.set(5, 5)
	copy(v.cluster(2), entry("F          ", 0x20, 5, 512))
	f, err := open(t, v, `\F`)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 512)
	if err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, pattern(512)) {
		t.Error("wrong content", err)
	}
}

// FuzzOpen: no metadata makes the reader panic, hang or read outside.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint32(volFat*512+8))
	f.Fuzz(func(t *testing.T, junk []byte, at uint32) {
		v := newVolume(t)
		v.data(pattern(1500), 5, 9, 7)
		copy(v.cluster(2), entry("F          ", 0x20, 5, 1500))
		meta := v.disk[volStart*SectorSize:]
		copy(meta[int(at)%len(meta):], junk)
		d := &bounded{v}
		m, err := Mount(d, volStart)
		if err != nil {
			return
		}
		file, err := m.Open(`\F`)
		if err != nil {
			return
		}
		if file.Len() < 1<<20 {
			_ = file.ReadAt(make([]byte, file.Len()), 0)
		}
	})
}

// bounded answers reads outside the disk with an error, as a BIOS does.
type bounded struct{ v *volume }

func (b *bounded) ReadSectors(lba uint64, dst []byte) error {
	if (lba+uint64(len(dst)/SectorSize))*SectorSize > uint64(len(b.v.disk)) {
		return errDisk
	}
	return b.v.ReadSectors(lba, dst)
}
