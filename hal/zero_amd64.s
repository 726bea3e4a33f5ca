//go:build kernel

// The loops of zero_kernel.go. DI is where, DX how many pages are left, R8 how
// many are done.

#include "textflag.h"
#include "offsets.h"

#define BEGIN \
	MOVQ	p+0(FP), DI; \
	MOVQ	pages+8(FP), DX; \
	XORL	R8, R8

// The end of a page: go on with the next one unless there is none, or there is
// something to do for this processor (attention in cpu_amd64.s). The non-temporal
// stores are in order with others' only after a fence (SDM vol. 1, 10.4.6.2).
#define END \
	INCQ	R8; \
	DECQ	DX; \
	JEQ	out; \
	MOVQ	PCR_Ticks(GS), BX; \
	SUBQ	PCR_Seen(GS), BX; \
	ORQ	PCR_Pending(GS), BX; \
	JEQ	page; \
out: \
	SFENCE; \
	MOVQ	R8, done+16(FP); \
	RET

// func ZeroPagesNT(p unsafe.Pointer, pages int) (done int)
TEXT ·ZeroPagesNT(SB),NOSPLIT,$0-24
	BEGIN
	XORPS	X0, X0
page:
	MOVL	$32, CX
loop:
	MOVNTO	X0, 0(DI)
	MOVNTO	X0, 16(DI)
	MOVNTO	X0, 32(DI)
	MOVNTO	X0, 48(DI)
	MOVNTO	X0, 64(DI)
	MOVNTO	X0, 80(DI)
	MOVNTO	X0, 96(DI)
	MOVNTO	X0, 112(DI)
	ADDQ	$128, DI
	DECL	CX
	JNZ	loop
	END

// func ZeroPagesSSE(p unsafe.Pointer, pages int) (done int)
TEXT ·ZeroPagesSSE(SB),NOSPLIT,$0-24
	BEGIN
	XORPS	X0, X0
page:
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
	END

// func ZeroPagesMov(p unsafe.Pointer, pages int) (done int)
TEXT ·ZeroPagesMov(SB),NOSPLIT,$0-24
	BEGIN
	XORL	AX, AX
page:
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
	END

// func ZeroPagesStosq(p unsafe.Pointer, pages int) (done int)
TEXT ·ZeroPagesStosq(SB),NOSPLIT,$0-24
	BEGIN
	XORL	AX, AX
page:
	MOVL	$512, CX
	REP; STOSQ
	END

// func ZeroPagesStosb(p unsafe.Pointer, pages int) (done int)
TEXT ·ZeroPagesStosb(SB),NOSPLIT,$0-24
	BEGIN
	XORL	AX, AX
page:
	MOVL	$4096, CX
	REP; STOSB
	END
