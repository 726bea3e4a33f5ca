// Package hal is the machine: processor tables, traps, ports, interrupt
// controllers, clocks, and the Go runtime's hooks in ring 0. Nothing above it
// touches a port, a control register or an MSR.
//
// Files without a build tag are pure and run on the host; the tag kernel
// marks what needs the machine. Assembly:
//
//	entry_amd64.s      first instructions, GDT, TSS, IDT
//	start_amd64.s      those of the other processors
//	trap_amd64.s       entry of every trap, and exceptions
//	interrupt_amd64.s  the clock, requests of other processors, strays
//	device_amd64.s     interrupts of devices
//	heapfault_amd64.s  pages of the kernel's heap
//	crash_amd64.s      the way to the stop screen
//	debug_amd64.s      the way to the debugger
//	user_amd64.s       ring 3 and back, user memory copies
//	cpu_amd64.s        single instructions
//	zero_amd64.s       zeroing pages
//
// Several processors: each has a PCR, which GS points at, a GDT, a TSS and three
// stacks of its own; the IDT is common. A PCR belongs to its processor, but for
// the fields that others ask by (Pending to Requests), which are atomic.
//
// IRQL: it is package ke's and masks nothing here: interrupts come at any level,
// and their handlers, in assembly, count and acknowledge, and do flushes. Before
// P0.19, and on another processor before BeginInterrupts, IF is 0. Functions may be
// called at any level but where they say so. EnterUser, HaltUntilAttention and
// LeaveRoot are PASSIVE_LEVEL's; Flush and LeaveRoot wait for the other processors'
// handlers and want IF=1, so that two of them that ask each other both answer.
// Setting up (Initialize, Calibrate, Start, Run) is the boot processor's alone.
//
// Locks: heapLock, a spin lock, is taken in the page-fault handler and is the
// innermost one of the system, inside the dispatcher lock, too: nothing is
// touched with it held that could fault. ioApicLock, another one, is the stray
// interrupts' handler's and is held with IF=0. deviceLock (MapIoSpace) is a Go lock with
// nothing but heapLock inside. LeaveRoot's (dying) is held while
// others answer; nothing is taken inside. A caller of Flush may hold any lock
// but these, as handlers take none.
package hal
