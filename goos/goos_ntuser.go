//go:build ntuser

package goos

import "unsafe"

// The heap lies behind the image, in the 4 GiB from the image's base up.
const (
	ArenaBaseOffset     = 0x140000000
	HeapAddrBits        = 32
	LogHeapArenaBytes   = 22
	LogPallocChunkPages = 9
	MinPhysPageSize     = 4096
	// StackSystem is what the kernel may put below RSP beside the guard area that
	// the runtime leaves anyway: a context with an exception record, or a user
	// APC's (as the runtime has it on Windows).
	StackSystem = 4096
)

// The region CPUinit reserves. It commits the first thread's stack at its end;
// the runtime commits the heap as it grows.
var (
	RamStart       uint = 0x140000000
	RamSize        uint = 0x10000000 // 256 MiB with the image
	RamStackOffset uint = 0x100
)

// Optional hooks, set by Hwinit0.
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

// Peb is the process environment block's address.
var Peb uintptr

func CPUinit()
func Nanotime() int64
func SetTLS()

// Call invokes system service n (package ntdll says which).
//
//go:noescape
func Call(n uint32, a1, a2, a3, a4, a5, a6, a7, a8 uintptr) uint32

// CallMany is Call for up to 12 arguments.
//
//go:noescape
func CallMany(n uint32, a *[12]uintptr) uint32

// waitSlot is where a thread keeps the handle of the event it idles on: the
// first TLS slot of its TEB.
func waitSlot() *uintptr

const currentProcess, currentThread = ^uintptr(0), ^uintptr(0) - 1

// ncpu is how many processors the runtime plans with.
//
//go:linkname ncpu runtime.tamagoNCPU
var ncpu int32

// pebProcessors is where the PEB has the number of processors.
const pebProcessors = 0xB8

// Hwinit0 connects the optional hooks, processors, and faults with Go panics.
func Hwinit0() {
	ncpu = *(*int32)(unsafe.Pointer(Peb + pebProcessors))
	Exit = exit
	Idle = idle
	ProcID = procID
	Wake = wake
	Task = task
	Commit = commit
	Decommit = decommit
	allowPreemption()
	exception, apc := dispatcherAddresses()
	Call(svcSetInformationProcess, currentProcess, 0x1000, uintptr(unsafe.Pointer(&exception)), 8, 0, 0, 0, 0)
	Call(svcSetInformationProcess, currentProcess, 0x1001, uintptr(unsafe.Pointer(&apc)), 8, 0, 0, 0, 0)
}

//go:nosplit
func commit(p unsafe.Pointer, n uintptr) bool {
	base, size := uintptr(p), n
	return Call(svcAllocateVirtualMemory, currentProcess, uintptr(unsafe.Pointer(&base)), 0, uintptr(unsafe.Pointer(&size)),
		0x1000, 4, 0, 0) == 0 // MEM_COMMIT, PAGE_READWRITE
}

//go:nosplit
func decommit(p unsafe.Pointer, n uintptr) {
	base, size := uintptr(p), n
	Call(svcFreeVirtualMemory, currentProcess, uintptr(unsafe.Pointer(&base)), uintptr(unsafe.Pointer(&size)), 0x4000, 0, 0, 0, 0) // MEM_DECOMMIT
}

// dispatcherAddresses are where this process's exceptions and user APCs go.
func dispatcherAddresses() (exception, apc uintptr)

// Hwinit1 has nothing to do.
func Hwinit1() {}

//go:nosplit
func exit(code int32) {
	flush()
	Call(svcTerminateProcess, currentProcess, uintptr(code), 0, 0, 0, 0, 0, 0)
}

// procID makes the event that the calling thread idles on; its handle is the
// thread's id. It is protected: a program that closes a handle which is not its own
// must not close this one.
//
//go:nosplit
func procID() uint64 {
	s := waitSlot()
	if *s == 0 {
		var h uintptr
		Call(svcCreateEvent, uintptr(unsafe.Pointer(&h)), 0x1F0003, 0, 1, 0, 0, 0, 0)
		flags := [2]bool{false, true} // inherit, protect from close
		Call(svcSetInformationObject, h, objectHandleFlagInformation, uintptr(unsafe.Pointer(&flags)), 2, 0, 0, 0, 0)
		*s = h
	}
	return uint64(*s)
}

//go:nosplit
func idle(until int64) {
	left := until - Nanotime()
	if left <= 0 {
		return
	}
	timeout := -((left + 99) / 100)
	p := uintptr(unsafe.Pointer(&timeout))
	if until == 1<<63-1 {
		p = 0
	}
	if int32(Call(svcWaitForSingleObject, uintptr(procID()), 0, p, 0, 0, 0, 0, 0)) < 0 {
		// The program has closed the handle. The runtime looks again and again,
		// but leaves the processor to others in between.
		timeout = max(timeout, -pause)
		Call(svcDelayExecution, 0, uintptr(unsafe.Pointer(&timeout)), 0, 0, 0, 0, 0, 0)
	}
}

const objectHandleFlagInformation = 4

// pause is 10 ms in 100 ns units.
const pause = 100_000

//go:nosplit
func wake(id uint64) { Call(svcSetEvent, uintptr(id), 0, 0, 0, 0, 0, 0, 0) }

// threadContext is nt.Context.
type threadContext struct {
	home          [6]uint64
	flags, mxcsr  uint32
	selectors     [6]uint16
	eflags        uint32
	debug         [6]uint64
	rax, rcx, rdx uint64
	rbx, rsp, rbp uint64
	rsi, rdi      uint64
	r8to15        [8]uint64
	rip           uint64
	float         [512 + 416]byte
	control       [6]uint64
}

//go:nosplit
func task(sp, mp, gp, fn unsafe.Pointer) {
	var h uintptr
	// Too large for this stack; the new thread's is empty yet.
	const words = unsafe.Sizeof(threadContext{}) / 8
	at := unsafe.Add(sp, -(int(words)*8 + 64))
	for i := range (*[words]uint64)(at) {
		(*[words]uint64)(at)[i] = 0
	}
	c := (*threadContext)(at)
	c.rsp, c.rip = uint64(uintptr(sp)), uint64(uintptr(fn))
	s := Call(svcCreateThread, uintptr(unsafe.Pointer(&h)), 0x1FFFFF, 0, currentProcess, 0, uintptr(at), 0, 0)
	if s != 0 {
		exit(int32(s))
	}
	Call(svcClose, h, 0, 0, 0, 0, 0, 0, 0)
}

// What the runtime itself prints: a line at a time.
var (
	line    [160]uint16
	lineLen int
)

//go:nosplit
func Printk(c byte) {
	line[lineLen] = uint16(c)
	lineLen++
	if c == '\n' || lineLen == len(line) {
		flush()
	}
}

//go:nosplit
func flush() {
	if lineLen == 0 {
		return
	}
	u := [2]uint64{uint64(lineLen*2) | uint64(lineLen*2)<<16, uint64(uintptr(unsafe.Pointer(&line)))}
	Call(svcDisplayString, uintptr(unsafe.Pointer(&u)), 0, 0, 0, 0, 0, 0, 0)
	lineLen = 0
}

var seed uint64

// InitRNG takes the counter and what the loader found in this process's
// addresses; a seed for maps and the scheduler, not for keys.
func InitRNG() { seed = uint64(Nanotime())*0x9E3779B97F4A7C15 ^ uint64(Peb) }

//go:nosplit
func GetRandomData(b []byte) {
	var v uint64
	for i := range b {
		if i&7 == 0 {
			seed += 0x9E3779B97F4A7C15 + uint64(Nanotime())
			v = seed
			v = (v ^ v>>30) * 0xBF58476D1CE4E5B9
			v = (v ^ v>>27) * 0x94D049BB133111EB
			v ^= v >> 31
		}
		b[i] = byte(v)
		v >>= 8
	}
}
