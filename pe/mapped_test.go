package pe

import (
	"encoding/binary"
	"testing"
)

// TestMappedSections (P1.1): the rows of an image in memory; INIT by name or flag; those
// outside are left out; no cut of the image makes it read beyond.
func TestMappedSections(t *testing.T) {
	file := build()
	image := make([]byte, 0x6000)
	copy(image, file[:0x400])
	row := func(i int) []byte { return image[0x84+20+240+40*i:] }
	copy(row(0)[:8], "INIT\x00\x00\x00\x00")
	binary.LittleEndian.PutUint32(row(1)[36:], Read|Discardable)
	list, err := MappedSections(image)
	if err != nil || len(list) != 3 || !list[0].Init() || !list[1].Init() || list[2].Init() || list[1].RVA != 0x2000 {
		t.Fatal(list, err)
	}
	binary.LittleEndian.PutUint32(row(1)[8:], 0xFFFFFFFF)
	if list, err := MappedSections(image); err != nil || len(list) != 2 {
		t.Error(list, err)
	}
	for n := range 0x400 {
		list, _ := MappedSections(image[:n:n])
		for _, s := range list {
			if int(s.RVA)+int(s.Size) > n {
				t.Errorf("%d bytes: %+v", n, s)
			}
		}
	}
}
