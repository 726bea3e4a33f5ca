//go:build kernel

// An application processor's first instructions in the kernel (SPEC P1.8).

#include "textflag.h"
#include "offsets.h"

// From the trampoline: DI = its ProcessorBlock, IF=0, no stack. It loads the
// kernel's page tables, its own GDT and TSS, the common IDT, and waits for
// goos.Task to tell where the Go runtime wants it. A processor that answers a start-up
// which was given up may come here with another one's block: the first takes it, and
// the other halts.
TEXT kiProcessorStart(SB),NOSPLIT|NOFRAME,$0
	MOVQ	·kernelRoot(SB), AX
	MOVQ	AX, CR3
	MOVQ	$1, AX
	XCHGQ	AX, PCR_Claimed(DI)
	TESTQ	AX, AX
	JEQ	mine
late:
	CLI
	HLT
	JMP	late
mine:
	LEAQ	PB_FaultStack(DI), SP
	MOVQ	CR0, AX
	MOVL	$0x6000000C, BX		// CD, NW, TS, EM off; MP, ET, NE, WP, PG, PE on
	NOTQ	BX
	ANDQ	BX, AX
	MOVL	$0x80010033, BX
	ORQ	BX, AX
	MOVQ	AX, CR0
	MOVQ	CR4, AX
	ORQ	$0x680, AX		// OSFXSR, OSXMMEXCPT, PGE
	MOVQ	AX, CR4
	BYTE	$0xDB; BYTE $0xE3	// FNINIT
	LDMXCSR	·defaultMxcsr(SB)

	LEAQ	PB_Gdtr(DI), AX
	LGDT	(AX)
	LEAQ	PB_Idtr(DI), AX
	LIDT	(AX)
	MOVW	$0x18, AX
	MOVW	AX, DS
	MOVW	AX, ES
	MOVW	AX, SS
	XORL	AX, AX
	MOVW	AX, FS
	MOVW	AX, GS
	LLDT	AX
	MOVW	$0x40, AX
	LTR	AX
	MOVQ	$0x10, BX
	PUSHQ	BX
	LEAQ	kiProcessorWait(SB), AX
	PUSHQ	AX
	BYTE	$0x48; BYTE $0xCB	// RETFQ

// DI = the PCR, first in the ProcessorBlock.
TEXT kiProcessorWait(SB),NOSPLIT|NOFRAME,$0
	MOVQ	DI, AX
	MOVQ	DI, DX
	SHRQ	$32, DX
	MOVL	$MSR_GS_BASE, CX
	WRMSR
	MOVQ	·kernelRoot(SB), AX
	MOVQ	AX, PCR_Root(GS)
	MOVQ	AX, PCR_Loaded(GS)
	// Which processor has taken this block (SDM vol. 2, CPUID leaves 1 and 0Bh).
	MOVL	$1, AX
	XORL	CX, CX
	CPUID
	SHRL	$24, BX
	CMPB	·x2apic(SB), $0
	JEQ	known
	MOVL	$0x0B, AX
	XORL	CX, CX
	CPUID
	MOVL	DX, BX
known:
	MOVQ	BX, PCR_ApicID(GS)
	MOVQ	$1, AX
	XCHGQ	AX, PCR_Started(GS)
wait:
	PAUSE
	CMPQ	PCR_TscAsk(GS), $0
	JNE	ask
	MOVQ	PCR_TaskFn(GS), AX
	TESTQ	AX, AX
	JZ	wait
	JMP	go
ask:
	CMPQ	PCR_TscAsk(GS), $2
	JNE	answer
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	ADDQ	PCR_TscDelta(GS), AX
	MOVQ	AX, DX
	SHRQ	$32, DX
	MOVL	$0x10, CX		// IA32_TIME_STAMP_COUNTER (SDM vol. 3, 17.17.3)
	WRMSR
answer:
	LFENCE
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, PCR_Tsc(GS)
	XORL	AX, AX
	XCHGQ	AX, PCR_TscAsk(GS)
	JMP	wait
go:
	MOVQ	PCR_TaskSp(GS), SP
	XORL	BP, BP
	JMP	AX

// func processorStart() uint64
TEXT ·processorStart(SB),NOSPLIT,$0-8
	LEAQ	kiProcessorStart(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
