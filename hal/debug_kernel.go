//go:build kernel

package hal

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// The debugger's side of the machine (SPEC K2): the trap gates that it takes over, the
// stack, the g and the memory on which it runs Go while everything else is stopped, and
// how it stops the other processors.

// Of debug_amd64.s.
var (
	kdOn         uint32 // 1: faults of ring 0 that nobody handles are the debugger's first
	kdLineStatus uint32 // port whose receiver the clock's gates look at, 0: none
	kdWanted     uint32 // 1: the next clock interrupt is the debugger's
	kdLock       uint32 // held by the processor that runs the debugger, or is about to
	kdG          [128]uint64
	kdTLS        [2]uint64
	kdStackLow   uintptr
	kdStackHigh  uintptr
	kdFault      [3]uint64 // vector, RIP, CR2 of a trap in the debugger
	kdDr         [4]uint64
	kdDr7        uint64 = 0x400
	kdArena      []byte
	kdState      [8]uintptr // what the Go runtime keeps meanwhile
	kdBroken     uint64     // RIP after DebugBreak
	bootFrame    [unsafe.Sizeof(DebugFrame{}) + 16]byte
	bootResume   [1024]byte
)

const (
	kdStackSize = 128 << 10
	// DebugArena is how many bytes the debugger may allocate at one stop.
	DebugArena = 2 << 20
)

//go:linkname debuggerBegin runtime.tamagoDebuggerBegin
//go:noescape
func debuggerBegin(s *[8]uintptr, base, n uintptr)

//go:linkname debuggerEnd runtime.tamagoDebuggerEnd
//go:noescape
func debuggerEnd(s *[8]uintptr)

//go:linkname debuggerReset runtime.tamagoDebuggerReset
func debuggerReset()

// DebugMemoryLeft returns how many bytes the debugger may allocate until ResetDebugMemory.
//
//go:linkname DebugMemoryLeft runtime.tamagoDebuggerLeft
func DebugMemoryLeft() uintptr

// Functions calls yield for every Go function and assembly routine of the kernel.
//
//go:linkname Functions runtime.tamagoFunctions
func Functions(yield func(entry, end uintptr, name string) bool)

// Goroutine is what the Go runtime knows of a goroutine.
type Goroutine struct {
	ID         uint64
	Status     uint32 // 1 runnable, 2 running, 3 in ring 3, 4 waiting
	WaitReason uint8
	Home       int32 // the P that it ran on last, plus one
	PC, SP, BP uintptr
	StackLow   uintptr
	StackHigh  uintptr
	StartPC    uintptr
	Address    uintptr
}

// Goroutines calls yield for every goroutine. No other processor may run.
//
//go:linkname Goroutines runtime.tamagoGoroutines
func Goroutines(yield func(*Goroutine) bool)

// DescribeGoroutine describes the g at an address.
//
//go:linkname DescribeGoroutine runtime.tamagoDescribeGoroutine
//go:noescape
func DescribeGoroutine(address uintptr, g *Goroutine)

// FrameSize returns how far above SP the return address is at pc, for Go functions and
// assembly routines of the kernel.
//
//go:linkname FrameSize runtime.tamagoFrameSize
func FrameSize(pc uintptr) (delta int32, ok bool)

func debugGates() (debug, breakpoint, clock, pic, rtc, broken, out, end uint64)
func debugAgain()

// DebugBreak is DbgBreakPoint: the debugger, if there is one, is asked in.
func DebugBreak()

// Debugger is called with every event of the processor that calls, on the debugger's
// stack, with IF=0, and with memory of its own, which is forgotten when it returns. The
// other processors have been stopped and go on afterwards (ContinueProcessors). It returns whether the trap
// is its own; if not, it goes the way that it would have gone without a debugger.
// failed is true when the debugger itself has gone wrong, or has asked to begin again
// (RestartDebugger), and is called once more for the same event.
var Debugger func(processor int, f *DebugFrame, failed bool) (own bool)

// InitializeDebugger takes memory for the debugger and the gates of #DB, #BP and clock
// interrupts over. One processor runs (phase 0).
func InitializeDebugger() {
	if kdArena != nil {
		takeGates()
		return
	}
	stack := make([]byte, kdStackSize)
	arena := make([]byte, DebugArena)
	TouchDebugMemory(unsafe.Pointer(&stack[0]), kdStackSize)
	TouchDebugMemory(unsafe.Pointer(&arena[0]), DebugArena)
	kdArena, kdStackKeep = arena, stack
	kdStackLow = uintptr(unsafe.Pointer(&stack[0]))
	kdStackHigh = kdStackLow + kdStackSize
	p := &bootPCR
	p.KdFrame = (uint64(uintptr(unsafe.Pointer(&bootFrame))) + 15) &^ 15
	p.KdStack = (uint64(uintptr(unsafe.Pointer(&bootResume))) + uint64(len(bootResume))) &^ 15
	// Below what the next NMI pushes, which begins at the top (kdResume).
	p.KdNmiStack = (uint64(uintptr(unsafe.Pointer(&nmiStack))) + uint64(len(nmiStack)) - 768) &^ 15
	takeGates()
}

// TouchDebugMemory makes the pages of n bytes at p, which are the debugger's. A page that is made
// when it is first touched needs a lock, which a processor may hold that the debugger has stopped.
func TouchDebugMemory(p unsafe.Pointer, n uintptr) {
	for i := uintptr(0); i+4 <= n; i += 1024 {
		atomic.AddUint32((*uint32)(unsafe.Add(p, i)), 0)
	}
}

// takeGates lets the debugger in.
func takeGates() {
	var gates [7]uint64 // the five, the way out, and the end
	gates[0], gates[1], gates[2], gates[3], gates[4], kdBroken, gates[5], gates[6] = debugGates()
	if !slices.IsSorted(gates[:]) { // kdNmi takes what is from the first to the last for the debugger's
		panic("hal: the debugger's gates do not lie as kdNmi expects")
	}
	for i, v := range []int{ExceptionDebug, ExceptionBreakpoint, VectorClock, 0x20, 0x28} {
		if old := gate(v); old != gates[i] {
			kdUsual[i] = old
		}
		setGate(v, gates[i])
	}
	atomic.StoreUint32(&kdOn, 1)
}

// kdUsual is where the gates went before.
var kdUsual [5]uint64

// GateOf returns where a vector goes.
func GateOf(vector int) uint64 { return gate(vector) }

// gate returns where a vector goes.
func gate(vector int) uint64 {
	g := (*[2]uint64)(unsafe.Pointer(&idt[2*vector]))
	return g[0]&0xFFFF | g[0]>>48<<16 | g[1]<<32
}

var (
	kdStackKeep []byte
	kdSilent    uint64 // processors that have not stopped
	kdMeant     uint64 // processors that are to go on
)

// setGate changes where a vector goes, and nothing else of its gate.
func setGate(vector int, at uint64) {
	g := (*[2]uint64)(unsafe.Pointer(&idt[2*vector]))
	low := g[0]&0x0000_FFFF_FFFF_0000 | at&0xFFFF | at>>16&0xFFFF<<48
	// The halves differ in the lower 32 bits of the address only: all code is in one
	// window of 4 GiB.
	atomic.StoreUint64(&g[0], low)
	g[1] = at >> 32
}

// WatchDebugPort lets the clock interrupts look at a port's receiver; nil: at none.
func WatchDebugPort(p *SerialPort) {
	if p == nil {
		atomic.StoreUint32(&kdLineStatus, 0)
		return
	}
	atomic.StoreUint32(&kdLineStatus, uint32(p.base+uartLSR))
}

// PrepareDebugger takes the memory that InitializeDebugger needs, which may come when there
// is none to be had.
func PrepareDebugger() {
	InitializeDebugger()
	for i, v := range []int{ExceptionDebug, ExceptionBreakpoint, VectorClock, 0x20, 0x28} {
		setGate(v, kdUsual[i])
	}
	atomic.StoreUint32(&kdOn, 0)
}

// DebuggerPresent reports whether InitializeDebugger has been called.
func DebuggerPresent() bool { return atomic.LoadUint32(&kdOn) != 0 }

// DebuggerRuns reports whether the calling processor runs the debugger.
func DebuggerRuns() bool {
	return kdArena != nil && atomic.LoadUint64(&pcrs[processorNumber()].KdState) == 3
}

// DebugBroken reports whether a #BP is DebugBreak's.
func DebugBroken(f *DebugFrame) bool { return f.Vector == ExceptionBreakpoint && f.Rip == kdBroken }

// frame returns processor n's.
func frame(n int) *DebugFrame { return (*DebugFrame)(unsafe.Pointer(uintptr(pcrs[n].KdFrame))) }

// kdStage is how far the processor that runs the debugger has come. kdTrap sets it to kdEnters.
var kdStage uint64

const (
	kdEnters = iota // or not there yet: the other processors are being stopped
	kdRuns          // between debuggerBegin and debuggerEnd
	kdLeaves        // the other processors are being released
)

// kdMain is kdTrap's call, on the debugger's stack.
func kdMain() {
	f := frame(processorNumber())
	f.Pass = 1
	if Debugger == nil {
		return
	}
	// What the debugger makes of the Go runtime is for it alone: nobody else may run
	// between Begin and End.
	kdSilent, kdMeant = stopProcessors(holdDebugger), ^uint64(0)
	debuggerBegin(&kdState, uintptr(unsafe.Pointer(&kdArena[0])), uintptr(len(kdArena)))
	kdStage = kdRuns
	kdEvent(f, false)
}

// kdFailed is kdMain for a trap in the debugger. One before debuggerBegin or behind debuggerEnd
// is an NMI that nobody has asked for: the step in which it came is made again.
func kdFailed() {
	f := frame(processorNumber())
	switch kdStage {
	case kdEnters:
		kdMain()
	case kdRuns:
		f.Pass = 1
		debuggerReset()
		kdEvent(f, true)
	case kdLeaves:
		releaseProcessors()
	}
}

// kdEvent calls the debugger and lets the system go on.
func kdEvent(f *DebugFrame, failed bool) {
	if Debugger(processorNumber(), f, failed) {
		f.Pass = 0
	}
	kdStage = kdLeaves
	debuggerEnd(&kdState)
	releaseProcessors()
}

// DebuggerFault tells what has gone wrong in the debugger: a vector, where, and what CR2
// was.
func DebuggerFault() (vector, rip, cr2 uint64) { return kdFault[0], kdFault[1], kdFault[2] }

// kdText is the line that the Go runtime has said when it gave up in the debugger.
var (
	kdText    [200]byte
	kdTextLen int
)

// DebuggerText returns what the Go runtime has said of a command of the debugger's that it gave up,
// "" for nothing, and forgets it. Only the debugger calls it.
func DebuggerText() string {
	s := string(kdText[:kdTextLen])
	kdTextLen = 0
	return s
}

// RestartDebugger lets the debugger begin again; its memory is forgotten. It does not
// return. Only the debugger calls it.
func RestartDebugger() { debugAgain() }

// ResetDebugMemory forgets all that the debugger has allocated since it was called.
func ResetDebugMemory() { debuggerReset() }

// stopPolls is how often stopProcessors looks whether a processor has stopped. It
// answers an NMI within microseconds, or never; the clock may be broken.
const stopPolls = 20_000_000

// Bits of PCR.KdHold: who holds the processor back. The debugger's owner clears its bit while a
// processor that stops the system for good may be setting the other one.
const (
	holdDebugger = 1
	holdStop     = 2
)

// StopForGood stops all other processors, wherever they are. They do not go on any more, also
// when the debugger has had the system. It allocates nothing.
func StopForGood() { stopProcessors(holdStop) }

// stopProcessors stops all other processors and returns those that have not stopped (bit n for
// processor n).
func stopProcessors(hold uint64) (silent uint64) {
	self := processorNumber()
	for i, p := range pcrs[:count] {
		if i == self {
			continue
		}
		atomic.OrUint64(&p.KdHold, hold)
		if atomic.LoadUint64(&p.KdState) == 0 {
			p.askToStop()
		}
	}
	for i, p := range pcrs[:count] {
		if i == self {
			continue
		}
		for polls := 0; atomic.LoadUint64(&p.KdState) != 1; polls++ {
			if polls == stopPolls {
				silent |= 1 << i
				break
			}
			if atomic.LoadUint64(&p.KdState) == 0 && polls%1000 == 999 {
				p.askToStop() // it was on its way out of a stop when the first one came
			}
			pause()
		}
	}
	return silent
}

// askToStop sends an NMI, unless one is still on its way: every NMI takes one KdAsked away, and one
// without would be taken for the machine's.
func (p *PCR) askToStop() {
	if atomic.SwapUint64(&p.KdAsked, 1) == 0 {
		sendApic(uint32(p.ApicID), icrNMI)
	}
}

// StandingProcessors are those that are stopped, and the one that runs the debugger (bit n for
// processor n).
func StandingProcessors() (standing uint64) {
	for i := range count {
		if StoppedFrame(i) != nil {
			standing |= 1 << i
		}
	}
	return standing
}

// SilentProcessors are those that have not stopped for the debugger (bit n for processor
// n).
func SilentProcessors() uint64 { return kdSilent }

// ContinueProcessors says which processors (bit n for processor n) go on when Debugger
// returns; the others, be it the caller, are held back until the next event. Without it all
// go on.
func ContinueProcessors(meant uint64) { kdMeant = meant }

// releaseProcessors does it.
func releaseProcessors() {
	for i, p := range pcrs[:count] {
		if kdMeant>>i&1 != 0 {
			atomic.AndUint64(&p.KdHold, ^uint64(holdDebugger))
		} else {
			atomic.OrUint64(&p.KdHold, holdDebugger)
		}
	}
}

// StoppedFrame returns the registers of a processor that is stopped, or of the one that
// runs the debugger; nil for others.
func StoppedFrame(n int) *DebugFrame {
	if n < 0 || n >= count {
		return nil
	}
	if s := atomic.LoadUint64(&pcrs[n].KdState); s != 1 && s != 3 {
		return nil
	}
	return frame(n)
}

// SetDebugRegisters sets what every processor's debug registers are when it goes on (SDM
// vol. 3, 17.2.4): addresses, and DR7.
func SetDebugRegisters(address [4]uint64, dr7 uint64) { kdDr, kdDr7 = address, dr7|0x400 }

// SlipTime lets the time stand still for ns: as long as the system was stopped.
func SlipTime(ns int64) {
	tscOffset -= uint64(ns)
	chipsetOffset -= uint64(ns)
	watcher.begun = false // its anchor is of the time before
}

// translate walks the page tables at root for va: the physical address and how many
// bytes of the page follow it. It does not fault.
func translate(root, va uint64) (pa, left uint64, ok bool) {
	table := root & 0x000F_FFFF_FFFF_F000
	for shift := 39; ; shift -= 9 {
		var e uint64
		if !peek(Phys(table+(va>>shift&511)*8), unsafe.Pointer(&e), 8) || e&1 == 0 {
			return 0, 0, false
		}
		if shift == 12 || shift < 39 && e&(1<<7) != 0 {
			size := uint64(1) << shift
			return e&0x000F_FFFF_FFFF_F000&^(size-1) | va&(size-1), size - va&(size-1), true
		}
		table = e & 0x000F_FFFF_FFFF_F000
	}
}

// peek copies n bytes from or to an address that may not be there.
func peek(from, to unsafe.Pointer, n uintptr) bool {
	left, _, _ := copyUser(to, from, n)
	return left == 0
}

// DebugEntry returns the page-table entries for va below root, level by level, as many
// as are there.
func DebugEntry(root, va uint64) (entries [4]uint64, levels int) {
	table := root & 0x000F_FFFF_FFFF_F000
	for shift := 39; shift >= 12; shift -= 9 {
		if !peek(Phys(table+(va>>shift&511)*8), unsafe.Pointer(&entries[levels]), 8) {
			return entries, levels
		}
		e := entries[levels]
		levels++
		if e&1 == 0 || shift < 39 && e&(1<<7) != 0 {
			break
		}
		table = e & 0x000F_FFFF_FFFF_F000
	}
	return entries, levels
}

func canonical(va uint64) bool { return va>>47 == 0 || va>>47 == 1<<17-1 }

// DebugRead copies memory of the address space below root, without any page being made
// or brought in, and returns how much could be copied. Device registers that the kernel
// has mapped can be read.
func DebugRead(root, va uint64, b []byte) int { return debugCopy(root, va, b, false) }

// DebugWrite is DebugRead the other way. Memory that is read-only is written, too; what
// it is shared with sees that.
func DebugWrite(root, va uint64, b []byte) int { return debugCopy(root, va, b, true) }

func debugCopy(root, va uint64, b []byte, write bool) int {
	done := 0
	for done < len(b) {
		at := va + uint64(done)
		if !canonical(at) {
			break
		}
		pa, left, ok := translate(root, at)
		if !ok {
			break
		}
		n := min(left, uint64(len(b)-done))
		memory, buffer := Phys(pa), unsafe.Pointer(&b[done])
		try := func(memory unsafe.Pointer) bool {
			if write {
				return peek(buffer, memory, uintptr(n))
			}
			return peek(memory, buffer, uintptr(n))
		}
		if !try(memory) && (at>>47 == 0 || !try(unsafe.Pointer(uintptr(at)))) {
			break
		}
		done += int(n)
	}
	return done
}

// PeekPhysical copies from physical memory, and reports whether it is there.
func PeekPhysical(pa uint64, b []byte) bool {
	return pa < 1<<46 && (len(b) == 0 || peek(Phys(pa), unsafe.Pointer(&b[0]), uintptr(len(b))))
}

// KernelRoot is CR3 without a process.
func KernelRoot() uint64 { return kernelRoot }
