//go:build kernel

package hal

import (
	"fmt"
	"sync/atomic"
)

// Interrupts that nobody owns: kiStray counts them and masks where they come from, and
// the boot processor tells of each vector once.

// Of kiStray.
var (
	strays      [256]uint32 // by vector
	strayTotal  uint32
	apicErrors  uint32      // error status registers, or'ed
	maskedPins  [256]uint32 // by vector: controller * 256 + pin + 1 of the last that was masked
	picSpurious uint32      // of the 8259s' interrupts, those that nobody had asked for
)

// told is what of strayTotal NameStrays has seen, and the vectors it has named.
var told struct {
	total uint32
	named [256]bool
}

// NameStrays returns a sentence for each vector that has come without an owner since the
// last call, and had not before. The boot processor calls it at every clock tick.
func NameStrays() (say []string) {
	total := atomic.LoadUint32(&strayTotal)
	if total == told.total {
		return nil
	}
	told.total = total
	for v := range strays {
		n := atomic.LoadUint32(&strays[v])
		if n == 0 || told.named[v] {
			continue
		}
		told.named[v] = true
		say = append(say, strayText(v, n))
	}
	return say
}

// StrayCount returns how often a vector has come without an owner.
func StrayCount(vector int) uint32 { return atomic.LoadUint32(&strays[vector]) }

func strayText(v int, n uint32) string {
	times := fmt.Sprintf("%d %s so far", n, plural(int(n), "time"))
	switch {
	case v == VectorError:
		return fmt.Sprintf("a local APIC reports errors (%s); its error interrupt is masked (%s)", apicErrorText(atomic.LoadUint32(&apicErrors)), times)
	case v == VectorSpurious:
		return fmt.Sprintf("spurious interrupts of a local APIC (vector %02Xh, %s)", v, times)
	case v >= 0x20 && v < 0x30:
		if s := atomic.LoadUint32(&picSpurious); v&7 == 7 && s >= n {
			return fmt.Sprintf("spurious interrupts of the 8259 (IRQ %d, %s)", v-0x20, times)
		}
		return fmt.Sprintf("an interrupt that nobody owns: IRQ %d of the 8259 (%s); it is masked", v-0x20, times)
	}
	from := "no I/O APIC sends it, so that nothing could be masked"
	if p := atomic.LoadUint32(&maskedPins[v]); p != 0 {
		from = fmt.Sprintf("interrupt %d of the I/O APICs, which is masked", ioApicBases[(p-1)>>8]+(p-1)&0xFF)
	}
	return fmt.Sprintf("an interrupt that nobody owns: vector %02Xh (%s); %s", v, times, from)
}

// TestStrays makes interrupts that nobody owns, for a self-test: one for the boot
// processor, by a vector; a pin of an I/O APIC that the 8254 keeps raising; and what
// a local APIC sends when it has seen an error. It returns what was wrong. IF must
// be 1.
func TestStrays() error {
	const own, wired = 0x55, 0x56
	if kind == StandardPC {
		return nil
	}
	waitFor := func(vector int) bool {
		for start := Nanotime(); StrayCount(vector) == 0; pause() {
			if Nanotime()-start > 500_000_000 {
				return false
			}
		}
		return true
	}
	id := uint32(bootPCR.ApicID)
	if !sendApic(id, icrFixed|own) || !waitFor(own) {
		return fmt.Errorf("vector %#x has not come", own)
	}
	if madt == nil || ioApicCount == 0 {
		return nil
	}
	gsi, _ := madt.GsiOf(0)
	out8(pitCommand, 0x34)
	out8(pitChan0, pitTick&0xFF)
	out8(pitChan0, pitTick>>8)
	if !setPin(gsi, wired) {
		return fmt.Errorf("pin %d does not keep what is written", gsi)
	}
	if !waitFor(wired) {
		setPin(gsi, pinMasked)
		return fmt.Errorf("vector %#x has not come", wired)
	}
	wait(100_000_000) // six more, if it were not masked
	if n := StrayCount(wired); n > 2 {
		return fmt.Errorf("vector %#x has come %d times: its pin is not masked", wired, n)
	}
	sendApic(id, icrFixed|VectorError)
	if !waitFor(VectorError) {
		return fmt.Errorf("the local APIC's error interrupt has not come")
	}
	if processorNumber() == 0 && apicRead(apicLvtError)&lvtMasked == 0 {
		return fmt.Errorf("the local APIC's error interrupt is not masked")
	}
	return nil
}
