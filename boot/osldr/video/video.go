// Package video reads what a video BIOS tells of its graphics modes (VESA BIOS Extension
// 3.0, 4.3 and 4.4), and says which of two suits a boot screen better.
package video

import "gont/arc"

// Sizes of the structures, bytes.
const (
	InfoSize     = 512
	ModeInfoSize = 256
)

// Bits of a mode's attributes, and the memory model of modes without a palette.
const (
	supported   = 1
	color       = 8
	graphics    = 0x10
	linear      = 0x80
	directColor = 6
)

func word(b []byte) uint32  { return uint32(b[0]) | uint32(b[1])<<8 }
func dword(b []byte) uint32 { return word(b) | word(b[2:])<<16 }

// Modes returns the physical address of the list of modes, and the size of the frame buffer
// in bytes; ok is false where b, the result of AX=4F00h, is none of version 2 or later.
func Modes(b []byte) (list uint64, size uint64, ok bool) {
	if len(b) < InfoSize || string(b[:4]) != "VESA" || word(b[4:]) < 0x200 {
		return 0, 0, false
	}
	return uint64(word(b[16:]))<<4 + uint64(word(b[14:])), uint64(word(b[18:])) << 16, true
}

// Vendor returns the physical address of the OEM string; b is the result of AX=4F00h
// (VBE 3.0, 4.3: OemStringPtr, offset 6).
func Vendor(b []byte) uint64 { return uint64(word(b[8:]))<<4 + uint64(word(b[6:])) }

// VendorSize is how much of the OEM string TextOnly wants, bytes.
const VendorSize = 16

// TextOnly reports whether the screen must stay in text mode with the video BIOS of this
// OEM string: that of Bochs, the LGPL VGABIOS ("Bochs VBE (C) 2002-2021 ...", in old versions
// "Bochs/Plex86 VBE(C) ..."). It offers modes of 32 bits whatever Bochs shows the screen with,
// and Bochs ends with a panic ("32 bpp graphics mode not supported") in a mode of more than
// 8 bits where its display library is term. The BIOS does not tell which library it is.
func TextOnly(vendor []byte) bool {
	return starts(vendor, "Bochs") || starts(vendor, "Plex86")
}

func starts(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

// Mode reads the result of AX=4F01h for a mode; ok is false for a mode that is no linear
// frame buffer of 15 to 32 bits below 4 GiB. memory is the size of the frame buffer.
func Mode(number uint16, version uint32, b []byte, memory uint64) (m arc.VideoMode, ok bool) {
	const all = supported | color | graphics | linear
	if len(b) < ModeInfoSize || word(b)&all != all || b[27] != directColor && b[27] != 4 {
		return m, false
	}
	m = arc.VideoMode{Mode: number, FrameBuffer: uint64(dword(b[40:])), Width: word(b[18:]), Height: word(b[20:]), Pitch: word(b[16:]),
		BitsPerPixel: uint16(b[25]), RedSize: b[31], RedShift: b[32], GreenSize: b[33], GreenShift: b[34], BlueSize: b[35], BlueShift: b[36]}
	if pitch := word(b[50:]); version >= 0x300 && pitch != 0 {
		m.Pitch = pitch
		m.RedSize, m.RedShift, m.GreenSize, m.GreenShift, m.BlueSize, m.BlueShift = b[54], b[55], b[56], b[57], b[58], b[59]
	}
	bytes := uint32(m.BitsPerPixel+7) / 8
	m.Size = uint64(m.Pitch) * uint64(m.Height)
	switch {
	case m.BitsPerPixel != 15 && m.BitsPerPixel != 16 && m.BitsPerPixel != 24 && m.BitsPerPixel != 32:
		return m, false
	case m.FrameBuffer < 1<<20 || m.FrameBuffer+m.Size > 1<<32 || m.Pitch < m.Width*bytes || memory != 0 && m.Size > memory:
		return m, false
	case m.RedSize == 0 || m.GreenSize == 0 || m.BlueSize == 0:
		return m, false
	}
	return m, true
}

// worth is how well a mode suits: by its size first, then by its colours. 0: not at all.
func worth(m *arc.VideoMode) int {
	size := 0
	switch {
	case m.Width == 800 && m.Height == 600:
		size = 3
	case m.Width == 640 && m.Height == 480:
		size = 2
	case m.Width == 1024 && m.Height == 768:
		size = 1
	default:
		return 0
	}
	switch m.BitsPerPixel {
	case 32:
		return 30 + size
	case 24:
		return 20 + size
	}
	return 10 + size
}

// Best is the worth of the best mode there can be.
const Best = 33

// Better reports whether a mode suits better than the best so far, whose worth it keeps.
func Better(m *arc.VideoMode, best *int) bool {
	w := worth(m)
	if w <= *best {
		return false
	}
	*best = w
	return true
}
