//go:build tamago && osldr

#include "textflag.h"

// func callThunk(fn uintptr)
TEXT ·callThunk(SB),NOSPLIT,$0-8
	MOVQ	fn+0(FP), AX
	CALL	AX
	RET

// func inb(port uint16) byte
TEXT ·inb(SB),NOSPLIT,$0-9
	MOVW	port+0(FP), DX
	INB
	MOVB	AX, ret+8(FP)
	RET

// func outb(port uint16, v byte)
TEXT ·outb(SB),NOSPLIT,$0-3
	MOVW	port+0(FP), DX
	MOVB	v+2(FP), AX
	OUTB
	RET

// func rdtsc() uint64
TEXT ·rdtsc(SB),NOSPLIT,$0-8
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET

// func rdrand() (v uint64, ok bool)
TEXT ·rdrand(SB),NOSPLIT,$0-9
	MOVL	$10, CX
retry:
	RDRANDQ	AX
	JCS	good
	DECL	CX
	JNE	retry
	MOVQ	$0, v+0(FP)
	MOVB	$0, ok+8(FP)
	RET
good:
	MOVQ	AX, v+0(FP)
	MOVB	$1, ok+8(FP)
	RET

// func cpuid(leaf uint32) (a, b, c, d uint32)
TEXT ·cpuid(SB),NOSPLIT,$0-24
	MOVL	leaf+0(FP), AX
	XORL	CX, CX
	CPUID
	MOVL	AX, a+8(FP)
	MOVL	BX, b+12(FP)
	MOVL	CX, c+16(FP)
	MOVL	DX, d+20(FP)
	RET

// func enterKernel(root, stack, block, entry uint64)
// This code lies in the identity map of both address spaces.
TEXT ·enterKernel(SB),NOSPLIT,$0-32
	MOVQ	root+0(FP), DI
	MOVQ	stack+8(FP), SI
	MOVQ	block+16(FP), R8
	MOVQ	entry+24(FP), R9
	CLI
	MOVL	$0xC0000080, CX		// EFER: SCE, LME, NXE
	RDMSR
	ORL	$0x901, AX
	WRMSR
	MOVQ	DI, CR3
	MOVQ	SI, SP
	MOVQ	R8, CX
	XORL	AX, AX
	XORL	BX, BX
	XORL	DX, DX
	XORL	BP, BP
	XORL	SI, SI
	XORL	DI, DI
	JMP	R9
