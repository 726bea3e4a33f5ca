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

// kiInterrupt: AX = vector, DX = where the interrupted RIP is. Counts and
// acknowledges. Clobbers AX, CX, DX.
// GS must be the kernel's.
TEXT kiInterrupt(SB),NOSPLIT|NOFRAME,$0
	CMPQ	AX, $VECTOR_CLOCK
	JNE	other
	MOVQ	(DX), CX
	MOVQ	CX, PCR_TickRip(GS)
	ADDQ	$1, PCR_Ticks(GS)
eoi:
	MOVQ	PCR_ApicEoi(GS), DX
	TESTQ	DX, DX
	JZ	x2apic
	MOVL	$0, (DX)
	RET
x2apic:
	MOVL	$0x80B, CX		// IA32_X2APIC_EOI
	XORL	AX, AX
	XORL	DX, DX
	WRMSR
	RET
other:
	CMPQ	AX, $VECTOR_PIC_CLOCK
	JNE	notPic
	MOVQ	(DX), CX
	MOVQ	CX, PCR_TickRip(GS)
	ADDQ	$1, PCR_Ticks(GS)
	MOVL	$0x20, AX		// EOI to the first 8259, no matter which level
	MOVL	$0x20, DX
	OUTB
	RET
notPic:
	CMPQ	AX, $VECTOR_RTC_CLOCK
	JNE	notRtc
	CMPL	·rtcTicks(SB), $0
	JEQ	stray
	MOVQ	(DX), CX
	MOVQ	CX, PCR_TickRip(GS)
	ADDQ	$1, PCR_Ticks(GS)
	MOVL	$0x0C, AX		// register C: reading it acknowledges
	OUTB	$0x70
	INB	$0x71
	MOVL	$0x20, AX		// EOI to both 8259s
	OUTB	$0xA0
	OUTB	$0x20
	RET
notRtc:
	CMPQ	AX, $VECTOR_REQUEST
	JNE	stray
	ADDQ	$1, PCR_Requests(GS)
	MOVQ	$1, AX
	XCHGQ	AX, PCR_Pending(GS)
	MOVQ	$1, AX
	XCHGQ	AX, PCR_Woken(GS)
	MOVQ	PCR_FlushWanted(GS), CX
	CMPQ	CX, PCR_FlushDone(GS)
	JEQ	eoi
	// The address space that is being destroyed is left for the kernel's.
	MOVQ	PCR_Root(GS), AX
	CMPQ	AX, ·dyingRoot(SB)
	JNE	stay
	MOVQ	·kernelRoot(SB), AX
	MOVQ	AX, PCR_Root(GS)
	MOVQ	AX, CR3
	MOVQ	AX, PCR_Loaded(GS)
stay:
	XORL	AX, AX
	XCHGQ	AX, PCR_FlushGlobal(GS)
	TESTQ	AX, AX
	JZ	own
	MOVQ	CR4, AX			// all of them go with CR4.PGE (SDM vol. 3, 4.10.4.1)
	MOVQ	AX, DX
	ANDQ	$~0x80, DX
	MOVQ	DX, CR4
	MOVQ	AX, CR4
own:
	MOVQ	CR3, AX
	MOVQ	AX, CR3
	MOVQ	CX, PCR_FlushDone(GS)
	JMP	eoi
stray:
	JMP	kiDevice(SB)

// kiStray: AX = a vector that nobody owns, or the local APIC's error. It is counted
// (NameStrays tells of it) and its source masked, so that it cannot come for ever.
// Clobbers AX, CX, DX.
TEXT kiStray(SB),NOSPLIT|NOFRAME,$0
	CMPQ	AX, $VECTOR_RESCUE
	JEQ	rescue
	ADDQ	$1, PCR_Spurious(GS)
	MOVQ	AX, PCR_LastBad(GS)
	LEAQ	·strays(SB), CX
	LOCK
	INCL	(CX)(AX*4)
	LOCK
	INCL	·strayTotal(SB)
	CMPQ	AX, $0xFF		// the APIC's spurious vector takes no EOI (SDM vol. 3, 10.9)
	JEQ	quiet
	CMPQ	AX, $VECTOR_ERROR
	JEQ	error
	CMPQ	AX, $0x30
	JB	pic
	CALL	kiMaskPins(SB)
eoi:
	MOVQ	PCR_ApicEoi(GS), DX
	TESTQ	DX, DX
	JZ	x2apic
	MOVL	$0, (DX)
quiet:
	RET
rescue:
	MOVL	$1, ·rescued(SB)
	JMP	eoi
x2apic:
	MOVL	$0x80B, CX		// IA32_X2APIC_EOI
	XORL	AX, AX
	XORL	DX, DX
	WRMSR
	RET

	// The error status register shows what there is after it was written (SDM vol.
	// 3, 10.5.3). One error of each processor is enough to know.
error:
	CMPQ	PCR_ApicEoi(GS), $0
	JEQ	x2error
	MOVQ	$APIC_ESR, DX
	MOVL	$0, (DX)
	MOVL	(DX), AX
	MOVQ	$APIC_LVT_ERROR, DX
	MOVL	$(0x10000+VECTOR_ERROR), (DX)
	LOCK
	ORL	AX, ·apicErrors(SB)
	JMP	eoi
x2error:
	MOVL	$0x828, CX
	XORL	AX, AX
	XORL	DX, DX
	WRMSR
	RDMSR
	LOCK
	ORL	AX, ·apicErrors(SB)
	MOVL	$0x837, CX
	MOVL	$(0x10000+VECTOR_ERROR), AX
	XORL	DX, DX
	WRMSR
	JMP	eoi

	// A line of the 8259s, 20h to 2Fh. One that went away before it was
	// acknowledged comes as IRQ 7 or 15, and is not in the in-service register:
	// then there is nothing to end but the cascade (data sheet 231468, "Default
	// IRQ"). A real one is masked, and ended.
pic:
	CMPQ	AX, $0x20
	JB	quiet
	MOVQ	AX, CX
	ANDL	$7, CX
	CMPQ	AX, $0x28
	JAE	slave
	MOVL	$0x0B, AX		// OCW3: read the in-service register
	OUTB	$0x20
	INB	$0x20
	BTL	CX, AX
	JCC	spurious
	INB	$0x21
	BTSL	CX, AX
	OUTB	$0x21
	JMP	master
slave:
	MOVL	$0x0B, AX
	OUTB	$0xA0
	INB	$0xA0
	BTL	CX, AX
	JCC	spuriousSlave
	INB	$0xA1
	BTSL	CX, AX
	OUTB	$0xA1
	MOVL	$0x20, AX
	OUTB	$0xA0
	JMP	master
spuriousSlave:
	LOCK
	INCL	·picSpurious(SB)
master:
	MOVL	$0x20, AX
	OUTB	$0x20
	RET
spurious:
	LOCK
	INCL	·picSpurious(SB)
	RET

// kiMaskPins masks every pin of every I/O APIC that sends vector AX. A level-triggered
// one would come again with the EOI, before the next instruction. Clobbers CX, DX.
TEXT kiMaskPins(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	BX
	PUSHQ	SI
	PUSHQ	DI
	PUSHQ	R8
lock:
	MOVL	$1, CX
	XCHGL	CX, ·ioApicLock(SB)
	TESTL	CX, CX
	JZ	locked
	PAUSE
	JMP	lock
locked:
	LEAQ	·ioApicWindows(SB), SI
	MOVQ	·ioApicCount(SB), DI
controller:
	TESTQ	DI, DI
	JZ	done
	MOVQ	0(SI), BX
	MOVQ	8(SI), CX
pin:
	TESTQ	CX, CX
	JZ	next
	DECQ	CX
	LEAQ	0x10(CX)(CX*1), DX
	MOVL	DX, (BX)
	MOVL	0x10(BX), DX
	MOVBLZX	DL, R8
	CMPL	R8, AX
	JNE	pin
	BTSL	$16, DX
	MOVL	DX, 0x10(BX)
	MOVQ	·ioApicCount(SB), DX	// what was masked: controller * 256 + pin + 1
	SUBQ	DI, DX
	SHLQ	$8, DX
	LEAQ	1(CX)(DX*1), DX
	LEAQ	·maskedPins(SB), R8
	MOVL	DX, (R8)(AX*4)
	JMP	pin
next:
	ADDQ	$16, SI
	DECQ	DI
	JMP	controller
done:
	XORL	CX, CX
	XCHGL	CX, ·ioApicLock(SB)
	POPQ	R8
	POPQ	DI
	POPQ	SI
	POPQ	BX
	RET

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

// kiBackPage maps a fresh zero page at AX (an address in the window), unless
// another processor has just done so. R8 = 1, or 0 when there is none. Clobbers
// AX, BX, CX, SI, DI.
TEXT kiBackPage(SB),NOSPLIT|NOFRAME,$0
	MOVQ	AX, SI			// address
again:
	MOVL	$1, BX
	XCHGL	BX, ·heapLock(SB)
	TESTL	BX, BX
	JZ	locked
	PAUSE
	JMP	again
locked:
	MOVQ	CR3, BX
	MOVQ	$39, CX
level:
	MOVQ	$0x000FFFFFFFFFF000, AX
	ANDQ	AX, BX
	MOVQ	$PHYSMAP, AX
	ADDQ	AX, BX
	MOVQ	SI, AX
	SHRQ	CX, AX
	ANDQ	$511, AX
	LEAQ	(BX)(AX*8), BX		// the entry
	CMPQ	CX, $12
	JEQ	leaf
	MOVQ	(BX), AX
	TESTQ	$1, AX
	JNZ	next
	CALL	kiTakePage(SB)
	TESTQ	R8, R8
	JZ	none
	MOVQ	R8, AX
	ORQ	$3, AX			// P, RW
	MOVQ	AX, (BX)
next:
	MOVQ	AX, BX
	SUBQ	$9, CX
	JMP	level
leaf:
	MOVL	$1, R8
	MOVQ	(BX), AX
	TESTQ	$1, AX
	JNZ	none
	CALL	kiTakePage(SB)
	TESTQ	R8, R8
	JZ	none
	ADDQ	$1, PCR_Faults(GS)
	MOVQ	$0x8000000000000163, AX	// NX, G, D, A, RW, P
	ORQ	R8, AX
	MOVQ	AX, (BX)
	MOVL	$1, R8
none:
	XORL	AX, AX
	XCHGL	AX, ·heapLock(SB)
	RET

// kiTakePage: R8 = physical address of a zeroed page, 0 when there is none. The
// caller holds heapLock.
// Clobbers AX, DI; keeps BX, CX, SI.
TEXT kiTakePage(SB),NOSPLIT|NOFRAME,$0
	MOVQ	·heapStackCount(SB), AX
	TESTQ	AX, AX
	JZ	bump
	DECQ	AX
	MOVQ	AX, ·heapStackCount(SB)
	LEAQ	·heapStack(SB), DI
	MOVQ	(DI)(AX*8), R8
	SHLQ	$12, R8
	JMP	zero
bump:
	XORL	R8, R8
	MOVQ	·heapNext(SB), AX
	CMPQ	AX, ·heapEnd(SB)
	JAE	done
	MOVQ	AX, R8
	ADDQ	$4096, AX
	MOVQ	AX, ·heapNext(SB)
zero:
	PUSHQ	CX
	MOVQ	$PHYSMAP, DI
	ADDQ	R8, DI
	XORL	AX, AX
	MOVL	$512, CX
	REP; STOSQ
	POPQ	CX
done:
	RET

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
