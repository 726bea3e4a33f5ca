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

// The frame buffer's window: below the other device space, and large enough for every mode
// that OSLDR chooses.
const (
	frameVirtual = 0xFFFF_FFFF_F000_0000
	frameLimit   = 32 << 20
)

// MapFrameBuffer maps size bytes of a linear frame buffer, write-combining where the
// processor can, and returns them; nil when they do not fit into the window. It is called
// once, while one processor runs.
func MapFrameBuffer(pa, size uint64) []byte {
	if size == 0 || pa&0xFFF+size > frameLimit || pa+size > 1<<52 {
		return nil
	}
	cache := WriteCombined
	if noWriteCombining.Load() {
		cache = NonCached
	}
	for off := uint64(0); off < size+pa&0xFFF; off += 4096 {
		if err := deviceTable.claim(pa>>12+off>>12, frameVirtual+off, cache); err != nil {
			return nil
		}
		setDevice(frameVirtual+off, pa&^0xFFF+off, cache)
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(frameVirtual+pa&0xFFF))), size)
}
