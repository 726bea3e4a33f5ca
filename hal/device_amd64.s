//go:build kernel

// Interrupts of devices (DESIGN 4, 5a): counted, masked if they are level triggered,
// marked for TakeInterrupts, acknowledged. No Go code runs here.

#include "textflag.h"
#include "offsets.h"

// kiDevice: AX = vector. One that no device owns is kiStray's. Clobbers AX, CX, DX.
TEXT kiDevice(SB),NOSPLIT|NOFRAME,$0
	MOVQ	AX, CX
	SHLQ	$5, CX
	ADDQ	PCR_Lines(GS), CX	// CX = deviceLine
	MOVL	LINE_Kind(CX), DX
	TESTL	DX, DX
	JEQ	stray
	CMPL	DX, $KIND_PIC_EDGE
	JAE	pic
	CALL	kiMark(SB)
	CMPL	DX, $KIND_LEVEL
	JEQ	level
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
stray:
	JMP	kiStray(SB)

	// The pin is masked before the EOI, with which it would interrupt again; it is read
	// back, so that the write has arrived.
level:
	PUSHQ	BX
lock:
	MOVL	$1, DX
	XCHGL	DX, ·ioApicLock(SB)
	TESTL	DX, DX
	JZ	locked
	PAUSE
	JMP	lock
locked:
	MOVQ	LINE_Window(CX), BX
	MOVL	LINE_Register(CX), DX
	MOVL	DX, (BX)
	MOVL	0x10(BX), DX
	ORL	$0x10000, DX
	MOVL	DX, 0x10(BX)
	MOVL	0x10(BX), DX
	XORL	DX, DX
	XCHGL	DX, ·ioApicLock(SB)
	POPQ	BX
	JMP	eoi

	// A line of the 8259s.
pic:
	CALL	kiInService(SB)
	JCC	stray
	PUSHQ	BX
	MOVL	DX, BX			// BX = kind
	CALL	kiMark(SB)
	MOVQ	AX, CX
	ANDL	$7, CX
	CMPQ	AX, $0x28
	JAE	slave
	CMPL	BX, $KIND_PIC_LEVEL
	JNE	master
	INB	$0x21
	BTSL	CX, AX
	OUTB	$0x21
	JMP	master
slave:
	CMPL	BX, $KIND_PIC_LEVEL
	JNE	ended
	INB	$0xA1
	BTSL	CX, AX
	OUTB	$0xA1
ended:
	MOVL	$0x20, AX
	OUTB	$0xA0
master:
	MOVL	$0x20, AX
	OUTB	$0x20
	POPQ	BX
	RET

// kiInService: AX = vector of the 8259s. Carry is clear if it is spurious: IRQ 7 or 15, and
// not in the in-service register (data sheet 231468, "Default IRQ"). Clobbers nothing else.
TEXT kiInService(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	AX
	PUSHQ	DX
	MOVQ	AX, DX
	ANDL	$7, DX
	CMPL	DX, $7
	JNE	real
	MOVL	$0x20, DX		// command port
	CMPQ	AX, $0x28
	JB	first
	MOVL	$0xA0, DX
first:
	MOVL	$0x0B, AX		// OCW3: read the in-service register
	OUTB
	INB
	BTL	$7, AX
	JMP	out
real:
	STC
out:
	POPQ	DX
	POPQ	AX
	RET

// kiMark: AX = vector, CX = deviceLine. The interrupt is counted, its bit set, and a
// dispatch point asked for. Clobbers nothing.
TEXT kiMark(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	DX
	PUSHQ	BX
	ADDQ	$1, LINE_Count(CX)
	ADDQ	$1, PCR_DeviceCount(GS)
	MOVQ	PCR_Self(GS), BX
	BTSQ	AX, PCR_DeviceBits(BX)	// the string of 256 bits
	MOVQ	$1, DX
	XCHGQ	DX, PCR_Pending(GS)
	POPQ	BX
	POPQ	DX
	RET

// func takeDeviceBits(word int) uint64: the calling processor's, which are 0 then.
TEXT ·takeDeviceBits(SB),NOSPLIT,$0-16
	MOVQ	PCR_Self(GS), BX
	MOVQ	word+0(FP), CX
	XORL	AX, AX
	CMPQ	PCR_DeviceBits(BX)(CX*8), $0
	JEQ	none
	XCHGQ	AX, PCR_DeviceBits(BX)(CX*8)
none:
	MOVQ	AX, ret+8(FP)
	RET
