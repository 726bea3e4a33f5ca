package svc

import (
	"sync/atomic"
	"unsafe"

	"gont/hal"
	"gont/nt"
	"gont/ps"
)

// Routine is a system service's routine. It runs on the calling thread's goroutine at
// PASSIVE_LEVEL without locks, and may wait; what it returns goes into RAX.
type Routine func(c *Call) nt.Status

// Call is a call of a system service. A thread has one Call, which all its calls use: a
// routine keeps nothing of it.
type Call struct {
	Thread  *ps.Thread
	Context *hal.Context // the thread's registers; arguments 1 to 4 are in R10, RDX, R8, R9
	stack   [mostArguments - InRegisters]uint64

	// Room that need not be cleared for each call: a name as it comes and as a string
	// (readBrief), and what a routine likes.
	units [briefText]uint16
	text  [briefText]byte
	Room  [512]byte
}

// Calls counts the calls of services.
var Calls atomic.Uint64

// InRegisters is how many arguments come in registers, mostArguments how many a service
// may have.
const (
	mostArguments = 12
	InRegisters   = 4
)

// Begin captures the arguments that the caller has on its stack: n of them, from RSP +
// 28h on, which are the arguments from the fifth on (KiSystemServiceCopyStart).
// STATUS_ACCESS_VIOLATION when they cannot be read.
func (c *Call) Begin(n int) nt.Status {
	return CopyFrom(c.Thread, unsafe.Pointer(&c.stack), c.Context.Rsp+8*(InRegisters+1), 8*uint64(n))
}

// Arg returns argument n, from 1 on, as it is. Of a narrower one the upper bits are
// undefined.
func (c *Call) Arg(n int) uint64 {
	switch n {
	case 1:
		return c.Context.R10
	case 2:
		return c.Context.Rdx
	case 3:
		return c.Context.R8
	case 4:
		return c.Context.R9
	}
	return c.stack[n-InRegisters-1]
}

// Uint32 returns argument n as a ULONG.
func (c *Call) Uint32(n int) uint32 { return uint32(c.Arg(n)) }

// Int32 returns argument n as a LONG.
func (c *Call) Int32(n int) int32 { return int32(c.Arg(n)) }

// Bool returns argument n as a BOOLEAN: a byte that is not 0.
func (c *Call) Bool(n int) bool { return c.Arg(n)&0xFF != 0 }

// Handle returns argument n as a HANDLE.
func (c *Call) Handle(n int) nt.Handle { return nt.Handle(c.Arg(n)) }

// Access returns argument n as an ACCESS_MASK.
func (c *Call) Access(n int) nt.AccessMask { return nt.AccessMask(c.Arg(n)) }

// Status returns argument n as an NTSTATUS.
func (c *Call) Status(n int) nt.Status { return nt.Status(c.Arg(n)) }
