// Package ata is what drivers of ATA disks have in common (SPEC I10): what a disk says of
// itself, commands, and what their errors mean. Sections are of ATA/ATAPI Command Set - 3
// (ACS-3) and Serial ATA 3.1.
package ata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"gont/io/storage"
	"gont/nt"
)

// Commands (ACS-3, 7).
const (
	ReadSectors     = 0x20
	ReadSectorsExt  = 0x24
	ReadDmaExt      = 0x25
	ReadLogExt      = 0x2F
	WriteSectors    = 0x30
	WriteSectorsExt = 0x34
	WriteDmaExt     = 0x35
	WriteDmaFuaExt  = 0x3D
	ReadFpdma       = 0x60
	WriteFpdma      = 0x61
	ReadDma         = 0xC8
	WriteDma        = 0xCA
	FlushCache      = 0xE7
	FlushCacheExt   = 0xEA
	IdentifyDevice  = 0xEC
	SetFeatures     = 0xEF
)

// Bits of the status register (6.2).
const (
	StatusError = 0x01
	StatusDrq   = 0x08
	StatusFault = 0x20
	StatusReady = 0x40
	StatusBusy  = 0x80
)

// Bits of the error register (6.3).
const (
	ErrorAbort       = 0x04
	ErrorNotFound    = 0x10
	ErrorUncorrected = 0x40
	ErrorCrc         = 0x80
)

// Identity is a disk by its IDENTIFY DEVICE data (7.12.7).
type Identity struct {
	Model, Serial string
	Sectors       uint64
	SectorSize    uint32
	Physical      uint32
	Lba48         bool // 48-bit addresses, and the EXT commands
	Dma           bool // it knows DMA
	DmaMode       bool // firmware has chosen a mode of DMA
	WriteCache    bool // is on
	Fua           bool // WRITE DMA FUA EXT
	FlushExt      bool
	Ncq           int // commands that it takes at a time by READ FPDMA QUEUED; 0: none
}

// ErrNotDisk is what Identify says of data that are no disk's.
var ErrNotDisk = errors.New("what it says of itself is no disk's")

// Identify reads 512 bytes of IDENTIFY DEVICE data.
func Identify(b []byte) (d Identity, err error) {
	if len(b) < 512 {
		return d, ErrNotDisk
	}
	word := func(n int) uint16 { return binary.LittleEndian.Uint16(b[2*n:]) }
	double := func(n int) uint64 { return uint64(word(n)) | uint64(word(n+1))<<16 }
	set := func(n int) uint16 { // words that are valid when bits 15:14 are 01
		if v := word(n); v>>14 == 1 {
			return v
		}
		return 0
	}
	if word(0)&0x8000 != 0 || word(0) == 0 && word(49) == 0 || word(49) == 0xFFFF {
		return d, ErrNotDisk
	}
	if b[510] == 0xA5 { // checksum (7.12.7.80)
		sum := byte(0)
		for _, x := range b[:512] {
			sum += x
		}
		if sum != 0 {
			return d, fmt.Errorf("%w: their checksum is wrong", ErrNotDisk)
		}
	}
	if word(49)&(1<<9) == 0 {
		return d, fmt.Errorf("%w: it has no LBA", ErrNotDisk)
	}
	d.Model, d.Serial = text(b[54:94]), text(b[20:40])
	d.Dma = word(49)&(1<<8) != 0
	d.DmaMode = word(63)&0x0700 != 0 || word(53)&4 != 0 && word(88)&0x7F00 != 0 // multiword, ultra
	d.Lba48 = set(83)&(1<<10) != 0
	d.FlushExt = set(83)&(1<<13) != 0
	d.Fua = set(84)&(1<<6) != 0 && d.Lba48
	d.WriteCache = word(85)&(1<<5) != 0 && word(85) != 0xFFFF
	d.Sectors = double(60)
	if d.Lba48 {
		if n := double(100) | double(102)<<32; n > 0 {
			d.Sectors = n
		}
	} else if d.Sectors > 1<<28 {
		return d, fmt.Errorf("%w: %d sectors are more than 28 bits address", ErrNotDisk, d.Sectors)
	}
	if d.Sectors == 0 || d.Sectors > 1<<48 {
		return d, fmt.Errorf("%w: it has %d sectors", ErrNotDisk, d.Sectors)
	}
	d.SectorSize = 512
	if v := set(106); v&(1<<12) != 0 {
		if n := double(117); n >= 256 && n <= 2048 && bits.OnesCount64(n) == 1 {
			d.SectorSize = uint32(n) * 2
		} else {
			return d, fmt.Errorf("%w: its sectors have %d words", ErrNotDisk, n)
		}
	}
	d.Physical = d.SectorSize
	if v := set(106); v&(1<<13) != 0 && v&15 < 8 {
		d.Physical <<= v & 15
	}
	if v := word(76); v&(1<<8) != 0 && v != 0xFFFF && d.Lba48 {
		d.Ncq = int(word(75)&31) + 1
	}
	return d, nil
}

// text is a string of IDENTIFY data: two characters a word, the first one high.
func text(b []byte) string {
	s := make([]byte, 0, len(b))
	for i := 0; i+1 < len(b); i += 2 {
		for _, c := range []byte{b[i+1], b[i]} {
			if c < ' ' || c > '~' {
				c = ' '
			}
			s = append(s, c)
		}
	}
	return strings.Join(strings.Fields(string(s)), " ")
}

// Status is what a command's status and error registers mean, of a command that has failed.
func Status(status, err uint8) nt.Status {
	switch {
	case status == 0xFF:
		return nt.StatusDeviceNotConnected
	case status&(StatusError|StatusFault) == 0:
		return nt.StatusIoDeviceError
	case status&StatusFault != 0:
		return nt.StatusIoDeviceError
	case err&ErrorCrc != 0:
		return nt.StatusCrcError
	case err&ErrorUncorrected != 0:
		return nt.StatusDeviceDataError
	case err&ErrorNotFound != 0:
		return nt.StatusNonexistentSector
	}
	return nt.StatusIoDeviceError
}

// Taskfile is a command without its data.
type Taskfile struct {
	Command  uint8
	Features uint16
	Count    uint16
	Lba      uint64
	Device   uint8
	Ext      bool // Features, Count and Lba have 16, 16 and 48 bits
}

const deviceLba = 0x40

// Transfer is the command that moves count sectors from lba on by DMA, or by PIO. It is not for
// NCQ. Preconditions: the disk addresses them; fua only where it has it.
func (d *Identity) Transfer(f storage.Function, lba uint64, count uint32, dma, fua bool) Taskfile {
	t := Taskfile{Count: uint16(count), Lba: lba, Device: deviceLba, Ext: d.Lba48}
	write := f == storage.Write
	switch {
	case fua && write && dma:
		t.Command = WriteDmaFuaExt
	default:
		kind := 0
		if write {
			kind |= 1
		}
		if dma {
			kind |= 2
		}
		if d.Lba48 {
			kind |= 4
		}
		t.Command = [8]uint8{ReadSectors, WriteSectors, ReadDma, WriteDma, ReadSectorsExt, WriteSectorsExt, ReadDmaExt, WriteDmaExt}[kind]
	}
	if !d.Lba48 {
		t.Count &= 0xFF // 256 is 0
		t.Device |= uint8(lba>>24) & 15
	}
	return t
}

// Queued is the NCQ command of a transfer with a tag (Serial ATA 3.1, 13.6.4).
func Queued(f storage.Function, lba uint64, count uint32, tag int, fua bool) Taskfile {
	t := Taskfile{Command: ReadFpdma, Features: uint16(count), Count: uint16(tag) << 3, Lba: lba, Device: deviceLba, Ext: true}
	if f == storage.Write {
		t.Command = WriteFpdma
		if fua {
			t.Device |= 0x80
		}
	}
	return t
}

// Flush is the command that empties the write cache.
func (d *Identity) Flush() Taskfile {
	if d.FlushExt && d.Lba48 {
		return Taskfile{Command: FlushCacheExt, Device: deviceLba, Ext: true}
	}
	return Taskfile{Command: FlushCache, Device: deviceLba}
}

// Fis puts the command into a register FIS from host to device (Serial ATA 3.1, 10.3.4): 20
// bytes.
func (t *Taskfile) Fis(b []byte) {
	lba := t.Lba
	b[0], b[1], b[2], b[3] = 0x27, 0x80, t.Command, uint8(t.Features)
	b[4], b[5], b[6], b[7] = uint8(lba), uint8(lba>>8), uint8(lba>>16), t.Device
	b[8], b[9], b[10], b[11] = 0, 0, 0, 0
	if t.Ext {
		b[8], b[9], b[10], b[11] = uint8(lba>>24), uint8(lba>>32), uint8(lba>>40), uint8(t.Features>>8)
	}
	b[12], b[13], b[14], b[15] = uint8(t.Count), uint8(t.Count>>8), 0, 0
	b[16], b[17], b[18], b[19] = 0, 0, 0, 0
}
