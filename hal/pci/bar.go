package pci

import "fmt"

// Bar is a range of address space that a function decodes (PCI, 6.2.5).
type Bar struct {
	Index        int // of the register; RomIndex for the expansion ROM
	Io           bool
	Wide         bool // 64 bits, and the next register is its upper half
	Prefetchable bool
	Address      uint64
	Size         uint64 // a power of two; 0: not known
	Decoded      bool   // the function answers there
}

// RomIndex is the Index of an expansion ROM.
const RomIndex = 6

func (b Bar) String() string {
	kind := "memory"
	if b.Io {
		kind = "I/O"
	}
	return fmt.Sprintf("%s %#x-%#x", kind, b.Address, b.Address+max(b.Size, 1)-1)
}

// Size reads a function's base address registers, and measures how large what is behind
// them is: all ones are written, and the bits that stay zero tell. A function does not
// decode meanwhile, which takes a few accesses, with interrupts off. Bridges and displays
// are not measured while they decode: the kernel's own screen, timers and interrupt
// controllers may be behind them; their sizes are 0. quiet calls its function with
// interrupts off.
// Preconditions: nobody uses the function.
func (f *Function) Size(s Space, quiet func(func())) (problems []string) {
	count, rom := 6, uint16(regRom)
	switch f.Header {
	case 0:
	case 1:
		count, rom = 2, regRomBridge
	default:
		return nil
	}
	command := s.Read(f.Address, regCommand)
	measure := command&(CommandIo|CommandMemory) == 0 || f.Class != ClassBridge && f.Class != ClassDisplay
	for i := 0; i < count; i++ {
		r := uint16(regBar + 4*i)
		b, wide, problem := f.bar(s, i, r, measure, i+1 < count, quiet)
		if problem != "" {
			problems = append(problems, fmt.Sprintf("PCI %v: base address register %d: %s", f.Address, i, problem))
		}
		if b.Address != 0 || b.Size != 0 {
			f.Bars = append(f.Bars, b)
		}
		if wide {
			i++
		}
	}
	if b := f.romBar(s, rom, measure, quiet); b.Size != 0 {
		f.Bars = append(f.Bars, b)
	}
	return problems
}

// ones writes v to a register that is old, with the function's decoding off, and returns
// what it reads then.
func (f *Function) ones(s Space, r uint16, v uint32, quiet func(func())) (read uint32) {
	quiet(func() {
		command := change(s, f.Address, CommandIo|CommandMemory, 0)
		old := s.Read(f.Address, r)
		s.Write(f.Address, r, v)
		read = s.Read(f.Address, r)
		s.Write(f.Address, r, old)
		s.Write(f.Address, regCommand, command)
	})
	return read
}

func (f *Function) bar(s Space, index int, r uint16, measure, more bool, quiet func(func())) (b Bar, wide bool, problem string) {
	v := s.Read(f.Address, r)
	command := s.Read(f.Address, regCommand)
	b = Bar{Index: index, Io: v&1 != 0}
	if v == 0xFFFFFFFF {
		return Bar{}, false, "does not answer"
	}
	if b.Io {
		b.Address, b.Decoded = uint64(v&^3), command&CommandIo != 0
		if b.Address > 0xFFFF {
			return Bar{}, false, fmt.Sprintf("I/O at %#x cannot be", v&^3)
		}
		if !measure {
			return b, false, ""
		}
		// The upper half of an I/O register may be wired to zero.
		m := f.ones(s, r, 0xFFFFFFFF, quiet) &^ 3
		b.Size, problem = extent(uint64(m)|0xFFFF0000, 32)
		if m == 0 {
			return Bar{}, false, ""
		}
		return checked(b, problem)
	}
	b.Prefetchable = v&8 != 0
	b.Address, b.Decoded = uint64(v&^0xF), command&CommandMemory != 0
	switch v >> 1 & 3 {
	case 0, 1: // 32 bits; below 1 MiB, of PCI 2.1
	case 2:
		if !more {
			return Bar{}, false, "64 bits, and no register is left"
		}
		b.Wide, wide = true, true
		high := s.Read(f.Address, r+4)
		if high == 0xFFFFFFFF {
			return Bar{}, true, "does not answer"
		}
		b.Address |= uint64(high) << 32
	default:
		return Bar{}, false, "is of a type that is not defined"
	}
	if !measure {
		return b, wide, ""
	}
	m := uint64(f.ones(s, r, 0xFFFFFFFF, quiet) &^ 0xF)
	bits := 32
	if wide {
		m |= uint64(f.ones(s, r+4, 0xFFFFFFFF, quiet)) << 32
		bits = 64
	}
	if m == 0 {
		return Bar{}, wide, "" // no such register
	}
	b.Size, problem = extent(m, bits)
	b, _, problem = checked(b, problem)
	return b, wide, problem
}

// romBar is bar for the expansion ROM (PCI, 6.2.5.2), whose bit 0 lets it decode.
func (f *Function) romBar(s Space, r uint16, measure bool, quiet func(func())) Bar {
	v := s.Read(f.Address, r)
	if v == 0xFFFFFFFF || !measure {
		return Bar{}
	}
	m := uint64(f.ones(s, r, 0xFFFFF800, quiet) &^ 0x7FF)
	size, problem := extent(m, 32)
	if m == 0 || problem != "" {
		return Bar{}
	}
	b, _, _ := checked(Bar{Index: RomIndex, Address: uint64(v &^ 0x7FF), Size: size, Decoded: v&1 != 0}, "")
	return b
}

// extent is the size that a mask of writable bits tells: they are the upper ones, without
// a gap.
func extent(mask uint64, bits int) (size uint64, problem string) {
	if bits == 32 {
		mask |= 0xFFFFFFFF << 32
	}
	size = -mask
	if size&(size-1) != 0 || size == 0 {
		return 0, fmt.Sprintf("the bits %#x can be written, which is no size", mask)
	}
	return size, ""
}

// checked leaves out what cannot be.
func checked(b Bar, problem string) (Bar, bool, string) {
	if problem == "" && b.Size != 0 && b.Address&(b.Size-1) != 0 {
		problem = fmt.Sprintf("%#x is no multiple of its size, %#x", b.Address, b.Size)
	}
	if problem == "" && b.Address+b.Size < b.Address {
		problem = fmt.Sprintf("%#x and %#x bytes are beyond the end", b.Address, b.Size)
	}
	if problem != "" {
		return Bar{}, false, problem
	}
	return b, false, ""
}
