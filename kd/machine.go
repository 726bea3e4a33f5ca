package kd

import "io"

// Registers are a processor's, or those of a thread that does not run.
type Registers struct {
	// General registers by their numbers in instructions: RAX, RCX, RDX, RBX, RSP, RBP,
	// RSI, RDI, R8 to R15.
	General        [16]uint64
	Rip, Rflags    uint64
	Cs, Ss         uint64
	FsBase, GsBase uint64
	Fx             [512]byte // FXSAVE's area
}

// Numbers of general registers.
const (
	Rax = iota
	Rcx
	Rdx
	Rbx
	Rsp
	Rbp
	Rsi
	Rdi
)

// RFLAGS.TF and RF (SDM vol. 3, 2.3).
const (
	FlagTrap   = 1 << 8
	FlagResume = 1 << 16
)

// User reports whether the registers are ring 3's.
func (r *Registers) User() bool { return r.Cs&3 == 3 }

// Thread is a thread as the debugger sees it.
type Thread struct {
	ID        uint64 // its number for gdb and the console: the client id, or 4n+1 for the idle thread of processor n
	Process   uint64 // the process's id
	Processor int    // that runs it, -1: none
	Name      string
	State     string // a few words: "Running", "Waiting: Executive"
}

// A Point is a hardware breakpoint (SDM vol. 3, 17.2.4).
type Point struct {
	Used    bool
	Kind    PointKind
	Address uint64
	Length  int // 1, 2, 4, 8; 1 for Execute
}

// PointKind is what a hardware breakpoint stops at, by DR7's encoding.
type PointKind uint8

// The kinds; the processor has none for reading alone.
const (
	Execute PointKind = 0
	Write   PointKind = 1
	Access  PointKind = 3
)

// Control returns DR7 for points.
func Control(points *[4]Point) (dr7 uint64) {
	for i, p := range points {
		if !p.Used {
			continue
		}
		length := map[int]uint64{1: 0, 2: 1, 4: 3, 8: 2}[p.Length]
		dr7 |= 2<<(2*i) | (uint64(p.Kind)|length<<2)<<(16+4*i) // Gn, R/Wn, LENn
	}
	return dr7
}

// Reason is why the system has stopped.
type Reason uint8

const (
	Exception   Reason = iota // Vector says which
	BreakIn                   // somebody at the port asks
	Request                   // the kernel asks: Text says why
	Crash                     // the system is stopped for good: Text says why
	ProcessEnds               // Process is about to lose its memory: its breakpoints go
)

// Event is why Engine.Stopped is called.
type Event struct {
	Reason    Reason
	Processor int
	Vector    uint64 // of Exception
	Error     uint64
	Address   uint64 // CR2 of a page fault
	Dr6       uint64 // of vector 1
	Process   uint64 // of ProcessEnds
	Text      string
	// Last says that nobody else handles the exception if the debugger does not: it is one
	// of ring 0's.
	Last bool
}

// Call is a function whose code the compiler has put into its caller, and the line at which it
// stands.
type Call struct {
	Name string
	File string
	Line int
}

// Symbol is what an address belongs to.
type Symbol struct {
	Name   string // the function whose code is there, or whose inlined calls are
	Offset uint64 // from its first instruction
	File   string // where it stands: at the address, or at a call that is inlined there
	Line   int
	Module string // "" for the kernel
	// Inlined are the calls whose code is at the address, the innermost first; the last is a
	// call of Name's.
	Inlined []Call
	// Missing says why an address of a program has no Name: the pages with its symbols are
	// not in memory. Name is "" then, and Offset counts from the image's beginning.
	Missing string
}

// innermost is the function whose code the source has at the address, as a call.
func (s *Symbol) innermost() Call {
	if len(s.Inlined) > 0 {
		return s.Inlined[0]
	}
	return Call{s.Name, s.File, s.Line}
}

// Machine is what the engine needs of the system that it debugs. All processors are
// stopped while its methods are called, except for Poll's and Put's. None of them waits,
// faults, takes a lock or keeps what was allocated for it.
type Machine interface {
	// Processors counts the processors; Registers returns those of one, which may be
	// changed, or nil if it has not stopped.
	Processors() int
	Registers(processor int) *Registers

	// Threads lists the threads; before there are any, those that the processors stand
	// for. Running returns the id of the thread that a processor runs.
	Threads() []Thread
	Running(processor int) uint64
	// Saved returns the registers of a thread that does not run.
	Saved(thread uint64) (Registers, bool)
	// UserRegisters returns those with which a thread that is in the kernel goes on in ring 3;
	// ok is false for one that is there, and for one that never is.
	UserRegisters(thread uint64) (r Registers, ok bool)
	// ProcessOf returns the id of a thread's process, 0 for no thread. Ids of processes and
	// threads are never the same.
	ProcessOf(thread uint64) uint64

	// Read and Write copy memory as a thread or a process with this id sees it (0: nobody's),
	// and return how much was there.
	Read(thread uint64, address uint64, b []byte) int
	Write(thread uint64, address uint64, b []byte) int
	// SetPoints sets every processor's hardware breakpoints.
	SetPoints(points *[4]Point)

	// Symbol finds what an address belongs to; Lookup finds the address of a name; Symbols
	// calls yield for every name that there is: the kernel's first, then those of the program
	// of the thread's process, which begin with the program's name and "!". It returns how many
	// of these are not in memory.
	Symbol(thread, address uint64) (Symbol, bool)
	Lookup(thread uint64, name string) (uint64, bool)
	Symbols(thread uint64, yield func(name string, address uint64) bool) (absent int)
	// FrameSize returns how far above RSP the return address is at a place in the code; ok
	// is false where nobody knows.
	FrameSize(thread, address uint64) (bytes int64, ok bool)

	// Below returns where a stack goes on below a function that has begun a new one: the kernel's
	// code that a trap has interrupted, or the goroutine that has called the Go runtime's system
	// stack. r are the registers with which the walk has begun; ok is false for any other place.
	Below(thread uint64, r *Registers, address, sp uint64) (f Frame, bp uint64, ok bool)

	// Stop stops the other processors and returns those that do not answer; Continue
	// lets those meant go on, the others stay as they are.
	Stop() (silent uint64)
	Continue(meant uint64)

	// Get returns the next byte that has come to the port; broken is a break of the line.
	Get() (c byte, ok, broken bool)
	Put(c byte)
	// Idle is called while the engine waits for a byte.
	Idle()
	// Announce tells whoever looks at another console that the system waits.
	Announce(text string)
	// Forget frees what has been allocated for the engine since it was called, or since
	// the last Forget.
	Forget()

	// Command carries out a command of the system's own, that writes to w. It returns
	// false for one that it does not know.
	Command(w io.Writer, thread uint64, name, args string) bool
	// Commands lists these: a name and a line of help each.
	Commands() [][2]string
	// Reboot starts the machine again and does not return.
	Reboot()
}
