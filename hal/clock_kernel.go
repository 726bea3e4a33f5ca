//go:build kernel

package hal

import (
	"errors"
	"sync/atomic"
	"unsafe"

	"gont/arc"
	"gont/hal/acpi"
)

var (
	tscBase   uint64
	tscMult   uint64 = 1 << 32 / 10 // ns per TSC tick, 32.32; 10 GHz until calibrated, so that time never goes back
	tscOffset uint64
	tscHz     uint64
	apicHz    uint64 // timer counts a second with divide by 16
	x2apic    bool
)

// Errors of InitializeInterrupts and CalibrateClocks (SPEC P0.4).
var (
	// ErrNoYardstick: none of the clocks of known rate runs, or the time-stamp
	// counter does not.
	ErrNoYardstick = errors.New("neither the interval timer nor HPET nor PM timer nor CMOS clock tells how fast the time-stamp counter counts")

	// ErrNoTick: nothing interrupts from time to time.
	ErrNoTick = errors.New("neither the local APIC timer nor the interval timer nor the CMOS clock counts")
)

// Local APIC registers (SDM vol. 3, table 10-1).
const (
	apicID         = 0x20
	apicVersion    = 0x30
	apicTPR        = 0x80
	apicEOI        = 0xB0
	apicSVR        = 0xF0
	apicESR        = 0x280
	apicLvtCMCI    = 0x2F0
	apicLvtTimer   = 0x320
	apicLvtThermal = 0x330
	apicLvtPerf    = 0x340
	apicLint0      = 0x350
	apicLint1      = 0x360
	apicLvtError   = 0x370
	apicInitial    = 0x380
	apicCurrent    = 0x390
	apicDivide     = 0x3E0
	lvtMasked      = 1 << 16
	lvtPeriodic    = 1 << 17
	lvtExtInt      = 7 << 8
	lvtNMI         = 4 << 8 // what LINT1 is wired to on every PC (SDM vol. 3, 10.5.1)
	apicDivideBy1  = 0xB
	apicDivideBy16 = 0x3
	// ApicVirtual is where the local APIC's page is mapped, NT's address.
	ApicVirtual = 0xFFFF_FFFF_FFFE_0000
)

func apicRead(reg uint32) uint32 {
	if x2apic {
		return uint32(readMSR(0x800 + reg>>4))
	}
	return *(*uint32)(unsafe.Pointer(uintptr(ApicVirtual) + uintptr(reg)))
}

func apicWrite(reg, v uint32) {
	if x2apic {
		writeMSR(0x800+reg>>4, uint64(v))
		return
	}
	*(*uint32)(unsafe.Pointer(uintptr(ApicVirtual) + uintptr(reg))) = v
}

// kind is the HAL that has been chosen.
var kind Kind

// hasApic reports whether the processor has a local APIC.
func hasApic() bool {
	_, _, _, edx := cpuid(1, 0)
	return edx&(1<<9) != 0
}

// InitializeInterrupts masks both 8259s after moving them off the exceptions'
// vectors, and every pin of the I/O APICs, and enables the local APIC, where there is
// one, with every local vector masked; the Standard PC's lets the 8259s through (SPEC
// P0.4). IF stays 0. It returns what is wrong, a sentence each.
// Preconditions: InitializeAcpi.
func InitializeInterrupts() (say []string) {
	lines[0] = &bootLines
	bootPCR.Lines = newLines(0)
	resetPics()
	if !hasApic() {
		return initializeIOApics()
	}
	openApic()
	initializeLocalApic()
	if kind == StandardPC {
		debugLine = 0                   // the clock comes by LINT0
		apicWrite(apicLint0, lvtExtInt) // virtual wire (SDM vol. 3, 10.5.1; MP specification 1.4, 3.6.2.2)
	}
	routeDebugNmi()
	return initializeIOApics()
}

// resetPics moves both 8259s off the exceptions' vectors and masks all of their lines: ICW1 to
// ICW4, then OCW1 (data sheet 231468).
func resetPics() {
	for _, w := range [][2]uint16{
		{0x20, 0x11}, {0xA0, 0x11}, {0x21, 0x20}, {0xA1, 0x28},
		{0x21, 0x04}, {0xA1, 0x02}, {0x21, 0x01}, {0xA1, 0x01}, {0x21, 0xFF}, {0xA1, 0xFF},
	} {
		out8(w[0], uint8(w[1]))
		out8(0x80, 0) // the settling time old chips want
	}
}

// initializeLocalApic sets the calling processor's local APIC up: every local vector is
// masked but that of errors and the pins that are NMI.
func initializeLocalApic() {
	p := pcrs[processorNumber()]
	p.ApicEoi = 0
	p.ApicID = uint64(apicRead(apicID))
	if !x2apic {
		p.ApicID >>= 24
		p.ApicEoi = ApicVirtual + apicEOI
	}
	last := apicRead(apicVersion) >> 16 & 0xFF // the number of the last local vector
	apicWrite(apicLvtTimer, lvtMasked)
	// The firmware's own interrupts (SMI) stay.
	for _, l := range []struct{ register, number uint32 }{{apicLvtPerf, 4}, {apicLvtThermal, 5}, {apicLvtCMCI, 6}} {
		if last < l.number {
			continue
		}
		if v := apicRead(l.register); v>>8&7 != 2 {
			apicWrite(l.register, v|lvtMasked)
		}
	}
	nmi := map[uint8]acpi.IntiFlags{1: 0}
	if madt != nil {
		nmi = madt.NmiPins(uidOf(uint32(p.ApicID)))
	}
	for pin, register := range []uint32{apicLint0, apicLint1} {
		v := uint32(lvtMasked)
		if flags, is := nmi[uint8(pin)]; is {
			if v = lvtNMI; flags.ActiveLow() {
				v |= 1 << 13
			}
		}
		apicWrite(register, v)
	}
	apicWrite(apicTPR, 0)
	apicWrite(apicSVR, 1<<8|VectorSpurious)
	apicWrite(apicESR, 0)
	apicWrite(apicESR, 0) // what there was is forgotten
	apicWrite(apicLvtError, VectorError)
}

// uidOf is the ACPI processor UID of an APIC id, FFFFFFFFh where the MADT has none.
func uidOf(id uint32) uint32 {
	for _, p := range madt.Processors {
		if p.ApicID == id {
			return p.UID
		}
	}
	return 0xFFFFFFFF
}

// StartClock lets the clock interrupt of the calling processor come every
// TimeIncrement (SPEC P1.3, P1.8).
func StartClock() {
	switch tickBy {
	case tickPit:
		startPit()
	case tickRtc:
		startRtcTicks()
	default:
		apicWrite(apicDivide, apicDivideBy16)
		apicWrite(apicLvtTimer, lvtPeriodic|VectorClock)
		apicWrite(apicInitial, uint32(apicHz*TimeIncrement/10_000_000))
	}
}

// Frequencies returns the measured rates in Hz.
func Frequencies() (tsc, apicTimer uint64) { return tscHz, apicHz * 16 }

// TscScale returns what Nanotime computes with; the figures do not change once
// the clocks are calibrated, but that multiplier is 0 from the time on at which the
// time-stamp counter does not keep time any more.
func TscScale() (base, multiplier, offset uint64) {
	if atomic.LoadUint32(&chipsetTime) != 0 {
		return tscBase, 0, tscOffset
	}
	return tscBase, tscMult, tscOffset
}

// TscToNs converts a TSC value to nanoseconds on Nanotime's scale; negative for
// what came before the kernel.
func TscToNs(tsc uint64) int64 {
	d := int64(tsc - tscBase)
	return int64(tscOffset) + int64(float64(d)*1e9/float64(tscHz))
}

// pteAddress finds the page-table entry of va, making tables from the
// kernel's reserve.
func pteAddress(va uint64) *uint64 {
	table := ReadCR3() & 0x000F_FFFF_FFFF_F000
	for shift := 39; ; shift -= 9 {
		e := (*uint64)(Phys(table + (va>>shift&511)*8))
		if shift == 12 {
			return e
		}
		if *e&1 == 0 {
			*e = takePage() | 3
		}
		table = *e & 0x000F_FFFF_FFFF_F000
	}
}

// takePage takes a zeroed page from OSLDR's run.
func takePage() uint64 {
	if heapNext >= heapEnd {
		panic("hal: no page left for page tables")
	}
	pa := heapNext
	heapNext += 4096
	clear((*[512]uint64)(Phys(pa))[:])
	return pa
}

func loaderExtension() *arc.LoaderParameterExtension {
	return (*arc.LoaderParameterExtension)(unsafe.Pointer(uintptr(LoaderBlock().Extension)))
}
