//go:build kernel

package hal

// A break-in while no interrupt can come (SPEC K2, P0.12): in phase 0 IF is 0 from beginning to
// end, and a step that hangs looks at nothing. The interrupt of the debugger's serial port goes
// through the 8259 to LINT0 of the local APIC, which is set to deliver an NMI instead (SDM vol. 3,
// 10.5.1). The 8259 gets no acknowledge cycle for an NMI: it is polled instead (data sheet 231468,
// OCW3). It ends when interrupts are on: the clock's look at the port from then on.

// debugLine is the 8259's line of the port while its interrupt is an NMI, plus one; 0: it is none.
var debugLine uint8

// debugByte is 1 when such an NMI has come since the debugger began to run, which may have read all
// that it wants.
var debugByte uint8

// apicMapped: the registers of the local APIC are mapped.
var apicMapped bool

const (
	ocwPoll   = 0x0C // OCW3: the next read is a poll
	ocwEOI    = 0x20 // OCW2: non-specific end of interrupt
	nmiCauses = 0xC0 // port 61h: SERR#, IOCHK# (82371AB data sheet, NMISC)
)

// BreakInByNmi makes a byte or a break at the debugger's port an NMI. It returns false where that
// cannot be done: no local APIC, or a port that is not at one of the usual places of COM1 to COM4.
// One processor runs, IF=0; the PIC's lines are all masked or the firmware's.
func BreakInByNmi(p *SerialPort) bool {
	line := uint8(4)
	switch p.base {
	case PortBases[0], PortBases[2]:
	case PortBases[1], PortBases[3]:
		line = 3
	default:
		return false
	}
	if !hasApic() {
		return false
	}
	openApic()
	resetPics() // whatever the firmware's has in service
	debugLine = line + 1
	out8(p.base+uartMCR, 0x0B)
	out8(p.base+uartIER, 0x05) // data, and the line's state
	routeDebugNmi()
	return true
}

// openApic enables the local APIC and maps its registers.
func openApic() {
	base := readMSR(msrApicBase)
	if base&(1<<11) == 0 {
		base |= 1 << 11
		writeMSR(msrApicBase, base)
	}
	if x2apic = base&(1<<10) != 0; !x2apic && !apicMapped {
		mapDevice(ApicVirtual, base&0x000F_FFFF_FFFF_F000)
		apicMapped = true
	}
}

// routeDebugNmi opens the port's way, which InitializeInterrupts closes.
func routeDebugNmi() {
	if debugLine == 0 {
		return
	}
	out8(0xA1, 0xFF)
	out8(0x21, ^(uint8(1) << (debugLine - 1)))
	apicWrite(apicSVR, 1<<8|VectorSpurious)
	apicWrite(apicLint0, lvtNMI)
}

// holdDebugNmi keeps the port's NMI back while the BIOS is called, releaseDebugNmi lets it come again:
// between the processor's modes there is no table for it, and it would reset the machine (SDM vol. 3,
// 6.15). One that was to come meanwhile does not come behind; AfterBios looks at the port.
func holdDebugNmi() {
	if debugLine != 0 {
		apicWrite(apicLint0, lvtMasked)
	}
}

func releaseDebugNmi() {
	if debugLine != 0 {
		apicWrite(apicLint0, lvtNMI)
	}
}

// EndBreakInByNmi closes it: when interrupts are on for the first time, and before the system is
// stopped.
func EndBreakInByNmi(p *SerialPort) {
	if debugLine == 0 {
		return
	}
	debugLine = 0
	apicWrite(apicLint0, lvtMasked)
	out8(0x21, 0xFF)
	out8(p.base+uartIER, 0)
}

// NmiFromDebugPort reports whether an NMI is the debugger's port's, and lets the next one come.
// While the way is open every NMI is, unless port 61h has a cause of its own.
func NmiFromDebugPort() bool {
	if debugLine == 0 || in8(0x61)&nmiCauses != 0 {
		return false
	}
	AcknowledgeDebugNmi()
	return true
}

// AcknowledgeDebugNmi tells the 8259 that its interrupt is served: also one that has gone to the
// firmware, which was called meanwhile.
func AcknowledgeDebugNmi() {
	if debugLine == 0 {
		return
	}
	out8(0x20, ocwPoll)
	if in8(0x20)&0x80 != 0 {
		out8(0x20, ocwEOI)
	}
}
