//go:build kernel

package main

import (
	"encoding/binary"
	"fmt"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
	"gont/svc/thread"
	"gont/trap"
)

// runUser is a user thread's goroutine: ring 3 until the next trap, the trap,
// and again, until the thread is to end (DESIGN 4).
func runUser(t *ps.Thread) {
	c := t.Context
	call := &svc.Call{Thread: t, Context: c}
	for {
		if t.HeldUp() {
			ke.SuspendPoint(t.Thread)
			if t.Terminating() {
				return
			}
			if t.UserApcPending() {
				thread.DeliverUserApc(t)
				continue
			}
		}
		t.ContextSet = false
		hal.EnterUser(c) // it comes back at once when there is something to poll for
		if c.Vector != hal.VectorSyscall {
			if c.Vector < 32 {
				userException(t, c)
			}
			if hal.Attention() {
				poll(true)
			}
			continue
		}
		// A service. RAX is its status, unless it has loaded RAX itself.
		svc.Calls.Add(1)
		n := uint32(c.Rax)
		t.Service = n + 1
		if hal.HeapShort(mm.HeapMinimum) {
			mm.KeepHeap()
		}
		s := nt.StatusInvalidSystemService
		if n < uint32(nt.NumServices) {
			s = nt.StatusSuccess
			if a := onStack[n]; a != 0 {
				s = call.Begin(int(a))
			}
			if s == nt.StatusSuccess {
				s = serviceTable[n](call)
			}
		}
		if ke.Checked {
			checkService(nt.Service(n))
		}
		t.Service = 0
		if t.Continued {
			t.Continued = false
		} else {
			c.Rax = uint64(s)
		}
		if t.NextContext != nil {
			thread.Leave(t)
		}
	}
}

// checkService stops a checked build whose service has not come back as it went:
// at PASSIVE_LEVEL, without a lock.
func checkService(n nt.Service) {
	if irql, held := ke.CurrentIrql(), ke.HeldLocks(); irql != ke.PassiveLevel || held != 0 {
		bugCheck(ex.IrqlGtZeroAtSystemService, uint64(n), uint64(irql), uint64(held), 0, n.String()+" has returned at a raised IRQL or with a lock held")
	}
}

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
		status = protectionStatus(t, c.Rip)
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
		kernelException(&hal.TrapFrame{Vector: c.Vector, ErrorCode: c.ErrorCode, Rip: c.Rip, Rsp: c.Rsp})
	default:
		status = nt.StatusAccessViolation
	}
	where := ""
	switch {
	case c.Vector == hal.ExceptionPageFault:
		information = []uint64{trap.AccessCode(c.ErrorCode), c.Cr2}
		if status == nt.StatusInPageError {
			information = append(information, uint64(nt.StatusDeviceDataError))
		}
	case status == nt.StatusAccessViolation:
		information = []uint64{0, ^uint64(0)} // a protection fault tells no address
	}
	if thread.DispatchException(t, status, information...) {
		return
	}
	if c.Vector == hal.ExceptionPageFault {
		where = fmt.Sprintf(", address 0x%x, error code %d", c.Cr2, c.ErrorCode)
	}
	thread.UnhandledException(t, status, where)
}

// protectionStatus is the status of a #GP at rip.
func protectionStatus(t *ps.Thread, rip uint64) nt.Status {
	var b [4]byte
	n, _ := t.Process.Space.ReadBytes(rip, b[:])
	return trap.ProtectionStatus(b[:n])
}
