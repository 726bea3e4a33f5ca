//go:build kernel

package goos

import "unsafe"

// Where the heap may lie: 4 GiB from the start of the kernel's window.
const (
	ArenaBaseOffset     = 0xFFFFFFFF80000000
	HeapAddrBits        = 32
	LogHeapArenaBytes   = 22
	LogPallocChunkPages = 9
	MinPhysPageSize     = 4096
	StackSystem         = 0
)

// The kernel's window (arc.KernelBase): image, heap, and the boot
// goroutine's stack at its end. Pages of it appear when first touched
// (hal/heapfault_amd64.s).
var (
	RamStart       uint = 0xFFFFFFFF80000000
	RamSize        uint = 0x60000000
	RamStackOffset uint = 0x100
)

// Optional hooks; hal fills in what the kernel needs.
var (
	Bloc   uintptr
	Exit   func(code int32)
	Idle   func(until int64)
	ProcID func() uint64
	Task   func(sp, mp, gp, fn unsafe.Pointer)
	Wake   func(procid uint64)

	// The runtime tells these what it uses and does not use for now, in blocks
	// (mem_tamago.go).
	Commit   = commit
	Decommit = decommit
)

func CPUinit()
func Hwinit0()
func Hwinit1()
func InitRNG()
func GetRandomData(b []byte)
func Nanotime() int64
func Printk(c byte)
func SetTLS()
