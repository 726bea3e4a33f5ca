package trap

import (
	"gont/nt"
)

// Flags of floating-point exceptions, of the x87 status word as of MXCSR.
const (
	flagInvalid   = 1 << 0
	flagDenormal  = 1 << 1
	flagDivide    = 1 << 2
	flagOverflow  = 1 << 3
	flagUnderflow = 1 << 4
	flagPrecision = 1 << 5
	flagStack     = 1 << 6 // x87 alone, beside flagInvalid
	allFlags      = 0x3F
)

// X87Status says what an #MF is about (KiFloatingErrorFault): the first of NT's
// order that the status word has and the control word does not mask.
func X87Status(control, status uint16) nt.Status {
	flags := status &^ control & allFlags
	if flags&flagInvalid != 0 && status&flagStack != 0 {
		return nt.StatusFloatStackCheck
	}
	return floatStatus(flags)
}

// SimdStatus is X87Status for an #XM and MXCSR (KiXmmException).
func SimdStatus(mxcsr uint32) nt.Status {
	return floatStatus(uint16(mxcsr &^ (mxcsr >> 7) & allFlags))
}

func floatStatus(flags uint16) nt.Status {
	switch {
	case flags&flagInvalid != 0:
		return nt.StatusFloatInvalidOperation
	case flags&flagDivide != 0:
		return nt.StatusFloatDivideByZero
	case flags&flagDenormal != 0:
		return nt.StatusFloatInvalidOperation
	case flags&flagOverflow != 0:
		return nt.StatusFloatOverflow
	case flags&flagUnderflow != 0:
		return nt.StatusFloatUnderflow
	case flags&flagPrecision != 0:
		return nt.StatusFloatInexactResult
	}
	return nt.StatusFloatMultipleFaults // no processor says that
}
