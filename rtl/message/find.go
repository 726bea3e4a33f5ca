// Package message reads message tables: the resource RT_MESSAGE_TABLE of a PE image
// (Microsoft, "PE Format", "The .rsrc Section"; winuser.h, MESSAGE_RESOURCE_DATA). It
// believes nothing of the image, and has no state.
package message

import (
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// Table is the number of the resource type RT_MESSAGE_TABLE; English is the language of this
// system's texts.
const (
	Table   = 11
	English = 0x409
)

// Errors of Find.
var (
	ErrNoResource = errors.New("the image has no such resource")
	ErrNotFound   = errors.New("the message table has no such message")
	ErrDamaged    = errors.New("the message table is damaged")
)

// view is bytes that are read little-endian, none outside of them.
type view []byte

func (v view) u16(at uint32) (uint16, bool) {
	if uint64(at)+2 > uint64(len(v)) {
		return 0, false
	}
	return binary.LittleEndian.Uint16(v[at:]), true
}

func (v view) u32(at uint32) (uint32, bool) {
	if uint64(at)+4 > uint64(len(v)) {
		return 0, false
	}
	return binary.LittleEndian.Uint32(v[at:]), true
}

// Find is RtlFindMessage: the text of a message, of the language if the image has it, else of
// the first one. image is an image as it is loaded, from its first byte on.
func Find(image []byte, language uint16, id uint32) (string, error) {
	table, err := Resource(image, Table, 1, language)
	if err != nil {
		return "", err
	}
	return find(table, id)
}

// Resource returns the bytes of a resource of a loaded image.
func Resource(image []byte, typ, name, language uint16) ([]byte, error) {
	v := view(image)
	dir, size, ok := directory(v)
	if !ok {
		return nil, ErrNoResource
	}
	if uint64(dir)+uint64(size) > uint64(len(v)) {
		return nil, ErrDamaged
	}
	r := v[dir : uint64(dir)+uint64(size)]
	at := uint32(0)
	for level, want := range [3]uint16{typ, name, language} {
		entry, ok := child(r, at, want, level == 2)
		if !ok {
			return nil, ErrNoResource
		}
		if sub := entry&(1<<31) != 0; sub != (level < 2) {
			return nil, ErrDamaged
		}
		at = entry &^ (1 << 31)
	}
	rva, ok1 := r.u32(at)
	n, ok2 := r.u32(at + 4)
	if !ok1 || !ok2 || uint64(rva)+uint64(n) > uint64(len(v)) {
		return nil, ErrDamaged
	}
	return v[rva : uint64(rva)+uint64(n)], nil
}

// directory finds the resource directory by the optional header's third entry.
func directory(v view) (rva, size uint32, ok bool) {
	const signature, magic, directories = 0x4550, 0x20B, 24 + 108
	if mz, ok := v.u16(0); !ok || mz != 0x5A4D {
		return 0, 0, false
	}
	at, ok := v.u32(0x3C)
	if !ok || at > 1<<20 {
		return 0, 0, false
	}
	s, _ := v.u32(at)
	m, _ := v.u16(at + 24)
	count, ok := v.u32(at + directories)
	if s != signature || m != magic || !ok || count < 3 {
		return 0, 0, false
	}
	rva, _ = v.u32(at + directories + 4 + 2*8)
	size, ok = v.u32(at + directories + 4 + 2*8 + 4)
	return rva, size, ok && rva != 0
}

// child finds the entry of a number in a directory of resources; with any the first one where
// that number is not there.
func child(r view, at uint32, want uint16, any bool) (entry uint32, ok bool) {
	names, ok1 := r.u16(at + 12)
	ids, ok2 := r.u16(at + 14)
	if !ok1 || !ok2 || at > 1<<24 {
		return 0, false
	}
	first := at + 16 + uint32(names)*8
	for i := range uint32(ids) {
		id, ok1 := r.u32(first + i*8)
		entry, ok2 := r.u32(first + i*8 + 4)
		if !ok1 || !ok2 {
			return 0, false
		}
		if id == uint32(want) {
			return entry, true
		}
	}
	if any && ids > 0 {
		return r.u32(first + 4)
	}
	return 0, false
}

// find looks a message up in MESSAGE_RESOURCE_DATA.
func find(table view, id uint32) (string, error) {
	blocks, ok := table.u32(0)
	if !ok || uint64(blocks)*12 > uint64(len(table)) {
		return "", ErrDamaged
	}
	for i := range blocks {
		low, _ := table.u32(4 + i*12)
		high, _ := table.u32(8 + i*12)
		at, ok := table.u32(12 + i*12)
		if !ok {
			return "", ErrDamaged
		}
		if id < low || id > high {
			continue
		}
		for n := low; ; n++ {
			length, ok1 := table.u16(at)
			flags, ok2 := table.u16(at + 2)
			if !ok1 || !ok2 || length < 4 || uint64(at)+uint64(length) > uint64(len(table)) {
				return "", ErrDamaged
			}
			if n == id {
				return text(table[at+4:at+uint32(length)], flags&1 != 0), nil
			}
			at += uint32(length)
		}
	}
	return "", ErrNotFound
}

// text is up to the first zero.
func text(b []byte, unicode bool) string {
	if !unicode {
		for i, c := range b {
			if c == 0 {
				return string(b[:i])
			}
		}
		return string(b)
	}
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		c := binary.LittleEndian.Uint16(b)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// Format is RtlFormatMessage for texts without printf formats: %1 to %9 stand for the
// arguments, %% for a percent sign, %n for a new line, %0 ends the text; the line end that
// every message has at its end is left out. An argument that is not there stands as it is
// written.
func Format(text string, arguments ...string) string {
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	var b []byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '%' || i+1 == len(text) {
			if c != '\r' {
				b = append(b, c)
			}
			continue
		}
		i++
		switch n := int(text[i] - '1'); {
		case text[i] == '0':
			return string(b)
		case text[i] == 'n':
			b = append(b, '\n')
		case text[i] >= '1' && text[i] <= '9' && n < len(arguments):
			b = append(b, arguments[n]...)
		case text[i] >= '1' && text[i] <= '9':
			b = append(b, '%', text[i])
		default:
			b = append(b, text[i])
		}
	}
	return string(b)
}
