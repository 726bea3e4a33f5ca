//go:build kernel

// The way from a fault of ring 0 that nobody handles to the stop screen: kiTrap
// (trap_amd64.s) and the debugger's entry (debug_amd64.s) jump here and do not come back.

#include "textflag.h"
#include "offsets.h"

// kiCrashFrame fills the trap frame for the bugcheck, which runs on a stack and a g of
// its own: AX = vector, CX = error code, DX = where RIP is; on the stack BX, DX, CX, AX.
// One processor crashes. When it crashes again, on its way to the end, it begins anew
// with less to say. GS may still be ring 3's (kdTrap).
TEXT kiCrashFrame(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	SI
	PUSHQ	AX
	PUSHQ	CX
	PUSHQ	DX
	MOVL	$MSR_GS_BASE, CX
	RDMSR
	TESTL	DX, DX
	JMI	kernelGs
	SWAPGS
kernelGs:
	MOVQ	PCR_Number(GS), BX
	INCQ	BX
	POPQ	DX
	POPQ	CX
	XORL	AX, AX
	LOCK
	CMPXCHGQ BX, ·crashing(SB)
	JEQ	first
	CMPQ	AX, BX
	JNE	freeze
	POPQ	AX
	MOVQ	AX, ·crashAgain(SB)
	MOVQ	0(DX), AX
	MOVQ	AX, ·crashAgain+8(SB)
	MOVQ	CR2, AX
	MOVQ	AX, ·crashAgain+16(SB)
	JMP	kiCrash(SB)
freeze:
	CLI
	HLT
	JMP	freeze
first:
	POPQ	AX
	MOVQ	$·crashFrame(SB), BX
	MOVQ	AX, TF_Vector(BX)
	MOVQ	CX, TF_ErrorCode(BX)
	MOVQ	CR2, AX
	MOVQ	AX, TF_Cr2(BX)
	MOVQ	0(DX), AX
	MOVQ	AX, TF_Rip(BX)
	MOVQ	8(DX), AX
	MOVQ	AX, TF_Cs(BX)
	MOVQ	16(DX), AX
	MOVQ	AX, TF_Rflags(BX)
	MOVQ	24(DX), AX
	MOVQ	AX, TF_Rsp(BX)
	MOVQ	32(SP), AX
	MOVQ	AX, TF_Rax(BX)
	MOVQ	24(SP), AX
	MOVQ	AX, TF_Rcx(BX)
	MOVQ	16(SP), AX
	MOVQ	AX, TF_Rdx(BX)
	MOVQ	8(SP), AX
	MOVQ	AX, TF_Rbx(BX)
	MOVQ	BP, TF_Rbp(BX)
	MOVQ	SI, TF_Rsi(BX)
	MOVQ	DI, TF_Rdi(BX)
	MOVQ	R8, TF_R8(BX)
	MOVQ	R9, TF_R9(BX)
	MOVQ	R10, TF_R10(BX)
	MOVQ	R11, TF_R11(BX)
	MOVQ	R12, TF_R12(BX)
	MOVQ	R13, TF_R13(BX)
	MOVQ	R14, TF_R14(BX)
	MOVQ	R15, TF_R15(BX)
	JMP	kiCrash(SB)

// kiCrash leaves the trap stack for the bugcheck's. The g it runs on borrows
// the m of the processor's g: offsets of g.stack.lo, stack.hi,
// stackguard0, stackguard1 and m are 0, 8, 16, 24, 48 (runtime2.go; hal checks
// them when it starts). FS may be ring 3's: where the g is found is in the PCR.
TEXT kiCrash(SB),NOSPLIT|NOFRAME,$0
	LEAQ	·crashG(SB), BX
	MOVQ	PCR_KernelFs(GS), AX
	TESTQ	AX, AX
	JEQ	early
	MOVQ	-8(AX), AX
	JMP	have
early:
	MOVQ	(TLS), AX
have:
	MOVQ	48(AX), AX
	MOVQ	AX, 48(BX)
	LEAQ	·crashStack(SB), AX
	MOVQ	AX, 0(BX)
	ADDQ	$928, AX
	MOVQ	AX, 16(BX)
	MOVQ	AX, 24(BX)
	LEAQ	·crashStack+32768(SB), AX
	MOVQ	AX, 8(BX)
	LEAQ	-64(AX), SP
	LEAQ	·crashTLS(SB), AX
	MOVQ	BX, (AX)
	ADDQ	$8, AX
	MOVQ	AX, DX
	SHRQ	$32, DX
	MOVL	$MSR_FS_BASE, CX
	WRMSR
	XORL	BP, BP
	CALL	·kernelFault(SB)
again:
	CLI
	HLT
	JMP	again
