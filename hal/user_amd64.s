//go:build kernel

// Ring 3 and back: EnterUser and the SYSCALL entry (DESIGN 4).

#include "textflag.h"
#include "offsets.h"

// func enterUser(ctx *Context)
//
// Loads ctx and goes to ring 3; returns at the next trap with the state stored
// in ctx, or at once when a request or a tick of the clock is pending (attention). RIP must be a user address. All registers but SP and BP may be
// changed, which ABI0 allows.
TEXT ·enterUser(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	ctx+0(FP), DI
	CLI
	MOVQ	PCR_Ticks(GS), AX
	SUBQ	PCR_Seen(GS), AX
	ORQ	PCR_Pending(GS), AX
	JEQ	enter
	MOVQ	$VECTOR_REQUEST, CTX_Vector(DI)	// something wants a dispatch point
	STI
	RET
enter:
	PUSHQ	BP
	MOVQ	SP, PCR_KernelRsp(GS)
	MOVQ	DI, PCR_Ctx(GS)
	MOVL	CTX_FsBase(DI), AX
	MOVL	(CTX_FsBase+4)(DI), DX
	MOVL	$MSR_FS_BASE, CX
	WRMSR
	CMPQ	DI, PCR_GsOwner(GS)
	JNE	setGs
gsSet:
	CMPQ	CTX_Partial(DI), $0
	JEQ	full

	// after a service: what a callee keeps, the rest cleared; the x87 state too
	// if another thread has run since
	CMPQ	CTX_Partial(DI), $2
	JNE	own
	FXRSTOR64 CTX_Fx(DI)
own:
	LDMXCSR	CTX_Mxcsr(DI)
	MOVUPS	CTX_Xmm(6)(DI), X6
	MOVUPS	CTX_Xmm(7)(DI), X7
	MOVUPS	CTX_Xmm(8)(DI), X8
	MOVUPS	CTX_Xmm(9)(DI), X9
	MOVUPS	CTX_Xmm(10)(DI), X10
	MOVUPS	CTX_Xmm(11)(DI), X11
	MOVUPS	CTX_Xmm(12)(DI), X12
	MOVUPS	CTX_Xmm(13)(DI), X13
	MOVUPS	CTX_Xmm(14)(DI), X14
	MOVUPS	CTX_Xmm(15)(DI), X15
	XORPS	X0, X0
	XORPS	X1, X1
	XORPS	X2, X2
	XORPS	X3, X3
	XORPS	X4, X4
	XORPS	X5, X5
	XORL	DX, DX
	XORL	R8, R8
	XORL	R9, R9
	XORL	R10, R10
	MOVQ	CTX_Rip(DI), CX
	MOVQ	CTX_Rflags(DI), R11
	MOVQ	CTX_Rax(DI), AX
	MOVQ	CTX_Rbx(DI), BX
	MOVQ	CTX_Rbp(DI), BP
	MOVQ	CTX_Rsi(DI), SI
	MOVQ	CTX_R12(DI), R12
	MOVQ	CTX_R13(DI), R13
	MOVQ	CTX_R14(DI), R14
	MOVQ	CTX_R15(DI), R15
	MOVQ	CTX_Rsp(DI), SP
	MOVQ	CTX_Rdi(DI), DI
	SWAPGS
	BYTE	$0x48; BYTE $0x0F; BYTE $0x07	// SYSRETQ

full:
	FXRSTOR64 CTX_Fx(DI)
	PUSHQ	$0x2B
	PUSHQ	CTX_Rsp(DI)
	PUSHQ	CTX_Rflags(DI)
	PUSHQ	$0x33
	PUSHQ	CTX_Rip(DI)
	MOVQ	CTX_Rax(DI), AX
	MOVQ	CTX_Rcx(DI), CX
	MOVQ	CTX_Rdx(DI), DX
	MOVQ	CTX_Rbx(DI), BX
	MOVQ	CTX_Rbp(DI), BP
	MOVQ	CTX_Rsi(DI), SI
	MOVQ	CTX_R8(DI), R8
	MOVQ	CTX_R9(DI), R9
	MOVQ	CTX_R10(DI), R10
	MOVQ	CTX_R11(DI), R11
	MOVQ	CTX_R12(DI), R12
	MOVQ	CTX_R13(DI), R13
	MOVQ	CTX_R14(DI), R14
	MOVQ	CTX_R15(DI), R15
	MOVQ	CTX_Rdi(DI), DI
	SWAPGS
	IRETQ

setGs:
	MOVQ	DI, PCR_GsOwner(GS)
	MOVL	CTX_GsBase(DI), AX
	MOVL	(CTX_GsBase+4)(DI), DX
	MOVL	$MSR_KERNEL_GS_BASE, CX
	WRMSR
	JMP	gsSet

// KiSystemCall64: RCX = RIP, R11 = RFLAGS, IF cleared by SFMASK, no stack.
// SP serves as the Context pointer: nothing may push here, and what does
// not mask (NMI, machine check) has its own stack.
TEXT KiSystemCall64(SB),NOSPLIT|NOFRAME,$0
	SWAPGS
	MOVQ	SP, PCR_UserRsp(GS)
	MOVQ	PCR_Ctx(GS), SP
	MOVQ	CX, CTX_Rip(SP)
	MOVQ	R11, CTX_Rflags(SP)
	MOVQ	AX, CTX_Rax(SP)
	MOVQ	BX, CTX_Rbx(SP)
	MOVQ	BP, CTX_Rbp(SP)
	MOVQ	SI, CTX_Rsi(SP)
	MOVQ	DI, CTX_Rdi(SP)
	MOVQ	R10, CTX_R10(SP)
	MOVQ	DX, CTX_Rdx(SP)
	MOVQ	R8, CTX_R8(SP)
	MOVQ	R9, CTX_R9(SP)
	MOVQ	R12, CTX_R12(SP)
	MOVQ	R13, CTX_R13(SP)
	MOVQ	R14, CTX_R14(SP)
	MOVQ	R15, CTX_R15(SP)
	MOVQ	PCR_UserRsp(GS), BX
	MOVQ	BX, CTX_Rsp(SP)
	MOVQ	SP, BX
	STMXCSR	CTX_Mxcsr(BX)
	MOVUPS	X6, CTX_Xmm(6)(BX)
	MOVUPS	X7, CTX_Xmm(7)(BX)
	MOVUPS	X8, CTX_Xmm(8)(BX)
	MOVUPS	X9, CTX_Xmm(9)(BX)
	MOVUPS	X10, CTX_Xmm(10)(BX)
	MOVUPS	X11, CTX_Xmm(11)(BX)
	MOVUPS	X12, CTX_Xmm(12)(BX)
	MOVUPS	X13, CTX_Xmm(13)(BX)
	MOVUPS	X14, CTX_Xmm(14)(BX)
	MOVUPS	X15, CTX_Xmm(15)(BX)
	LDMXCSR	·defaultMxcsr(SB)
	MOVQ	$VECTOR_SYSCALL, CTX_Vector(BX)
	MOVQ	$1, CTX_Partial(BX)
	JMP	kiBackToKernel(SB)

// func systemCallEntry() uint64
TEXT ·systemCallEntry(SB),NOSPLIT,$0-8
	LEAQ	KiSystemCall64(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

// Access to user memory from ring 0. A fault between HalCopyStart and HalCopyEnd goes to
// HalCopyFault with AX = address, DX = error code. All functions between them have the
// same arguments and results, push nothing, and keep in R8 how many bytes are left; what
// has been moved of a piece that faults is moved again.
TEXT HalCopyStart(SB),NOSPLIT|NOFRAME,$0
	BYTE	$0xCC

// func copyUser(dst, src unsafe.Pointer, n uintptr) (left uintptr, addr, code uint64)
//
// Aligned words of 4, 8 and 16 bytes are read and written once. The end of a longer piece
// is moved with some of the bytes before it. From 256 bytes on, words are moved by REP MOVSQ, a page at most at a time:
// processors do that with whole lines of their caches, and TCG does it in less than half of the time that it
// needs for as many moves of XMM registers.
TEXT ·copyUser(SB),NOSPLIT|NOFRAME,$0-48
	MOVQ	dst+0(FP), DI
	MOVQ	src+8(FP), SI
	MOVQ	n+16(FP), R8
	CMPQ	R8, $256
	JB	rest
	CLD
many:
	MOVL	$4096, AX
	CMPQ	R8, AX
	CMOVQCS	R8, AX
	MOVQ	AX, CX
	SHRQ	$3, CX
	ANDQ	$~7, AX
	REP; MOVSQ
	SUBQ	AX, R8
	CMPQ	R8, $256
	JAE	many
	TESTQ	R8, R8
	JZ	whole
rest:
	CMPQ	R8, $16
	JB	small
blocks:
	MOVUPS	(SI), X0
	MOVUPS	X0, (DI)
	ADDQ	$16, SI
	ADDQ	$16, DI
	SUBQ	$16, R8
	CMPQ	R8, $16
	JAE	blocks
	TESTQ	R8, R8
	JZ	whole
	MOVUPS	-16(SI)(R8*1), X0
	MOVUPS	X0, -16(DI)(R8*1)
whole:
	MOVQ	$0, left+24(FP)
	RET
small:
	CMPQ	R8, $8
	JB	few
	MOVQ	(SI), AX
	JEQ	eight
	MOVQ	-8(SI)(R8*1), CX
	MOVQ	AX, (DI)
	MOVQ	CX, -8(DI)(R8*1)
	MOVQ	$0, left+24(FP)
	RET
eight:
	MOVQ	AX, (DI)
	MOVQ	$0, left+24(FP)
	RET
few:
	CMPQ	R8, $4
	JB	bytes
	MOVL	(SI), AX
	JEQ	four
	MOVL	-4(SI)(R8*1), CX
	MOVL	AX, (DI)
	MOVL	CX, -4(DI)(R8*1)
	MOVQ	$0, left+24(FP)
	RET
four:
	MOVL	AX, (DI)
	MOVQ	$0, left+24(FP)
	RET
bytes:
	TESTQ	R8, R8
	JZ	whole
	MOVB	(SI), AX
	MOVB	AX, (DI)
	INCQ	SI
	INCQ	DI
	DECQ	R8
	JMP	bytes

// func probeUser(dst, src unsafe.Pointer, n uintptr) (left uintptr, addr, code uint64)
//
// Writes the byte at dst as it is, without a moment in which another processor's write
// could be lost; n is 1, src is not used.
TEXT ·probeUser(SB),NOSPLIT|NOFRAME,$0-48
	MOVQ	dst+0(FP), DI
	MOVQ	n+16(FP), R8
	LOCK
	ORB	$0, (DI)
	MOVQ	$0, left+24(FP)
	RET

TEXT HalCopyEnd(SB),NOSPLIT|NOFRAME,$0
	BYTE	$0xCC

// The stack is the faulting function's.
TEXT HalCopyFault(SB),NOSPLIT|NOFRAME,$0-48
	MOVQ	R8, left+24(FP)
	MOVQ	AX, addr+32(FP)
	MOVQ	DX, code+40(FP)
	RET
