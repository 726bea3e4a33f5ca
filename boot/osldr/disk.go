//go:build tamago && osldr

package main

import "gont/boot/osldr/sectors"

// drive is the BIOS's INT 13h for the drive of a number; package sectors knows what to
// think of its answers.
type drive uint32

// packet is EDD's disk address packet.
type packet struct {
	size    uint8
	_       uint8
	count   uint16
	_       uint16 // offset of the buffer in its segment
	segment uint16
	lba     uint64
}

// parameters is the part of AH=48h's result that every version has.
type parameters struct {
	size    uint16
	_       [7]uint16 // flags, geometry
	sectors uint64
	_       [4]uint16 // bytes a sector
}

// after is where packets and parameters are, behind the sectors of the buffer.
func after() uint64 { return ho.buffer + sectors.Most*sectors.Size }

// Buffer implements sectors.BIOS, as the following do.
func (drive) Buffer() []byte { return memory(ho.buffer, sectors.Most*sectors.Size) }

func (d drive) Extended(lba uint64, n int) (byte, bool) {
	*at[packet](after()) = packet{size: 16, count: uint16(n), segment: uint16(ho.buffer >> 4), lba: lba}
	r := biosRegs{number: 0x13, ax: 0x4200, dx: uint32(d), ds: uint16(after() >> 4)}
	return call13(&r)
}

func (d drive) Cylinder(cylinder, head, sector uint32) (byte, bool) {
	r := biosRegs{
		number: 0x13, ax: 0x0201, es: uint16(ho.buffer >> 4),
		cx: cylinder&0xFF<<8 | cylinder>>2&0xC0 | sector,
		dx: uint32(d) | head<<8,
	}
	return call13(&r)
}

func (d drive) Reset() { bios(&biosRegs{number: 0x13, dx: uint32(d)}) }

func call13(r *biosRegs) (code byte, failed bool) {
	bios(r)
	return byte(r.ax >> 8), r.flags&carry != 0
}

// open asks for the drive's size and geometry (EDD 3.0, AH=48h; AH=08h).
func (d drive) open() (*sectors.Reader, sectors.Geometry) {
	var g sectors.Geometry
	p := at[parameters](after())
	*p = parameters{size: 26}
	r := biosRegs{number: 0x13, ax: 0x4800, dx: uint32(d), ds: uint16(after() >> 4)}
	if _, failed := call13(&r); !failed {
		g.Sectors = p.sectors
	}
	r = biosRegs{number: 0x13, ax: 0x0800, dx: uint32(d)}
	if _, failed := call13(&r); !failed && r.cx&0x3F != 0 {
		g.Cylinders = (r.cx>>8&0xFF | r.cx<<2&0x300) + 1
		g.Heads = (r.dx >> 8 & 0xFF) + 1
		g.PerHead = r.cx & 0x3F
	}
	return sectors.New(d, g), g
}
