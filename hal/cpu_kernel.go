//go:build kernel

package hal

import (
	"sync/atomic"
	"unsafe"

	"gont/arc"
)

// Statics of the assembly. None of them holds a Go pointer.
var (
	loaderBlock uintptr
	bootPCR     PCR
	gdt         = [11]uint64{
		2: 0x00209B0000000000, // 0x10 ring 0 code
		3: 0x00CF93000000FFFF, // 0x18 ring 0 data
		// 0x20 would be ring 3's 32-bit code. There is none: SYSCALL from
		// compatibility mode enters ring 0 at CSTAR, which nobody serves.
		5:  0x00CFF3000000FFFF, // 0x28 ring 3 data
		6:  0x0020FB0000000000, // 0x30 ring 3 code
		10: 0x0040F30000003C00, // 0x50 ring 3 TEB
	}
	idt          [512]uint64
	tss          [16]uint64
	descriptor   [2]uint64
	trapStack    [8192]byte
	faultStack   [8192]byte
	doubleStack  [8192]byte
	debugStack   [2048]byte
	nmiStack     [2048]byte
	crashStack   [32768]byte
	crashG       [128]uint64
	crashTLS     [2]uint64
	crashFrame   TrapFrame
	defaultMxcsr uint32 = DefaultMxcsr

	heapNext, heapEnd uint64
	heapStackCount    uint64
	heapStack         [HeapReserve]uint64
	heapLock          uint32 // of the four above; taken with IF=0 or in code that no fault interrupts

	frozen                uint64
	crashing              uint64    // number plus one of the processor that crashes
	crashAgain            [3]uint64 // vector, RIP and CR2 of a fault on the way to the end
	kernelRoot, dyingRoot uint64
)

// HeapReserve is how many pages mm can put aside for the kernel's window.
const HeapReserve = 4096

// Model-specific registers (SDM vol. 4, 2.1).
const (
	msrApicBase = 0x1B
	msrEfer     = 0xC0000080
	msrStar     = 0xC0000081
	msrLstar    = 0xC0000082
	msrSfmask   = 0xC0000084
	msrFsBase   = 0xC0000100
)

func in8(port uint16) uint8
func out8(port uint16, v uint8)
func in16(port uint16) uint16
func in32(port uint16) uint32
func out16(port uint16, v uint16)
func out32(port uint16, v uint32)
func tripleFault()
func readMSR(msr uint32) uint64
func writeMSR(msr uint32, v uint64)
func cpuid(leaf, sub uint32) (eax, ebx, ecx, edx uint32)
func rdrand() (v uint64, ok bool)
func flushAll()

//go:noescape
func saveX87(ctx *Context, area *[512]byte)
func idle()
func takePending() bool
func processorNumber() int
func loadRoot(pa uint64)
func root() uint64
func sendApic(apicID, low uint32) bool
func setCR4(bits uint64)
func haltUntilAttention()
func attention() bool
func takeTicks() uint64
func pause()
func ticks() uint64
func tickRip() uint64
func getg() uintptr
func systemCallEntry() uint64
func enterUser(ctx *Context)
func copyUser(dst, src unsafe.Pointer, n uintptr) (left uintptr, addr, code uint64)
func probeUser(dst, src unsafe.Pointer, n uintptr) (left uintptr, addr, code uint64)

// ReadTSC returns the time-stamp counter.
func ReadTSC() uint64

// Nanotime returns nanoseconds since the kernel's first instruction. Before
// CalibrateClocks a counter of 10 GHz is assumed.
func Nanotime() int64

// ReadCR3, ReadFlags: the registers of these names. CR3 may change at any time with
// IF=1 (LeaveRoot), but for the kernel's half of what it leads to.
func ReadCR3() uint64
func ReadFlags() uint64

// FlushTB invalidates one page's translation on this processor.
func FlushTB(va uint64)

// FlushTranslations invalidates all translations on this processor that are not
// global, whichever address space is loaded. Any IRQL.
func FlushTranslations()

// EnableInterrupts and DisableInterrupts are STI and CLI.
func EnableInterrupts()
func DisableInterrupts()

// Halt stops this processor for good.
func Halt()

// FramePointer is the caller's frame pointer (RBP).
func FramePointer() uintptr

// LoaderBlock is what OSLDR handed over.
func LoaderBlock() *arc.LoaderParameterBlock {
	return (*arc.LoaderParameterBlock)(unsafe.Pointer(loaderBlock))
}

// EnterUser runs ctx in ring 3 until the next trap. IF is 1 afterwards.
// Preconditions: IRQL is PASSIVE_LEVEL; ctx.Rip is a user address; the address
// space of ctx's process is loaded.
func EnterUser(ctx *Context) { enterUser(ctx) }

// fxAreas is where SaveFloat puts the state of each processor, aligned in it.
var fxAreas [MaximumProcessors][512 + 16]byte

// SaveFloat completes a context that a system service left partial, before
// another thread runs: the x87 registers are still the thread's own. XMM0-5 are
// cleared as a service does.
func SaveFloat(c *Context) {
	if c.Partial != 1 {
		return
	}
	space := &fxAreas[processorNumber()]
	saveX87(c, (*[512]byte)(unsafe.Add(unsafe.Pointer(space), -uintptr(unsafe.Pointer(space))&15)))
}

// ForgetContext must be called before a context that has been entered is
// dropped, so that its address means nothing to any processor any more.
func ForgetContext(c *Context) {
	for _, p := range pcrs[:count] {
		atomic.CompareAndSwapUint64(&p.GsOwner, uint64(uintptr(unsafe.Pointer(c))), 0)
	}
}

// CopyUser copies n bytes where one side is user memory. left is what could
// not be copied because of a page fault at addr with error code code; both are not
// set when left is 0.
func CopyUser(dst, src unsafe.Pointer, n uintptr) (left uintptr, addr, code uint64) {
	return copyUser(dst, src, n)
}

// ProbeUser writes a byte of user memory as it is. left is 1 when that was a page fault
// at addr; addr is not set when left is 0.
func ProbeUser(at unsafe.Pointer) (left uintptr, addr uint64) {
	left, addr, _ = probeUser(at, nil, 1)
	return left, addr
}

// Phys is the physical map's view of a physical address.
func Phys(pa uint64) unsafe.Pointer { return unsafe.Pointer(uintptr(arc.PhysMap + pa)) }

// InterruptCount is how many interrupts processor n has had: the clock's, requests
// of other processors, devices', and those that nobody expected.
func InterruptCount(n int) uint64 {
	if n < 0 || n >= count {
		return 0
	}
	p := pcrs[n]
	return atomic.LoadUint64(&p.Ticks) + atomic.LoadUint64(&p.Requests) + atomic.LoadUint64(&p.Spurious) + atomic.LoadUint64(&p.DeviceCount)
}

// Counters of interrupts and of pages made for the kernel's heap, of all
// processors.
func Counters() (clock, spurious, heapPages uint64) {
	for _, p := range pcrs[:count] {
		clock += atomic.LoadUint64(&p.Ticks)
		spurious += atomic.LoadUint64(&p.Spurious)
		heapPages += atomic.LoadUint64(&p.Faults)
	}
	return clock, spurious, heapPages
}

// LongMode reports whether the processor is in long mode (EFER.LMA; SDM vol. 3, 2.2.1).
func LongMode() bool { return readMSR(msrEfer)&(1<<10) != 0 }
