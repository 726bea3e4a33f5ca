// Package goos has the hooks of a PC under QEMU, in ring 0 and the high half:
// text goes to the debug port, and the end to isa-debug-exit.
package goos

import "unsafe"

const (
	ArenaBaseOffset     = 0xFFFFFFFF80000000
	HeapAddrBits        = 32
	LogHeapArenaBytes   = 22
	LogPallocChunkPages = 9
	MinPhysPageSize     = 4096
	StackSystem         = 0
)

var (
	RamStart       uint = 0xFFFFFFFF80000000
	RamSize        uint = 64 << 20
	RamStackOffset uint = 0x100

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

// Args is argc, argv[0], argv[1], the end, and the end of the environment.
var Args = [6]uintptr{2, 0x100040, 0x100040, 0, 0x100060, 0}

func CPUinit()
func SetTLS()

func Hwinit0() {
	Exit = exit
	// TOOLCHAIN_TEST=42, for the part "system".
	*(*[18]byte)(unsafe.Pointer(uintptr(0x100060))) = [18]byte{'T', 'O', 'O', 'L', 'C', 'H', 'A', 'I', 'N', '_', 'T', 'E', 'S', 'T', '=', '4', '2'}
}

func Hwinit1() {}
func InitRNG() {}

func GetRandomData(b []byte) {
	for i := range b {
		b[i] = byte(uint64(Nanotime()) * 0x9E3779B97F4A7C15 >> 56)
	}
}

// Nanotime takes the time stamp counter for nanoseconds.
func Nanotime() int64
func Printk(c byte)
func exit(code int32)
