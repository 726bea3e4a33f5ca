package kd

import "encoding/binary"

// Ring 3: what the engine does so that steps cross into it and back, and so that a breakpoint in
// memory that processes share stops one of them.

// here1 returns the breakpoint at an address that stops what a processor runs, or nil.
func (e *Engine) here1(processor int, address uint64) *breakpoint {
	if address >= userTop {
		return e.breakpoints.at(0, address)
	}
	return e.breakpoints.at(e.m.ProcessOf(e.m.Running(processor)), address)
}

// R11 is where SYSCALL and SYSRET have RFLAGS.
const R11 = 11

// trapReturn lets a step across the kernel's way to ring 3 stop behind it: SYSRET and IRET load
// RFLAGS, and with them a TF that is clear (SDM vol. 2, SYSRET, IRET). The trap that comes has
// TF set in what it saves; classifyDebug clears it.
func (e *Engine) trapReturn(processor int, r *Registers) {
	if r.User() {
		return
	}
	var code [3]byte
	thread := e.m.Running(processor)
	n := e.m.Read(thread, r.Rip, code[:])
	switch {
	case n == 3 && code == [3]byte{0x48, 0x0F, 0x07}:
		r.General[R11] |= FlagTrap
	case n >= 2 && code[0] == 0x48 && code[1] == 0xCF:
		// RIP, CS, RFLAGS are on the stack.
		var flags [8]byte
		if at := r.General[Rsp] + 16; e.m.Read(thread, at, flags[:]) == 8 {
			binary.LittleEndian.PutUint64(flags[:], binary.LittleEndian.Uint64(flags[:])|FlagTrap)
			e.m.Write(thread, at, flags[:])
		}
	}
}

// atService reports whether a processor is at a SYSCALL of ring 3. SFMASK clears TF on the way
// in, so a step of it ends behind the service, for which other processors may be needed.
func (e *Engine) atService(processor int) bool {
	r := e.m.Registers(processor)
	if r == nil || !r.User() {
		return false
	}
	var code [2]byte
	return e.m.Read(e.m.Running(processor), r.Rip, code[:]) == 2 && code == [2]byte{0x0F, 0x05}
}

// InProcess reports whether the end of a process has to be told (ProcessEnds): it has breakpoints
// of its own, which may be in memory that outlives it. Any IRQL; a stop at the same time may
// change the answer.
func (e *Engine) InProcess(process uint64) bool { return process != 0 && e.inProcess(process) }
