// Package hal is the machine: processor tables, traps, ports, interrupt
// controllers, clocks, and the Go runtime's hooks in ring 0. Nothing above it
// touches a port, a control register or an MSR.
//
// Files without a build tag are pure and run on the host; the tag kernel
// marks what needs the machine. Assembly:
//
//	entry_amd64.s   first instructions, GDT, TSS, IDT
//	trap_amd64.s    traps and interrupts
//	user_amd64.s    ring 3 and back, user memory copies
//	cpu_amd64.s     single instructions
//
// IRQL: everything that is called before P0.19 runs with IF=0. Nothing here
// allocates after P0.4 but where it says so.
package hal
