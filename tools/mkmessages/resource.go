package main

import (
	"encoding/binary"
	"unicode/utf16"
)

// table makes MESSAGE_RESOURCE_DATA of messages in the order of their numbers: a block for
// each run of numbers without a gap, texts in UTF-16, each entry a multiple of four bytes.
func table(list []entry) []byte {
	type block struct{ low, high, at uint32 }
	var blocks []block
	var entries []byte
	for _, m := range list {
		if n := len(blocks); n == 0 || m.id != blocks[n-1].high+1 {
			blocks = append(blocks, block{low: m.id, at: uint32(len(entries))})
		}
		blocks[len(blocks)-1].high = m.id
		var b []byte
		for _, c := range append(utf16.Encode([]rune(m.text)), 0) {
			b = binary.LittleEndian.AppendUint16(b, c)
		}
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		entries = binary.LittleEndian.AppendUint16(entries, uint16(4+len(b)))
		entries = binary.LittleEndian.AppendUint16(entries, 1) // Unicode
		entries = append(entries, b...)
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(blocks)))
	for _, b := range blocks {
		out = binary.LittleEndian.AppendUint32(out, b.low)
		out = binary.LittleEndian.AppendUint32(out, b.high)
		out = binary.LittleEndian.AppendUint32(out, b.at+uint32(4+12*len(blocks)))
	}
	return append(out, entries...)
}

// resources makes a resource section with one resource, RT_MESSAGE_TABLE, 1, English. The
// address of the data is relative to the section's start; elf2pe adds where that is.
func resources(data []byte) []byte {
	le := binary.LittleEndian
	directory := func(id, next uint32) (b []byte) {
		b = make([]byte, 12)
		b = le.AppendUint16(b, 0)
		b = le.AppendUint16(b, 1)
		b = le.AppendUint32(b, id)
		return le.AppendUint32(b, next)
	}
	const sub = 1 << 31
	b := directory(11, sub|24)
	b = append(b, directory(1, sub|48)...)
	b = append(b, directory(0x409, 72)...)
	b = le.AppendUint32(b, 88)
	b = le.AppendUint32(b, uint32(len(data)))
	b = append(b, make([]byte, 8)...) // code page, reserved
	return append(b, data...)
}

// Mark is what elf2pe looks for in a program: 16 bytes, the size of the resource section
// behind them as 32 bits, 12 bytes of zeros; then the section, and 16 bytes of room, since
// elf2pe moves it to an address that is a multiple of 16.
const Mark = "GoNT\x00.rsrc\x00here\x01"

func blob(section []byte) []byte {
	b := append([]byte(Mark), binary.LittleEndian.AppendUint32(nil, uint32(len(section)))...)
	b = append(b, make([]byte, 12)...)
	b = append(b, section...)
	return append(b, make([]byte, 16)...)
}
