package boottest

import (
	"encoding/binary"
	"os"
	"testing"

	"gont/arc"
	"gont/qemu"
)

// badBios is a BIOS as firmware has been reported to be (badbios.S).
type badBios struct {
	flags uint32
	rows  []arc.E820Entry // none: the BIOS's own
	size  uint16          // of E820h's answers, 20
	lowKB uint16          // INT 12h, 576
	ebda  uint16          // 40:0Eh, 0 leaves it
	lose  uint16          // this row (from 1) comes without signature
	ticks uint16          // the tick stands from this one on
	e801  [2]uint16       // CX and DX of E801h, with the flag e801
}

// Flags of badbios.S.
const (
	echo    = 1
	carryAt = 2
	same    = 4
	forever = 8
	round   = 16
	noRTC   = 32
	e801    = 64
	mouthy  = 128
)

// install puts the BIOS in front of the image's own MBR.
func (b badBios) install(t *testing.T, img *qemu.Image) {
	t.Helper()
	raw, err := os.OpenFile(img.Name, os.O_RDWR, 0)
	must(t, err)
	defer raw.Close()
	mbr := make([]byte, 512)
	_, err = raw.ReadAt(mbr, 0)
	must(t, err)
	must(t, img.WriteSector(1, mbr))
	program := file(t, "badbios.bin")
	copy(mbr[:440], program)
	must(t, img.WriteSector(0, mbr))
	rest := make([]byte, 64*512)
	copy(rest, program[512:])
	le := binary.LittleEndian
	le.PutUint32(rest[4:], b.flags)
	le.PutUint16(rest[8:], uint16(len(b.rows)))
	for at, v := range map[int]uint16{10: b.size, 12: b.lowKB, 14: b.ebda, 16: b.lose, 18: b.ticks, 20: b.e801[0], 22: b.e801[1]} {
		if v != 0 {
			le.PutUint16(rest[at:], v)
		}
	}
	const rowsAt = 0x1000
	if rowsAt+24*len(b.rows) > len(rest) {
		t.Fatalf("%d rows", len(b.rows))
	}
	for i, r := range b.rows {
		p := rest[rowsAt+24*i:]
		le.PutUint64(p, r.Base)
		le.PutUint64(p[8:], r.Length)
		le.PutUint32(p[16:], r.Type)
		le.PutUint32(p[20:], r.Attributes)
	}
	must(t, img.WriteAt(rest, 2*512))
}

func ram(base, length uint64) arc.E820Entry {
	return arc.E820Entry{Base: base, Length: length, Type: 1, Attributes: 1}
}

func reserved(base, length uint64) arc.E820Entry {
	return arc.E820Entry{Base: base, Length: length, Type: 2, Attributes: 1}
}
