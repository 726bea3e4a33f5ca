//go:build kernel

package hal

import (
	"unsafe"

	"gont/hal/acpi"
)

// VGA text mode (IBM VGA, CRT controller registers 0Eh and 0Fh).

// VideoMemory maps the text buffer at B8000h and returns it.
func VideoMemory() []byte {
	mapDevice(videoVirtual, 0xB8000)
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(videoVirtual))), 80*25*2)
}

// HasVideo reports whether the firmware has not said that there is no VGA (ACPI 6.5,
// 5.2.9.3). Preconditions: InitializeAcpi.
func HasVideo() bool { return fadt == nil || fadt.Boot&acpi.NoVGA == 0 }

// MoveCursor puts the hardware cursor at a character position.
func MoveCursor(p int) {
	out8(0x3D4, 0x0E)
	out8(0x3D5, uint8(p>>8))
	out8(0x3D4, 0x0F)
	out8(0x3D5, uint8(p))
}
