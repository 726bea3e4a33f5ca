package hal

import (
	"unsafe"
)

// Context is a ring-3 thread's processor state while it is not running in
// ring 3. EnterUser loads it and every trap from ring 3 stores it; offsets.h
// has the offsets for the assembly, and a test compares the two.
//
// It must be aligned to 16 bytes (FXSAVE); NewContext sees to it.
type Context struct {
	Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi uint64
	R8, R9, R10, R11, R12, R13, R14, R15   uint64
	Rip, Rflags                            uint64
	FsBase, GsBase                         uint64

	// Vector and ErrorCode say why the thread came back; Cr2 is the address
	// of a page fault (Vector 14).
	Vector    uint64
	ErrorCode uint64
	Cr2       uint64

	// Partial is 1 after a system service: only what a callee must keep is
	// stored (XMM6-15, MXCSR), the rest is cleared on the way out. It is 2 when
	// SaveFloat has stored the x87 state as well.
	Partial uint64

	Mxcsr uint32
	_     [12]byte
	Fx    [512]byte // FXSAVE64 area; XMM6-15 in their places after a service
}

// Vectors that EnterUser returns besides the processor's own 0 to 31.
const (
	VectorSyscall  = 0x100 // the SYSCALL instruction
	VectorClock    = 0xD1  // local APIC timer
	VectorRequest  = 0xE1  // from another processor
	VectorError    = 0xE3  // the local APIC has seen an error
	VectorSpurious = 0xFF
	VectorNoPage   = 0x10E // a page fault in the kernel's window, and no page to give
)

// Processor exceptions (Intel SDM vol. 3, 6.15).
const (
	ExceptionDivide       = 0
	ExceptionDebug        = 1
	ExceptionNMI          = 2
	ExceptionBreakpoint   = 3
	ExceptionOverflow     = 4
	ExceptionBound        = 5
	ExceptionOpcode       = 6
	ExceptionNoMath       = 7
	ExceptionDoubleFault  = 8
	ExceptionTSS          = 10
	ExceptionSegment      = 11
	ExceptionStack        = 12
	ExceptionProtection   = 13
	ExceptionPageFault    = 14
	ExceptionFloat        = 16
	ExceptionAlignment    = 17
	ExceptionMachineCheck = 18
	ExceptionSIMD         = 19
)

// Page-fault error code bits (Intel SDM vol. 3, 4.7).
const (
	FaultPresent = 1 << 0
	FaultWrite   = 1 << 1
	FaultUser    = 1 << 2
	FaultFetch   = 1 << 4
)

// UserRflags are the RFLAGS bits that ring 3 may set; IF is always set and
// IOPL always 0.
const (
	UserRflags   = 0x0000000000250DD5
	RflagsFixed  = 0x202
	RflagsTrap   = 0x100 // TF
	DefaultMxcsr = 0x1F80
)

// TrapFrame is the state of ring 0 at a fault that nobody handles; the
// assembly fills the one of the processor.
type TrapFrame struct {
	Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi uint64
	R8, R9, R10, R11, R12, R13, R14, R15   uint64
	Rip, Rflags, Cs                        uint64
	Vector, ErrorCode, Cr2                 uint64
}

// DebugFrame is a processor's state when a trap of the debugger's has stopped it. It must
// be aligned to 16 bytes (FXSAVE).
type DebugFrame struct {
	TrapFrame
	Ss, FsBase, GsBase uint64 // GsBase is ring 3's
	Dr6, Cr3           uint64
	Swapped            uint64 // 1: GS was ring 3's
	Pass               uint64 // 1: the trap is not the debugger's and goes its usual way
	_                  uint64
	Fx                 [512]byte
}

// PCR is the processor control region, what GS points at in ring 0 (NT's
// KPCR). Only assembly and hal touch it.
type PCR struct {
	Self      uint64
	UserRsp   uint64 // RSP of ring 3 while SYSCALL is being entered
	KernelRsp uint64 // RSP of the goroutine that is in EnterUser
	Ctx       uint64 // *Context of the thread in ring 3
	KernelFs  uint64 // FS base of ring 0
	GsOwner   uint64 // *Context whose GS base is in KERNEL_GS_BASE
	Ticks     uint64 // clock interrupts since the clock was started
	Spurious  uint64 // interrupts nobody expected
	LastBad   uint64 // vector of the last of them
	ApicEoi   uint64 // virtual address of the EOI register, 0 for x2APIC
	Number    uint64 // of the processor, from 0
	Faults    uint64 // kernel heap pages made by the fault handler

	// What other processors ask for by an interrupt (VectorRequest).
	Pending     uint64 // 1: a dispatch point, soon
	Woken       uint64 // 1: the Go runtime has something for this processor
	FlushWanted uint64 // how often translations were to be forgotten
	FlushDone   uint64 // the value of FlushWanted that was done last
	FlushGlobal uint64 // 1: those of the kernel, too
	Root        uint64 // physical address in CR3, or about to be
	Requests    uint64 // interrupts of this kind

	// The start (StartProcessor).
	Started uint64 // 1: runs in long mode
	Online  uint64 // 1: takes interrupts
	TaskSp  uint64 // where goos.Task lets it begin
	TaskFn  uint64
	ApicID  uint64
	Seen    uint64 // of Ticks, what TakeTicks has returned
	Loaded  uint64 // what is in CR3 for certain, or was until just now
	Missed  uint64 // ticks that did not come while the clock was stopped, for TakeTicks
	Stopped uint64 // when HaltWithoutClock stopped the clock (Nanotime), 0: it runs
	TickRip uint64 // where the last clock interrupt came
	Claimed uint64 // 1: a processor has taken this block (StartProcessor)

	// How long the Go runtime has idled since TakeTicks (watch): Seen plus one then,
	// Nanotime of the first halt, ns in halts.
	WatchSeen, WatchStart, WatchIdle uint64

	// While a processor that has started waits for its task (compareTsc): 1 asks it
	// for its time-stamp counter, 2 to add TscDelta to the counter first; 0 when Tsc
	// has the answer.
	TscAsk, Tsc, TscDelta uint64

	// Interrupts of devices: a bit for each vector that has come and that nobody has
	// taken (TakeInterrupts), the address of the processor's [256]deviceLine, how many.
	DeviceBits  [4]uint64
	Lines       uint64
	DeviceCount uint64

	// The debugger's (debug_amd64.s): how far this processor is stopped (kdTrap), bits
	// for who holds it back (stopProcessors), 1 when an NMI has been sent to stop it and not
	// come yet, 1 when the trap that comes next is not the debugger's; its DebugFrame, and the
	// stacks on which it goes on.
	KdState, KdHold, KdAsked, KdPassed, KdFrame, KdStack, KdNmiStack uint64

	Expects uint64 // 1: a device has been given something to do (ExpectInterrupt)
}

// ProcessorBlock is what an application processor has for itself; the boot
// processor's is static. It is never freed.
type ProcessorBlock struct {
	Pcr                                PCR
	Gdt                                [11]uint64
	Tss                                [16]uint64
	Gdtr, Idtr                         [2]uint64
	TrapStack, FaultStack, DoubleStack [8192]byte // IST1 to 3
	DebugStack, NmiStack               [2048]byte // IST4, 5
	ResumeStack                        [1024]byte // PCR.KdStack
	Frame                              [unsafe.Sizeof(DebugFrame{}) + 16]byte
}

// NewContext returns a context that can be entered: interrupts on, default
// floating-point state.
func NewContext() *Context {
	c := new(Context)
	if uintptr(unsafe.Pointer(c))&15 != 0 {
		panic("hal: context is not aligned to 16 bytes")
	}
	c.Rflags = RflagsFixed
	c.Mxcsr = DefaultMxcsr
	c.Fx[0], c.Fx[1] = 0x7F, 0x03 // FCW
	c.Fx[24], c.Fx[25] = DefaultMxcsr&0xFF, DefaultMxcsr>>8
	return c
}
