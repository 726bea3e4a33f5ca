//go:build kernel

// The debugger's way in and out (SPEC K2): traps that it wants, and the interrupt by
// which it stops the other processors.

#include "textflag.h"
#include "offsets.h"

// Gates while a debugger is there: #DB, #BP, and the clock's vectors, at each of which
// the debugger's port is looked at. Interrupts are off, the stack is an IST stack.

TEXT kdDebugGate(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	$1
	JMP	kdEnter(SB)

TEXT kdBreakpointGate(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	$3
	JMP	kdEnter(SB)

// A clock gate: line status (PC16550D, 8.4) bit 0 is a byte that has come, bit 4 a
// break. Otherwise the interrupt goes its usual way: stub n is at trapStubs+5n.
#define CLOCK_GATE(name, vector) \
TEXT name(SB),NOSPLIT|NOFRAME,$0; \
	PUSHQ	AX; \
	PUSHQ	DX; \
	MOVL	·kdLineStatus(SB), DX; \
	TESTL	DX, DX; \
	JEQ	usual; \
	INB; \
	TESTB	$0x11, AX; \
	JNE	byte; \
usual: \
	CMPL	·kdWanted(SB), $0; \
	JNE	byte; \
	POPQ	DX; \
	LEAQ	trapStubs+(5*vector)(SB), AX; \
	XCHGQ	AX, (SP); \
	BYTE	$0xC3; \
byte: \
	POPQ	DX; \
	POPQ	AX; \
	PUSHQ	$vector; \
	JMP	kdEnter(SB)

CLOCK_GATE(kdClockGate, VECTOR_CLOCK)
CLOCK_GATE(kdPicClockGate, VECTOR_PIC_CLOCK)
CLOCK_GATE(kdRtcClockGate, VECTOR_RTC_CLOCK)

// kdEnter: the vector is on the stack, then RIP, CS, RFLAGS, RSP, SS.
TEXT kdEnter(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	AX
	PUSHQ	CX
	PUSHQ	DX
	PUSHQ	BX
	CLD
	MOVQ	32(SP), AX
	XORL	CX, CX
	LEAQ	40(SP), DX
	JMP	kdTrap(SB)

// SAVE stores the processor's state in the frame at SI. On the stack are SI, BX, DX, CX,
// AX; AX = vector, CX = error code, DX = where RIP is, BX = 1 when GS was swapped.
#define SAVE \
	MOVQ	AX, TF_Vector(SI); \
	MOVQ	CX, TF_ErrorCode(SI); \
	MOVQ	BX, DF_Swapped(SI); \
	MOVQ	CR2, AX; \
	MOVQ	AX, TF_Cr2(SI); \
	MOVQ	0(DX), AX; \
	MOVQ	AX, TF_Rip(SI); \
	MOVQ	8(DX), AX; \
	MOVQ	AX, TF_Cs(SI); \
	MOVQ	16(DX), AX; \
	MOVQ	AX, TF_Rflags(SI); \
	MOVQ	24(DX), AX; \
	MOVQ	AX, TF_Rsp(SI); \
	MOVQ	32(DX), AX; \
	MOVQ	AX, DF_Ss(SI); \
	MOVQ	0(SP), AX; \
	MOVQ	AX, TF_Rsi(SI); \
	MOVQ	8(SP), AX; \
	MOVQ	AX, TF_Rbx(SI); \
	MOVQ	16(SP), AX; \
	MOVQ	AX, TF_Rdx(SI); \
	MOVQ	24(SP), AX; \
	MOVQ	AX, TF_Rcx(SI); \
	MOVQ	32(SP), AX; \
	MOVQ	AX, TF_Rax(SI); \
	MOVQ	BP, TF_Rbp(SI); \
	MOVQ	DI, TF_Rdi(SI); \
	MOVQ	R8, TF_R8(SI); \
	MOVQ	R9, TF_R9(SI); \
	MOVQ	R10, TF_R10(SI); \
	MOVQ	R11, TF_R11(SI); \
	MOVQ	R12, TF_R12(SI); \
	MOVQ	R13, TF_R13(SI); \
	MOVQ	R14, TF_R14(SI); \
	MOVQ	R15, TF_R15(SI); \
	FXSAVE64 DF_Fx(SI); \
	MOVL	$MSR_FS_BASE, CX; \
	RDMSR; \
	MOVL	AX, DF_FsBase(SI); \
	MOVL	DX, (DF_FsBase+4)(SI); \
	MOVL	$MSR_KERNEL_GS_BASE, CX; \
	RDMSR; \
	MOVL	AX, DF_GsBase(SI); \
	MOVL	DX, (DF_GsBase+4)(SI); \
	MOVQ	DR6, AX; \
	MOVQ	AX, DF_Dr6(SI); \
	MOVQ	CR3, AX; \
	MOVQ	AX, DF_Cr3(SI)

// DEBUGGER_G makes kdG, which has its m already, the current g, on an empty stack: what has
// failed may have left another g (the runtime's on its own stack), defers and a panic.
// AX, BX, CX, DX, SP and BP are lost.
#define DEBUGGER_G \
	LEAQ	·kdG(SB), BX; \
	MOVQ	·kdStackLow(SB), AX; \
	MOVQ	AX, 0(BX); \
	ADDQ	$928, AX; \
	MOVQ	AX, 16(BX); \
	MOVQ	AX, 24(BX); \
	MOVQ	·kdStackHigh(SB), AX; \
	MOVQ	AX, 8(BX); \
	LEAQ	-64(AX), SP; \
	XORL	BP, BP; \
	MOVQ	BP, 32(BX); \
	MOVQ	BP, 40(BX); \
	LEAQ	·kdTLS(SB), AX; \
	MOVQ	BX, (AX); \
	ADDQ	$8, AX; \
	MOVQ	AX, DX; \
	SHRQ	$32, DX; \
	MOVL	$MSR_FS_BASE, CX; \
	WRMSR

// kdTrap: AX = vector, CX = error code, DX = where RIP is; on the stack BX, DX, CX, AX of
// the interrupted code. The registers go into the processor's frame, and kdMain runs on
// the debugger's stack and g, one processor at a time. GS may still be ring 3's: SYSCALL
// has no stack and no GS of its own at its first instruction.
//
// KdState (PCR): 0 runs, 1 is stopped and its frame is whole, 2 saves, 3 runs the
// debugger, 4 is about to go on. KdHold holds it back.
TEXT kdTrap(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	SI
	PUSHQ	AX
	PUSHQ	CX
	PUSHQ	DX
	XORL	BX, BX
	MOVL	$MSR_GS_BASE, CX
	RDMSR
	TESTL	DX, DX
	JMI	kernelGs
	SWAPGS
	INCL	BX
kernelGs:
	POPQ	DX
	POPQ	CX
	POPQ	AX
	XORL	SI, SI
	XCHGQ	SI, PCR_KdPassed(GS)
	TESTQ	SI, SI
	JNE	passed
	CMPQ	PCR_KdState(GS), $0
	JNE	nested
	MOVQ	$2, PCR_KdState(GS)
	MOVQ	PCR_KdFrame(GS), SI
	SAVE
	JMP	kdAcquire(SB)

	// The debugger has seen it, and does not want it.
passed:
	POPQ	SI
	JMP	kiCrashFrame(SB)

	// The debugger itself has gone wrong, or has asked to begin again.
nested:
	CMPQ	PCR_KdState(GS), $3
	JNE	hang
	MOVQ	AX, ·kdFault(SB)
	MOVQ	0(DX), AX
	MOVQ	AX, ·kdFault+8(SB)
	MOVQ	CR2, AX
	MOVQ	AX, ·kdFault+16(SB)
	DEBUGGER_G
	CALL	·kdFailed(SB)
	JMP	kdLeave(SB)
hang:
	CLI
	HLT
	JMP	hang

// kdAcquire: SI = the frame of the calling processor, which is whole. The processor waits for
// its turn, and runs the debugger.
TEXT kdAcquire(SB),NOSPLIT|NOFRAME,$0
	MOVQ	$1, AX
	XCHGQ	AX, PCR_KdState(GS)
acquire:
	CMPQ	PCR_KdHold(GS), $0
	JNE	wait
	MOVL	$1, AX
	XCHGL	AX, ·kdLock(SB)
	TESTL	AX, AX
	JNE	wait
	CMPQ	PCR_KdHold(GS), $0
	JEQ	mine
	XORL	AX, AX
	XCHGL	AX, ·kdLock(SB)
wait:
	PAUSE
	JMP	acquire
mine:
	MOVQ	$0, ·kdStage(SB)		// kdEnters
	MOVQ	$3, PCR_KdState(GS)
	XORL	AX, AX
	MOVQ	AX, DR7			// nothing that the debugger does is watched
	LDMXCSR	·defaultMxcsr(SB)
	// A g of its own with the m of the g that was interrupted (see kiCrash).
	MOVQ	PCR_KernelFs(GS), AX
	TESTQ	AX, AX
	JNE	haveFs
	MOVQ	DF_FsBase(SI), AX
haveFs:
	MOVQ	-8(AX), AX
	MOVQ	48(AX), AX
	MOVQ	AX, ·kdG+48(SB)
	MOVB	$0, ·debugByte(SB)
	DEBUGGER_G
	CALL	·kdMain(SB)
	JMP	kdLeave(SB)

// kdAgain: a byte of phase 0's (debugnmi_kernel.go) has come on the calling processor's way out of the
// debugger: it begins again, as if the byte had come behind the way out.
TEXT kdAgain(SB),NOSPLIT|NOFRAME,$0
	MOVQ	PCR_KdFrame(GS), SI
	MOVQ	$2, TF_Vector(SI)
	XORL	AX, AX
	XCHGL	AX, ·kdLock(SB)		// still held when the byte came early
	JMP	kdAcquire(SB)

// kdLeave lets the next processor debug, and goes on when nothing holds this one back.
TEXT kdLeave(SB),NOSPLIT|NOFRAME,$0
	MOVQ	PCR_KdFrame(GS), SI
	MOVQ	$1, AX
	XCHGQ	AX, PCR_KdState(GS)
	XORL	AX, AX
	XCHGL	AX, ·kdLock(SB)
	JMP	kdResume(SB)

// kdResume: SI = the frame of the calling processor. It waits while KdHold is set, and
// goes on with what the frame says.
TEXT kdResume(SB),NOSPLIT|NOFRAME,$0
hold:
	CMPQ	PCR_KdHold(GS), $0
	JEQ	try
	PAUSE
	JMP	hold
try:
	MOVQ	$4, AX
	XCHGQ	AX, PCR_KdState(GS)
	CMPQ	PCR_KdHold(GS), $0
	JEQ	go
	MOVQ	$1, AX
	XCHGQ	AX, PCR_KdState(GS)
	JMP	hold
go:
	CMPB	·debugByte(SB), $0
	JEQ	none
	CMPQ	DF_Pass(SI), $0
	JNE	none			// what has come is to be served first
	LEAQ	kdAgain(SB), AX		// by way of AX: the linker takes it for a call without end
	JMP	AX
none:
	// A break-in has come in the middle of something that must not be torn apart.
	TESTB	$3, TF_Cs(SI)
	JNE	whole
	MOVQ	TF_Vector(SI), AX
	CMPQ	AX, $2
	JEQ	anywhere
	CMPQ	AX, $32
	JCS	whole			// a breakpoint or a step is where it is meant to be
anywhere:
	MOVQ	TF_Rip(SI), AX
	LEAQ	kiHalt+1(SB), CX	// its HLT: what an interrupt now brings would not be seen
	CMPQ	AX, CX
	JNE	awake
	INCQ	TF_Rip(SI)
awake:
	LEAQ	HalNanotime(SB), CX	// the counter of before and the offset of now are no time
	CMPQ	AX, CX
	JCS	whole
	LEAQ	·Nanotime(SB), DX
	CMPQ	AX, DX
	JCC	whole
	MOVQ	CX, TF_Rip(SI)
whole:
	// SDM vol. 3, 17.2.
	MOVQ	·kdDr+0(SB), AX
	MOVQ	AX, DR0
	MOVQ	·kdDr+8(SB), AX
	BYTE	$0x0F; BYTE $0x23; BYTE $0xC8	// MOVQ AX, DR1
	MOVQ	·kdDr+16(SB), AX
	MOVQ	AX, DR2
	MOVQ	·kdDr+24(SB), AX
	MOVQ	AX, DR3
	MOVQ	$0xFFFF0FF0, AX
	MOVQ	AX, DR6
	MOVQ	·kdDr7(SB), AX
	MOVQ	AX, DR7
	MOVL	DF_FsBase(SI), AX
	MOVL	(DF_FsBase+4)(SI), DX
	MOVL	$MSR_FS_BASE, CX
	WRMSR
	FXRSTOR64 DF_Fx(SI)
	MOVQ	TF_Cr2(SI), AX
	MOVQ	AX, CR2
	MOVQ	PCR_KdStack(GS), SP
	CMPQ	TF_Vector(SI), $2
	JNE	notNmi
	MOVQ	PCR_KdNmiStack(GS), SP
	// One that came while an earlier one was being left (an IRET of a page fault lets the next
	// NMI come) has interrupted code on this stack: what that has pushed stays.
	MOVQ	TF_Rsp(SI), AX
	MOVQ	SP, CX
	SUBQ	AX, CX
	CMPQ	CX, $1024
	JHI	notNmi
	LEAQ	-128(AX), SP
	ANDQ	$~15, SP
notNmi:
	PUSHQ	DF_Ss(SI)
	PUSHQ	TF_Rsp(SI)
	PUSHQ	TF_Rflags(SI)
	PUSHQ	TF_Cs(SI)
	PUSHQ	TF_Rip(SI)
	LEAQ	kdReturn(SB), AX
	CMPQ	DF_Pass(SI), $0
	JEQ	target
	// Not the debugger's: the trap goes on as if it had just come.
	MOVQ	TF_Vector(SI), CX
	CMPQ	CX, $32
	JAE	stub
	CMPQ	CX, $2
	JEQ	known
	TESTB	$3, TF_Cs(SI)
	JNE	unknown
known:
	MOVQ	$1, PCR_KdPassed(GS)
unknown:
	MOVL	$0x60227D00, AX		// vectors with an error code
	BTL	CX, AX
	JCC	stub
	PUSHQ	TF_ErrorCode(SI)
stub:
	LEAQ	trapStubs(SB), AX
	LEAQ	(CX)(CX*4), CX
	ADDQ	CX, AX
target:
	PUSHQ	AX
	MOVQ	TF_Rax(SI), AX
	MOVQ	TF_Rcx(SI), CX
	MOVQ	TF_Rdx(SI), DX
	MOVQ	TF_Rbx(SI), BX
	MOVQ	TF_Rbp(SI), BP
	MOVQ	TF_Rdi(SI), DI
	MOVQ	TF_R8(SI), R8
	MOVQ	TF_R9(SI), R9
	MOVQ	TF_R10(SI), R10
	MOVQ	TF_R11(SI), R11
	MOVQ	TF_R12(SI), R12
	MOVQ	TF_R13(SI), R13
	MOVQ	TF_R14(SI), R14
	MOVQ	TF_R15(SI), R15
	CMPQ	DF_Swapped(SI), $0
	MOVQ	TF_Rsi(SI), SI
	JNE	swapped
	MOVQ	$0, PCR_KdState(GS)	// from here on the frame may be another trap's
	BYTE	$0xC3			// RET, of what was pushed above
swapped:
	MOVQ	$0, PCR_KdState(GS)
	SWAPGS
	BYTE	$0xC3			// RET, of what was pushed above

TEXT kdReturn(SB),NOSPLIT|NOFRAME,$0
	IRETQ

// kdNmi: an NMI has come; the stack is as for kdTrap. One that the debugger has sent
// stops this processor, unless the debugger has it already; another one is the
// debugger's like any trap.
TEXT kdNmi(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	SI
	PUSHQ	AX
	PUSHQ	CX
	PUSHQ	DX
	XORL	BX, BX
	MOVL	$MSR_GS_BASE, CX
	RDMSR
	TESTL	DX, DX
	JMI	kernelGs
	SWAPGS
	INCL	BX
kernelGs:
	POPQ	DX
	POPQ	CX
	POPQ	AX
	XORL	SI, SI
	XCHGQ	SI, PCR_KdAsked(GS)
	TESTQ	SI, SI
	JEQ	foreign
	CMPQ	PCR_KdHold(GS), $0
	JEQ	ignore
	CMPQ	PCR_KdState(GS), $0
	JNE	ignore
	// A processor on its way in or out of the debugger goes on: its frame would show the
	// debugger, and not the code that was stopped or is to be stepped. On its way in it stops by
	// itself, on its way out stopProcessors asks once more.
	LEAQ	kdDebugGate(SB), SI
	CMPQ	SI, 0(DX)
	JHI	stop
	LEAQ	kdNmi(SB), SI
	CMPQ	SI, 0(DX)
	JHI	ignore
stop:
	MOVQ	$2, PCR_KdState(GS)
	MOVQ	PCR_KdFrame(GS), SI
	SAVE
	MOVQ	$0, DF_Pass(SI)
	XORL	AX, AX
	MOVQ	AX, DR7
	MOVQ	$1, AX
	XCHGQ	AX, PCR_KdState(GS)
	JMP	kdResume(SB)
ignore:
	TESTL	BX, BX
	JEQ	out
	SWAPGS
out:
	POPQ	SI
	POPQ	BX
	POPQ	DX
	POPQ	CX
	POPQ	AX
	IRETQ
foreign:
	// The debugger's port, in phase 0 (debugnmi_kernel.go): it reads the byte itself while it
	// runs, and the 8259 is told that its interrupt is served.
	CMPB	·debugLine(SB), $0
	JEQ	real
	LEAQ	kdDebugGate(SB), SI
	CMPQ	SI, 0(DX)
	JHI	elsewhere
	LEAQ	kdLeave(SB), SI
	CMPQ	SI, 0(DX)
	JHI	reads			// on the way in: the debugger is about to run
	LEAQ	kdReturn(SB), SI
	CMPQ	SI, 0(DX)
	JCS	elsewhere
	CMPQ	PCR_KdState(GS), $0
	JEQ	left
	// On the way out, with all that is to be loaded in the frame.
	MOVQ	PCR_KdFrame(GS), SI
	CMPQ	DF_Pass(SI), $0
	JNE	reads
	LEAQ	kdAgain(SB), SI
	MOVQ	SI, 0(DX)
	JMP	reads
left:
	// As good as out: as if the NMI came behind the IRETQ.
	CMPQ	SI, 0(DX)
	JNE	before
	MOVQ	24(DX), DX		// RSP
	JMP	real
before:
	PUSHQ	AX
	MOVQ	24(DX), AX
	CMPQ	SI, 0(AX)
	JNE	passes			// a trap that the debugger does not want
	LEAQ	8(AX), DX
passes:
	POPQ	AX
	JMP	real
elsewhere:
	CMPQ	PCR_KdState(GS), $0
	JEQ	real
reads:
	MOVB	$1, ·debugByte(SB)
	MOVW	$0x20, DX
	MOVL	$0x0C, AX		// OCW3: poll
	OUTB
	INB
	TESTB	$0x80, AX
	JEQ	ignore
	MOVL	$0x20, AX		// OCW2: end of interrupt
	OUTB
	JMP	ignore
real:
	TESTL	BX, BX
	JEQ	back
	SWAPGS
back:
	POPQ	SI
	JMP	kdTrap(SB)

// func DebugBreak(): INT3 where the debugger knows it.
TEXT ·DebugBreak(SB),NOSPLIT|NOFRAME,$0-0
	BYTE	$0xCC
	RET

// func debugGates() (debug, breakpoint, clock, pic, rtc, broken, out, end uint64)
TEXT ·debugGates(SB),NOSPLIT,$0-64
	LEAQ	kdDebugGate(SB), AX
	MOVQ	AX, debug+0(FP)
	LEAQ	kdBreakpointGate(SB), AX
	MOVQ	AX, breakpoint+8(FP)
	LEAQ	kdClockGate(SB), AX
	MOVQ	AX, clock+16(FP)
	LEAQ	kdPicClockGate(SB), AX
	MOVQ	AX, pic+24(FP)
	LEAQ	kdRtcClockGate(SB), AX
	MOVQ	AX, rtc+32(FP)
	LEAQ	·DebugBreak(SB), AX
	INCQ	AX
	MOVQ	AX, broken+40(FP)
	LEAQ	kdReturn(SB), AX
	MOVQ	AX, out+48(FP)
	LEAQ	kdNmi(SB), AX
	MOVQ	AX, end+56(FP)
	RET

// func debugAgain(): the debugger, which runs, begins again. It does not return.
TEXT ·debugAgain(SB),NOSPLIT,$0-0
	INT	$3
	RET
