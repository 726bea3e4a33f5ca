//go:build kernel

package main

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// systemCalls counts services; for NtQuerySystemInformation.
var systemCalls atomic.Uint64

// dispatchTable is the system service dispatch table once P1.12 has found it
// complete.
var dispatchTable *[nt.NumServices]service

// runUser is a user thread's goroutine: ring 3 until the next trap, the trap,
// and again, until the thread is to end (DESIGN 4).
func runUser(t *ps.Thread) {
	c := t.Context
	for {
		ke.SuspendPoint(t.Thread)
		if t.Terminating() {
			return
		}
		if t.UserApcPending() {
			deliverUserApc(t, c)
			continue
		}
		t.ContextSet = false
		hal.EnterUser(c)
		if c.Vector == hal.VectorSyscall {
			systemService(t, c)
		} else if c.Vector < 32 {
			userException(t, c)
		}
		if hal.Attention() {
			poll(true)
		}
	}
}

// systemService calls the service that the thread asks for. RAX is its status,
// unless it has loaded RAX itself.
func systemService(t *ps.Thread, c *hal.Context) {
	systemCalls.Add(1)
	n := uint32(c.Rax)
	c.Cr2 = uint64(n) + 1 // says that the thread is in a service; no page fault is there to tell of
	if hal.HeapShort(mm.HeapMinimum) {
		mm.KeepHeap()
	}
	s := nt.StatusInvalidSystemService
	if n < uint32(nt.NumServices) {
		s = dispatchTable[n](t, c)
	}
	if ke.Checked {
		checkService(nt.Service(n))
	}
	c.Cr2 = 0
	if !t.Continued {
		c.Rax = uint64(s)
	}
	t.Continued = false
	if x := t.NextContext; x != nil {
		t.NextContext = nil
		changeContext(c, x)
	}
}

// checkService stops a checked build whose service has not come back as it went:
// at PASSIVE_LEVEL, without a lock.
func checkService(n nt.Service) {
	if irql, held := ke.CurrentIrql(), ke.HeldLocks(); irql != ke.PassiveLevel || held != 0 {
		bugCheck(ex.IrqlGtZeroAtSystemService, uint64(n), uint64(irql), uint64(held), 0, n.String()+" has returned at a raised IRQL or with a lock held")
	}
}

// inService reports whether c's thread is in a system service, which has
// arguments in c.
func inService(c *hal.Context) bool { return c.Vector == hal.VectorSyscall && c.Cr2 != 0 }

// userException handles a processor exception of ring 3. What memory
// management cannot make good goes to the process's dispatcher or ends the
// process, and nothing else.
func userException(t *ps.Thread, c *hal.Context) {
	status := nt.StatusUnsuccessful
	var information []uint64
	switch c.Vector {
	case hal.ExceptionPageFault:
		access := mm.Read
		if c.ErrorCode&hal.FaultFetch != 0 {
			access = mm.Execute
		} else if c.ErrorCode&hal.FaultWrite != 0 {
			access = mm.Write
		}
		if status = ps.UserFault(t, c.Cr2, access); status.OK() || t.ContextSet {
			return
		}
		if status == nt.StatusNoMemory && t.Process == session.process {
			// The system lives with its session manager: it waits for memory
			// where another program ends.
			ke.Delay(ke.UserMode, false, -50*10_000)
			return
		}
	case hal.ExceptionDivide:
		status = ps.DivideStatus(c, func(va uint64, b []byte) int {
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
		status = protectionStatus(t, c.Rip)
	case hal.ExceptionAlignment:
		status = nt.StatusDatatypeMisalignment
	case hal.ExceptionFloat:
		status = ps.X87Status(binary.LittleEndian.Uint16(c.Fx[0:]), binary.LittleEndian.Uint16(c.Fx[2:]))
		information = []uint64{0}
	case hal.ExceptionSIMD:
		mxcsr := binary.LittleEndian.Uint32(c.Fx[24:])
		status = ps.SimdStatus(mxcsr)
		information = []uint64{0, uint64(mxcsr)}
	case hal.ExceptionNMI, hal.ExceptionMachineCheck, hal.ExceptionDoubleFault:
		kernelException(&hal.TrapFrame{Vector: c.Vector, ErrorCode: c.ErrorCode, Rip: c.Rip, Rsp: c.Rsp})
	default:
		status = nt.StatusAccessViolation
	}
	where := ""
	switch {
	case c.Vector == hal.ExceptionPageFault:
		information = []uint64{accessCode(c.ErrorCode), c.Cr2}
		if status == nt.StatusInPageError {
			information = append(information, uint64(nt.StatusDeviceDataError))
		}
	case status == nt.StatusAccessViolation:
		information = []uint64{0, ^uint64(0)} // a protection fault tells no address
	}
	if dispatchException(t, c, status, information...) {
		return
	}
	if c.Vector == hal.ExceptionPageFault {
		where = fmt.Sprintf(", address 0x%x, error code %d", c.Cr2, c.ErrorCode)
	}
	unhandledException(t, c, status, where)
}

// unhandledException ends the process with the exception's status.
func unhandledException(t *ps.Thread, c *hal.Context, status nt.Status, where string) {
	dbgPrintLine(fmt.Sprintf("%s (process %d, thread %d): unhandled exception %v at 0x%x%s",
		t.Process.Name, t.Process.ID, t.ID, status, c.Rip, where))
	t.Process.Terminate(status)
}

// accessCode is EXCEPTION_RECORD's word for what a page fault wanted.
func accessCode(errorCode uint64) uint64 {
	switch {
	case errorCode&hal.FaultFetch != 0:
		return 8
	case errorCode&hal.FaultWrite != 0:
		return 1
	}
	return 0
}

// protectionStatus looks at the instruction that has met #GP: one that only ring 0
// may execute (SDM vol. 3, 5.9), or one of the two INT n that programs use and that have
// no gate here? The error code does not tell: QEMU 7 has another than processors.
func protectionStatus(t *ps.Thread, rip uint64) nt.Status {
	var b [4]byte
	n, _ := t.Process.Space.ReadBytes(rip, b[:])
	switch {
	case n >= 2 && b[0] == 0xCD && b[1] == 0x2C:
		return nt.StatusAssertionFailure // KiRaiseAssertion
	case n >= 2 && b[0] == 0xCD && b[1] == 0x2D:
		return nt.StatusBreakpoint // KiDebugServiceTrap
	case privileged(b[:n]):
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
