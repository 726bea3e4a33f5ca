//go:build kernel

package hal

// What the debugger shows of the interrupt controllers. All other processors stand, and no lock
// is taken.

// DebugApic reads a register of this processor's local APIC (SDM vol. 3, table 12-1), whose
// number is an offset as in memory; ok is false without a local APIC.
func DebugApic(register uint32) (v uint32, ok bool) {
	if !hasApic() || tickBy != tickApic {
		return 0, false
	}
	return apicRead(register), true
}

// DebugIoApics is how many I/O APICs there are.
func DebugIoApics() int { return int(ioApicCount) }

// DebugIoApic describes I/O APIC n: its first global interrupt number and the entries of its
// table (82093AA data sheet, 3.2.4). The register that selects is put back as it was: its
// user may have been stopped between two accesses.
func DebugIoApic(n int) (base uint32, entries []uint64) {
	w := uintptr(ioApicWindows[n].window)
	selected := loadRegisterAt(w)
	for p := range uint32(ioApicWindows[n].pins) {
		r := ioApicTable + 2*p
		entries = append(entries, uint64(ioRead(n, r))|uint64(ioRead(n, r+1))<<32)
	}
	storeRegister(w, selected)
	return ioApicBases[n], entries
}

// PCI's configuration ports (PCI 3.0, 3.2.2.3.2).
const (
	pciAddress = 0xCF8
	pciData    = 0xCFC
)

// DebugPci reads a register of a function's configuration space by the ports, and leaves
// the address port as it was: its user may have been stopped between two accesses.
func DebugPci(bus, slot, function, offset uint8) uint32 {
	old := in32(pciAddress)
	out32(pciAddress, 1<<31|uint32(bus)<<16|uint32(slot&31)<<11|uint32(function&7)<<8|uint32(offset&0xFC))
	v := in32(pciData)
	out32(pciAddress, old)
	return v
}
