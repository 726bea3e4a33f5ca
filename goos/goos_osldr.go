//go:build osldr

package goos

import "unsafe"

// A small heap: OSLDR has 6 MiB for everything and never collects garbage.
const (
	ArenaBaseOffset     = 0
	HeapAddrBits        = 32
	LogHeapArenaBytes   = 19
	LogPallocChunkPages = 6
	MinPhysPageSize     = 4096
	StackSystem         = 0
)

// The memory of OSLDR's Go part, image included. The linker flag -T and the
// stub's memory check (boot/osldr/stub, through mkosldr) agree with it.
var (
	RamStart       uint = 0x200000
	RamSize        uint = 0x600000
	RamStackOffset uint = 0x100
)

// Optional hooks.
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

// Handover is what the real-mode part left in RDI.
var Handover uintptr

func CPUinit()
func Hwinit0()
func Hwinit1()
func InitRNG()
func GetRandomData(b []byte)
func Nanotime() int64
func Printk(c byte)
func SetTLS()
