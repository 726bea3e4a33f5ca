package pe

import (
	"encoding/binary"
	"slices"
	"testing"
)

// block is a block of a base relocation table: an entry is a type and an offset in the page.
func block(page uint32, entries ...uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, page)
	b = binary.LittleEndian.AppendUint32(b, uint32(8+2*len(entries)))
	for _, e := range entries {
		b = binary.LittleEndian.AppendUint16(b, e)
	}
	return b
}

// withTable is an image of 4 pages whose second one has the table.
func withTable(table []byte, n int) (*Image, []byte) {
	file := make([]byte, 2*PageSize)
	copy(file, "MZ")
	le := binary.LittleEndian
	le.PutUint32(file[lfanew:], 64)
	copy(file[64:], "PE\x00\x00")
	h := file[68:]
	le.PutUint16(h[16:], 240)
	o := h[fileSize:]
	le.PutUint32(o[108:], 16)
	le.PutUint32(o[optionalSize+8*dirRelocation:], PageSize)
	le.PutUint32(o[optionalSize+8*dirRelocation+4:], uint32(n))
	copy(file[PageSize:], table)
	return &Image{Size: 4 * PageSize, HeaderSize: 1024,
		Sections: []Section{{RVA: PageSize, Size: PageSize, FileOffset: PageSize, FileSize: PageSize}}}, file
}

// TestRelocations: which pages a fixup changes, one that lies across a boundary included.
func TestRelocations(t *testing.T) {
	table := append(block(0, 0xA010, 0xAFFC), block(0x2000, 0xA000, 0xAFF8, 0)...)
	m, file := withTable(table, len(table))
	r, ok := m.Relocations(file)
	if !ok {
		t.Fatal("refused")
	}
	for page, want := range [][]uint32{{64 + 48, 0x10, 0xFFC}, {0xFFC}, {0x2000, 0x2FF8}, nil} {
		var got []uint32
		r.Each(uint32(page)*PageSize, func(rva uint32) { got = append(got, rva) })
		if !slices.Equal(got, want) || r.Any(uint32(page)*PageSize) != (want != nil) {
			t.Errorf("page %d has the fixups %x, expected %x", page, got, want)
		}
	}
	m.Characteristics = FileRelocsStripped
	if _, ok := m.Relocations(file); ok {
		t.Error("an image without relocations may be moved")
	}
}

// TestRelocationsRefused: what no linker makes moves no image.
func TestRelocationsRefused(t *testing.T) {
	good := block(0, 0xA010)
	for name, c := range map[string]struct {
		table []byte
		n     int
	}{
		"cut off":             {good, 9},
		"cut in a head":       {append(good, 0, 0, 0, 0), 14},
		"no size":             {append(good, make([]byte, 8)...), 18},
		"odd page":            {block(0x10, 0xA010), 10},
		"descending":          {append(block(0x1000, 0xA010), good...), 20},
		"twice":               {append(block(0, 0xA010), good...), 20},
		"32-bit fixup":        {block(0, 0x3010), 10},
		"behind the image":    {block(0x3000, 0xAFFC), 10},
		"page behind it":      {block(0xFFFFF000, 0xA000), 10},
		"outside the section": {good, PageSize + 2},
		"too long":            {good, maxRelocations + 1},
	} {
		m, file := withTable(c.table, c.n)
		if _, ok := m.Relocations(file); ok {
			t.Errorf("%s: taken", name)
		}
	}
	m, file := withTable(nil, 0)
	if r, ok := m.Relocations(file); !ok || r.Any(PageSize) {
		t.Error("an empty table is refused")
	}
}
