//go:build kernel

package hal

import (
	"errors"

	"gont/arc"
)

// BIOS calls in phase 0 (SPEC P0.20): OSLDR's routine goes back to real mode and keeps what the
// kernel has (arc.BiosRegs). It is called in the kernel's address space, with low memory
// mapped where it is for as long as the call lasts.

// Errors of CallBios.
var (
	ErrNoBios    = errors.New("hal: OSLDR has left no way to call the BIOS")
	ErrBiosEnded = errors.New("hal: the BIOS is not called any more")
)

var biosEnded bool

// AfterBios is called behind a call: nobody could break in during it.
var AfterBios = func() {}

// callBios calls a routine that keeps what the x64 ABI wants kept.
func callBios(routine uint64)

// CallBios calls a BIOS interrupt; r is in and out. Preconditions: phase 0, after P0.10;
// interrupts are off, one processor runs, and interrupts have not been let through yet. The
// BIOS gets none: it is for calls that wait for nothing, such as those for video modes.
func CallBios(r *arc.BiosRegs) error {
	e := loaderExtension()
	switch {
	case biosEnded:
		return ErrBiosEnded
	case e.BiosCall == 0 || e.BiosCall >= 1<<32 || e.BiosRegs == 0 || e.BiosRegs >= 1<<20 || e.BiosTables == 0 || e.BiosTables >= 1<<32 || e.BiosTables&0xFFF != 0:
		return ErrNoBios
	case !inPhysicalMap(e.BiosRegs) || !inPhysicalMap(e.BiosTables):
		return ErrNoBios // the firmware keeps the memory below 1 MiB to itself
	}
	low := (*[512]uint64)(Phys(e.BiosTables))[0]
	pml4 := (*[512]uint64)(Phys(ReadCR3() & 0x000F_FFFF_FFFF_F000))
	regs := (*arc.BiosRegs)(Phys(e.BiosRegs))
	*regs = *r
	holdDebugNmi()
	pml4[0] = low
	flushAll()
	callBios(e.BiosCall)
	pml4[0] = 0
	flushAll()
	releaseDebugNmi()
	*r = *regs
	AfterBios()
	return nil
}

// inPhysicalMap reports whether the physical map shows the byte at pa. Preconditions:
// RestrictPhysicalMap.
func inPhysicalMap(pa uint64) bool {
	deviceLock.Lock()
	defer deviceLock.Unlock()
	for _, r := range deviceTable.ram {
		if pa>>12 >= r.first && pa>>12 < r.end {
			return true
		}
	}
	return false
}

// EndBios ends CallBios: the memory that it needs is given away.
func EndBios() { biosEnded = true }
