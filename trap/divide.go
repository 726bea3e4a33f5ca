package trap

import (
	"encoding/binary"
	"golang.org/x/arch/x86/x86asm"

	"gont/hal"
	"gont/nt"
)

// DivideStatus says what a divide fault was about (KiOpDiv in kind): the
// processor makes no difference between a zero divisor and a quotient that does
// not fit, so the divisor of the DIV or IDIV at c.Rip is looked at.
// STATUS_INTEGER_DIVIDE_BY_ZERO for what cannot be read or is no such
// instruction. read reads the program's memory, and returns how much it could.
func DivideStatus(c *hal.Context, read func(va uint64, b []byte) int) nt.Status {
	var code [15]byte
	i, err := x86asm.Decode(code[:read(c.Rip, code[:])], 64)
	if err != nil || i.Op != x86asm.DIV && i.Op != x86asm.IDIV {
		return nt.StatusIntegerDivideByZero
	}
	divisor := uint64(0)
	switch a := i.Args[0].(type) {
	case x86asm.Reg:
		divisor = register(c, a)
	case x86asm.Mem:
		var b [8]byte
		if n := i.MemBytes; read(address(c, &i, a), b[:n]) == n {
			divisor = binary.LittleEndian.Uint64(b[:])
		}
	}
	if divisor != 0 {
		return nt.StatusIntegerOverflow
	}
	return nt.StatusIntegerDivideByZero
}

// address is that of the instruction's memory operand (SDM vol. 1, 3.7.5).
func address(c *hal.Context, i *x86asm.Inst, m x86asm.Mem) uint64 {
	va := uint64(m.Disp) + register(c, m.Base) + register(c, m.Index)*uint64(m.Scale)
	if m.Base == x86asm.RIP || m.Base == x86asm.EIP {
		va += uint64(i.Len)
	}
	if i.AddrSize == 32 {
		va &= 0xFFFFFFFF
	}
	switch m.Segment {
	case x86asm.FS:
		va += c.FsBase
	case x86asm.GS:
		va += c.GsBase
	}
	return va
}

// register is a general register or a part of one, or the instruction pointer; 0 for
// none.
func register(c *hal.Context, r x86asm.Reg) uint64 {
	all := [16]uint64{c.Rax, c.Rcx, c.Rdx, c.Rbx, c.Rsp, c.Rbp, c.Rsi, c.Rdi, c.R8, c.R9, c.R10, c.R11, c.R12, c.R13, c.R14, c.R15}
	switch {
	case r >= x86asm.AL && r <= x86asm.BL:
		return all[r-x86asm.AL] & 0xFF
	case r >= x86asm.AH && r <= x86asm.BH:
		return all[r-x86asm.AH] >> 8 & 0xFF
	case r >= x86asm.SPB && r <= x86asm.R15B:
		return all[r-x86asm.SPB+4] & 0xFF
	case r >= x86asm.AX && r <= x86asm.R15W:
		return all[r-x86asm.AX] & 0xFFFF
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return all[r-x86asm.EAX] & 0xFFFFFFFF
	case r >= x86asm.RAX && r <= x86asm.R15:
		return all[r-x86asm.RAX]
	case r == x86asm.EIP, r == x86asm.RIP:
		return c.Rip
	}
	return 0
}
