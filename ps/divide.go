package ps

import (
	"encoding/binary"

	"gont/hal"
	"gont/nt"
)

// DivideStatus says what a divide fault was about (KiOpDiv in kind): the
// processor makes no difference between a zero divisor and a quotient that does
// not fit, so the divisor of the DIV or IDIV at c.Rip is looked at.
// STATUS_INTEGER_DIVIDE_BY_ZERO for what cannot be read or is no such
// instruction. read reads the program's memory, and returns how much it could.
func DivideStatus(c *hal.Context, read func(va uint64, b []byte) int) nt.Status {
	var b [15]byte
	v, ok := divisor(c, b[:read(c.Rip, b[:])], read)
	if ok && v != 0 {
		return nt.StatusIntegerOverflow
	}
	return nt.StatusIntegerDivideByZero
}

// divisor decodes one DIV or IDIV and returns its operand (SDM vol. 2, 2.1, 2.2).
func divisor(c *hal.Context, code []byte, read func(va uint64, b []byte) int) (v uint64, ok bool) {
	d := decoder{code: code}
	size, base, short, rex := 4, uint64(0), false, byte(0)
	op := d.next()
prefixes:
	for ; ; op = d.next() {
		switch op {
		case 0x26, 0x2E, 0x36, 0x3E, 0xF2, 0xF3:
		case 0x64:
			base = c.FsBase
		case 0x65:
			base = c.GsBase
		case 0x66:
			size = 2
		case 0x67:
			short = true
		default:
			break prefixes
		}
	}
	if op&0xF0 == 0x40 {
		rex, op = op, d.next()
	}
	switch {
	case op == 0xF6:
		size = 1
	case op != 0xF7:
		return 0, false
	case rex&8 != 0:
		size = 8
	}
	modRM := d.next()
	if modRM>>3&7 < 6 || d.short {
		return 0, false
	}
	mask := ^uint64(0) >> (64 - 8*size)
	if modRM>>6 == 3 {
		n := modRM & 7
		if size == 1 && rex == 0 && n >= 4 { // AH, CH, DH, BH
			return *register(c, n-4) >> 8 & mask, true
		}
		return *register(c, n|rex&1<<3) & mask, true
	}
	va := d.address(c, modRM, rex)
	if short {
		va &= 0xFFFFFFFF
	}
	var b [8]byte
	if d.short || read(base+va, b[:size]) < size {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[:]), true
}

// decoder takes an instruction's bytes one after the other. short: there were
// not enough.
type decoder struct {
	code  []byte
	at    int
	short bool
}

func (d *decoder) next() byte {
	if d.at == len(d.code) {
		d.short = true
		return 0
	}
	d.at++
	return d.code[d.at-1]
}

// displacement reads n bytes with their sign.
func (d *decoder) displacement(n int) uint64 {
	v := int64(0)
	for i := range n {
		v |= int64(d.next()) << (8 * i)
	}
	return uint64(v << (64 - 8*n) >> (64 - 8*n))
}

// address is that of a memory operand, which is the instruction's last part.
func (d *decoder) address(c *hal.Context, modRM, rex byte) uint64 {
	mod, rm := modRM>>6, modRM&7
	va := uint64(0)
	switch {
	case rm == 4:
		sib := d.next()
		if index := sib>>3&7 | rex&2<<2; index != 4 {
			va = *register(c, index) << (sib >> 6)
		}
		if sib&7 == 5 && mod == 0 {
			return va + d.displacement(4)
		}
		va += *register(c, sib&7|rex&1<<3)
	case rm == 5 && mod == 0:
		va = d.displacement(4)
		return va + c.Rip + uint64(d.at)
	default:
		va = *register(c, rm|rex&1<<3)
	}
	switch mod {
	case 1:
		va += d.displacement(1)
	case 2:
		va += d.displacement(4)
	}
	return va
}

// register is general register n, 0 to 15, as instructions number them.
func register(c *hal.Context, n byte) *uint64 {
	return [16]*uint64{&c.Rax, &c.Rcx, &c.Rdx, &c.Rbx, &c.Rsp, &c.Rbp, &c.Rsi, &c.Rdi,
		&c.R8, &c.R9, &c.R10, &c.R11, &c.R12, &c.R13, &c.R14, &c.R15}[n&15]
}
