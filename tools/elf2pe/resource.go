package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"gont/pe"
)

// resourceMark is what stands before a resource section that a program has embedded
// (tools/mkmessages): behind it the section's size as 32 bits, 12 bytes of zeros, the section,
// 16 bytes of room.
var resourceMark = []byte("GoNT\x00.rsrc\x00here\x01")

const resourceDirectory = 2 // of the optional header

// findResources names an embedded resource section in the optional header: it is moved to an
// address that is a multiple of 16, and its addresses become the image's. A program without
// one is left alone.
func findResources(p *program, oh *pe.OptionalHeader) error {
	found := false
	for i := range p.segments {
		s := &p.segments[i]
		at := bytes.Index(s.data, resourceMark)
		if at < 0 {
			continue
		}
		if found || bytes.Contains(s.data[at+1:], resourceMark) {
			return errors.New("has two resource sections")
		}
		found = true
		head := at + len(resourceMark) + 16
		if head > len(s.data) {
			return errors.New("ends within its resource section")
		}
		size := int(binary.LittleEndian.Uint32(s.data[at+len(resourceMark):]))
		if size < 16 || size > len(s.data)-head-16 {
			return fmt.Errorf("has a resource section of %d bytes, which do not fit", size)
		}
		s.data = bytes.Clone(s.data)
		rva := uint32(s.addr-p.base) + uint32(head)
		room := -rva & 15
		section := s.data[head+int(room):][:size]
		copy(section, s.data[head:head+size])
		clear(s.data[head : head+int(room)])
		if err := relocate(section, 0, rva+room, 0); err != nil {
			return err
		}
		oh.DataDirectory[resourceDirectory] = pe.DataDirectory{VirtualAddress: rva + room, Size: uint32(size)}
	}
	return nil
}

// relocate adds rva to the addresses of the data below the directory at an offset.
func relocate(b []byte, at, rva uint32, depth int) error {
	bad := errors.New("has a damaged resource section")
	le := binary.LittleEndian
	if depth > 3 || uint64(at)+16 > uint64(len(b)) {
		return bad
	}
	n := uint32(le.Uint16(b[at+12:])) + uint32(le.Uint16(b[at+14:]))
	if uint64(at)+16+uint64(n)*8 > uint64(len(b)) {
		return bad
	}
	for i := range n {
		entry := le.Uint32(b[at+16+i*8+4:])
		if entry&(1<<31) != 0 {
			if err := relocate(b, entry&^(1<<31), rva, depth+1); err != nil {
				return err
			}
			continue
		}
		if uint64(entry)+16 > uint64(len(b)) {
			return bad
		}
		data, size := le.Uint32(b[entry:]), le.Uint32(b[entry+4:])
		if uint64(data)+uint64(size) > uint64(len(b)) {
			return bad
		}
		le.PutUint32(b[entry:], data+rva)
	}
	return nil
}
