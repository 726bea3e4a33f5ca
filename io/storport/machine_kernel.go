//go:build kernel

package storport

import (
	"unsafe"

	"gont/hal"
	"gont/io"
)

// physicalOf is where bytes of the kernel's lie.
func physicalOf(p []byte) (uint64, int) {
	pa, left, ok := hal.KernelPhysical(uintptr(unsafe.Pointer(&p[0])))
	if !ok {
		return 0, 0
	}
	return pa, int(left)
}

// ports are registers at I/O ports.
type ports uint16

func (p ports) Read8(o uint32) uint8       { return hal.ReadPort8(uint16(p) + uint16(o)) }
func (p ports) Read16(o uint32) uint16     { return hal.ReadPort16(uint16(p) + uint16(o)) }
func (p ports) Read32(o uint32) uint32     { return hal.ReadPort32(uint16(p) + uint16(o)) }
func (p ports) Write8(o uint32, v uint8)   { hal.WritePort8(uint16(p)+uint16(o), v) }
func (p ports) Write16(o uint32, v uint16) { hal.WritePort16(uint16(p)+uint16(o), v) }
func (p ports) Write32(o uint32, v uint32) { hal.WritePort32(uint16(p)+uint16(o), v) }

// window are registers in memory.
type window uintptr

func (w window) Read8(o uint32) uint8       { return hal.ReadRegister8(uintptr(w) + uintptr(o)) }
func (w window) Read16(o uint32) uint16     { return hal.ReadRegister16(uintptr(w) + uintptr(o)) }
func (w window) Read32(o uint32) uint32     { return hal.ReadRegister32(uintptr(w) + uintptr(o)) }
func (w window) Write8(o uint32, v uint8)   { hal.WriteRegister8(uintptr(w)+uintptr(o), v) }
func (w window) Write16(o uint32, v uint16) { hal.WriteRegister16(uintptr(w)+uintptr(o), v) }
func (w window) Write32(o uint32, v uint32) { hal.WriteRegister32(uintptr(w)+uintptr(o), v) }

// open maps a resource's registers.
var open = func(r io.Resource) (Registers, error) {
	if r.Kind == io.PortResource {
		return ports(r.Start), nil
	}
	va, err := hal.MapIoSpace(r.Start, r.Length, hal.NonCached)
	return window(va), err
}
