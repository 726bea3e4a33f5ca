//go:build kernel

// Every trap and interrupt enters here (SPEC P0.1, DESIGN 4).
//
// From ring 3: everything goes into the thread's Context and EnterUser
// returns to its caller, on the goroutine's stack. From ring 0: interrupts are
// counted and acknowledged; a first touch of a page in the kernel's window
// gets a page; a fault in a copy from or to user memory ends that copy; all
// else is a bugcheck. No Go code runs here but the bugcheck's.

#include "textflag.h"
#include "offsets.h"

// A stub is a CALL, five bytes; the return address tells the vector.
#define STUB CALL kiTrap(SB)
#define STUBS4 STUB; STUB; STUB; STUB
#define STUBS16 STUBS4; STUBS4; STUBS4; STUBS4

TEXT trapStubs(SB),NOSPLIT|NOFRAME,$0
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16
	STUBS16

// Stack here: stub's return address, error code (some vectors), RIP, CS,
// RFLAGS, RSP, SS. IF is 0, the stack is one of the IST stacks.
TEXT kiTrap(SB),NOSPLIT|NOFRAME,$0
	XCHGQ	AX, (SP)		// saved AX takes the return address's place
	PUSHQ	CX
	PUSHQ	DX
	PUSHQ	BX
	CLD				// memmove runs backwards with DF set
	LEAQ	trapStubs(SB), CX
	SUBQ	CX, AX			// 5 * (vector + 1), 1280 at most
	IMULQ	$52429, AX
	SHRQ	$18, AX			// / 5
	DECQ	AX			// AX = vector
	LEAQ	32(SP), DX		// DX = where RIP is without an error code
	XORL	CX, CX
	CMPQ	AX, $32
	JAE	framed
	MOVL	$0x60227D00, BX		// vectors 8, 10-14, 17, 21, 29, 30 push an error code
	BTQ	AX, BX
	JCC	exact
	MOVQ	(DX), CX		// CX = error code
	ADDQ	$8, DX
exact:
	CMPQ	AX, $2
	JEQ	nmi
notFrozen:
framed:
	TESTB	$3, 8(DX)
	JNZ	fromUser

	// ---- ring 0 ----
ring0:
	CMPQ	AX, $32
	JAE	interrupt0
	CMPQ	AX, $14
	JNE	fault0

	MOVQ	CR2, BX
	TESTQ	$1, CX			// present: a protection fault
	JNZ	copyFault
	MOVQ	$WINDOW_START, AX
	CMPQ	BX, AX
	JB	copyFault
	MOVQ	$WINDOW_END, AX
	CMPQ	BX, AX
	JAE	copyFault
	MOVQ	BX, AX
	PUSHQ	SI
	PUSHQ	DI
	PUSHQ	R8
	CALL	kiBackPage(SB)
	MOVQ	R8, AX
	POPQ	R8
	POPQ	DI
	POPQ	SI
	TESTQ	AX, AX
	JZ	outOfPages
	POPQ	BX
	POPQ	DX
	POPQ	CX
	POPQ	AX
	ADDQ	$8, SP			// error code
	IRETQ

outOfPages:
	LEAQ	40(SP), DX
	MOVQ	32(SP), CX
	MOVQ	$0x10E, AX		// page fault without a page to give
	JMP	fault0

	// A fault between HalCopyStart and HalCopyEnd resumes at HalCopyFault
	// with AX = address, DX = error code.
copyFault:
	LEAQ	HalCopyStart(SB), AX
	CMPQ	AX, (DX)
	JHI	notCopy
	LEAQ	HalCopyEnd(SB), AX
	CMPQ	AX, (DX)
	JLS	notCopy
	LEAQ	HalCopyFault(SB), AX
	MOVQ	AX, (DX)
	MOVQ	BX, 24(SP)		// saved AX
	MOVQ	CX, 8(SP)		// saved DX
	POPQ	BX
	POPQ	DX
	POPQ	CX
	POPQ	AX
	ADDQ	$8, SP
	IRETQ
notCopy:
	MOVL	$14, AX
	JMP	fault0

interrupt0:
	CALL	kiInterrupt(SB)
	POPQ	BX
	POPQ	DX
	POPQ	CX
	POPQ	AX
	IRETQ

	// An NMI while another processor stops the system stops this one, whatever
	// it does.
nmi:
	CMPQ	·frozen(SB), $0
	JNE	freeze
	CMPL	·kdOn(SB), $0
	JEQ	notFrozen
	JMP	kdNmi(SB)
freeze:
	CLI
	HLT
	JMP	freeze

	// A fault of ring 0 that nobody handles: the debugger's first, if there is one.
fault0:
	CMPL	·kdOn(SB), $0
	JEQ	crash
	CMPQ	AX, $0x10E		// without memory for the heap the stop comes first
	JNE	debugger
crash:
	JMP	kiCrashFrame(SB)
debugger:
	JMP	kdTrap(SB)

	// ---- ring 3 ----
fromUser:
	SWAPGS
	MOVQ	PCR_Ctx(GS), BX
	MOVQ	AX, CTX_Vector(BX)
	MOVQ	CX, CTX_ErrorCode(BX)
	MOVQ	$0, CTX_Partial(BX)
	MOVQ	CR2, AX
	MOVQ	AX, CTX_Cr2(BX)
	MOVQ	0(DX), AX
	MOVQ	AX, CTX_Rip(BX)
	MOVQ	16(DX), AX
	MOVQ	AX, CTX_Rflags(BX)
	MOVQ	24(DX), AX
	MOVQ	AX, CTX_Rsp(BX)
	MOVQ	24(SP), AX
	MOVQ	AX, CTX_Rax(BX)
	MOVQ	16(SP), AX
	MOVQ	AX, CTX_Rcx(BX)
	MOVQ	8(SP), AX
	MOVQ	AX, CTX_Rdx(BX)
	MOVQ	0(SP), AX
	MOVQ	AX, CTX_Rbx(BX)
	MOVQ	BP, CTX_Rbp(BX)
	MOVQ	SI, CTX_Rsi(BX)
	MOVQ	DI, CTX_Rdi(BX)
	MOVQ	R8, CTX_R8(BX)
	MOVQ	R9, CTX_R9(BX)
	MOVQ	R10, CTX_R10(BX)
	MOVQ	R11, CTX_R11(BX)
	MOVQ	R12, CTX_R12(BX)
	MOVQ	R13, CTX_R13(BX)
	MOVQ	R14, CTX_R14(BX)
	MOVQ	R15, CTX_R15(BX)
	FXSAVE64 CTX_Fx(BX)
	LDMXCSR	·defaultMxcsr(SB)
	MOVQ	CTX_Vector(BX), AX
	CMPQ	AX, $32
	JB	exception
	CALL	kiInterrupt(SB)
exception:
	JMP	kiBackToKernel(SB)

// kiBackToKernel: BX = Context. Ring 0 as EnterUser left it, then its return.
TEXT kiBackToKernel(SB),NOSPLIT|NOFRAME,$0
	MOVL	PCR_KernelFs(GS), AX
	MOVL	(PCR_KernelFs+4)(GS), DX
	MOVL	$MSR_FS_BASE, CX
	WRMSR
	MOVQ	PCR_KernelRsp(GS), SP
	MOVQ	(SP), BP
	LEAQ	8(SP), SP
	STI
	RET
