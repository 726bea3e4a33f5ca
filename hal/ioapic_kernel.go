//go:build kernel

package hal

import (
	"fmt"
	"sync/atomic"

	"gont/hal/acpi"
)

// I/O APICs (82093AA data sheet, 3). P0.4 masks all pins, as the firmware may have left
// some open, but for those that are NMI; ConnectLine opens those that drivers use.

// maximumIOApics is how many are looked after; more have not been seen in a machine that
// GoNT can use.
const maximumIOApics = 16

const (
	ioApicVirtual = ApicVirtual + 0x2000 // one page for each
	ioApicVersion = 1
	ioApicTable   = 0x10
)

// Of kiMaskPins. ioApicLock is held, with IF=0, by who uses a pair of select and window
// registers.
var (
	ioApicLock    uint32
	ioApicCount   uint64
	ioApicWindows [maximumIOApics]struct{ window, pins uint64 }
	ioApicBases   [maximumIOApics]uint32 // global interrupt numbers of pins 0
)

// withIOApics calls f with the registers for itself. f must not allocate.
func withIOApics(f func()) {
	on := ReadFlags()&0x200 != 0
	DisableInterrupts()
	for !atomic.CompareAndSwapUint32(&ioApicLock, 0, 1) {
		pause()
	}
	f()
	atomic.StoreUint32(&ioApicLock, 0)
	if on {
		EnableInterrupts()
	}
}

func ioRead(n int, register uint32) uint32 {
	w := uintptr(ioApicWindows[n].window)
	storeRegister(w, register)
	return loadRegisterAt(w + 0x10)
}

func ioWrite(n int, register, v uint32) {
	w := uintptr(ioApicWindows[n].window)
	storeRegister(w, register)
	storeRegister(w+0x10, v)
}

// initializeIOApics maps the I/O APICs that the MADT lists, masks every pin, sets those
// up that are NMI, and reads all back. It returns what is wrong, a sentence each.
func initializeIOApics() (say []string) {
	if madt == nil {
		return nil
	}
	for _, a := range madt.IOApics {
		n := int(ioApicCount)
		if n == maximumIOApics {
			say = append(say, fmt.Sprintf("more than %d I/O APICs: the others are left alone", maximumIOApics))
			break
		}
		if a.Address == 0 || a.Address&0xF != 0 {
			say = append(say, fmt.Sprintf("I/O APIC %d has no registers at %#x and is left out", a.ID, a.Address))
			continue
		}
		va := ioApicVirtual + uint64(n)*0x1000
		mapDevice(va, uint64(a.Address)&^0xFFF)
		ioApicWindows[n].window = va + uint64(a.Address)&0xFFF
		v := ioRead(n, ioApicVersion)
		pins := v>>16&0xFF + 1
		if v == 0xFFFFFFFF || v&0xFF == 0 || pins > 240 {
			say = append(say, fmt.Sprintf("I/O APIC %d at %#x does not answer (version %#x) and is left out", a.ID, a.Address, v))
			continue
		}
		ioApicWindows[n].pins, ioApicBases[n] = uint64(pins), a.GsiBase
		ioApicCount++
		open := 0
		withIOApics(func() {
			for p := range pins {
				r := ioApicTable + 2*p
				ioWrite(n, r, ioRead(n, r)&(pinLevel|pinLow)|pinMasked)
				ioWrite(n, r+1, uint32(bootPCR.ApicID)<<24)
				if ioRead(n, r)&pinMasked == 0 {
					open++
				}
			}
		})
		if open > 0 {
			say = append(say, fmt.Sprintf("I/O APIC %d at %#x: %d of %d pins cannot be masked", a.ID, a.Address, open, pins))
		}
	}
	for _, s := range madt.NmiSources {
		// Delivery mode NMI is edge triggered whatever the flags say (data
		// sheet, 3.2.4).
		v := uint32(pinNMI)
		if s.Flags.ActiveLow() {
			v |= pinLow
		}
		if !setPin(s.Gsi, v) {
			say = append(say, fmt.Sprintf("interrupt %d is NMI, and no I/O APIC has it", s.Gsi))
		}
	}
	return say
}

// pinFlags are a redirection entry's bits for an interrupt's polarity and trigger mode.
func pinFlags(f acpi.IntiFlags) (v uint32) {
	if f.ActiveLow() {
		v |= pinLow
	}
	if f.Level() {
		v |= pinLevel
	}
	return v
}

// setPin writes the low half of the redirection entry of a global interrupt, and reads
// it back. It returns false when there is no such pin, or the pin has not taken it. The
// boot processor gets the interrupt.
func setPin(gsi, v uint32) (ok bool) {
	const kept = 0x1AFFF // without delivery status and remote IRR, which are read-only
	withIOApics(func() {
		for n := range int(ioApicCount) {
			if p := gsi - ioApicBases[n]; gsi >= ioApicBases[n] && uint64(p) < ioApicWindows[n].pins {
				ioWrite(n, ioApicTable+2*p, v)
				ok = ioRead(n, ioApicTable+2*p)&kept == v&kept
				return
			}
		}
	})
	return ok
}
