package trap

import (
	"gont/hal"
	"gont/nt"
)

// AccessCode is EXCEPTION_RECORD's word for what a page fault wanted.
func AccessCode(errorCode uint64) uint64 {
	switch {
	case errorCode&hal.FaultFetch != 0:
		return 8
	case errorCode&hal.FaultWrite != 0:
		return 1
	}
	return 0
}

// ProtectionStatus looks at the first bytes, four at most, of the instruction that has met #GP: one that only ring 0
// may execute (SDM vol. 3, 5.9), or one of the two INT n that programs use and that have
// no gate here? The error code does not tell: QEMU 7 has another than processors.
func ProtectionStatus(b []byte) nt.Status {
	n := len(b)
	switch {
	case n >= 2 && b[0] == 0xCD && b[1] == 0x2C:
		return nt.StatusAssertionFailure // KiRaiseAssertion
	case n >= 2 && b[0] == 0xCD && b[1] == 0x2D:
		return nt.StatusBreakpoint // KiDebugServiceTrap
	case privileged(b):
		return nt.StatusPrivilegedInstruction
	}
	return nt.StatusAccessViolation
}

// privileged reports whether an instruction begins like one that only ring 0 may
// execute.
func privileged(b []byte) bool {
	n, i := len(b), 0
	for i < n && (b[i] == 0x66 || b[i] == 0xF2 || b[i] == 0xF3 || b[i]&0xF0 == 0x40) {
		i++
	}
	if i >= n {
		return false
	}
	switch b[i] {
	case 0xF4, 0xFA, 0xFB, 0xE4, 0xE5, 0xE6, 0xE7, 0xEC, 0xED, 0xEE, 0xEF, 0x6C, 0x6D, 0x6E, 0x6F: // HLT, CLI, STI, IN, OUT
		return true
	case 0x0F:
		if i+1 < n {
			switch b[i+1] {
			case 0x00, 0x01, 0x06, 0x08, 0x09, 0x20, 0x21, 0x22, 0x23, 0x30, 0x32, 0x33, 0x07, 0x35:
				return true
			}
		}
	}
	return false
}
