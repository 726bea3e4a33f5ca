//go:build kernel

package hal

import (
	"runtime/goos"
	"sync/atomic"
	"unsafe"
)

// The Go runtime's hooks in ring 0 (docs/toolchain.md).

// Stopped is called when the Go runtime gives up: a panic that nobody
// recovered, exhaustion, an internal error. The kernel sets it to its
// bugcheck; text is the beginning of what the runtime has printed.
var Stopped func(code int32, text []byte)

// Stalled is called, on the stack of the scheduler and with IF=0, when a processor
// has stalled (StalledProcessor) and no other has stopped the system since. It must
// not return or allocate.
var Stalled = func() {}

// stallTime is how long a processor must have waited, ns, and idleShare the part of
// that time, in tenths, in which it has halted: a long computation of the kernel's
// takes no ticks either. Nobody holds a lock that long.
const (
	stallTime = 20_000_000_000
	idleShare = 9
)

// stalled is the number of the processor that has stalled, plus one.
var stalled atomic.Int32

// StalledProcessor returns the number of a processor for which the Go runtime has
// had nothing to run for 20 s, or -1: what runs there, if only the idle thread,
// waits for a lock or a channel, and nobody takes the ticks any more. Another
// processor is to say so, which can still run Go. Any IRQL.
func StalledProcessor() int { return int(stalled.Load()) - 1 }

// watch is the Go runtime's idle halt; it looks how long the processor has done little
// else since ticks were taken last (TakeTicks).
func watch() {
	p := pcrs[processorNumber()]
	start := uint64(Nanotime())
	idle()
	now := uint64(Nanotime())
	if seen := atomic.LoadUint64(&p.Seen) + 1; p.WatchSeen != seen {
		p.WatchSeen, p.WatchStart, p.WatchIdle = seen, start, 0
	}
	p.WatchIdle += now - start
	long := now - p.WatchStart
	if long < stallTime || p.WatchIdle*10 < long*idleShare {
		return
	}
	stalled.CompareAndSwap(0, int32(p.Number)+1)
	for i := range pcrs[:count] { // idle ones may have no clock
		Request(i)
	}
	if long > 2*stallTime {
		DisableInterrupts()
		Stalled()
		Halt()
	}
}

// Crashed is called, on a stack of its own, for a fault of ring 0.
var Crashed func(*TrapFrame)

// Put is where the runtime's own messages go, a byte at a time.
var Put func(c byte) = serialPut

// firstText is the beginning of what the runtime says. It says nothing until
// it gives up, and then its reason first.
var (
	firstText [1024]byte
	firstLen  int
)

//go:linkname printk runtime/goos.Printk
func printk(c byte) {
	if DebuggerRuns() {
		// The runtime gives up in a command of the debugger's. On the debugger's stack it
		// would wait for ever in what follows its first line.
		if c == '\n' {
			RestartDebugger()
		}
		if kdTextLen < len(kdText) {
			kdText[kdTextLen] = c
			kdTextLen++
		}
		return
	}
	if firstLen < len(firstText) {
		firstText[firstLen] = c
		firstLen++
	}
	Put(c)
}

var rngState [4]uint64

//go:linkname initRNG runtime/goos.InitRNG
func initRNG() {
	seed := (*[4]uint64)(unsafe.Pointer(&loaderExtension().RandomSeed))
	for i := range rngState {
		rngState[i] = seed[i] ^ ReadTSC()<<uint(i)
	}
}

// getRandomData stirs OSLDR's seed with the counter (splitmix64). It seeds
// maps and the scheduler; it is no source for keys.
//
//go:linkname getRandomData runtime/goos.GetRandomData
func getRandomData(b []byte) {
	var v uint64
	for i := range b {
		if i&7 == 0 {
			s := &rngState[(i>>3)&3]
			*s += 0x9E3779B97F4A7C15 + ReadTSC()
			v = *s
			v = (v ^ v>>30) * 0xBF58476D1CE4E5B9
			v = (v ^ v>>27) * 0x94D049BB133111EB
			v ^= v >> 31
		}
		b[i] = byte(v)
		v >>= 8
	}
}

// InitializeRuntime connects the runtime's optional hooks. Called first in
// phase 0.
func InitializeRuntime() {
	goos.Exit = func(code int32) {
		DisableInterrupts()
		if DebuggerRuns() {
			RestartDebugger() // it does not return
		}
		if Stopped != nil {
			Stopped(code, firstText[:firstLen])
		}
		Halt()
	}
	goos.Idle = func(int64) { watch() }
	goos.Wake = wake
	goos.ProcID = func() uint64 { return uint64(processorNumber()) }
	goos.Task = startTask
	// kiCrash relies on these offsets in the runtime's g.
	g := getg()
	lo, hi := *(*uintptr)(unsafe.Pointer(g)), *(*uintptr)(unsafe.Pointer(g + 8))
	here := uintptr(unsafe.Pointer(&lo))
	if here < lo || here >= hi || *(*uintptr)(unsafe.Pointer(g + 48)) == 0 {
		panic("hal: runtime.g is not laid out as kiCrash expects")
	}
}

// crashes counts kernelFault's calls.
var crashes int

// kernelFault is kiCrash's only call. When the way to the end itself faults, the rest is
// left out, and what went wrong there is told with as little code as there can be.
func kernelFault() {
	if crashes++; crashes > 2 {
		Halt()
	}
	if crashes == 2 {
		put := func(s string) {
			for i := range len(s) {
				serialPut(s[i])
			}
		}
		put("\n*** a fault while the system was being stopped: vector, RIP, CR2")
		for _, v := range crashAgain {
			put(" 0x")
			for i := 60; i >= 0; i -= 4 {
				serialPut("0123456789abcdef"[v>>i&15])
			}
		}
		put("\nThe system has been halted.\n")
		Halt()
	}
	if Crashed != nil {
		Crashed(&crashFrame)
	}
	for _, c := range []byte("\r\nkernel fault before the bugcheck was set up\r\n") {
		serialPut(c)
	}
	Halt()
}

// BreakRuntime takes the Go runtime's thread-local data away from this processor, for a test
// of the stop screen: the next look at the running goroutine faults.
//
//go:nosplit
func BreakRuntime() { writeMSR(msrFsBase, 0) }
