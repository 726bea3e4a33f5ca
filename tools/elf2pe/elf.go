package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"sort"
)

// pageSize is both the page and the section alignment.
const pageSize = 0x1000

// A segment is one loadable piece of the program.
type segment struct {
	addr    uint64 // virtual address, page aligned
	size    uint64 // bytes in memory
	data    []byte // bytes from the file, at most size; the rest is zero
	flags   elf.ProgFlag
	headers bool // begins with the ELF file header
}

// A program is what the PE writer needs to know of an ELF file.
type program struct {
	base     uint64 // ImageBase: the first segment is at base+pageSize
	entry    uint64
	segments []segment // ascending
}

// readELF checks that data is a program elf2pe can convert and takes it apart.
func readELF(data []byte) (*program, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not an ELF file: %w", err)
	}
	switch {
	case f.Class != elf.ELFCLASS64 || f.Machine != elf.EM_X86_64:
		return nil, fmt.Errorf("is for %v %v, not amd64", f.Class, f.Machine)
	case f.Type == elf.ET_DYN:
		return nil, errors.New("is position independent or a shared object; link it statically (-buildmode=exe)")
	case f.Type != elf.ET_EXEC:
		return nil, fmt.Errorf("is %v, not an executable", f.Type)
	}
	p := &program{entry: f.Entry}
	for i, h := range f.Progs {
		switch h.Type {
		case elf.PT_DYNAMIC, elf.PT_INTERP:
			return nil, errors.New("is dynamically linked; build it with CGO_ENABLED=0")
		case elf.PT_TLS:
			if h.Filesz != 0 {
				return nil, errors.New("has initialised thread-local data, which nobody would set up")
			}
		case elf.PT_LOAD:
			if h.Memsz == 0 {
				continue
			}
			s, err := load(h)
			if err != nil {
				return nil, fmt.Errorf("segment %d: %w", i, err)
			}
			p.segments = append(p.segments, s)
		}
	}
	if len(p.segments) == 0 {
		return nil, errors.New("has no loadable segment")
	}
	sort.SliceStable(p.segments, func(i, j int) bool { return p.segments[i].addr < p.segments[j].addr })
	for i := 1; i < len(p.segments); i++ {
		a, b := &p.segments[i-1], &p.segments[i]
		if a.addr+a.size > b.addr {
			return nil, fmt.Errorf("segments at %#x and %#x share a page or overlap", a.addr, b.addr)
		}
	}
	if err := p.dropHeaders(f); err != nil {
		return nil, err
	}
	return p, p.checkEntry()
}

func load(h *elf.Prog) (segment, error) {
	s := segment{addr: h.Vaddr, size: roundUp(h.Memsz), flags: h.Flags, headers: h.Off == 0}
	switch {
	case h.Vaddr%pageSize != 0:
		return s, fmt.Errorf("address %#x is not a multiple of %#x", h.Vaddr, pageSize)
	case h.Filesz > h.Memsz:
		return s, fmt.Errorf("has more bytes in the file (%#x) than in memory (%#x)", h.Filesz, h.Memsz)
	case h.Flags&elf.PF_W != 0 && h.Flags&elf.PF_X != 0:
		return s, fmt.Errorf("at %#x is both writable and executable", h.Vaddr)
	case h.Memsz > maxImage || h.Vaddr+h.Memsz < h.Vaddr:
		return s, fmt.Errorf("size %#x at %#x is out of range", h.Memsz, h.Vaddr)
	}
	s.data = make([]byte, h.Filesz)
	if n, err := h.ReadAt(s.data, 0); err != nil && (err != io.EOF || uint64(n) != h.Filesz) {
		return s, fmt.Errorf("the file ends inside it: %w", err)
	}
	s.data = bytes.TrimRight(s.data, "\x00")
	return s, nil
}

// dropHeaders removes the page with the ELF headers from the first segment;
// the PE headers take its place. The Go linker leaves exactly one such page
// below its -T address.
func (p *program) dropHeaders(f *elf.File) error {
	s := &p.segments[0]
	if !s.headers {
		if s.addr < pageSize {
			return fmt.Errorf("no room for the PE headers below %#x", s.addr)
		}
		p.base = s.addr - pageSize
		return nil
	}
	p.base = s.addr
	for _, c := range f.Sections {
		if c.Flags&elf.SHF_ALLOC != 0 && c.Type != elf.SHT_NOTE && c.Size != 0 && c.Addr >= s.addr && c.Addr < s.addr+pageSize {
			return fmt.Errorf("section %s is in the page of the ELF headers at %#x; link with -T %#x or so", c.Name, s.addr, s.addr+pageSize)
		}
	}
	if s.size <= pageSize {
		p.segments = p.segments[1:]
		if len(p.segments) == 0 {
			return errors.New("has nothing but headers to load")
		}
		return nil
	}
	s.addr += pageSize
	s.size -= pageSize
	s.data = s.data[min(pageSize, len(s.data)):]
	return nil
}

func (p *program) checkEntry() error {
	for _, s := range p.segments {
		if p.entry >= s.addr && p.entry-s.addr < s.size {
			if s.flags&elf.PF_X == 0 {
				return fmt.Errorf("entry point %#x is not in an executable segment", p.entry)
			}
			return nil
		}
	}
	return fmt.Errorf("entry point %#x is in no segment", p.entry)
}

func roundUp(n uint64) uint64 { return (n + pageSize - 1) &^ (pageSize - 1) }
