//go:build kernel

// Interrupts that kiTrap (trap_amd64.s) has told from exceptions: the clock, requests of
// other processors, and vectors that nobody owns. The routines run on the interrupted
// processor's IST stack with IF 0, count and acknowledge, and return to kiTrap.

#include "textflag.h"
#include "offsets.h"

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
