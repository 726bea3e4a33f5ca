//go:build tamago && osldr

package main

import (
	"runtime/goos"

	"gont/arc"
	"gont/boot/osldr/memmap"
	"gont/boot/osldr/status"
)

// megabyte in bytes.
const megabyte = 1 << 20

// neededMemory is what everything together needs; the firmware may keep one
// megabyte of it for itself.
const neededMemory = 32 * megabyte

// memory makes the memory map of the rows that the real-mode part has collected,
// and takes OSLDR's own places out of it.
func (l *loader) memory() {
	l.e820 = make([]arc.E820Entry, ho.e820Count)
	for i := range l.e820 {
		l.e820[i] = *at[arc.E820Entry](ho.e820 + uint64(i)*24)
	}
	mapLow4GiB()
	m, err := memmap.FromE820(l.e820, addressBits())
	if err != nil {
		fatal(status.Text(err))
	}
	for i := range l.e820 { // as the kernel gets them
		if e := &l.e820[i]; e.Attributes&memmap.Untold != 0 {
			e.Attributes = 1
		}
	}
	mapSource()
	for _, n := range m.Notes {
		say(n, "\n")
	}
	if m.Ram()+megabyte < neededMemory {
		tooLittle(m.Ram())
	}
	// Below 1 MiB nothing is given away: firmware writes there when it likes.
	// LoaderFirmwareTemporary is what the kernel may ask for by address.
	low := uint64(ho.lowTop) / memmap.PageSize
	m.Claim(1, low-1, arc.LoaderFirmwareTemporary)
	m.Claim(low, memmap.LowFrames-low, arc.LoaderFirmwarePermanent)
	m.Set(0, 1, arc.LoaderFirmwarePermanent)
	first, count := uint64(goos.RamStart)/memmap.PageSize, uint64(goos.RamSize)/memmap.PageSize
	if m.FreeBelow(first+count)-m.FreeBelow(first) != count {
		fatal("GoNT needs the memory from 2 MB to 8 MB; the BIOS of this computer says that not all of it can be used.")
	}
	m.Claim(first, count, arc.LoaderLoadedProgram)
	// At the same place at every start, and where nothing that OSLDR loads comes: what the
	// kernel has left there over a warm reset is still there.
	crash := first + count
	if m.FreeBelow(crash+arc.CrashRegionPages)-m.FreeBelow(crash) == arc.CrashRegionPages {
		m.Claim(crash, arc.CrashRegionPages, arc.LoaderReserve)
		l.extension.CrashRegion, l.extension.CrashRegionLength = crash*memmap.PageSize, arc.CrashRegionPages*memmap.PageSize
	}
	l.memoryMap = m
	l.steps.free = m.Ram() / memmap.PageSize // what begin could not know
}

// addressBits is the width of the processor's physical addresses (AMD64 manual 3,
// E.4.7); 36 where it does not say.
func addressBits() uint {
	if most, _, _, _ := cpuid(0x80000000); most >= 0x80000008 {
		if a, _, _, _ := cpuid(0x80000008); a&0xFF >= 32 {
			return uint(a & 0xFF)
		}
	}
	return 36
}

// mapSource says what was wrong with the BIOS's memory map.
func mapSource() {
	rows := status.Dec(uint64(ho.e820Count))
	if ho.e820Source&e820Broken != 0 {
		say("The BIOS's memory map (E820h) does not come to its end. ")
		switch ho.e820Source & e820Method {
		case 0:
			say("Its ", rows, " whole rows are used.\n")
		case 1:
			say("E801h is used for what is missing.\n")
		default:
			say("INT 15h AH=88h is used for what is missing.\n")
		}
	}
	if ho.e820Source&e820Dropped != 0 {
		say("The BIOS's memory map has more than the ", rows, " rows that there is room for. RAM in the others is not used.\n")
	}
}

// maxmem is what the option MAXMEM= allows, in bytes; 0 is no limit.
var maxmem uint64

// tooLittle ends: there is not enough memory. ram is what there is.
func tooLittle(ram uint64) {
	const mb = megabyte
	switch {
	case maxmem != 0 && maxmem < ram:
		fatal("What this entry loads does not fit into the ", status.Dec(maxmem/mb), " MB that MAXMEM= allows.")
	case ram+mb < neededMemory:
		fatal("GoNT needs ", status.Dec(neededMemory/mb), " MB of memory; this computer has only ",
			status.Dec((ram+mb-1)/mb), " MB that can be used.")
	}
	fatal("What this entry loads does not fit into the ", status.Dec((ram+mb-1)/mb), " MB of memory of this computer.")
}
