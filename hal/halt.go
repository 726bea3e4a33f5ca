package hal

// Local APIC timers and halts. GoNT halts by HLT alone, which is C1; there every timer runs
// on, and CPUID's ARAT (leaf 6, EAX bit 2) promises that for the deeper states, which
// nothing here asks for (SDM vol. 3, 10.5.4). But AMD's first dual cores go from C1 to C1E
// when all cores halt, and the timers stand (Revision Guide for AMD Family 10h, erratum
// 400). Firmware may have something like it elsewhere.

// haltMode's values, of kiBeforeHalt.
const (
	haltPlain = 0 // HLT
	haltNoC1e = 1 // HLT, and C1E is switched off first
	haltNot   = 2 // PAUSE: the timer stands in halts
)

// haltKind returns the mode of a processor by its description: haltNoC1e for AMD's
// families 0Fh, from revision F (model 40h) on, 10h and 11h, on a bare machine.
func haltKind(vendor, hypervisor string, family, model uint32) uint32 {
	if vendor == "AuthenticAMD" && hypervisor == "" && (family == 0x0F && model >= 0x40 || family == 0x10 || family == 0x11) {
		return haltNoC1e
	}
	return haltPlain
}
