package thread

import (
	"encoding/binary"
	"fmt"

	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/trap"
)

// UserException handles a processor exception of ring 3. What memory management cannot make
// good goes to the process's dispatcher or ends the process, and nothing else. The current
// thread is t, at PASSIVE_LEVEL with interrupts on.
func UserException(t *ps.Thread, c *hal.Context) {
	if c.Vector == hal.ExceptionPageFault {
		pageFault(t, c)
		return
	}
	status, information := exceptionStatus(t, c)
	if !DispatchException(t, status, information...) {
		UnhandledException(t, status, "")
	}
}

// pageFault: the page is made present, or the thread has an access violation or an in-page
// error.
func pageFault(t *ps.Thread, c *hal.Context) {
	access := mm.Read
	if c.ErrorCode&hal.FaultFetch != 0 {
		access = mm.Execute
	} else if c.ErrorCode&hal.FaultWrite != 0 {
		access = mm.Write
	}
	status := ps.UserFault(t, c.Cr2, access)
	if status.OK() || t.ContextSet {
		return
	}
	if status == nt.StatusNoMemory && Critical(t.Process) {
		// The system lives with its session manager: it waits for memory
		// where another program ends.
		ke.Delay(ke.UserMode, false, -50*10_000)
		return
	}
	information := []uint64{trap.AccessCode(c.ErrorCode), c.Cr2}
	if status == nt.StatusInPageError {
		information = append(information, uint64(nt.StatusDeviceDataError))
	}
	if !DispatchException(t, status, information...) {
		UnhandledException(t, status, fmt.Sprintf(", address 0x%x, error code %d", c.Cr2, c.ErrorCode))
	}
}

// exceptionStatus is what an exception that is no page fault means to the program.
func exceptionStatus(t *ps.Thread, c *hal.Context) (status nt.Status, information []uint64) {
	status = nt.StatusAccessViolation
	switch c.Vector {
	case hal.ExceptionDivide:
		status = trap.DivideStatus(c, func(va uint64, b []byte) int {
			n, _ := t.Process.Space.ReadBytes(va, b)
			return n
		})
	case hal.ExceptionDebug:
		status = nt.StatusSingleStep
		c.Rflags &^= hal.RflagsTrap // one step: who wants another sets it again
	case hal.ExceptionBreakpoint:
		status = nt.StatusBreakpoint
		c.Rip-- // INT3 itself
		information = []uint64{0}
	case hal.ExceptionOverflow:
		status = nt.StatusIntegerOverflow
	case hal.ExceptionOpcode:
		status = nt.StatusIllegalInstruction
	case hal.ExceptionProtection:
		// A privileged instruction, or an address that is not canonical.
		var b [4]byte
		n, _ := t.Process.Space.ReadBytes(c.Rip, b[:])
		status = trap.ProtectionStatus(b[:n])
	case hal.ExceptionAlignment:
		status = nt.StatusDatatypeMisalignment
	case hal.ExceptionFloat:
		status = trap.X87Status(binary.LittleEndian.Uint16(c.Fx[0:]), binary.LittleEndian.Uint16(c.Fx[2:]))
		information = []uint64{0}
	case hal.ExceptionSIMD:
		mxcsr := binary.LittleEndian.Uint32(c.Fx[24:])
		status = trap.SimdStatus(mxcsr)
		information = []uint64{0, uint64(mxcsr)}
	case hal.ExceptionNMI, hal.ExceptionMachineCheck, hal.ExceptionDoubleFault:
		MachineFault(c)
	}
	if status == nt.StatusAccessViolation {
		information = []uint64{0, ^uint64(0)} // a protection fault tells no address
	}
	return status, information
}
