//go:build ntuser

#include "textflag.h"

// The register tests. AX holds the pattern: general register k holds AX+k,
// XMM register i AX+0x100+i in both halves.

#define XSET(i, X) \
	LEAQ	(0x100+i)(AX), CX; \
	MOVQ	CX, X; \
	PUNPCKLQDQ X, X

#define XBAD(i, X) \
	LEAQ	(0x100+i)(AX), CX; \
	MOVQ	CX, R8; \
	MOVQ	X, CX; \
	CMPQ	CX, R8; \
	JNE	bad; \
	MOVHLPS	X, X; \
	MOVQ	X, CX; \
	CMPQ	CX, R8; \
	JNE	bad

#define XZERO(X) \
	MOVQ	X, CX; \
	TESTQ	CX, CX; \
	JNZ	bad; \
	MOVHLPS	X, X; \
	MOVQ	X, CX; \
	TESTQ	CX, CX; \
	JNZ	bad

// func spin(pattern, n uint64) bool: all registers survive n rounds in which
// anything may interrupt.
TEXT ·spin(SB),NOSPLIT,$16-17
	MOVQ	pattern+0(FP), AX
	XSET(0, X0)
	XSET(1, X1)
	XSET(2, X2)
	XSET(3, X3)
	XSET(4, X4)
	XSET(5, X5)
	XSET(6, X6)
	XSET(7, X7)
	XSET(8, X8)
	XSET(9, X9)
	XSET(10, X10)
	XSET(11, X11)
	XSET(12, X12)
	XSET(13, X13)
	XSET(14, X14)
	XSET(15, X15)
	LEAQ	1(AX), BX
	LEAQ	2(AX), DX
	LEAQ	3(AX), SI
	LEAQ	4(AX), DI
	LEAQ	5(AX), R8
	LEAQ	6(AX), R9
	LEAQ	7(AX), R10
	LEAQ	8(AX), R11
	LEAQ	9(AX), R12
	LEAQ	10(AX), R13
	LEAQ	11(AX), R14
	LEAQ	12(AX), R15
	MOVQ	n+8(FP), CX
loop:
	DECQ	CX
	JNZ	loop
	LEAQ	1(AX), CX
	CMPQ	CX, BX
	JNE	bad
	LEAQ	2(AX), CX
	CMPQ	CX, DX
	JNE	bad
	LEAQ	3(AX), CX
	CMPQ	CX, SI
	JNE	bad
	LEAQ	4(AX), CX
	CMPQ	CX, DI
	JNE	bad
	LEAQ	5(AX), CX
	CMPQ	CX, R8
	JNE	bad
	LEAQ	6(AX), CX
	CMPQ	CX, R9
	JNE	bad
	LEAQ	7(AX), CX
	CMPQ	CX, R10
	JNE	bad
	LEAQ	8(AX), CX
	CMPQ	CX, R11
	JNE	bad
	LEAQ	9(AX), CX
	CMPQ	CX, R12
	JNE	bad
	LEAQ	10(AX), CX
	CMPQ	CX, R13
	JNE	bad
	LEAQ	11(AX), CX
	CMPQ	CX, R14
	JNE	bad
	LEAQ	12(AX), CX
	CMPQ	CX, R15
	JNE	bad
	XBAD(0, X0)
	XBAD(1, X1)
	XBAD(2, X2)
	XBAD(3, X3)
	XBAD(4, X4)
	XBAD(5, X5)
	XBAD(6, X6)
	XBAD(7, X7)
	XBAD(8, X8)
	XBAD(9, X9)
	XBAD(10, X10)
	XBAD(11, X11)
	XBAD(12, X12)
	XBAD(13, X13)
	XBAD(14, X14)
	XBAD(15, X15)
	MOVB	$1, ret+16(FP)
	RET
bad:
	MOVB	$0, ret+16(FP)
	RET

// func service(pattern, number, r10, rdx uint64) bool: a service keeps what a
// callee keeps, RBX RBP RSI RDI R12-R15 XMM6-15, and clears RDX R8-R10 and
// XMM0-5.
TEXT ·service(SB),NOSPLIT,$128-33
	MOVQ	pattern+0(FP), AX
	MOVQ	AX, 96(SP)
	MOVQ	BP, 104(SP)
	XSET(0, X0)
	XSET(1, X1)
	XSET(2, X2)
	XSET(3, X3)
	XSET(4, X4)
	XSET(5, X5)
	XSET(6, X6)
	XSET(7, X7)
	XSET(8, X8)
	XSET(9, X9)
	XSET(10, X10)
	XSET(11, X11)
	XSET(12, X12)
	XSET(13, X13)
	XSET(14, X14)
	XSET(15, X15)
	LEAQ	1(AX), BX
	LEAQ	2(AX), DX
	LEAQ	3(AX), SI
	LEAQ	4(AX), DI
	LEAQ	5(AX), R8
	LEAQ	6(AX), R9
	LEAQ	7(AX), R10
	LEAQ	8(AX), R11
	LEAQ	9(AX), R12
	LEAQ	10(AX), R13
	LEAQ	11(AX), R14
	LEAQ	12(AX), R15
	MOVQ	r10+16(FP), R10
	MOVQ	rdx+24(FP), DX
	MOVQ	number+8(FP), AX
	SYSCALL
	CMPQ	BP, 104(SP)
	JNE	bad
	MOVQ	DX, CX
	ORQ	R8, CX
	ORQ	R9, CX
	ORQ	R10, CX
	JNZ	bad
	MOVQ	96(SP), AX
	LEAQ	1(AX), CX
	CMPQ	CX, BX
	JNE	bad
	LEAQ	3(AX), CX
	CMPQ	CX, SI
	JNE	bad
	LEAQ	4(AX), CX
	CMPQ	CX, DI
	JNE	bad
	LEAQ	9(AX), CX
	CMPQ	CX, R12
	JNE	bad
	LEAQ	10(AX), CX
	CMPQ	CX, R13
	JNE	bad
	LEAQ	11(AX), CX
	CMPQ	CX, R14
	JNE	bad
	LEAQ	12(AX), CX
	CMPQ	CX, R15
	JNE	bad
	XZERO(X0)
	XZERO(X1)
	XZERO(X2)
	XZERO(X3)
	XZERO(X4)
	XZERO(X5)
	XBAD(6, X6)
	XBAD(7, X7)
	XBAD(8, X8)
	XBAD(9, X9)
	XBAD(10, X10)
	XBAD(11, X11)
	XBAD(12, X12)
	XBAD(13, X13)
	XBAD(14, X14)
	XBAD(15, X15)
	MOVB	$1, ret+32(FP)
	RET
bad:
	MOVB	$0, ret+32(FP)
	RET

// func touch(pattern uint64, p *byte) bool: all registers survive a page fault.
TEXT ·touch(SB),NOSPLIT,$16-17
	MOVQ	pattern+0(FP), AX
	XSET(0, X0)
	XSET(1, X1)
	XSET(2, X2)
	XSET(3, X3)
	XSET(4, X4)
	XSET(5, X5)
	XSET(6, X6)
	XSET(7, X7)
	XSET(8, X8)
	XSET(9, X9)
	XSET(10, X10)
	XSET(11, X11)
	XSET(12, X12)
	XSET(13, X13)
	XSET(14, X14)
	XSET(15, X15)
	LEAQ	1(AX), BX
	LEAQ	2(AX), DX
	LEAQ	3(AX), SI
	LEAQ	4(AX), DI
	LEAQ	5(AX), R8
	LEAQ	6(AX), R9
	LEAQ	7(AX), R10
	LEAQ	8(AX), R11
	LEAQ	9(AX), R12
	LEAQ	10(AX), R13
	LEAQ	11(AX), R14
	LEAQ	12(AX), R15
	MOVQ	p+8(FP), CX
	MOVB	$1, (CX)
	LEAQ	1(AX), CX
	CMPQ	CX, BX
	JNE	bad
	LEAQ	2(AX), CX
	CMPQ	CX, DX
	JNE	bad
	LEAQ	3(AX), CX
	CMPQ	CX, SI
	JNE	bad
	LEAQ	4(AX), CX
	CMPQ	CX, DI
	JNE	bad
	LEAQ	5(AX), CX
	CMPQ	CX, R8
	JNE	bad
	LEAQ	6(AX), CX
	CMPQ	CX, R9
	JNE	bad
	LEAQ	7(AX), CX
	CMPQ	CX, R10
	JNE	bad
	LEAQ	8(AX), CX
	CMPQ	CX, R11
	JNE	bad
	LEAQ	9(AX), CX
	CMPQ	CX, R12
	JNE	bad
	LEAQ	10(AX), CX
	CMPQ	CX, R13
	JNE	bad
	LEAQ	11(AX), CX
	CMPQ	CX, R14
	JNE	bad
	LEAQ	12(AX), CX
	CMPQ	CX, R15
	JNE	bad
	XBAD(0, X0)
	XBAD(1, X1)
	XBAD(2, X2)
	XBAD(3, X3)
	XBAD(4, X4)
	XBAD(5, X5)
	XBAD(6, X6)
	XBAD(7, X7)
	XBAD(8, X8)
	XBAD(9, X9)
	XBAD(10, X10)
	XBAD(11, X11)
	XBAD(12, X12)
	XBAD(13, X13)
	XBAD(14, X14)
	XBAD(15, X15)
	MOVB	$1, ret+16(FP)
	RET
bad:
	MOVB	$0, ret+16(FP)
	RET

// func x87(number, r10, rdx uint64) (cw uint64, pi float64): the x87 control word
// and a register over a service.
TEXT ·x87(SB),NOSPLIT,$16-40
	BYTE	$0xDB; BYTE $0xE3	// FNINIT
	MOVW	$0x027F, 0(SP)		// double precision, not the default
	BYTE	$0xD9; BYTE $0x2C; BYTE $0x24	// FLDCW (SP)
	BYTE	$0xD9; BYTE $0xEB	// FLDPI
	MOVQ	number+0(FP), AX
	MOVQ	r10+8(FP), R10
	MOVQ	rdx+16(FP), DX
	SYSCALL
	MOVQ	$0, 0(SP)
	BYTE	$0xD9; BYTE $0x3C; BYTE $0x24	// FNSTCW (SP)
	MOVQ	0(SP), AX
	MOVQ	AX, cw+24(FP)
	BYTE	$0xDD; BYTE $0x1C; BYTE $0x24	// FSTP double (SP)
	MOVQ	0(SP), AX
	MOVQ	AX, pi+32(FP)
	BYTE	$0xDB; BYTE $0xE3	// FNINIT
	RET

// What only a test does.

TEXT ·doHlt(SB),NOSPLIT,$0
	HLT
	RET
TEXT ·doCli(SB),NOSPLIT,$0
	CLI
	RET
TEXT ·doIn(SB),NOSPLIT,$0
	MOVW	$0x64, DX
	INB
	RET
TEXT ·doWrmsr(SB),NOSPLIT,$0
	MOVL	$0xC0000082, CX
	XORL	AX, AX
	XORL	DX, DX
	WRMSR
	RET
TEXT ·doMovCr3(SB),NOSPLIT,$0
	MOVQ	CR3, AX
	RET
TEXT ·doLgdt(SB),NOSPLIT,$16
	LGDT	0(SP)
	RET
TEXT ·doDivide(SB),NOSPLIT,$0
	XORL	CX, CX
	MOVL	$1, AX
	XORL	DX, DX
	DIVL	CX
	RET
TEXT ·doInt3(SB),NOSPLIT,$0
	INT	$3
	RET
TEXT ·doUd2(SB),NOSPLIT,$0
	UD2
	RET
TEXT ·doInt2e(SB),NOSPLIT,$0
	INT	$0x2E
	RET
TEXT ·doSpin(SB),NOSPLIT,$0
forever:
	JMP	forever
TEXT ·doStep(SB),NOSPLIT,$8
	PUSHFQ
	ORQ	$0x100, 0(SP)
	POPFQ
	NOP
	RET
TEXT ·doBadStack(SB),NOSPLIT,$0
	XORL	SP, SP
	MOVQ	AX, -8(SP)
	RET
TEXT ·doKernelStack(SB),NOSPLIT,$0
	MOVQ	$0xFFFFFFFF80400000, SP
	MOVQ	AX, -8(SP)
	RET
// A service with the stack pointer in the kernel and an argument on the stack.
TEXT ·doServiceBadStack(SB),NOSPLIT,$0
	MOVQ	SP, R12
	MOVQ	$0xFFFFFFFF80400000, SP
	MOVL	$26, AX
	MOVQ	$-1, R10
	SYSCALL
	MOVQ	R12, SP
	RET
TEXT ·doNonCanonical(SB),NOSPLIT,$0
	MOVQ	$0x8000000000000000, AX
	JMP	AX
TEXT ·doIopl(SB),NOSPLIT,$8
	PUSHFQ
	ORQ	$0x3000, 0(SP)
	POPFQ
	CLI
	RET

// func jump(a uintptr)
TEXT ·jump(SB),NOSPLIT,$0-8
	MOVQ	a+0(FP), AX
	CALL	AX
	RET

// func continued() uint64
TEXT ·continued(SB),0,$1248-8
	MOVL	$0x100003, AX		// control and integer
	MOVL	AX, 0x30(SP)		// Context.ContextFlags
	MOVQ	SP, 0x98(SP)		// Context.Rsp
	MOVQ	BP, 0xA0(SP)
	MOVQ	$0x1234567890, AX
	MOVQ	AX, 0x88(SP)		// Context.Rdx
	MOVQ	R14, 0xE8(SP)
	LEAQ	here(SB), AX
	MOVQ	AX, 0xF8(SP)		// Context.Rip
	MOVL	$0x3202, AX		// IOPL must not come through
	MOVL	AX, 0x44(SP)
	MOVQ	SP, R10
	XORL	DX, DX
	MOVL	$56, AX			// NtContinue
	SYSCALL
	MOVQ	$0, ret+0(FP)		// it came back
	RET

TEXT here(SB),NOSPLIT|NOFRAME,$0
	MOVQ	DX, 1264(SP)		// ret of continued: frame 1248, saved RBP, return address
	MOVQ	1248(SP), BP
	LEAQ	1256(SP), SP
	RET
