//go:build kernel

#include "textflag.h"

// Ways to zero a page (zeroing.go); hal.ZeroPage is one more.

// func zeroStosb(p unsafe.Pointer)
TEXT ·zeroStosb(SB),NOSPLIT,$0-8
	MOVQ	p+0(FP), DI
	MOVL	$4096, CX
	XORL	AX, AX
	REP; STOSB
	RET

// func zeroStosq(p unsafe.Pointer)
TEXT ·zeroStosq(SB),NOSPLIT,$0-8
	MOVQ	p+0(FP), DI
	MOVL	$512, CX
	XORL	AX, AX
	REP; STOSQ
	RET

// func zeroMov(p unsafe.Pointer): eight bytes at a time.
TEXT ·zeroMov(SB),NOSPLIT,$0-8
	MOVQ	p+0(FP), DI
	XORL	AX, AX
	MOVL	$64, CX
loop:
	MOVQ	AX, 0(DI)
	MOVQ	AX, 8(DI)
	MOVQ	AX, 16(DI)
	MOVQ	AX, 24(DI)
	MOVQ	AX, 32(DI)
	MOVQ	AX, 40(DI)
	MOVQ	AX, 48(DI)
	MOVQ	AX, 56(DI)
	ADDQ	$64, DI
	DECL	CX
	JNZ	loop
	RET

// func zeroSSE(p unsafe.Pointer): sixteen bytes at a time, through the cache.
TEXT ·zeroSSE(SB),NOSPLIT,$0-8
	MOVQ	p+0(FP), DI
	XORPS	X0, X0
	MOVL	$32, CX
loop:
	MOVUPS	X0, 0(DI)
	MOVUPS	X0, 16(DI)
	MOVUPS	X0, 32(DI)
	MOVUPS	X0, 48(DI)
	MOVUPS	X0, 64(DI)
	MOVUPS	X0, 80(DI)
	MOVUPS	X0, 96(DI)
	MOVUPS	X0, 112(DI)
	ADDQ	$128, DI
	DECL	CX
	JNZ	loop
	RET
