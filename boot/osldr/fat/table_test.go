package fat

import (
	"encoding/binary"
	"strings"
	"testing"
)

func sector0(rows ...[2]uint32) []byte {
	b := make([]byte, SectorSize)
	for i, r := range rows {
		b[tableAt+rowSize*i+4] = byte(r[0])
		binary.LittleEndian.PutUint32(b[tableAt+rowSize*i+8:], r[1])
	}
	b[510], b[511] = 0x55, 0xAA
	return b
}

func TestPartition(t *testing.T) {
	table := sector0([2]uint32{0x83, 2048}, [2]uint32{0x0F, 9000}, [2]uint32{0x0C, 0}, [2]uint32{0, 5000})
	for name, c := range map[string]struct {
		sector []byte
		n      int
		own    uint64
		want   string
	}{
		"any type":        {table, 1, 63, ""},
		"extended":        {table, 2, 63, "it is an extended partition (status C000000E)"},
		"at 0":            {table, 3, 63, "no such disk or partition"},
		"not used":        {table, 4, 63, "no such disk or partition"},
		"0":               {table, 0, 63, "no such disk or partition"},
		"5":               {table, 5, 63, "no such disk or partition"},
		"no signature":    {make([]byte, 512), 1, 63, "the disk has no partition table (status C000000E)"},
		"whole disk":      {make([]byte, 512), 1, 0, ""},
		"whole disk is 1": {table, 2, 0, "the disk has no partition table"},
	} {
		start, err := Partition(c.sector, c.n, c.own)
		switch {
		case c.want == "" && (err != nil || start != 2048 && c.own != 0 || c.own == 0 && start != 0):
			t.Errorf("%s: %d, %v", name, start, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", name, err)
		}
	}
	for kind := 1; kind < 256; kind++ {
		if _, err := Partition(sector0([2]uint32{uint32(kind), 5}), 1, 63); (err != nil) != extended(byte(kind)) {
			t.Errorf("type %#x: %v", kind, err)
		}
	}
}

// TestTotals: the 16-bit number of sectors counts where the other is 0, and
// clusters that the FAT has no entries for do not exist.
func TestTotals(t *testing.T) {
	v := newVolume(t)
	b := v.boot()
	whole, err := ParseBPB(b)
	if err != nil || whole.LastCluster != clusters+1 || whole.Data != 36 || whole.FAT != 32 {
		t.Fatalf("%+v %v", whole, err)
	}
	le := binary.LittleEndian
	total := le.Uint32(b[32:])
	le.PutUint16(b[19:], uint16(total))
	le.PutUint32(b[32:], 0)
	if small, err := ParseBPB(b); err != nil || *small != *whole {
		t.Errorf("%+v %v", small, err)
	}
	le.PutUint16(b[19:], 7) // nonsense beside a 32-bit number
	le.PutUint32(b[32:], total)
	if both, err := ParseBPB(b); err != nil || *both != *whole {
		t.Errorf("%+v %v", both, err)
	}
	le.PutUint16(b[19:], 0)
	le.PutUint32(b[32:], 0)
	if _, err := ParseBPB(b); err == nil || !strings.Contains(err.Error(), "FAT is larger than the volume") {
		t.Error(err)
	}
	le.PutUint32(b[32:], 1<<31)
	if large, err := ParseBPB(b); err != nil || large.LastCluster != 4*128-1 {
		t.Errorf("%+v %v", large, err)
	}
	le.PutUint32(b[28:], 0xDEADBEEF) // hidden sectors
	copy(b[48:], "\xFF\xFF\xFF\xFF") // FSInfo and backup boot sector
	if _, err := ParseBPB(b); err != nil {
		t.Error(err)
	}
}
