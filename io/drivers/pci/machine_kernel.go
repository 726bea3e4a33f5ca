//go:build kernel

package pci

import (
	"unsafe"

	"gont/hal"
	"gont/hal/pci"
)

var here = machine{
	space: pci.Machine,
	bios: func() []byte {
		va, err := hal.MapIoSpace(0xF0000, 0x10000, hal.NonCached)
		if err != nil {
			return nil
		}
		b := make([]byte, 0x10000)
		for i := 0; i < len(b); i += 4 {
			*(*uint32)(unsafe.Pointer(&b[i])) = hal.ReadRegister32(uintptr(va) + uintptr(i))
		}
		return b
	},
	mapAll: pci.Map,
	quiet:  pci.Quiet,
	line:   hal.PciLine,
	isa:    hal.IsaLine,
	table:  func(f *pci.Function) (pci.Table, error) { return f.MapTable() },
}
