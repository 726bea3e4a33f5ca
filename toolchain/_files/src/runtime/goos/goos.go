// Package goos is the default set of hooks below the runtime of GOOS=tamago:
// the program runs as an ordinary Linux amd64 process, by raw system calls.
// Another module's goos folder stands in for it when GOOSPKG names the module.
//
// The contract is that of package goos of github.com/usbarmory/tamago v1.26.5,
// with SetTLS in addition.
package goos

import "unsafe"

// Constants of the memory layout, as package runtime uses the same names.
const (
	ArenaBaseOffset     = 0
	HeapAddrBits        = 32
	LogHeapArenaBytes   = 22
	LogPallocChunkPages = 9
	MinPhysPageSize     = 4096
	StackSystem         = 0
)

// The range the runtime lives in. CPUinit maps it, without committing memory.
var (
	RamStart       uint = 0x80000000
	RamSize        uint = ramSize
	RamStackOffset uint = 0x100
)

// Optional hooks, see the tamago package.
var (
	Bloc   uintptr
	Exit   func(code int32)
	Idle   func(until int64)
	ProcID func() uint64
	Task   func(sp, mp, gp, fn unsafe.Pointer)
	Wake   func(procid uint64)

	// Memory is only reserved if these are set (mem_tamago.go).
	Commit   func(p unsafe.Pointer, n uintptr) bool
	Decommit func(p unsafe.Pointer, n uintptr)
)

// CPUinit is the first code: it maps the memory and enters the runtime.
func CPUinit()

// SetTLS makes DI the FS base. Assembly only; it may clobber what a system
// call clobbers.
func SetTLS()

// Hwinit0 runs on the first thread's own stack, before there is a heap.
func Hwinit0() {
	Bloc = uintptr(RamStart)
	reserve()
	startClock()
	catchFaults()
	Exit = exit
	Idle = idle
	ProcID = procID
	Task = task
	Wake = wake
}

// Hwinit1 runs on the main goroutine, with a heap.
func Hwinit1() {}

// InitRNG has nothing to do: Linux keeps the generator.
func InitRNG() {}

// GetRandomData fills b.
func GetRandomData(b []byte) {
	for len(b) > 0 {
		n := getrandom(&b[0], len(b))
		if n <= 0 {
			return
		}
		b = b[n:]
	}
}

// Nanotime is CLOCK_MONOTONIC in nanoseconds.
func Nanotime() int64

// Printk writes one byte to file descriptor 1.
func Printk(c byte)

//go:noescape
func getrandom(p *byte, n int) int

// startClock sets the runtime's wall clock offset.
func startClock()

// catchFaults makes SIGSEGV, SIGBUS and SIGFPE continue in runtime·tamagoFault.
func catchFaults()

func exit(code int32)

func clone(sp, fn, slot unsafe.Pointer) int

//go:noescape
func futexWait(word *uint32, ns int64)

//go:noescape
func futexWake(word *uint32)

//go:noescape
func swap(word *uint32, v uint32) uint32

// A slot is what a thread has of its own; GS points to it.
type slot struct {
	id   uint64
	wake uint32 // 1: woken since the last idle
}

const (
	maxThreads = 64
	altStack   = 16 << 10 // stack of the signal handler
)

var (
	slots     [maxThreads]slot
	altStacks [maxThreads][altStack]byte
	nthreads  uint32 = 1
)

func self() *slot

func procID() uint64 { return self().id }

func idle(until int64) {
	s := self()
	if swap(&s.wake, 0) != 0 {
		return
	}
	ns := int64(-1)
	if until != 1<<63-1 {
		if ns = until - Nanotime(); ns <= 0 {
			return
		}
	}
	futexWait(&s.wake, ns)
	swap(&s.wake, 0)
}

func wake(procid uint64) {
	if procid >= maxThreads {
		return
	}
	s := &slots[procid]
	if swap(&s.wake, 1) == 0 {
		futexWake(&s.wake)
	}
}

// task runs under the scheduler's locks, one at a time is not promised.
func task(sp, mp, gp, fn unsafe.Pointer) {
	id := add(&nthreads, 1)
	if id >= maxThreads {
		fail("goos: too many threads\n")
	}
	slots[id].id = uint64(id)
	if clone(sp, fn, unsafe.Pointer(&slots[id])) < 0 {
		fail("goos: clone failed\n")
	}
}

//go:noescape
func add(word *uint32, n uint32) (old uint32)

func fail(s string) {
	for i := 0; i < len(s); i++ {
		Printk(s[i])
	}
	exit(2)
}
