//go:build tamago

package runtime

import (
	"internal/abi"
	"unsafe"
)

// A kernel's debugger stops the processors wherever they are, in the middle of the
// allocator or of the collector, too, and then runs Go itself. Between
// tamagoDebuggerBegin and tamagoDebuggerEnd its allocations come from memory of its
// own, pointers are written without a barrier, and it runs as a signal handler does:
// on a stack that does not grow, without the scheduler. No other processor may run Go
// meanwhile.

// tamagoArena is the debugger's memory: what is left of it. start is 0 while no
// debugger runs. Should a processor run Go that has not stopped, what it allocates is the
// heap's: g is the debugger's.
var tamagoArena struct{ start, next, end, g uintptr }

// tamagoDebuggerState is what tamagoDebuggerEnd restores.
type tamagoDebuggerState struct {
	gsignal, curg   *g
	malloc, barrier bool
	mallocing       int32
	dying           int32
	locks, throwing int32
	printlock       int8
}

// tamagoDebuggerBegin lets the calling g, which borrows an m, allocate from n bytes at
// base. The memory is not the heap's, and nothing in it is a pointer for the
// collector.
//
//go:linkname tamagoDebuggerBegin
//go:nosplit
//go:nowritebarrier
func tamagoDebuggerBegin(s *tamagoDebuggerState, base, n uintptr) {
	gp := getg()
	mp := gp.m
	s.barrier, s.malloc, s.mallocing, s.dying = writeBarrier.enabled, debug.malloc, mp.mallocing, mp.dying
	s.locks, s.throwing, s.printlock = mp.locks, int32(mp.throwing), mp.printlock
	writeBarrier.enabled = false
	*(*uintptr)(unsafe.Pointer(&s.gsignal)) = uintptr(unsafe.Pointer(mp.gsignal))
	*(*uintptr)(unsafe.Pointer(&mp.gsignal)) = uintptr(unsafe.Pointer(gp))
	// Only m's own goroutine may defer, and no signal handler switches stacks.
	*(*uintptr)(unsafe.Pointer(&s.curg)) = uintptr(unsafe.Pointer(mp.curg))
	*(*uintptr)(unsafe.Pointer(&mp.curg)) = uintptr(unsafe.Pointer(gp))
	mp.mallocing = 0
	tamagoArena.g = uintptr(unsafe.Pointer(gp))
	tamagoArena.start, tamagoArena.next, tamagoArena.end = base, base, base+n
	debug.malloc = true
}

// tamagoDebuggerReset forgets all that the debugger has allocated.
//
//go:linkname tamagoDebuggerReset
//go:nosplit
func tamagoDebuggerReset() { tamagoArena.next = tamagoArena.start }

// tamagoDebuggerLeft returns how many bytes the debugger may allocate.
//
//go:linkname tamagoDebuggerLeft
//go:nosplit
func tamagoDebuggerLeft() uintptr { return tamagoArena.end - tamagoArena.next }

// tamagoDebuggerEnd undoes tamagoDebuggerBegin.
//
//go:linkname tamagoDebuggerEnd
//go:nosplit
//go:nowritebarrier
func tamagoDebuggerEnd(s *tamagoDebuggerState) {
	mp := getg().m
	debug.malloc = s.malloc
	tamagoArena.start = 0
	*(*uintptr)(unsafe.Pointer(&mp.gsignal)) = uintptr(unsafe.Pointer(s.gsignal))
	*(*uintptr)(unsafe.Pointer(&mp.curg)) = uintptr(unsafe.Pointer(s.curg))
	mp.mallocing, mp.dying = s.mallocing, s.dying
	// A command may have ended in a throw, whose first line was being printed.
	if mp.printlock != s.printlock && s.printlock == 0 {
		debuglock.key = 0
	}
	mp.locks, mp.throwing, mp.printlock = s.locks, throwType(s.throwing), s.printlock
	writeBarrier.enabled = s.barrier
}

// tamagoDebuggerRuns reports whether the caller is a debugger.
//
//go:nosplit
func tamagoDebuggerRuns() bool {
	return tamagoArena.start != 0 && uintptr(unsafe.Pointer(getg())) == tamagoArena.g
}

// tamagoDebuggerMalloc is mallocgc while a debugger runs: zeroed memory of its own.
func tamagoDebuggerMalloc(size uintptr) unsafe.Pointer {
	size = (size + 15) &^ 15
	if size > tamagoArena.end-tamagoArena.next {
		throw("the debugger's memory is used up")
	}
	p := unsafe.Pointer(tamagoArena.next)
	tamagoArena.next += size
	memclrNoHeapPointers(p, size)
	return p
}

// tamagoNoPool is for package sync: a debugger neither takes from pools nor gives to
// them.
//
//go:linkname tamagoNoPool sync.tamagoNoPool
//go:nosplit
func tamagoNoPool() bool { return tamagoArena.start != 0 && tamagoDebuggerRuns() }

// tamagoFunctions calls yield for every function of the program until that returns
// false.
//
//go:linkname tamagoFunctions
func tamagoFunctions(yield func(entry, end uintptr, name string) bool) {
	for md := &firstmoduledata; md != nil; md = md.next {
		for i := 0; i+1 < len(md.ftab); i++ {
			f := funcInfo{(*_func)(unsafe.Pointer(&md.pclntable[md.ftab[i].funcoff])), md}
			if !yield(f.entry(), md.textAddr(md.ftab[i+1].entryoff), funcname(f)) {
				return
			}
		}
	}
}

// tamagoGoroutine is what a debugger shows of a goroutine.
type tamagoGoroutine struct {
	ID         uint64
	Status     uint32
	WaitReason uint8
	Home       int32 // the P it last ran on, plus one
	PC, SP, BP uintptr
	StackLow   uintptr
	StackHigh  uintptr
	StartPC    uintptr
	Address    uintptr
}

// tamagoGoroutineSpace is tamagoGoroutines'.
var tamagoGoroutineSpace tamagoGoroutine

// tamagoGoroutines calls yield for every goroutine that exists. It takes no lock: no
// other processor runs.
//
//go:linkname tamagoGoroutines
func tamagoGoroutines(yield func(*tamagoGoroutine) bool) {
	t := &tamagoGoroutineSpace
	for _, gp := range allgs {
		if readgstatus(gp) == _Gdead {
			continue
		}
		tamagoDescribe(gp, t)
		if !yield(t) {
			return
		}
	}
}

// tamagoDescribeGoroutine describes the g at an address.
//
//go:linkname tamagoDescribeGoroutine
func tamagoDescribeGoroutine(address uintptr, t *tamagoGoroutine) {
	tamagoDescribe((*g)(unsafe.Pointer(address)), t)
}

// tamagoFrameSize returns how far above SP the return address is at pc, for a function of
// the program.
//
//go:linkname tamagoFrameSize
func tamagoFrameSize(pc uintptr) (delta int32, ok bool) {
	f := findfunc(pc)
	if !f.valid() {
		return 0, false
	}
	switch f.funcID {
	case abi.FuncID_goexit, abi.FuncID_mstart, abi.FuncID_rt0_go, abi.FuncID_mcall, abi.FuncID_morestack:
		return 0, false // what is below is another stack, or nothing
	}
	return funcspdelta(f, pc), true
}

func tamagoDescribe(gp *g, t *tamagoGoroutine) {
	*t = tamagoGoroutine{ID: gp.goid, Status: readgstatus(gp) &^ _Gscan, WaitReason: uint8(gp.waitreason), Home: gp.tamagoHome,
		PC: gp.sched.pc, SP: gp.sched.sp, BP: gp.sched.bp, StackLow: gp.stack.lo, StackHigh: gp.stack.hi,
		StartPC: gp.startpc, Address: uintptr(unsafe.Pointer(gp))}
}
