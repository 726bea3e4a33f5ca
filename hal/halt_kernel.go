//go:build kernel

package hal

import (
	"fmt"
	"sync/atomic"
)

// haltMode is how idle processors halt, one of haltPlain, haltNoC1e and haltNot.
var haltMode uint32

// rescued is set by the interrupt that ends a halt in which the clock has not come.
var rescued uint32

// firstTick: the first interrupt of a local APIC's clock comes after this part of TimeIncrement.
const firstTick = 16

const (
	rescueVector = 0xD2
	rescueCounts = 3 * pitTick // of the 8254: three ticks of the clock
)

// StartFirstClock starts the boot processor's clock and waits for its first interrupt,
// half a second at most; ok is false when it has not come. With a local APIC timer the
// processor halts meanwhile, as it will whenever it idles, to see whether the timer goes on: the
// 8254, by its pin of the I/O APIC, ends the halt if not, and then no processor halts any
// more, which say tells. IF is 1 (SPEC P1.3).
func StartFirstClock() (say string, ok bool) {
	p := IdentifyProcessor()
	haltMode = haltKind(p.Vendor, p.Hypervisor, p.Family, p.Model)
	pollsHalts = underHypervisor()
	first := Ticks()
	StartClock()
	if tickBy == tickApic { // nobody needs a whole TimeIncrement to see that it comes
		apicWrite(apicInitial, uint32(apicHz*TimeIncrement/10_000_000/firstTick))
		defer StartClock()
	}
	rescue, halted := false, false
	// Three times, for an emulator may stand still between the two timers.
	for try := 0; try < 3 && !halted; try++ {
		atomic.StoreUint32(&rescued, 0)
		before := Ticks()
		if rescue = armRescue(); !rescue {
			break
		}
		for Ticks() == before && atomic.LoadUint32(&rescued) == 0 {
			haltUntilAttention()
		}
		disarmRescue()
		halted = Ticks() != before
	}
	for start := Nanotime(); Ticks() == first; pause() {
		if Nanotime()-start > 500_000_000 {
			return "", false
		}
	}
	if !halted && rescue {
		haltMode = haltNot
		say = "the local APIC timer stands while the processor halts: processors wait without halting"
	}
	return say, true
}

// armRescue lets channel 0 of the 8254 interrupt once. It returns false where it cannot: the
// clock is not a local APIC's, the 8254 does not count, or no I/O APIC has its line.
func armRescue() bool {
	if tickBy != tickApic || madt == nil || ioApicCount == 0 || !pitCounts {
		return false
	}
	out8(pitCommand, 0x30) // channel 0, low then high, mode 0
	out8(pitChan0, rescueCounts&0xFF)
	out8(pitChan0, rescueCounts>>8)
	gsi, flags := madt.GsiOf(0)
	return setPin(gsi, rescueVector|pinFlags(flags))
}

func disarmRescue() {
	gsi, _ := madt.GsiOf(0)
	setPin(gsi, pinMasked)
}

// TestHalts is a self-test: with the clock masked, the 8254 ends a halt; with haltNot nothing
// halts; and an interrupt that is expected in vain delays a halt once. On other processors than the boot processor it does nothing.
func TestHalts() error {
	if processorNumber() != 0 || tickBy != tickApic {
		return nil
	}
	old := haltMode
	apicWrite(apicLvtTimer, lvtMasked|lvtPeriodic|VectorClock)
	defer func() {
		haltMode = old
		apicWrite(apicLvtTimer, lvtPeriodic|VectorClock)
	}()
	takeTicks()
	takePending()
	haltMode = haltNot
	for start := Nanotime(); Nanotime()-start < 1_000_000; {
		haltUntilAttention()
	}
	atomic.StoreUint64(&pcrs[0].Expects, 1)
	DisableInterrupts() // nothing else comes
	start := Nanotime()
	pollExpected()
	EnableInterrupts()
	if took := Nanotime() - start; took < pollBeforeHalt || atomic.LoadUint64(&pcrs[0].Expects) != 0 {
		return fmt.Errorf("a processor that expects an interrupt looks for it %d us", took/1000)
	}
	haltMode = haltPlain
	atomic.StoreUint32(&rescued, 0)
	if !armRescue() {
		return nil
	}
	start = Nanotime()
	haltUntilAttention()
	disarmRescue()
	if took := Nanotime() - start; atomic.LoadUint32(&rescued) == 0 || took < 20_000_000 {
		return fmt.Errorf("a halt of %d us was ended by something else than the 8254", took/1000)
	}
	return nil
}
