//go:build kernel

#include "textflag.h"
#include "offsets.h"

TEXT ·in8(SB),NOSPLIT,$0-9
	MOVW	port+0(FP), DX
	INB
	MOVB	AX, ret+8(FP)
	RET

TEXT ·out8(SB),NOSPLIT,$0-3
	MOVW	port+0(FP), DX
	MOVB	v+2(FP), AX
	OUTB
	RET

TEXT ·in16(SB),NOSPLIT,$0-10
	MOVW	port+0(FP), DX
	INW
	MOVW	AX, ret+8(FP)
	RET

TEXT ·in32(SB),NOSPLIT,$0-12
	MOVW	port+0(FP), DX
	INL
	MOVL	AX, ret+8(FP)
	RET

TEXT ·out16(SB),NOSPLIT,$0-4
	MOVW	port+0(FP), DX
	MOVW	v+2(FP), AX
	OUTW
	RET

TEXT ·out32(SB),NOSPLIT,$0-8
	MOVW	port+0(FP), DX
	MOVL	v+4(FP), AX
	OUTL
	RET

// func tripleFault(): an IDT without entries, then an interrupt.
TEXT ·tripleFault(SB),NOSPLIT,$16-0
	MOVQ	$0, 0(SP)
	MOVQ	$0, 8(SP)
	LIDT	0(SP)
	INT	$3
	RET

TEXT ·readMSR(SB),NOSPLIT,$0-16
	MOVL	msr+0(FP), CX
	RDMSR
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+8(FP)
	RET

TEXT ·writeMSR(SB),NOSPLIT,$0-16
	MOVL	msr+0(FP), CX
	MOVL	v+8(FP), AX
	MOVL	v+12(FP), DX
	WRMSR
	RET

TEXT ·cpuid(SB),NOSPLIT,$0-24
	MOVL	leaf+0(FP), AX
	MOVL	sub+4(FP), CX
	CPUID
	MOVL	AX, eax+8(FP)
	MOVL	BX, ebx+12(FP)
	MOVL	CX, ecx+16(FP)
	MOVL	DX, edx+20(FP)
	RET

TEXT ·ReadTSC(SB),NOSPLIT,$0-8
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET

// HalNanotime: (TSC - tscBase) * tscMult / 2^32 + tscOffset, frame ret+0(FP); or the
// chipset's time, where the time-stamp counter is not to be believed.
TEXT HalNanotime(SB),NOSPLIT|NOFRAME,$0-8
	CMPL	·chipsetTime(SB), $0
	JNE	chipset
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	SUBQ	·tscBase(SB), AX
	MULQ	·tscMult(SB)
	SHRQ	$32, DX, AX
	ADDQ	·tscOffset(SB), AX
	MOVQ	AX, 8(SP)
	RET
chipset:
	JMP	·chipsetNanotime(SB)

TEXT ·Nanotime(SB),NOSPLIT|NOFRAME,$0-8
	JMP	HalNanotime(SB)

// func chipsetNanotime() int64: (count - chipsetBase) * chipsetMult / 2^32 +
// chipsetOffset, where count is the HPET's main counter (IA-PC HPET Specification
// 1.0a, 2.3.7) or the PM timer (ACPI 6.5, 4.8.3.3), continued to 64 bits. chipsetLast
// is the last count that anybody has seen: whoever finds that another processor has
// changed it meanwhile reads again, since the counter may have come round.
TEXT ·chipsetNanotime(SB),NOSPLIT|NOFRAME,$0-8
again:
	MOVQ	·chipsetLast(SB), CX
	CMPW	·chipsetPort(SB), $0
	JEQ	memory
	MOVW	·chipsetPort(SB), DX
	INL
	JMP	have
memory:
	MOVQ	$HPET_COUNTER, DX
	MOVL	(DX), AX
have:
	MOVL	AX, BX
	SUBQ	CX, BX
	ANDQ	·chipsetMask(SB), BX
	ADDQ	CX, BX
	MOVQ	CX, AX
	LOCK
	CMPXCHGQ BX, ·chipsetLast(SB)
	JNE	again
	MOVQ	BX, AX
	SUBQ	·chipsetBase(SB), AX
	MULQ	·chipsetMult(SB)
	SHRQ	$32, DX, AX
	ADDQ	·chipsetOffset(SB), AX
	MOVQ	AX, 8(SP)
	RET

TEXT ·ReadCR3(SB),NOSPLIT,$0-8
	MOVQ	CR3, AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·setCR4(SB),NOSPLIT,$0-8
	MOVQ	CR4, AX
	ORQ	bits+0(FP), AX
	MOVQ	AX, CR4
	RET

// func saveX87(ctx *Context, area *[512]byte): what a service has not stored: the
// x87 state, by way of area, which is aligned to 16 bytes; XMM0-5 are zero
// (SDM vol. 1, table 10-2: control and status words, instruction and data
// pointers in bytes 0 to 23, MXCSR at 24, ST0-7 from 32 on).
TEXT ·saveX87(SB),NOSPLIT,$0-16
	MOVQ	ctx+0(FP), BX
	MOVQ	area+8(FP), AX
	FXSAVE64 (AX)
	MOVUPS	0(AX), X0
	MOVUPS	X0, (CTX_Fx+0)(BX)
	MOVQ	16(AX), CX
	MOVQ	CX, (CTX_Fx+16)(BX)
	MOVL	CTX_Mxcsr(BX), CX
	MOVL	CX, (CTX_Fx+24)(BX)
	MOVUPS	32(AX), X0
	MOVUPS	X0, (CTX_Fx+32)(BX)
	MOVUPS	48(AX), X0
	MOVUPS	X0, (CTX_Fx+48)(BX)
	MOVUPS	64(AX), X0
	MOVUPS	X0, (CTX_Fx+64)(BX)
	MOVUPS	80(AX), X0
	MOVUPS	X0, (CTX_Fx+80)(BX)
	MOVUPS	96(AX), X0
	MOVUPS	X0, (CTX_Fx+96)(BX)
	MOVUPS	112(AX), X0
	MOVUPS	X0, (CTX_Fx+112)(BX)
	MOVUPS	128(AX), X0
	MOVUPS	X0, (CTX_Fx+128)(BX)
	MOVUPS	144(AX), X0
	MOVUPS	X0, (CTX_Fx+144)(BX)
	XORPS	X0, X0
	MOVUPS	X0, CTX_Xmm(0)(BX)
	MOVUPS	X0, CTX_Xmm(1)(BX)
	MOVUPS	X0, CTX_Xmm(2)(BX)
	MOVUPS	X0, CTX_Xmm(3)(BX)
	MOVUPS	X0, CTX_Xmm(4)(BX)
	MOVUPS	X0, CTX_Xmm(5)(BX)
	MOVQ	$2, CTX_Partial(BX)
	RET

TEXT ·FlushTB(SB),NOSPLIT,$0-8
	MOVQ	va+0(FP), AX
	INVLPG	(AX)
	RET

// Reading CR3 and writing it back must not be interrupted: a request may take the
// address space away that is in it (LeaveRoot), and it would come back, with
// page tables that are somebody else's memory by then.

// func FlushTranslations(): all but the global ones.
TEXT ·FlushTranslations(SB),NOSPLIT,$8-0
	PUSHFQ
	CLI
	MOVQ	CR3, AX
	MOVQ	AX, CR3
	POPFQ
	RET

// func flushAll(): the global ones, too (SDM vol. 3, 4.10.4.1).
TEXT ·flushAll(SB),NOSPLIT,$8-0
	PUSHFQ
	CLI
	MOVQ	CR4, AX
	MOVQ	AX, BX
	ANDQ	$~0x80, BX
	MOVQ	BX, CR4
	MOVQ	AX, CR4
	MOVQ	CR3, AX
	MOVQ	AX, CR3
	POPFQ
	RET

// func writeBackCaches(): WBINVD.
TEXT ·writeBackCaches(SB),NOSPLIT,$0-0
	WBINVD
	RET

// func disableCaches(), enableCaches() (SDM vol. 3, 11.5.3).
TEXT ·disableCaches(SB),NOSPLIT,$0-0
	MOVQ	CR0, AX
	MOVQ	$0x20000000, BX
	NOTQ	BX
	ANDQ	BX, AX
	ORQ	$0x40000000, AX
	MOVQ	AX, CR0
	WBINVD
	RET

TEXT ·enableCaches(SB),NOSPLIT,$0-0
	WBINVD
	MOVQ	CR0, AX
	MOVQ	$0x60000000, BX
	NOTQ	BX
	ANDQ	BX, AX
	MOVQ	AX, CR0
	RET

TEXT ·ReadFlags(SB),NOSPLIT,$8-8
	PUSHFQ
	POPQ	AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·EnableInterrupts(SB),NOSPLIT,$0-0
	STI
	RET

TEXT ·DisableInterrupts(SB),NOSPLIT,$0-0
	CLI
	RET

// kiHalt halts with interrupts on. An interrupt that comes before the HLT would not end it: none does
// behind an STI (SDM vol. 2, STI), but the debugger's NMI, which kdResume (debug_amd64.s) sees to.
TEXT kiHalt(SB),NOSPLIT|NOFRAME,$0
	STI
	HLT
	RET

// func haltUntilAttention(): STI; HLT, unless there is something to do.
TEXT ·haltUntilAttention(SB),NOSPLIT,$8-0
	CLI
	MOVQ	PCR_Ticks(GS), AX
	SUBQ	PCR_Seen(GS), AX
	ORQ	PCR_Pending(GS), AX
	JNZ	out
	CMPL	·haltMode(SB), $HALT_PLAIN
	JNE	special
halt:
	CALL	kiHalt(SB)
out:
	STI
	RET
special:
	CALL	kiBeforeHalt(SB)
	CMPL	·haltMode(SB), $HALT_NOT
	JNE	halt
	STI
	PAUSE
	RET

// func attention() bool
TEXT ·attention(SB),NOSPLIT,$0-1
	MOVQ	PCR_Ticks(GS), AX
	SUBQ	PCR_Seen(GS), AX
	ORQ	PCR_Pending(GS), AX
	SETNE	ret+0(FP)
	RET

// func takeTicks() uint64
TEXT ·takeTicks(SB),NOSPLIT,$0-8
	MOVQ	PCR_Ticks(GS), AX
	MOVQ	AX, CX
	SUBQ	PCR_Seen(GS), AX
	MOVQ	CX, PCR_Seen(GS)
	MOVQ	AX, ret+0(FP)
	RET

// func idle(): STI; HLT, unless wake has been called for this processor since
// the last time. With IF=0 before it is online it only pauses.
TEXT ·idle(SB),NOSPLIT,$8-0
	CMPQ	PCR_Online(GS), $0
	JEQ	early
	CLI
	XORL	AX, AX
	XCHGQ	AX, PCR_Woken(GS)
	TESTQ	AX, AX
	JNZ	woken
	CMPL	·haltMode(SB), $HALT_PLAIN
	JNE	special
halt:
	CALL	kiHalt(SB)
woken:
	STI
	RET
special:
	CALL	kiBeforeHalt(SB)
	CMPL	·haltMode(SB), $HALT_NOT
	JNE	halt
	STI
early:
	PAUSE
	RET

// kiBeforeHalt: where haltMode is HALT_NO_C1E, C1E is switched off in this processor, in
// which the local APIC's timer would stand: the firmware may have switched it on again
// (BIOS and Kernel Developer's Guide for AMD Family 10h, MSRC001_0055: SmiOnCmpHalt,
// C1eOnCmpHalt). IF is 0. Clobbers AX, CX, DX.
TEXT kiBeforeHalt(SB),NOSPLIT|NOFRAME,$0
	CMPL	·haltMode(SB), $HALT_NO_C1E
	JNE	out
	MOVL	$0xC0010055, CX
	RDMSR
	TESTL	$0x18000000, AX
	JEQ	out
	ANDL	$0xE7FFFFFF, AX
	WRMSR
out:
	RET

// func takePending() bool
TEXT ·takePending(SB),NOSPLIT,$0-1
	XORL	AX, AX
	CMPQ	PCR_Pending(GS), $0
	JEQ	no
	XCHGQ	AX, PCR_Pending(GS)
no:
	MOVB	AX, ret+0(FP)
	RET

// func processorNumber() int
TEXT ·processorNumber(SB),NOSPLIT,$0-8
	MOVQ	PCR_Number(GS), AX
	MOVQ	AX, ret+0(FP)
	RET

// func loadRoot(pa uint64): CR3, and the PCR's word of it first, so that whoever
// changes page tables after that asks this processor. The word of what it had
// before comes last, for who destroys that.
TEXT ·loadRoot(SB),NOSPLIT,$8-8
	MOVQ	pa+0(FP), AX
	PUSHFQ
	CLI
	MOVQ	AX, DX
	XCHGQ	DX, PCR_Root(GS)
	MOVQ	AX, CR3
	MOVQ	AX, PCR_Loaded(GS)
	POPFQ
	RET

// func root() uint64
TEXT ·root(SB),NOSPLIT,$0-8
	MOVQ	PCR_Root(GS), AX
	MOVQ	AX, ret+0(FP)
	RET

// func sendApic(apicID, low uint32) bool: the interrupt command register (SDM vol. 3,
// 10.6.1). The two halves of the xAPIC's are written without an interrupt
// between them. It returns false when the one before was not delivered in a million
// looks, some tens of milliseconds and more; this one is sent all the same.
TEXT ·sendApic(SB),NOSPLIT,$8-9
	MOVL	apicID+0(FP), DX
	MOVL	low+4(FP), AX
	MOVB	$1, ret+8(FP)
	MOVL	$1000000, R8
	PUSHFQ
	CLI
	CMPB	·x2apic(SB), $0
	JNE	msr
	MOVQ	$APIC_ICR, BX
	SHLL	$24, DX
busy:
	MOVL	(BX), CX
	BTL	$12, CX			// delivery status
	JCC	ready
	PAUSE
	DECL	R8
	JNE	busy
	MOVB	$0, ret+8(FP)
ready:
	MOVL	DX, 0x10(BX)
	MOVL	AX, (BX)
	JMP	sent
msr:
	MFENCE				// WRMSR to the x2APIC does not order stores (SDM vol. 3, 10.12.3)
	MOVL	$0x830, CX
	WRMSR
sent:
	POPFQ
	RET

TEXT ·Halt(SB),NOSPLIT,$0-0
	CLI
loop:
	HLT
	JMP	loop

TEXT ·pause(SB),NOSPLIT,$0-0
	PAUSE
	RET

// func ticks() uint64
TEXT ·ticks(SB),NOSPLIT,$0-8
	MOVQ	PCR_Ticks(GS), AX
	MOVQ	AX, ret+0(FP)
	RET

// func tickRip() uint64
TEXT ·tickRip(SB),NOSPLIT,$0-8
	MOVQ	PCR_TickRip(GS), AX
	MOVQ	AX, ret+0(FP)
	RET

// func getg() uintptr: the g in TLS.
TEXT ·getg(SB),NOSPLIT,$0-8
	MOVQ	(TLS), AX
	MOVQ	AX, ret+0(FP)
	RET

// func framePointer() uintptr: BP of the caller.
TEXT ·FramePointer(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	BP, 8(SP)
	RET

// func rdrand() (v uint64, ok bool)
TEXT ·rdrand(SB),NOSPLIT,$0-9
	RDRANDQ	AX
	SETCS	ok+8(FP)
	MOVQ	AX, v+0(FP)
	RET

// func callBios(routine uint64): its stack is its own but for what it keeps of ours, 64
// bytes and the return address.
TEXT ·callBios(SB),NOSPLIT,$96-8
	MOVQ	routine+0(FP), AX
	CALL	AX
	RET
