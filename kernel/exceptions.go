//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/nt"
	"gont/ps"
)

// dispatchException gives a processor exception of ring 3 to the process's own
// dispatcher: record and context go on the thread's stack, and the thread goes
// on there. It reports false when there is no dispatcher, or no stack to put
// anything on.
func dispatchException(t *ps.Thread, c *hal.Context, status nt.Status, information ...uint64) bool {
	to := t.Process.ExceptionDispatcher.Load()
	if to == 0 {
		return false
	}
	f := nt.ExceptionFrame{Record: nt.ExceptionRecord{Code: status, Address: c.Rip, NumberParameters: uint32(len(information))},
		Context: userContext(c)}
	copy(f.Record.Information[:], information)
	const redZone = 128 // what code without a frame may use below RSP
	sp := (c.Rsp - redZone - uint64(unsafe.Sizeof(f))) &^ 15
	if !put(t, sp, &f).OK() {
		return false
	}
	c.Rsp, c.Rcx, c.Rip = sp, sp, to
	c.Rflags = hal.RflagsFixed
	return true
}

// userContext is a thread's state as programs see it.
func userContext(c *hal.Context) nt.Context {
	return nt.Context{Rax: c.Rax, Rcx: c.Rcx, Rdx: c.Rdx, Rbx: c.Rbx, Rsp: c.Rsp, Rbp: c.Rbp, Rsi: c.Rsi, Rdi: c.Rdi,
		R8: c.R8, R9: c.R9, R10: c.R10, R11: c.R11, R12: c.R12, R13: c.R13, R14: c.R14, R15: c.R15,
		Rip: c.Rip, EFlags: c.Rflags, FsBase: c.FsBase}
}

// setContext loads the general registers that a program gave. Preconditions:
// x.Rip is a user address.
func setContext(c *hal.Context, x *nt.Context) {
	c.Rax, c.Rcx, c.Rdx, c.Rbx, c.Rsp, c.Rbp, c.Rsi, c.Rdi = x.Rax, x.Rcx, x.Rdx, x.Rbx, x.Rsp, x.Rbp, x.Rsi, x.Rdi
	c.R8, c.R9, c.R10, c.R11, c.R12, c.R13, c.R14, c.R15 = x.R8, x.R9, x.R10, x.R11, x.R12, x.R13, x.R14, x.R15
	c.Rip = x.Rip
	c.Rflags = x.EFlags&hal.UserRflags | hal.RflagsFixed
}

// userRip reports whether a program may go on at an address (SYSRET and IRETQ
// must not see a non-canonical one).
func userRip(a uint64) bool { return a >= nt.MinimumUserAddress && a <= nt.MaximumUserAddress }

// ntContinue(*context, testAlert): goes on with the general registers of a
// context. The floating-point state stays; FsBase is not taken.
func ntContinue(t *ps.Thread, c *hal.Context) nt.Status {
	var x nt.Context
	if s := get(t, c.R10, &x); !s.OK() {
		return s
	}
	if !userRip(x.Rip) {
		return nt.StatusInvalidParameter
	}
	hal.SaveFloat(c)
	c.Partial = 0 // all registers are loaded
	setContext(c, &x)
	return nt.StatusSuccess // RAX is the context's: Partial is 0
}

// ntSetInformationProcess(process, class, *value, length)
func ntSetInformationProcess(t *ps.Thread, c *hal.Context) nt.Status {
	p, o, s := processFromHandle(t, c.R10, nt.ProcessSetInformation)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if uint32(c.Rdx) != nt.ProcessExceptionDispatcher {
		return nt.StatusInvalidInfoClass
	}
	var v uint64
	if uint32(c.R9) != uint32(unsafe.Sizeof(v)) {
		return nt.StatusInfoLengthMismatch
	}
	if s := get(t, c.R8, &v); !s.OK() {
		return s
	}
	if v != 0 && !userRip(v) {
		return nt.StatusInvalidParameter
	}
	p.ExceptionDispatcher.Store(v)
	return nt.StatusSuccess
}
