// Package badbios makes the BIOS of a test's machine behave as firmware has been
// reported to: a program in front of the image's MBR (badbios.S) puts itself between
// the BIOS's interrupts and their callers.
package badbios

import (
	"encoding/binary"
	"fmt"

	"gont/arc"
	"gont/qemu"
)

// Bios says what is bad. What is zero is as QEMU's BIOS has it.
type Bios struct {
	Flags uint32
	Rows  []arc.E820Entry // E820h's; none: the BIOS's own
	Size  uint16          // of E820h's answers, 20
	LowKB uint16          // INT 12h, 592
	Ebda  uint16          // 40:0Eh
	Lose  uint16          // this row of E820h's, from 1, comes without signature
	Ticks uint16          // the tick stands from this one on
	E801  [2]uint16       // CX and DX of E801h, with the flag E801
}

// Flags of badbios.S.
const (
	Echo    = 1   // INT 10h AH=0Eh goes to COM1, too
	Carry   = 2   // E820h ends with CF
	Same    = 4   // E820h writes only what differs from the row before
	Forever = 8   // the last row continues with itself
	Round   = 16  // the last row continues with the first
	NoRTC   = 32  // the real-time clock stands
	E801    = 64  // E801h answers with E801
	Mouthy  = 128 // E820h destroys registers and writes 128 bytes
)

const (
	sectors = 64     // that the program's record loads
	rowsAt  = 0x1000 // in them
)

// Install puts the BIOS in front of the image's own MBR, which goes to sector 1.
// program is badbios.bin.
func (b Bios) Install(img *qemu.Image, program []byte) error {
	rest := make([]byte, sectors*512)
	if rowsAt+24*len(b.Rows) > len(rest) {
		return fmt.Errorf("badbios: %d rows are too many", len(b.Rows))
	}
	mbr, err := img.ReadSector(0)
	if err != nil {
		return err
	}
	if err := img.WriteSector(1, mbr); err != nil {
		return err
	}
	copy(mbr[:440], program)
	if err := img.WriteSector(0, mbr); err != nil {
		return err
	}
	copy(rest, program[512:])
	le := binary.LittleEndian
	le.PutUint32(rest[4:], b.Flags)
	le.PutUint16(rest[8:], uint16(len(b.Rows)))
	for at, v := range map[int]uint16{10: b.Size, 12: b.LowKB, 14: b.Ebda, 16: b.Lose, 18: b.Ticks, 20: b.E801[0], 22: b.E801[1]} {
		if v != 0 {
			le.PutUint16(rest[at:], v)
		}
	}
	for i, r := range b.Rows {
		p := rest[rowsAt+24*i:]
		le.PutUint64(p, r.Base)
		le.PutUint64(p[8:], r.Length)
		le.PutUint32(p[16:], r.Type)
		le.PutUint32(p[20:], r.Attributes)
	}
	return img.WriteAt(rest, 2*512)
}

// Ram is a row of RAM.
func Ram(base, length uint64) arc.E820Entry {
	return arc.E820Entry{Base: base, Length: length, Type: 1, Attributes: 1}
}

// Reserved is a row of memory that is the firmware's.
func Reserved(base, length uint64) arc.E820Entry {
	return arc.E820Entry{Base: base, Length: length, Type: 2, Attributes: 1}
}
