//go:build ntuser

// What threads without Go run. R13 is the address of a block:
// handle to wait for, handle to set, rounds, end.

#include "textflag.h"
#include "guest.h"

#define BLK_Wait 0
#define BLK_Set 8
#define BLK_Rounds 16
#define BLK_End 24

// countCode goes down from R12, without the kernel.
TEXT countCode(SB),NOSPLIT|NOFRAME,$0
count:
	DECQ	R12
	JNZ	count
	END

// countingSpin never ends by itself.
TEXT countingSpin(SB),NOSPLIT|NOFRAME,$0
spin:
	INCQ	BLK_Rounds(R13)
	JMP	spin

// echoCode sets one event for each time that it has waited for the other.
TEXT echoCode(SB),NOSPLIT|NOFRAME,$0
echo:
	MOVQ	BLK_Wait(R13), R10
	XORL	DX, DX
	XORL	R8, R8
	MOVL	$svcWaitForSingleObject, AX
	SYSCALL
	TESTL	AX, AX
	JNZ	over
	CMPQ	BLK_End(R13), $0
	JNE	over
	INCQ	BLK_Rounds(R13)
	MOVQ	BLK_Set(R13), R10
	XORL	DX, DX
	MOVL	$svcSetEvent, AX
	SYSCALL
	JMP	echo
over:
	END

// pushCode goes down the stack by R12 words.
TEXT pushCode(SB),NOSPLIT|NOFRAME,$0
push:
	PUSHQ	R12
	DECQ	R12
	JNZ	push
	END

// func threadCode() (count, spin, echo, push uint64)
TEXT ·threadCode(SB),NOSPLIT,$0-32
	LEAQ	countCode(SB), AX
	MOVQ	AX, count+0(FP)
	LEAQ	countingSpin(SB), AX
	MOVQ	AX, spin+8(FP)
	LEAQ	echoCode(SB), AX
	MOVQ	AX, echo+16(FP)
	LEAQ	pushCode(SB), AX
	MOVQ	AX, push+24(FP)
	RET
