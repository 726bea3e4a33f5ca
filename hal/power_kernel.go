//go:build kernel

package hal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gont/hal/acpi"
	acpiroot "gont/hal/acpi/root"
)

// What the firmware's tables say, and the ends of the machine that they offer
// (ACPI 6.5, 4.8.3, 16.1).

var (
	fadt *acpi.Fadt // nil without
	madt *acpi.Madt // nil without
	hpet *acpi.Hpet // nil without
	ecam []acpi.EcamArea
)

// debugTables are copies of the firmware's tables: those are not mapped from P0.10 on. What is
// behind mostCopied bytes of a table is left out.
var debugTables []acpi.Table

const mostCopied = 32 << 10

// DebugAcpiTables returns the firmware's tables, for the debugger; nil without.
func DebugAcpiTables() []acpi.Table { return debugTables }

func copyTables(t *acpi.Tables) {
	for i, s := range t.Signatures() {
		if !slices.Contains(t.Signatures()[:i], s) {
			for _, x := range t.All(s) {
				debugTables = append(debugTables, slices.Clone(x[:min(len(x), mostCopied)]))
			}
		}
	}
}

// EcamAreas returns where memory shows PCI configuration space, by the table MCFG.
func EcamAreas() []acpi.EcamArea { return ecam }

// BootFlags returns what the FADT says of legacy devices; ok is false without a FADT, and
// then nothing is known.
func BootFlags() (flags acpi.BootFlags, ok bool) {
	if fadt == nil {
		return 0, false
	}
	return fadt.Boot, true
}

// ErrNoS5 is PowerOff's when the firmware tells no way.
var ErrNoS5 = errors.New("the firmware names no way to switch off (ACPI S5)")

// InitializeAcpi reads the tables that OSLDR found and returns what is worth
// saying about them, a line each. IF may be 0. Part of P0.4.
//
// It chooses the HAL, too; asked is the option HAL=.
func InitializeAcpi(asked string) (say []string) {
	cpus := 1
	t, err := findTables()
	if err == nil {
		copyTables(t)
	}
	if err != nil {
		t = nil
	} else if madt, err = t.Madt(); err == nil {
		_, b, _, _ := cpuid(1, 0)
		bootPCR.ApicID = uint64(b >> 24) // until the local APIC tells
		x2apic = hasApic() && readMSR(msrApicBase)>>10&3 == 3
		var left string
		startable, left = usable(madt, uint32(bootPCR.ApicID), x2apic)
		cpus += len(startable)
		if t.Problems = append(t.Problems, madt.Problems...); left != "" {
			t.Problems = append(t.Problems, left)
		}
	}
	var problem string
	kind, problem = chooseKind(asked, hasApic(), t != nil, cpus)
	if t == nil {
		say = []string{kind.String() + ": " + err.Error()}
	} else {
		say = []string{fmt.Sprintf("%v, tables %s; %d %s", kind, strings.Join(t.Signatures(), " "), cpus, plural(cpus, "processor"))}
		if fadt, err = t.Fadt(); err != nil {
			say = append(say, "no FADT: "+err.Error())
		}
		if hpet, err = t.Hpet(); err != nil && !errors.Is(err, acpi.ErrMissing) {
			say = append(say, err.Error())
		}
		if ecam, err = t.Mcfg(); err != nil && !errors.Is(err, acpi.ErrMissing) {
			say = append(say, err.Error())
		}
		for _, p := range t.Problems {
			say = append(say, "ACPI: "+p)
		}
	}
	if problem != "" {
		say = append(say, problem)
	}
	return say
}

// findTables follows the root pointer that OSLDR has found, and, if it leads to no
// table, any other of the EBDA and the BIOS's area.
func findTables() (*acpi.Tables, error) {
	e := loaderExtension()
	top := max(uint64(4)<<30, e.HighestRam) // the physical map's end
	memory := func(at uint64, n int) []byte {
		if n < 0 || at >= top || uint64(n) > top-at {
			return nil
		}
		return Bytes(at, n)
	}
	candidates := []uint64{e.AcpiRsdp}
	add := func(base uint64, n int) {
		area := Bytes(base, n)
		for i := acpiroot.Next(area, 0); i >= 0; i = acpiroot.Next(area, i+16) {
			if at := base + uint64(i); at != e.AcpiRsdp {
				candidates = append(candidates, at)
			}
		}
	}
	word := Bytes(0x40E, 2) // the EBDA's segment
	if at := acpiroot.EbdaAddress(uint16(word[0]) | uint16(word[1])<<8); at != 0 {
		add(at, acpiroot.EbdaSize)
	}
	add(acpiroot.BiosStart, acpiroot.BiosEnd-acpiroot.BiosStart)
	return acpi.Sound(memory, candidates)
}

func plural(n int, s string) string {
	if n != 1 {
		s += "s"
	}
	return s
}

// startable are the APIC ids of the processors that can be started.
var startable []uint32

// ApplicationProcessors returns the APIC ids of the processors that the firmware
// lists as enabled and that can be started, without the caller's.
func ApplicationProcessors() (ids []uint32) {
	if kind != AcpiMultiprocessor {
		return nil
	}
	return startable
}

// enterAcpiMode makes the firmware leave the power hardware to the system (4.8.2.5).
func enterAcpiMode() error {
	const sciEnabled = 1 << 0
	if in16(fadt.PM1aControl)&sciEnabled != 0 || fadt.SmiCommand == 0 {
		return nil
	}
	out8(fadt.SmiCommand, fadt.AcpiEnable)
	for start := Nanotime(); in16(fadt.PM1aControl)&sciEnabled == 0; {
		if Nanotime()-start > 3_000_000_000 {
			return errors.New("the firmware does not give ACPI mode")
		}
	}
	return nil
}

// PowerOff enters S5 and does not return when that works. IF must be 0.
func PowerOff() error {
	const sleepEnable = 1 << 13
	if fadt == nil || !fadt.HasS5 || fadt.PM1aControl == 0 {
		return ErrNoS5
	}
	if err := enterAcpiMode(); err != nil {
		return err
	}
	serialEmpty()
	sleep := func(port uint16, typ uint8) {
		if port != 0 {
			out16(port, in16(port)&^(7<<10)|uint16(typ)<<10|sleepEnable)
		}
	}
	sleep(fadt.PM1aControl, fadt.SleepType5[0])
	sleep(fadt.PM1bControl, fadt.SleepType5[1])
	wait(1_000_000_000)
	return errors.New("the machine did not switch off")
}

// Reboot resets the machine: by the FADT's register, the keyboard controller,
// the chipset's port CF9h, and at last a triple fault. IF must be 0.
func Reboot() {
	serialEmpty()
	if fadt != nil && fadt.HasReset {
		if fadt.Reset.Space == acpi.IO {
			out8(uint16(fadt.Reset.At), fadt.ResetValue)
		} else if fadt.Reset.At < 1<<52 {
			*deviceByte(resetVirtual, fadt.Reset.At) = fadt.ResetValue
		}
		wait(100_000_000)
	}
	if fadt == nil || fadt.Boot&acpi.Has8042 != 0 {
		for i := 0; i < 100000 && in8(0x64)&2 != 0; i++ {
		}
		out8(0x64, 0xFE) // 8042: pulse the reset line
		wait(100_000_000)
	}
	out8(0xCF9, 0x02)
	out8(0xCF9, 0x06)
	wait(100_000_000)
	tripleFault()
}

func wait(ns int64) {
	for start := Nanotime(); Nanotime()-start < ns; {
		pause()
	}
}

// DistrustAcpiReset makes Reboot do without the FADT's reset register (SPEC P1.23).
func DistrustAcpiReset() {
	if fadt != nil {
		fadt.HasReset = false
	}
}

// KindName is the HAL's name.
func KindName() string { return kind.String() }
