package kd

import (
	"encoding/binary"
	"encoding/hex"
)

// Registers in the order of targetXML: gdb's features i386.core, i386.sse and
// i386.segments (Debugging with GDB, G.5.6).

const (
	regRip    = 16
	regFlags  = 17
	regCs     = 18
	regSt     = 24
	regFctrl  = 32
	regXmm    = 40
	regMxcsr  = 56
	regFsBase = 57
	regGsBase = 58

	numRegisters  = 59
	registerBytes = 16*8 + 8 + 4 + 6*4 + 8*10 + 8*4 + 16*16 + 4 + 2*8
)

// gdbGeneral maps gdb's order of the general registers to the processor's.
var gdbGeneral = [16]int{Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, Rsp, 8, 9, 10, 11, 12, 13, 14, 15}

func registerSize(n int) int {
	switch {
	case n <= regRip || n >= regFsBase:
		return 8
	case n < regSt || n >= regFctrl && n < regXmm || n == regMxcsr:
		return 4
	case n < regFctrl:
		return 10
	}
	return 16
}

// field returns where a register lies in FXSAVE's area (SDM vol. 1, table 10-2), and how
// many bytes it has there; 0: it is none of these.
func field(n int) (at, size int) {
	switch {
	case n >= regSt && n < regFctrl:
		return 32 + 16*(n-regSt), 10
	case n >= regXmm && n < regMxcsr:
		return 160 + 16*(n-regXmm), 16
	case n == regMxcsr:
		return 24, 4
	case n == regFctrl:
		return 0, 2
	case n == regFctrl+1:
		return 2, 2
	case n == regFctrl+7: // fop
		return 6, 2
	case n == regFctrl+4: // fioff
		return 8, 4
	case n == regFctrl+6: // fooff
		return 16, 4
	}
	return 0, 0
}

// appendRegister appends a register's bytes in hexadecimal.
func appendRegister(b []byte, r *Registers, n int) []byte {
	var v [16]byte
	size := registerSize(n)
	word := func(x uint64) { binary.LittleEndian.PutUint64(v[:], x) }
	switch {
	case n < regRip:
		word(r.General[gdbGeneral[n]])
	case n == regRip:
		word(r.Rip)
	case n == regFlags:
		word(r.Rflags)
	case n == regCs:
		word(r.Cs)
	case n == regCs+1:
		word(r.Ss)
	case n == regFsBase:
		word(r.FsBase)
	case n == regGsBase:
		word(r.GsBase)
	case n == regFctrl+2:
		word(uint64(fullTag(r)))
	default:
		if at, k := field(n); k > 0 {
			copy(v[:k], r.Fx[at:])
		}
	}
	return hex.AppendEncode(b, v[:size])
}

// fullTag is the x87 tag word, two bits a register (3: empty), from FXSAVE's one bit.
func fullTag(r *Registers) (tag uint16) {
	for i := range 8 {
		if r.Fx[4]>>i&1 == 0 {
			tag |= 3 << (2 * i)
		}
	}
	return tag
}

// setRegister sets a register from its bytes. Segments stay as they are, and of RFLAGS
// the interrupt flag and what is above may be set as well.
func setRegister(r *Registers, n int, b []byte) {
	var v [16]byte
	copy(v[:], b)
	word := binary.LittleEndian.Uint64(v[:])
	switch {
	case n < regRip:
		r.General[gdbGeneral[n]] = word
	case n == regRip:
		r.Rip = word
	case n == regFlags:
		r.Rflags = word&0x3F7FD5 | 2
	case n == regFsBase:
		if canonical(word) {
			r.FsBase = word
		}
	case n == regMxcsr:
		binary.LittleEndian.PutUint32(r.Fx[24:], uint32(word)&0xFFBF) // a reserved bit is a fault (SDM vol. 1, 10.2.3)
	case n == regFctrl+2 || n == regGsBase:
	default:
		if at, k := field(n); k > 0 {
			copy(r.Fx[at:at+k], v[:])
		}
	}
}

func canonical(v uint64) bool { return v>>47 == 0 || v>>47 == 1<<17-1 }
