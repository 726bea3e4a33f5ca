// GOOS=tamago: the operating system interface of the runtime, made of the
// hooks of package runtime/goos. See docs/toolchain.md of GoNT.

//go:build tamago

package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	hooks "runtime/goos"
	"unsafe"
)

const maxInt64 = 1<<63 - 1

// mOS is the per-thread state: the count of the thread's semaphore, the thread
// for tamagoStop, and the arguments of tamagoSwitch on their way to the system
// stack.
type mOS struct {
	waitsema             uint32
	thread               uintptr
	switchHeld           *uint32
	switchFrom, switchTo *uintptr
}

// tamagoArgs points, when CPUinit has set it, to a block laid out as on the
// initial stack of a Linux process: argc, argv..., 0, envp..., 0.
//
//go:linkname tamagoArgs
var tamagoArgs uintptr

// tamagoWallOffset is the wall clock (nanoseconds since 1970, UTC) minus
// goos.Nanotime. Platforms add to it when they learn the time of day.
//
//go:linkname tamagoWallOffset
var tamagoWallOffset int64

// tamagoNCPU is the number of processors the platform has announced; 0 stands
// for 1. goos.Hwinit0 may set it, with goos.Task, Idle and Wake.
//
//go:linkname tamagoNCPU
var tamagoNCPU int32

// tamagoSetNCPU announces the number of processors and lets as many threads
// run Go code. goos.Task, goos.Idle and goos.Wake must be set before n > 1.
//
//go:linkname tamagoSetNCPU
func tamagoSetNCPU(n int32) {
	if n < 1 {
		n = 1
	}
	tamagoNCPU = n
	numCPUStartup = n
	GOMAXPROCS(int(n))
}

func getCPUCount() int32 { return max(tamagoNCPU, 1) }

func osinit() {
	hooks.Hwinit0()
	hooks.InitRNG()
	physPageSize = 4096
	initBloc()
	numCPUStartup = getCPUCount()
	haveSysmon = tamagoStop != nil && hooks.Task != nil
	minit()
}

// tamagoHwinit1 runs on the main goroutine, before any package initialiser
// outside the runtime.
func tamagoHwinit1() { hooks.Hwinit1() }

func goenvs() {
	if argv == nil {
		if len(argslice) == 0 {
			argslice = []string{"tamago"}
		}
		envs = []string{} // known to be empty
		return
	}
	goenvs_unix()
}

// minit runs on the new thread and cannot allocate.
func minit() {
	mp := getg().m
	if hooks.ProcID != nil {
		mp.procid = hooks.ProcID()
	} else {
		mp.procid = uint64(mp.id)
	}
	if tamagoThread != nil {
		atomic.Storeuintptr(&mp.thread, tamagoThread())
	}
}

// newosproc starts a thread of the platform on mp. The two words at sp tell
// tamago_mstart whose thread it is; sp is 16-byte aligned.
//
// May run with m.p==nil, so write barriers are not allowed.
//
//go:nowritebarrier
func newosproc(mp *m) {
	if hooks.Task == nil {
		throw("a second thread is needed, but goos.Task is not set")
	}
	sp := (mp.g0.stack.hi - 32) &^ 15
	*(*uintptr)(unsafe.Pointer(sp)) = uintptr(unsafe.Pointer(mp))
	*(*uintptr)(unsafe.Pointer(sp + 8)) = uintptr(unsafe.Pointer(mp.g0))
	hooks.Task(unsafe.Pointer(sp), unsafe.Pointer(mp), unsafe.Pointer(mp.g0),
		unsafe.Pointer(abi.FuncPCABI0(tamago_mstart)))
}

// tamago_mstart is where goos.Task lets a new thread begin.
func tamago_mstart()

// exitThread ends a thread for good. A thread of the platform cannot be given
// back, so it sleeps for ever and its stack is kept.
func exitThread(wait *atomic.Uint32) {
	for {
		tamagoIdle(maxInt64)
	}
}

// tamagoIdle waits until the goos clock shows until (maxInt64 is for ever), or
// goos.Wake names this thread, or the platform sees fit. Callers check the
// condition they wait for before and after.
//
//go:nosplit
func tamagoIdle(until int64) {
	if hooks.Idle == nil {
		procyield(30)
		return
	}
	if gp := getg(); gp == gp.m.g0 {
		hooks.Idle(until)
		return
	}
	systemstack(func() {
		hooks.Idle(until)
	})
}

//go:nosplit
func semacreate(mp *m) {}

// semasleep takes one from the thread's semaphore, waiting at most ns
// nanoseconds, or as long as it takes if ns < 0. It returns -1 when time is up.
//
//go:nosplit
func semasleep(ns int64) int32 {
	mp := getg().m
	until := int64(maxInt64)
	if ns >= 0 {
		until = nanotime() + ns
	}
	for {
		for v := atomic.Load(&mp.waitsema); v > 0; v = atomic.Load(&mp.waitsema) {
			if atomic.Cas(&mp.waitsema, v, v-1) {
				return 0
			}
		}
		if ns >= 0 && nanotime() >= until {
			return -1
		}
		tamagoIdle(until)
		// The event may have come to this processor, but the thread in
		// netpoll is the one that acts on it.
		if atomic.Load(&tamagoEvent) != 0 {
			tamagoWakePoller()
		}
	}
}

// semawakeup gives one to the semaphore of mp. The count is there before the
// call of goos.Wake, which the target remembers until its next goos.Idle.
//
//go:nosplit
func semawakeup(mp *m) {
	atomic.Xadd(&mp.waitsema, 1)
	tamagoWake(mp)
}

//go:nosplit
func tamagoWake(mp *m) {
	if hooks.Wake == nil {
		return
	}
	gp := getg()
	if gp == gp.m.g0 {
		hooks.Wake(mp.procid)
		return
	}
	systemstack(func() {
		hooks.Wake(mp.procid)
	})
}

// tamagoYield, when set, lets another thread of the program run that waits for
// the processor. It is called on g0 and may not allocate.
//
//go:linkname tamagoYield
var tamagoYield func()

//go:nosplit
func osyield() {
	if tamagoYield == nil {
		procyield(10)
		return
	}
	if gp := getg(); gp == gp.m.g0 {
		tamagoYield()
		return
	}
	systemstack(func() {
		tamagoYield()
	})
}

//go:nosplit
func osyield_no_g() { procyield(10) }

//go:nosplit
func usleep(usec uint32) {
	until := nanotime() + int64(usec)*1000
	for nanotime() < until {
		if usec >= 200 {
			tamagoIdle(until)
		} else {
			procyield(10)
		}
	}
}

//go:nosplit
func usleep_no_g(usec uint32) { usleep(usec) }

//go:nosplit
func nanotime1() int64 { return hooks.Nanotime() }

func walltime() (sec int64, nsec int32) {
	t := nanotime() + tamagoWallOffset
	return t / 1000000000, int32(t % 1000000000)
}

//go:linkname syscall_now syscall.now
func syscall_now() (sec int64, nsec int32) {
	sec, nsec, _ = time_now()
	return
}

func readRandom(r []byte) int {
	hooks.GetRandomData(r)
	return len(r)
}

//go:linkname tamago_random syscall.runtimeRandom
func tamago_random(r []byte) { hooks.GetRandomData(r) }

// write1 sends everything to goos.Printk, whatever the descriptor.
//
//go:nosplit
func write1(fd uintptr, p unsafe.Pointer, n int32) int32 {
	for i := int32(0); i < n; i++ {
		hooks.Printk(*(*byte)(add(p, uintptr(i))))
	}
	return n
}

//go:linkname tamago_write syscall.runtimeWrite
func tamago_write(p unsafe.Pointer, n int32) { write1(1, p, n) }

//go:nosplit
func exit(code int32) {
	if hooks.Exit != nil {
		systemstack(func() {
			hooks.Exit(code)
		})
	}
	for {
		tamagoIdle(maxInt64)
	}
}

func crash() { exit(2) }

// There are no files below the runtime.
func open(name *byte, mode, perm int32) int32        { return -1 }
func closefd(fd int32) int32                         { return -1 }
func read(fd int32, p unsafe.Pointer, n int32) int32 { return -1 }
