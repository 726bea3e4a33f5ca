package disk

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"gont/fs/partition"
	"gont/io/storage"
)

// gpt is a disk of n bytes with a GPT: a basic data partition, a system one, a basic data one that
// is to have no letter.
func gpt(n int, id byte) []byte {
	b := make([]byte, n)
	le := binary.LittleEndian
	last := uint64(n/512 - 1)
	b[446+4], b[510], b[511] = 0xEE, 0x55, 0xAA
	put32(b[446+8:], 1)
	put32(b[446+12:], uint32(last))
	entries := b[1024 : 1024+128*128]
	basic := []byte{0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7}
	system := []byte{0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B}
	for i, kind := range [][]byte{basic, system, basic} {
		e := entries[128*i:]
		copy(e, kind)
		e[16], e[17] = id, byte(i)
		le.PutUint64(e[32:], uint64(64+100*i))
		le.PutUint64(e[40:], uint64(64+100*i+99))
	}
	entries[128*2+55] = 0x80
	for _, at := range []uint64{1, last} {
		h := b[at*512:]
		copy(h, "EFI PART")
		le.PutUint32(h[8:], 0x10000)
		le.PutUint32(h[12:], 92)
		le.PutUint64(h[24:], at)
		le.PutUint64(h[32:], last+1-at)
		le.PutUint64(h[40:], 34)
		le.PutUint64(h[48:], last-33)
		h[56] = id
		le.PutUint64(h[72:], 2)
		le.PutUint32(h[80:], 128)
		le.PutUint32(h[84:], 128)
		le.PutUint32(h[88:], crc32.ChecksumIEEE(entries))
		le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
	}
	return b
}

// seen is what OSLDR hands over for a disk.
func seen(name string, b []byte) ArcDisk {
	a := ArcDisk{Name: name, Signature: binary.LittleEndian.Uint32(b[440:]), Sectors: uint64(len(b) / 512)}
	for i := 0; i < 512; i += 4 {
		a.CheckSum -= binary.LittleEndian.Uint32(b[i:])
	}
	if string(b[512:520]) == "EFI PART" {
		a.Gpt = true
		copy(a.ID[:], b[512+56:])
	}
	return a
}

// TestArcNames (I8): whatever the order of the BIOS and that of the drivers, \ArcName leads to the
// right disk: by signature, GUID, checksum, size; to none where nothing tells disks apart.
func TestArcNames(t *testing.T) {
	bare := make([]byte, 1<<20)
	copy(bare, fill(440, 9))
	signed := table()
	clone := append(table(), make([]byte, 1<<20)...) // the same sector, but larger
	other := table()
	put32(other[440:], 0)
	damaged := gpt(3<<20, 3)
	damaged[512+100] ^= 1
	disks := [][]byte{signed, clone, other, gpt(2<<20, 1), gpt(2<<20, 2), bare, make([]byte, 1<<20), damaged}
	names := []string{"a", "b", "c", "d", "e", "f", "", "h"}
	for turn := range len(disks) {
		simulate(t, func(w *world) {
			defer func() { ArcDisks = nil }()
			ArcDisks = nil
			for i := range disks {
				k := (i*3 + turn) % len(disks)
				ArcDisks = append(ArcDisks, seen(string(rune('a'+k)), disks[k]))
			}
			var ports []*storage.Port
			for i := range disks {
				k := (i*5 + turn) % len(disks)
				m := w.newModel(storage.Port{Name: names[k]}, disks[k])
				storage.Arrived(&m.port)
				ports = append(ports, &m.port)
			}
			d := w.start()
			for n, x := range class.disks {
				name := x.port.Name
				if name == "model" { // the empty one
					if exists(`\ArcName\g`) {
						t.Errorf("turn %d: an empty disk has a name", turn)
					}
					continue
				}
				if !exists(`\ArcName\`+name+"partition(1)") || w.device(`\ArcName\`+name) != x.device || w.device(`\ArcName\`+name+"partition(1)") != x.volumes[0] {
					t.Errorf("turn %d: disk %d has not the name %s", turn, n, name)
				}
			}
			d.Unload(d)
			for _, p := range ports {
				storage.Gone(p)
			}
		})
	}
	simulate(t, func(w *world) { // two that nothing tells apart
		defer func() { ArcDisks = nil }()
		ArcDisks = []ArcDisk{seen("a", signed), seen("b", signed)}
		m := w.newModel(storage.Port{}, signed)
		storage.Arrived(&m.port)
		d := w.start()
		if exists(`\ArcName\a`) || exists(`\ArcName\b`) {
			t.Error("a guess")
		}
		d.Unload(d)
		storage.Gone(&m.port)
	})
}

// TestGptVolumes (I8): the volumes of a GPT are known by their GUIDs, and only basic data
// partitions get letters.
func TestGptVolumes(t *testing.T) {
	simulate(t, func(w *world) {
		var list []*storage.Volume
		storage.SubscribeVolumes(func(v *storage.Volume) { list = append(list, v) }, func(*storage.Volume) {})
		defer storage.SubscribeVolumes(nil, nil)
		m := w.newModel(storage.Port{}, gpt(1<<20, 7))
		storage.Arrived(&m.port)
		d := w.start()
		if len(list) != 3 || list[0].NoLetter || !list[1].NoLetter || !list[2].NoLetter || string(list[0].UniqueID) != "DMIO:ID:"+string(append([]byte{7, 0}, make([]byte, 14)...)) {
			t.Errorf("%+v", list)
		}
		if exists(`\ArcName\a`) || partition.GPT.String() != "GPT" {
			t.Error("a name from nowhere")
		}
		d.Unload(d)
		storage.Gone(&m.port)
	})
}
