//go:build kernel

package hal

import "unsafe"

// Registers of devices in memory, at addresses that MapIoSpace has returned. Each function makes
// one access of its width: none of them is inlined, so that the compiler neither joins nor
// leaves out any.

// ReadRegister32 and WriteRegister32 are READ_REGISTER_ULONG and WRITE_REGISTER_ULONG.
func ReadRegister32(va uintptr) uint32     { return loadRegisterAt(va) }
func WriteRegister32(va uintptr, v uint32) { storeRegister(va, v) }

// ReadRegister16 is READ_REGISTER_USHORT.
//
//go:noinline
func ReadRegister16(va uintptr) uint16 { return *(*uint16)(unsafe.Pointer(va)) }

// WriteRegister16 is WRITE_REGISTER_USHORT.
//
//go:noinline
func WriteRegister16(va uintptr, v uint16) { *(*uint16)(unsafe.Pointer(va)) = v }

// ReadRegister8 is READ_REGISTER_UCHAR.
//
//go:noinline
func ReadRegister8(va uintptr) uint8 { return *(*uint8)(unsafe.Pointer(va)) }

// WriteRegister8 is WRITE_REGISTER_UCHAR.
//
//go:noinline
func WriteRegister8(va uintptr, v uint8) { *(*uint8)(unsafe.Pointer(va)) = v }

// KernelPhysical returns the physical address of a kernel address, and how many bytes of its
// page follow it; ok is false where nothing is mapped. IRQL: DISPATCH_LEVEL or below.
func KernelPhysical(va uintptr) (pa, left uint64, ok bool) { return translate(ReadCR3(), uint64(va)) }
