//go:build tamago && osldr

package main

import (
	"gont/boot/osldr/fat"
	"gont/boot/osldr/status"
)

// disk reads sectors by INT 13h: with the EDD extensions where the drive has
// them, else by cylinder, head and sector.
type disk struct{}

const (
	maxSectors = 127 // a call, as EDD 1.1 has it
	tries      = 3
)

// packet is EDD's disk address packet.
type packet struct {
	size    uint8
	_       uint8
	count   uint16
	_       uint16 // offset of the buffer in its segment
	segment uint16
	lba     uint64
}

// ReadSectors implements fat.Disk. A read that fails is tried three times with
// a reset of the drive between, then sector by sector.
func (d disk) ReadSectors(lba uint64, dst []byte) error {
	for len(dst) > 0 {
		n := min(len(dst)/fat.SectorSize, maxSectors)
		code := d.read(lba, n)
		if code != 0 && n > 1 {
			n = 1
			code = d.read(lba, n)
		}
		if code != 0 {
			return &status.Error{Code: status.DeviceError.Code, Reason: "disk error " +
				status.Hex(uint64(code), 2) + "h at sector " + status.Dec(lba)}
		}
		copy(dst, memory(ho.buffer, n*fat.SectorSize))
		dst = dst[n*fat.SectorSize:]
		lba += uint64(n)
	}
	return nil
}

// read reads n sectors to the buffer and returns the BIOS's error code.
func (d disk) read(lba uint64, n int) (code byte) {
	for i := 0; i < tries; i++ {
		if ho.eddFlags&1 != 0 {
			code = d.readEdd(lba, n)
		} else {
			code = d.readChs(lba, n)
		}
		if code == 0 {
			return 0
		}
		bios(&biosRegs{number: 0x13, dx: ho.drive})
	}
	return code
}

func (disk) readEdd(lba uint64, n int) byte {
	dap := ho.buffer + maxSectors*fat.SectorSize
	*at[packet](dap) = packet{size: 16, count: uint16(n), segment: uint16(ho.buffer >> 4), lba: lba}
	r := biosRegs{number: 0x13, ax: 0x4200, dx: ho.drive, ds: uint16(dap >> 4)}
	bios(&r)
	return result(&r)
}

func (disk) readChs(lba uint64, n int) byte {
	heads, sectors := uint64(ho.heads), uint64(ho.sectors)
	if heads == 0 || sectors == 0 {
		return 0x07 // drive parameters unknown
	}
	for i := 0; i < n; i++ { // never across a track
		cylinder := lba / sectors / heads
		if cylinder > 1023 {
			return 0x04
		}
		to := ho.buffer + uint64(i)*fat.SectorSize
		r := biosRegs{
			number: 0x13, ax: 0x0201, es: uint16(to >> 4),
			cx: uint32(cylinder&0xFF<<8 | cylinder>>2&0xC0 | (lba%sectors + 1)),
			dx: ho.drive | uint32(lba/sectors%heads<<8),
		}
		bios(&r)
		if c := result(&r); c != 0 {
			return c
		}
		lba++
	}
	return 0
}

func result(r *biosRegs) byte {
	if r.flags&carry == 0 {
		return 0
	}
	if c := byte(r.ax >> 8); c != 0 {
		return c
	}
	return 0xFF
}
