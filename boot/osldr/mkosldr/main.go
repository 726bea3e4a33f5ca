// Command mkosldr puts \OSLDR together: the real-mode part, its header filled
// in, and behind it the Go part, packed.
//
//	mkosldr -stub stub.bin -go osldr.elf -o OSLDR
package main

import (
	"bytes"
	"compress/flate"
	"debug/elf"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
)

// Header of the stub (stub/stub.S), from offset 16.
const headerOffset = 16

type header struct {
	PackedOffset, PackedLength, PackedSum uint32
	ImageBase, ImageLength, ImageEnd      uint32
	RamEnd, ImageEntry                    uint32
	CodeStart, CodeEnd                    uint32 // in the image
}

// MaxSize is what fits between 0xA000 and the EBDA of an ordinary PC.
const MaxSize = 0x9FC00 - 0xA000

func main() {
	stub := flag.String("stub", "", "real-mode part, flat")
	prog := flag.String("go", "", "Go part, ELF")
	out := flag.String("o", "", "OSLDR to write")
	ramEnd := flag.Uint("ramend", 0x800000, "end of the Go part's memory (goos.RamStart+RamSize)")
	flag.Parse()
	if err := run(*stub, *prog, *out, uint32(*ramEnd)); err != nil {
		fmt.Fprintln(os.Stderr, "mkosldr:", err)
		os.Exit(1)
	}
}

func run(stubPath, prog, out string, ramEnd uint32) error {
	stub, err := os.ReadFile(stubPath)
	if err != nil {
		return err
	}
	if len(stub) < 64 || string(stub[4:9]) != "OSLDR" {
		return fmt.Errorf("%s is not the real-mode part", stubPath)
	}
	image, h, err := flatten(prog)
	if err != nil {
		return err
	}
	h.RamEnd = ramEnd
	if h.ImageEnd > ramEnd {
		return fmt.Errorf("%s ends at %#x, after its memory's end %#x", prog, h.ImageEnd, ramEnd)
	}
	packed, err := pack(image, int(h.CodeStart), int(h.CodeEnd))
	if err != nil {
		return err
	}
	h.PackedOffset, h.PackedLength, h.PackedSum = uint32(len(stub)), uint32(len(packed)), sum(packed)
	var b bytes.Buffer
	b.Write(stub[:headerOffset])
	if err := binary.Write(&b, binary.LittleEndian, h); err != nil {
		return err
	}
	b.Write(stub[b.Len():])
	b.Write(packed)
	for b.Len()%512 != 0 || b.Len() < len(stub)+len(packed)+8 { // the sum is over whole words, and reading goes ahead
		b.WriteByte(0)
	}
	if b.Len() > MaxSize {
		return fmt.Errorf("OSLDR has %d bytes, more than the %d that fit below 640 KiB", b.Len(), MaxSize)
	}
	fmt.Printf("OSLDR: %d bytes; Go part %d bytes, packed %d\n", b.Len(), len(image), len(packed))
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// flatten makes the memory image of an ELF program without its BSS.
func flatten(path string) ([]byte, header, error) {
	var h header
	f, err := elf.Open(path)
	if err != nil {
		return nil, h, err
	}
	defer f.Close()
	var image []byte
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Memsz == 0 {
			continue
		}
		if h.ImageBase == 0 {
			h.ImageBase = uint32(p.Vaddr)
		}
		if p.Vaddr < uint64(h.ImageBase) || p.Vaddr+p.Memsz > 1<<32 {
			return nil, h, fmt.Errorf("%s: segment at %#x", path, p.Vaddr)
		}
		at := p.Vaddr - uint64(h.ImageBase)
		if p.Filesz > 0 {
			if at < uint64(len(image)) {
				return nil, h, fmt.Errorf("%s: segments overlap at %#x", path, p.Vaddr)
			}
			image = append(image, make([]byte, at+p.Filesz-uint64(len(image)))...)
			if _, err := p.ReadAt(image[at:], 0); err != nil {
				return nil, h, err
			}
		}
		if p.Flags&elf.PF_X != 0 {
			h.CodeStart, h.CodeEnd = uint32(at), uint32(at+p.Filesz)
		}
		h.ImageEnd = max(h.ImageEnd, uint32(p.Vaddr+p.Memsz))
	}
	if len(image) == 0 {
		return nil, h, errors.New(path + " has nothing to load")
	}
	if err := slim(f, image, uint64(h.ImageBase)); err != nil {
		return nil, h, err
	}
	h.ImageLength, h.ImageEntry = uint32(len(image)), uint32(f.Entry)
	return image, h, nil
}

// pack makes the targets of the code's calls absolute and then one DEFLATE stream.
func pack(image []byte, start, end int) ([]byte, error) {
	image = bytes.Clone(image)
	absolute(image, start, end)
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(image); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// absolute puts, behind each E8 byte of the code at an offset "at", in the
// place of a distance D: the offset at+D that it leads to, where that lies in the
// image; D less the image's length where D alone is less than that; else it stays.
// So every number from -at to the length has one meaning (stub/unpack.inc).
func absolute(image []byte, start, end int) {
	size := int64(len(image))
	for at := start; at+5 <= end; at++ {
		if image[at] != 0xE8 {
			continue
		}
		field := image[at+1:]
		d := int64(int32(binary.LittleEndian.Uint32(field)))
		switch to := d + int64(at); {
		case 0 <= to && to < size:
			binary.LittleEndian.PutUint32(field, uint32(to))
		case 0 <= to && d < size:
			binary.LittleEndian.PutUint32(field, uint32(d-size))
		}
		at += 4
	}
}

// sum adds 32-bit words, the last one filled up with zeros.
func sum(b []byte) uint32 {
	var s uint32
	for i := 0; i < len(b); i += 4 {
		var w [4]byte
		copy(w[:], b[i:])
		s += binary.LittleEndian.Uint32(w[:])
	}
	return s
}
