//go:build ntuser

// What runs in the fuzzer's children: no Go, no stack to speak of, nothing that a call
// with wild arguments could break for the parent.

#include "textflag.h"
#include "guest.h"

// The header of a thread's list: how many calls it has made, the first
// record, the end of the records, and its stack pointer. A record is ten words:
// service, eight arguments, status.
#define HDR_Count 0
#define HDR_First 8
#define HDR_End 16
#define HDR_Stack 24
#define REC_Size 80

// listCode: R13 = header. Goes through the records.
TEXT listCode(SB),NOSPLIT|NOFRAME,$0
	MOVQ	R13, TEB_Block(GS)
resume:
	MOVQ	HDR_Count(R13), AX
	IMULQ	$REC_Size, AX
	MOVQ	HDR_First(R13), BX
	ADDQ	AX, BX
loop:
	CMPQ	BX, HDR_End(R13)
	JAE	done
	MOVQ	HDR_Stack(R13), SP
	MOVQ	40(BX), AX
	MOVQ	AX, 0x28(SP)
	MOVQ	48(BX), AX
	MOVQ	AX, 0x30(SP)
	MOVQ	56(BX), AX
	MOVQ	AX, 0x38(SP)
	MOVQ	64(BX), AX
	MOVQ	AX, 0x40(SP)
	MOVQ	8(BX), R10
	MOVQ	16(BX), DX
	MOVQ	24(BX), R8
	MOVQ	32(BX), R9
	MOVL	0(BX), AX
	SYSCALL
	MOVQ	AX, 72(BX)
	ADDQ	$REC_Size, BX
	INCQ	HDR_Count(R13)
	JMP	loop
done:
	MOVQ	$-2, R10
	MOVL	$7, DX
	MOVL	$svcTerminateThread, AX
	SYSCALL
	JMP	done

// listException: where the children's exceptions go. The next record, for a
// thread that has a list; the end, for any other.
TEXT listException(SB),NOSPLIT|NOFRAME,$0
	MOVQ	TEB_Block(GS), R13
	TESTQ	R13, R13
	JZ	end
	INCQ	HDR_Count(R13)
	JMP	listCode(SB)
end:
	MOVQ	$-2, R10
	MOVL	$8, DX
	MOVL	$svcTerminateThread, AX
	SYSCALL
	JMP	end

// listApc: what user APCs call; it goes on with the list.
TEXT listApc(SB),NOSPLIT|NOFRAME,$0
	JMP	listException(SB)

// racerCode: R13 = [rounds, address, mask of its words, table of 16 words,
// seed]. Writes words of the table over other threads' arguments.
TEXT racerCode(SB),NOSPLIT|NOFRAME,$0
	MOVQ	0(R13), R12
	MOVQ	8(R13), DI
	MOVQ	16(R13), SI
	MOVQ	24(R13), R15
	MOVQ	32(R13), AX
race:
	MOVQ	AX, CX
	SHLQ	$13, CX
	XORQ	CX, AX
	MOVQ	AX, CX
	SHRQ	$7, CX
	XORQ	CX, AX
	MOVQ	AX, CX
	SHLQ	$17, CX
	XORQ	CX, AX
	MOVQ	AX, DX
	ANDQ	SI, DX
	MOVQ	AX, CX
	SHRQ	$40, CX
	ANDQ	$15, CX
	MOVQ	(R15)(CX*8), CX
	MOVQ	CX, (DI)(DX*8)
	DECQ	R12
	JNZ	race
	XORL	R13, R13
	JMP	listException(SB)

// pauseCode: a while of nothing, then the end.
TEXT pauseCode(SB),NOSPLIT|NOFRAME,$0
	MOVL	$100000, CX
spin:
	DECL	CX
	JNZ	spin
	MOVQ	CX, TEB_Block(GS)
	JMP	listException(SB)

// func callCode() (list, exception, apc, racer, pause uint64)
TEXT ·callCode(SB),NOSPLIT,$0-40
	LEAQ	listCode(SB), AX
	MOVQ	AX, list+0(FP)
	LEAQ	listException(SB), AX
	MOVQ	AX, exception+8(FP)
	LEAQ	listApc(SB), AX
	MOVQ	AX, apc+16(FP)
	LEAQ	racerCode(SB), AX
	MOVQ	AX, racer+24(FP)
	LEAQ	pauseCode(SB), AX
	MOVQ	AX, pause+32(FP)
	RET
