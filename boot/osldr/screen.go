//go:build tamago && osldr

package main

import (
	"gont/arc"
	"gont/boot/osldr/video"
)

// fontHeight is the height of the characters of the font that is asked for.
const fontHeight = 16

// oemFont is the 8 by 16 font of the video BIOS (INT 10h AX=1130h BH=06h); nil where it
// has none.
func oemFont() []byte {
	r := biosRegs{number: 0x10, ax: 0x1130, bx: 0x0600}
	bios(&r)
	address := uint64(r.es)<<4 + uint64(r.bp&0xFFFF)
	if address < 0xA0000 || address+256*fontHeight > 1<<20 {
		return nil
	}
	font := memory(address, 256*fontHeight)
	for _, c := range font['A'*fontHeight : ('A'+1)*fontHeight] {
		if c != 0 {
			return font
		}
	}
	return nil
}

// textMode are the options with which the screen stays in text mode.
var textMode = [...]string{"SOS", "NOGUIBOOT", "QUIETBOOT", "BASEVIDEO"}

// graphicsMode sets a graphics mode for the boot screen, if line has no option against it and
// the BIOS has one that suits. From then on nothing of OSLDR's is seen.
func graphicsMode(line string) (mode arc.VideoMode) {
	for _, o := range textMode {
		if hasOption(line, o) {
			return mode
		}
	}
	info := memory(ho.buffer, video.InfoSize)
	copy(info, "VBE2")
	if !vbe(0x4F00, 0, 0) {
		return mode
	}
	list, size, ok := video.Modes(info)
	if !ok || list < 0x1000 || list >= 1<<20 {
		return mode
	}
	if oem := video.Vendor(info); oem >= 0x1000 && oem+video.VendorSize <= 1<<20 && video.TextOnly(memory(oem, video.VendorSize)) {
		return mode
	}
	version := uint32(info[4]) | uint32(info[5])<<8
	const most = 1024 // modes
	best := 0
	numbers := append([]byte(nil), memory(list, 2*most)...)
	details := memory(ho.buffer+video.InfoSize, video.ModeInfoSize)
	for i := 0; i < len(numbers) && best < video.Best; i += 2 {
		n := uint16(numbers[i]) | uint16(numbers[i+1])<<8
		if n == 0xFFFF {
			break
		}
		clear(details)
		if !vbe(0x4F01, 0, uint32(n)) {
			continue
		}
		if m, ok := video.Mode(n, version, details, size); ok && video.Better(&m, &best) {
			mode = m
		}
	}
	const linear = 0x4000
	if best == 0 || !vbe(0x4F02, uint32(mode.Mode)|linear, 0) {
		return arc.VideoMode{}
	}
	return mode
}

// vbe calls a function of the VBE; what it writes comes to the disk buffer, for AX=4F01h
// behind the first 512 bytes.
func vbe(ax, bx, cx uint32) bool {
	r := biosRegs{number: 0x10, ax: ax, bx: bx, cx: cx, es: uint16(ho.buffer >> 4)}
	if ax == 0x4F01 {
		r.di = video.InfoSize
	}
	bios(&r)
	return uint16(r.ax) == 0x004F
}
