//go:build ntuser

// What the threads run that nttest watches on several processors: no Go, no stack to
// speak of. R13 is the address of the thread's mark.

#include "textflag.h"
#include "guest.h"

// Of type Mark.
#define MARK_Stop 0
#define MARK_Apics 8
#define MARK_Numbers 16
#define MARK_Rounds 24
#define MARK_Faults 32
#define MARK_Page 40
#define MARK_Expect 48
#define MARK_Bad 56
#define MARK_Apic 64
#define MARK_Stack 72
#define MARK_Again 80
#define MARK_Token 88
#define MARK_Me 96

// WHERE notes the processor: EBX[31:24] of CPUID leaf 1 (SDM vol. 2, CPUID).
#define WHERE \
	MOVL	$1, AX; \
	XORL	CX, CX; \
	CPUID; \
	SHRL	$24, BX; \
	MOVQ	BX, MARK_Apic(R13); \
	BTSQ	BX, MARK_Apics(R13)

// seeCode: where am I, by CPUID and by the kernel.
TEXT seeCode(SB),NOSPLIT|NOFRAME,$0
see:
	WHERE
	MOVL	$svcGetCurrentProcessorNumber, AX
	SYSCALL
	BTSQ	AX, MARK_Numbers(R13)
	INCQ	MARK_Rounds(R13)
	CMPQ	MARK_Stop(R13), $0
	JEQ	see
	END

// busyCode never asks the kernel for anything.
TEXT busyCode(SB),NOSPLIT|NOFRAME,$0
busy:
	WHERE
	MOVL	$1000, CX
count:
	DECL	CX
	JNZ	count
	INCQ	MARK_Rounds(R13)
	CMPQ	MARK_Stop(R13), $0
	JEQ	busy
	END

// tokenCode waits for its turn in the word at MARK_Token, without the kernel,
// and gives it to the other thread.
TEXT tokenCode(SB),NOSPLIT|NOFRAME,$0
	MOVQ	MARK_Token(R13), DI
	MOVQ	MARK_Me(R13), SI
turn:
	PAUSE
	CMPQ	MARK_Stop(R13), $0
	JNE	over
	CMPQ	0(DI), SI
	JNE	turn
	INCQ	MARK_Rounds(R13)
	XORL	$1, SI
	MOVQ	SI, 0(DI)
	XORL	$1, SI
	JMP	turn
over:
	END

// writeCode writes to a page for ever; what faults is counted.
TEXT writeCode(SB),NOSPLIT|NOFRAME,$0
	MOVQ	R13, TEB_Block(GS)
write:
	CMPQ	MARK_Stop(R13), $0
	JNE	written
	WHERE
	MOVQ	MARK_Page(R13), DI
	INCQ	MARK_Rounds(R13)
	MOVQ	MARK_Rounds(R13), AX
	MOVL	$100, CX
several:
	MOVQ	AX, 0(DI)
	DECL	CX
	JNZ	several
	JMP	write
written:
	END

// readCode reads a word for ever. It must be 0 or what MARK_Expect says before
// or after.
TEXT readCode(SB),NOSPLIT|NOFRAME,$0
	MOVQ	R13, TEB_Block(GS)
read:
	CMPQ	MARK_Stop(R13), $0
	JNE	done
	WHERE
	INCQ	MARK_Rounds(R13)
	MOVL	$100, CX
look:
	MOVQ	MARK_Expect(R13), R8
	MOVQ	MARK_Page(R13), DI
	MOVQ	0(DI), AX
	TESTQ	AX, AX
	JZ	good
	CMPQ	AX, R8
	JEQ	good
	CMPQ	AX, MARK_Expect(R13)
	JEQ	good
	MOVQ	AX, MARK_Bad(R13)
good:
	DECL	CX
	JNZ	look
	JMP	read
done:
	END

// faultCode is the process's exception dispatcher: once more. Threads without a
// mark end the process.
TEXT faultCode(SB),NOSPLIT|NOFRAME,$0
	MOVQ	TEB_Block(GS), R13
	TESTQ	R13, R13
	JZ	stranger
	INCQ	MARK_Faults(R13)
	MOVQ	MARK_Stack(R13), SP
	MOVQ	MARK_Again(R13), AX
	JMP	AX
stranger:
	MOVQ	$-1, R10
	MOVL	$0xDEAD, DX
	MOVL	$svcTerminateProcess, AX
	SYSCALL
	INT	$3

// func processorCode() (see, busy, token, write, read, fault uint64)
TEXT ·processorCode(SB),NOSPLIT,$0-48
	LEAQ	seeCode(SB), AX
	MOVQ	AX, see+0(FP)
	LEAQ	busyCode(SB), AX
	MOVQ	AX, busy+8(FP)
	LEAQ	tokenCode(SB), AX
	MOVQ	AX, token+16(FP)
	LEAQ	writeCode(SB), AX
	MOVQ	AX, write+24(FP)
	LEAQ	readCode(SB), AX
	MOVQ	AX, read+32(FP)
	LEAQ	faultCode(SB), AX
	MOVQ	AX, fault+40(FP)
	RET

// func apicID() uint64
TEXT ·apicID(SB),NOSPLIT,$0-8
	MOVL	$1, AX
	XORL	CX, CX
	CPUID
	SHRL	$24, BX
	MOVQ	BX, ret+0(FP)
	RET
