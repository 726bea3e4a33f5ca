package trap

import (
	"testing"

	"gont/hal"
	"gont/nt"
)

// TestDivideStatus: the divisor is found, wherever it is.
func TestDivideStatus(t *testing.T) {
	const zero, overflow = nt.StatusIntegerDivideByZero, nt.StatusIntegerOverflow
	c := &hal.Context{Rip: 0x1000, Rax: 0x80000000, Rcx: ^uint64(0), Rdx: 0x100, Rbx: 0, Rsp: 0x3000, Rbp: 0x2000, Rsi: 2,
		R8: 1 << 32, R12: 0x2000, R13: 0x2000, R15: 1, FsBase: 0x10000, GsBase: 0x20000}
	// Memory is not zero at 2010h, 3010h, 1107h, 10010h and 20020h, 8 bytes each.
	filled := map[uint64]bool{0x2010: true, 0x3010: true, 0x1107: true, 0x10010: true, 0x20020: true}
	for _, x := range []struct {
		name string
		code []byte
		want nt.Status
	}{
		{"idiv ecx", []byte{0xF7, 0xF9}, overflow},
		{"div ebx", []byte{0xF7, 0xF3}, zero},
		{"div r8d", []byte{0x41, 0xF7, 0xF0}, zero},
		{"div r8", []byte{0x49, 0xF7, 0xF0}, overflow},
		{"div r8w", []byte{0x66, 0x41, 0xF7, 0xF0}, zero},
		{"div dh", []byte{0xF6, 0xF6}, overflow},
		{"div sil", []byte{0x40, 0xF6, 0xF6}, overflow},
		{"div dl", []byte{0xF6, 0xF2}, zero},
		{"div [rbp+10h]", []byte{0xF7, 0x75, 0x10}, overflow},
		{"div [rbp+0]", []byte{0xF7, 0x75, 0x00}, zero},
		{"div qword [rsp+10h]", []byte{0x48, 0xF7, 0x74, 0x24, 0x10}, overflow},
		{"idiv [r12+10h]", []byte{0x41, 0xF7, 0x7C, 0x24, 0x10}, overflow},
		{"div [r13+rsi*8+0]", []byte{0x41, 0xF7, 0x74, 0xF5, 0x00}, overflow},
		{"div [r13+r15*8+8]", []byte{0x43, 0xF7, 0x74, 0xFD, 0x08}, overflow},
		{"div [rbp+80000010h]", []byte{0xF7, 0xB5, 0x10, 0, 0, 0x80}, zero},
		{"div [rip+101h]", []byte{0xF7, 0x35, 0x01, 0x01, 0, 0}, overflow},
		{"div [2010h]", []byte{0xF7, 0x34, 0x25, 0x10, 0x20, 0, 0}, overflow},
		{"div fs:[10h]", []byte{0x64, 0xF7, 0x34, 0x25, 0x10, 0, 0, 0}, overflow},
		{"div gs:[rsi*8+10h]", []byte{0x65, 0xF7, 0x34, 0xF5, 0x10, 0, 0, 0}, overflow},
		{"div [ecx+2011h]", []byte{0x67, 0xF7, 0xB1, 0x11, 0x20, 0, 0}, overflow},
		{"mul ecx", []byte{0xF7, 0xE1}, zero},
		{"no instruction", []byte{0x66, 0x66, 0x66}, zero},
		{"half an instruction", []byte{0xF7, 0xB5, 0x10}, zero},
		{"nothing", nil, zero},
	} {
		read := func(va uint64, b []byte) int {
			if va == c.Rip && len(b) > 8 {
				return copy(b, x.code)
			}
			if va >= 1<<32 {
				return 0
			}
			if filled[va] {
				b[0] = 5
			}
			return len(b)
		}
		if got := DivideStatus(c, read); got != x.want {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}

// TestFloatStatus: an exception that is not masked, in NT's order.
func TestFloatStatus(t *testing.T) {
	for _, x := range []struct {
		control, status uint16
		mxcsr           uint32
		want            nt.Status
	}{
		{0x37E, 0x8081, 0x1F01 &^ 0x80, nt.StatusFloatInvalidOperation},
		{0x37B, 0x80A4, 0x1DA4, nt.StatusFloatDivideByZero},
		{0x37D, 0x8082, 0x1E82, nt.StatusFloatInvalidOperation},
		{0x377, 0x80A8, 0x1BA8, nt.StatusFloatOverflow},
		{0x36F, 0x80B0, 0x17B0, nt.StatusFloatUnderflow},
		{0x35F, 0x80A0, 0x0FA0, nt.StatusFloatInexactResult},
		{0x340, 0x80A5, 0x0025, nt.StatusFloatInvalidOperation},
		{0x37F, 0x003F, 0x1FBF, nt.StatusFloatMultipleFaults},
	} {
		if got := X87Status(x.control, x.status); got != x.want {
			t.Errorf("x87 %#x %#x: %v, want %v", x.control, x.status, got, x.want)
		}
		if got := SimdStatus(x.mxcsr); got != x.want {
			t.Errorf("MXCSR %#x: %v, want %v", x.mxcsr, got, x.want)
		}
	}
	if got := X87Status(0x37E, 0x80C1); got != nt.StatusFloatStackCheck {
		t.Errorf("a stack fault: %v", got)
	}
}
