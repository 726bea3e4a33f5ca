// Package trap has what follows from a trap of ring 3 and touches no hardware: contexts,
// and what status an exception has.
package trap

import (
	"encoding/binary"

	"gont/hal"
	"gont/nt"
)

// Selectors as ring 3 sees them.
const (
	selectorCode  = nt.UserCS
	selectorData  = nt.UserSS
	selectorTeb32 = 0x53 // FS, which nothing uses
)

// Where FXSAVE puts MXCSR and the mask of its bits that there are, and which
// bits there are when the mask is 0 (Intel SDM vol. 1, 11.6.6).
const (
	fxMxcsr          = 24
	fxMask           = 28
	defaultMxcsrMask = 0xFFBF
)

// Whole makes a context that a system service has left partial a whole one, as
// the program would find it afterwards: what the service clears is zero, RCX
// and R11 are what SYSRET leaves. Preconditions: the floating-point state is
// saved (hal.SaveFloat).
func Whole(c *hal.Context) {
	if c.Partial == 0 {
		return
	}
	c.Rcx, c.R11 = c.Rip, c.Rflags
	c.Rdx, c.R8, c.R9, c.R10 = 0, 0, 0, 0
	c.Partial = 0
}

// GetContext stores those parts of a whole c that x.ContextFlags names.
func GetContext(c *hal.Context, x *nt.Context) {
	has := func(part uint32) bool { return x.ContextFlags&part == part }
	if has(nt.ContextControl) {
		x.Rip, x.Rsp, x.EFlags = c.Rip, c.Rsp, uint32(c.Rflags)
		x.SegCs, x.SegSs = selectorCode, selectorData
	}
	if has(nt.ContextInteger) {
		x.Rax, x.Rcx, x.Rdx, x.Rbx, x.Rbp, x.Rsi, x.Rdi = c.Rax, c.Rcx, c.Rdx, c.Rbx, c.Rbp, c.Rsi, c.Rdi
		x.R8, x.R9, x.R10, x.R11, x.R12, x.R13, x.R14, x.R15 = c.R8, c.R9, c.R10, c.R11, c.R12, c.R13, c.R14, c.R15
	}
	if has(nt.ContextSegments) {
		x.SegDs, x.SegEs, x.SegFs, x.SegGs = selectorData, selectorData, selectorTeb32, selectorData
	}
	if has(nt.ContextFloatingPoint) {
		x.FltSave = c.Fx
		x.MxCsr = binary.LittleEndian.Uint32(c.Fx[fxMxcsr:])
	}
	if has(nt.ContextDebugRegisters) {
		x.Dr0, x.Dr1, x.Dr2, x.Dr3, x.Dr6, x.Dr7 = 0, 0, 0, 0, 0, 0
	}
}

// SetContext changes those parts of a whole c that x.ContextFlags names.
// Selectors and debug registers stay, of the flags only a program's own are
// taken, and of MXCSR the bits that there are: others would fault in ring 0.
// Preconditions: x.Rip is a user address if nt.ContextControl is among the
// flags.
func SetContext(c *hal.Context, x *nt.Context) {
	has := func(part uint32) bool { return x.ContextFlags&part == part }
	if has(nt.ContextControl) {
		c.Rip, c.Rsp = x.Rip, x.Rsp
		c.Rflags = uint64(x.EFlags)&hal.UserRflags | hal.RflagsFixed
	}
	if has(nt.ContextInteger) {
		c.Rax, c.Rcx, c.Rdx, c.Rbx, c.Rbp, c.Rsi, c.Rdi = x.Rax, x.Rcx, x.Rdx, x.Rbx, x.Rbp, x.Rsi, x.Rdi
		c.R8, c.R9, c.R10, c.R11, c.R12, c.R13, c.R14, c.R15 = x.R8, x.R9, x.R10, x.R11, x.R12, x.R13, x.R14, x.R15
	}
	if has(nt.ContextFloatingPoint) {
		le := binary.LittleEndian
		mask := le.Uint32(c.Fx[fxMask:])
		if mask == 0 {
			mask = defaultMxcsrMask
		}
		c.Fx = x.FltSave
		c.Mxcsr = x.MxCsr & mask
		le.PutUint32(c.Fx[fxMxcsr:], c.Mxcsr)
		le.PutUint32(c.Fx[fxMask:], mask)
	}
}
