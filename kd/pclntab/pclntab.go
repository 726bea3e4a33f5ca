// Package pclntab reads the function table that the Go linker puts into every program
// (.gopclntab, the layout of Go 1.20 and later), out of a program's memory piece by piece: the
// table of a program in ring 3 may lie in pages that are not there. It keeps nothing, never
// panics, and believes nothing that the table says: all of it may be damaged.
//
// Source of the layout: the Go tree's cmd/link/internal/ld/pcln.go and runtime/symtab.go.
package pclntab

import (
	"encoding/binary"
	"errors"
)

// Memory copies the program's memory at an address and returns how many bytes of it were there.
type Memory func(address uint64, b []byte) int

// The errors of Open and Find.
var (
	// ErrAbsent: the page of the table that would tell is not in memory.
	ErrAbsent = errors.New("the program's symbols are not in memory")
	// ErrFormat: what is there is no table of this layout, or contradicts itself.
	ErrFormat = errors.New("the program's symbols are damaged")
	// ErrNone: no function has the address.
	ErrNone = errors.New("no function")
)

const (
	magic     = 0xFFFFFFF1 // Go 1.20
	headSize  = 72
	maxRows   = 1 << 22 // functions that a table may have
	maxName   = 512     // bytes of a name that are read
	maxDeltas = 1 << 16 // pairs of a table by address that are looked at
)

// Table is a program's table. One goroutine uses it at a time.
type Table struct {
	read   Memory
	text   uint64 // where the program's code begins
	rows   uint64 // addresses of the parts
	names  uint64
	units  uint64
	files  uint64
	values uint64
	count  int

	// What read fills: it would be allocated anew for every call otherwise, and a debugger has
	// little memory.
	small [8]byte
	run   [32]byte
	name  [maxName]byte
}

// Open reads the head of the table at an address. text is where the program's code begins: the
// table counts from there. The error is ErrAbsent or ErrFormat.
func Open(read Memory, at, text uint64) (*Table, error) {
	var b [headSize]byte
	if read(at, b[:]) != len(b) {
		return nil, ErrAbsent
	}
	field := func(n int) uint64 { return binary.LittleEndian.Uint64(b[8*n:]) }
	if binary.LittleEndian.Uint32(b[:]) != magic || b[4]|b[5] != 0 || b[6] != 1 || b[7] != 8 || field(1) > maxRows {
		return nil, ErrFormat
	}
	for n := 4; n < 9; n++ {
		if field(n) > 1<<31 {
			return nil, ErrFormat
		}
	}
	return &Table{read: read, text: text, count: int(field(1)),
		names: at + field(4), units: at + field(5), files: at + field(6), values: at + field(7), rows: at + field(8)}, nil
}

// word reads 32 bits.
func (t *Table) word(at uint64) (uint32, bool) {
	b := t.small[:4]
	ok := t.read(at, b) == 4
	return binary.LittleEndian.Uint32(b), ok
}

// Function is a row of the table.
type Function struct {
	Name       string
	Entry, End uint64 // its code: first byte, first byte behind
	at         uint64 // its record
}

// row reads where function n begins, and where its record is.
func (t *Table) row(n int) (entry, record uint64, ok bool) {
	b := t.small[:]
	ok = t.read(t.rows+uint64(n)*8, b) == 8
	return t.text + uint64(binary.LittleEndian.Uint32(b[:])), t.rows + uint64(binary.LittleEndian.Uint32(b[4:])), ok
}

// function reads row n.
func (t *Table) function(n int) (f Function, err error) {
	var ok1, ok2 bool
	f.Entry, f.at, ok1 = t.row(n)
	end, ok2 := t.word(t.rows + uint64(n+1)*8)
	f.End = t.text + uint64(end)
	name, ok3 := t.word(f.at + 4)
	if !ok1 || !ok2 || !ok3 {
		return f, ErrAbsent
	}
	if f.End <= f.Entry || name > 1<<31 {
		return f, ErrFormat
	}
	f.Name, ok1 = t.text0(t.names + uint64(name))
	if !ok1 {
		return f, ErrAbsent
	}
	return f, nil
}

// text0 reads a string that ends in NUL. What cannot be printed becomes a question mark.
func (t *Table) text0(at uint64) (string, bool) {
	b := &t.name
	for n := 0; n < len(b); {
		part := b[n:min(n+64, len(b))]
		have := t.read(at+uint64(n), part)
		for i, c := range part[:have] {
			if c == 0 {
				return string(b[:n+i]), true
			}
			if c < 32 || c == 127 {
				part[i] = '?'
			}
		}
		if n += have; have < len(part) {
			return "", false
		}
	}
	return string(b[:]), true
}

// Find returns the function that has an address. The error is ErrAbsent, ErrFormat or ErrNone.
func (t *Table) Find(pc uint64) (Function, error) {
	// The last row that begins at pc or below.
	low, high := 0, t.count
	for low < high {
		middle := (low + high) / 2
		entry, _, ok := t.row(middle)
		switch {
		case !ok:
			return Function{}, ErrAbsent
		case entry <= pc:
			low = middle + 1
		default:
			high = middle
		}
	}
	if low == 0 {
		return Function{}, ErrNone
	}
	f, err := t.function(low - 1)
	if err == nil && pc >= f.End {
		return Function{}, ErrNone
	}
	return f, err
}

// Each calls yield for the functions by address until it returns false. Those that are not in
// memory are left out; it returns how many.
func (t *Table) Each(yield func(Function) bool) (absent int) {
	for n := range t.count {
		f, err := t.function(n)
		if err != nil {
			absent++
			continue
		}
		if !yield(f) {
			break
		}
	}
	return absent
}

// value walks one of a function's tables by address: pairs of how much the value changes and
// for how many bytes of code it holds.
func (t *Table) value(f *Function, table uint32, pc uint64) (value int32, ok bool) {
	if table == 0 {
		return 0, false
	}
	in := stream{t: t, at: t.values + uint64(table)}
	value = -1
	at := f.Entry
	for n := range maxDeltas {
		change := in.number()
		if in.ended || change == 0 && n > 0 {
			return 0, false
		}
		value += int32(-(change & 1) ^ change>>1)
		at += uint64(in.number())
		if in.ended {
			return 0, false
		}
		if pc < at {
			return value, true
		}
	}
	return 0, false
}

// stream reads numbers of seven bits a byte.
type stream struct {
	t     *Table
	at    uint64
	have  []byte // of t.run
	ended bool   // memory that is not there, or a number without an end
}

func (s *stream) number() (v uint32) {
	for shift := 0; shift < 35; shift += 7 {
		if len(s.have) == 0 {
			n := s.t.read(s.at, s.t.run[:])
			if n == 0 {
				s.ended = true
				return 0
			}
			s.have = s.t.run[:n]
			s.at += uint64(n)
		}
		c := s.have[0]
		s.have = s.have[1:]
		if v |= uint32(c&0x7F) << shift; c&0x80 == 0 {
			return v
		}
	}
	s.ended = true
	return 0
}

// Line returns the source line of an address in f; line 0 where the table does not tell. Code of
// a function that has been inlined has the line of that function.
func (t *Table) Line(f *Function, pc uint64) (file string, line int) {
	lines, ok1 := t.word(f.at + 24)
	where, ok2 := t.word(f.at + 20)
	unit, ok3 := t.word(f.at + 32)
	if !ok1 || !ok2 || !ok3 {
		return "", 0
	}
	n, ok1 := t.value(f, lines, pc)
	i, ok2 := t.value(f, where, pc)
	if !ok1 || !ok2 || n < 0 || i < 0 {
		return "", 0
	}
	name, ok1 := t.word(t.units + 4*(uint64(unit)+uint64(i)))
	if !ok1 || name == ^uint32(0) {
		return "", 0
	}
	if file, ok1 = t.text0(t.files + uint64(name)); !ok1 {
		return "", 0
	}
	return file, int(n)
}

// FrameSize returns how many bytes above RSP the return address is at an address in f.
func (t *Table) FrameSize(f *Function, pc uint64) (bytes int64, ok bool) {
	table, ok := t.word(f.at + 16)
	if !ok {
		return 0, false
	}
	n, ok := t.value(f, table, pc)
	return int64(n), ok && n >= 0 && n&7 == 0
}
