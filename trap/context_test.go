package trap

import (
	"encoding/binary"
	"testing"

	"gont/hal"
	"gont/nt"
)

// TestContext: each part goes both ways, alone; what the flags do not name stays.
func TestContext(t *testing.T) {
	filled := func(v uint64) (c hal.Context) {
		c = hal.Context{Rax: v, Rcx: v + 1, Rdx: v + 2, Rbx: v + 3, Rsp: v + 4, Rbp: v + 5, Rsi: v + 6, Rdi: v + 7, R8: v + 8, R9: v + 9,
			R10: v + 10, R11: v + 11, R12: v + 12, R13: v + 13, R14: v + 14, R15: v + 15, Rip: v + 16, Rflags: hal.RflagsFixed | v&1, FsBase: v + 17, GsBase: v + 18,
			Mxcsr: 0x1F80 | uint32(v&0x3F)}
		for i := range c.Fx {
			c.Fx[i] = byte(v) + byte(i)
		}
		binary.LittleEndian.PutUint32(c.Fx[fxMxcsr:], c.Mxcsr)
		binary.LittleEndian.PutUint32(c.Fx[fxMask:], 0xFFFF)
		return c
	}
	for _, flags := range []uint32{0, 1, 7, nt.ContextControl, nt.ContextInteger, nt.ContextFloatingPoint, nt.ContextFull, nt.ContextAll} {
		from, to := filled(0x10001), filled(0x20002)
		want := to
		if flags&nt.ContextAMD64 != 0 {
			if flags&1 != 0 {
				want.Rip, want.Rsp, want.Rflags = from.Rip, from.Rsp, from.Rflags
			}
			if flags&2 != 0 {
				keep := want
				want.Rax, want.Rcx, want.Rdx, want.Rbx, want.Rbp, want.Rsi, want.Rdi = from.Rax, from.Rcx, from.Rdx, from.Rbx, from.Rbp, from.Rsi, from.Rdi
				want.R8, want.R9, want.R10, want.R11, want.R12, want.R13, want.R14, want.R15 = from.R8, from.R9, from.R10, from.R11, from.R12, from.R13, from.R14, from.R15
				want.Rsp = keep.Rsp
			}
			if flags&8 != 0 {
				want.Fx, want.Mxcsr = from.Fx, from.Mxcsr
			}
		}
		x := nt.Context{ContextFlags: flags}
		GetContext(&from, &x)
		SetContext(&to, &x)
		if to != want {
			t.Errorf("flags %#x: %+v, want %+v", flags, to, want)
		}
	}
}

// TestContextLimits: what ring 3 may not have is not taken.
func TestContextLimits(t *testing.T) {
	c := hal.Context{Rip: 0x10000}
	x := nt.Context{ContextFlags: nt.ContextAll, Rip: 0x20000, EFlags: ^uint32(0), MxCsr: ^uint32(0), SegCs: 0x10, SegSs: 0x18, Dr7: ^uint64(0)}
	for i := range x.FltSave {
		x.FltSave[i] = 0xFF
	}
	SetContext(&c, &x)
	if c.Rflags&^(hal.UserRflags|hal.RflagsFixed) != 0 || c.Rflags&0x3000 != 0 || c.Rflags&0x200 == 0 {
		t.Errorf("flags %#x", c.Rflags)
	}
	if m := binary.LittleEndian.Uint32(c.Fx[fxMxcsr:]); c.Mxcsr != defaultMxcsrMask || m != defaultMxcsrMask {
		t.Errorf("MXCSR %#x, %#x", c.Mxcsr, m)
	}
	binary.LittleEndian.PutUint32(c.Fx[fxMask:], 0xFFFF)
	if SetContext(&c, &x); c.Mxcsr != 0xFFFF {
		t.Errorf("MXCSR %#x with DAZ", c.Mxcsr)
	}
	GetContext(&c, &x)
	if x.SegCs != nt.UserCS || x.SegSs != nt.UserSS || x.Dr7 != 0 {
		t.Errorf("selectors %#x, %#x, DR7 %#x", x.SegCs, x.SegSs, x.Dr7)
	}
}

// TestWhole: after a service the cleared registers are zero.
func TestWhole(t *testing.T) {
	c := hal.Context{Rax: 1, Rcx: 2, Rdx: 3, R8: 4, R9: 5, R10: 6, R11: 7, Rip: 8, Rflags: 9, Partial: 2}
	Whole(&c)
	if c != (hal.Context{Rax: 1, Rcx: 8, R11: 9, Rip: 8, Rflags: 9}) {
		t.Errorf("%+v", c)
	}
	c = hal.Context{Rcx: 2, Rip: 8}
	if Whole(&c); c.Rcx != 2 {
		t.Error("a whole context changed")
	}
}
