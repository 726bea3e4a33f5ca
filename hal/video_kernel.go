//go:build kernel

package hal

// VGA text mode (IBM VGA, CRT controller registers 0Eh and 0Fh).

// VideoMemory is the text buffer at B8000h.
func VideoMemory() []byte { return Bytes(0xB8000, 80*25*2) }

// MoveCursor puts the hardware cursor at a character position.
func MoveCursor(p int) {
	out8(0x3D4, 0x0E)
	out8(0x3D5, uint8(p>>8))
	out8(0x3D4, 0x0F)
	out8(0x3D5, uint8(p))
}
