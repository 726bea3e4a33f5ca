//go:build kernel

package selftest

import (
	"strings"
	"unsafe"

	"gont/hal"
	"gont/inbv/display"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// CRASH= makes the kernel fail on purpose, in phase 1, so that every way to the
// blue screen can be seen (SPEC K1).
var crashes = map[string]func(){
	"null":  func() { *(*byte)(pointer(8)) = 1 },
	"wild":  func() { *(*byte)(pointer(0xFFFF900000000000)) = 1 },
	"text":  func() { *(*byte)(pointer(uintptr(k.KernelBase) + 0x1000)) = 1 },
	"exec":  func() { jump(uintptr(unsafe.Pointer(&crashData))) },
	"panic": func() { panic("asked for by CRASH=panic") },
	"index": func() { _ = crashData[crashIndex] },
	"heap":  exhaustHeap,
	"stack": func() { crashIndex = recurse(1) },
	"pfn":   func() { mm.FreePage(k.InitPage); mm.FreePage(k.InitPage) },
	"irql":  func() { ke.RaiseIrql(ke.DispatchLevel); ke.Delay(ke.KernelMode, false, -1) },
	// In a checked build: a dispatch point with a lock held; a lock at
	// DISPATCH_LEVEL.
	"lock":      func() { crashLock.Lock(); ke.Delay(ke.KernelMode, false, -1) },
	"locklevel": func() { ke.RaiseIrql(ke.DispatchLevel); crashLock.Lock() },
	"service": func() {
		k.SetDisplayService(func(*svc.Call) nt.Status {
			ke.RaiseIrql(ke.ApcLevel)
			return nt.StatusSuccess
		})
	},
	"manual":   func() { k.BugCheck([4]uint64{1, 2, 3, 4}, "asked for by CRASH=manual") },
	"deadlock": func() { select {} },
	// In a context in which little works.
	"interrupt":  crashInInterrupt,
	"dpc":        func() { ke.NewDpc(func(any) { fault() }).Insert(nil); ke.Delay(ke.KernelMode, false, -10_000_000) },
	"poollock":   func() { mm.HoldPoolLock(); fault() },
	"screenlock": func() { display.HoldLock(); fault() },
	"dispatcher": func() { ke.HoldDispatcherLock(); fault() },
	"heaplock":   func() { hal.DisableInterrupts(); hal.HoldHeapLock(); fault() },
	"runtime":    func() { hal.DisableInterrupts(); hal.BreakRuntime(); crashIndex = recurse(1) },
	"twice":      func() { k.SpoilReport(); fault() },
	"frozen":     crashBesideFrozen,
	"both":       crashBoth,
	"elsewhere":  crashElsewhere,
	// With VERIFIER: a byte behind a block of pool, and one of a freed block.
	"pool":  func() { *(*byte)(unsafe.Add(unsafe.Pointer(&crashBlock()[0]), 128)) = 1 },
	"freed": func() { b := crashBlock(); mm.FreePool(b, crashTag); b[0] = 1 },
}

var (
	crashData  = [16]byte{0xC3}
	crashIndex = 99
	crashKeep  [][]byte
	crashTag   = mm.Tag{'I', 'n', 'i', 't'}
	crashLock  ke.FastMutex
)

func crashBlock() []byte { return mm.AllocatePool(mm.NonPagedPool, 100, crashTag) }

// exhaustHeap takes memory until there is none.
func exhaustHeap() {
	for {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += mm.PageSize {
			b[i] = 1
		}
		crashKeep = append(crashKeep, b)
		mm.RefillHeap()
	}
}

//go:noinline
func recurse(n int) int {
	if n < 0 {
		return 0
	}
	return recurse(n+1) + n
}

// jump calls code at an address.
func jump(a uintptr) {
	p := &a
	(*(*func())(unsafe.Pointer(&p)))()
}

// crashIfAsked carries CRASH= out.
func crashIfAsked() {
	if what := k.Crash; what != "" {
		f := crashes[strings.ToLower(what)]
		if f == nil {
			k.Display("boot option CRASH=" + what + " names no crash\n")
			return
		}
		f()
	}
}

func pointer(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }
