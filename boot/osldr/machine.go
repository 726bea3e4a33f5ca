//go:build tamago && osldr

package main

import (
	"gont/boot/osldr/hardware"
	"gont/boot/osldr/sectors"
)

// biosData is a copy of the BIOS's data area, 40:00h. Its page is not mapped, so that a
// nil pointer faults; it is for this moment.
func biosData() [256]byte {
	entry := at[uint64](uint64(ho.pageTables) + 0x3000)
	*entry = 1
	data := *at[[256]byte](0x400)
	*entry = 0
	bios(&biosRegs{number: 0x11}) // the way there and back forgets the translation
	return data
}

// mostDisks is how many disks of the BIOS are looked at.
const mostDisks = 8

// facts asks the BIOS for what package hardware makes the tree of (SPEC B7).
func (l *loader) facts() *hardware.Facts {
	f := &hardware.Facts{Video: ho.video != 0x7F, VideoMode: uint16(ho.video)}
	_, b, c, d := cpuid(0)
	var vendor []byte
	for _, w := range []uint32{b, d, c} {
		vendor = append(vendor, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	f.Vendor = string(vendor)
	f.Signature, _, _, _ = cpuid(1)

	data := biosData()
	for i := range f.SerialPorts {
		f.SerialPorts[i] = uint16(data[2*i]) | uint16(data[2*i+1])<<8
	}
	f.ShiftState, f.Enhanced = data[0x17], data[0x96]&0x10 != 0
	f.Keyboard = inb(0x64) != 0xFF
	r := biosRegs{number: 0x11}
	bios(&r)
	f.SystemFlags = uint16(r.ax)
	f.Pointer = r.ax&4 != 0

	const signature = 0x20494350           // "PCI "
	r = biosRegs{number: 0x1A, ax: 0xB101} // PCI BIOS 2.1, 3.2
	if bios(&r); r.dx == signature && r.ax&0xFF00 == 0 && r.flags&carry == 0 {
		f.Pci = hardware.Pci{Present: true, Major: uint8(r.bx >> 8), Minor: uint8(r.bx), LastBus: uint8(r.cx), Mechanism: uint8(r.ax)}
	}
	f.AcpiRoot = l.extension.AcpiRsdp
	f.Acpi, f.Processors = hardware.AcpiTables(readable, f.AcpiRoot)
	if hardware.BootFlags(readable, f.Acpi)&hardware.NoVga != 0 {
		f.Video = false
	}
	f.BiosDate = hardware.Date(memory(0xFF000, 0x1000)[0xFF5:])
	l.disks(f, int(data[0x75]))
	return f
}

// readable is physical memory below 4 GiB, all of which is mapped.
func readable(address uint64, n int) []byte {
	if address < 0x1000 || address >= 4<<30 || uint64(n) > 4<<30-address {
		return nil
	}
	return memory(address, n)
}

// disks looks at OSLDR's own disk, and then at the others that the BIOS counts.
func (l *loader) disks(f *hardware.Facts, count int) {
	add := func(number uint32, r *sectors.Reader, g sectors.Geometry) {
		sector := make([]byte, sectors.Size)
		if err := r.ReadSectors(0, sector); err != nil {
			return
		}
		d := hardware.Disk{Drive: number, Sectors: g.Sectors, Cylinders: g.Cylinders, Heads: uint16(g.Heads), PerTrack: uint16(g.PerHead)}
		d.FirstSector(sector)
		if hardware.Protective(sector) && r.ReadSectors(1, sector) == nil {
			d.GptHeader(sector)
		}
		f.Disks = append(f.Disks, d)
	}
	add(ho.drive, l.disk, l.geometry)
	for n := range uint32(min(count, mostDisks)) {
		if number := 0x80 + n; number != ho.drive {
			r, g := drive(number).open()
			add(number, r, g)
		}
	}
}

// eddData is what INT 13h AH=48h has told of OSLDR's disk, as it came.
func eddData() []byte {
	const most = 0x50
	b := memory(ho.edd, most)
	n := int(b[0]) | int(b[1])<<8
	return append([]byte(nil), b[:min(n, most)]...)
}
