//go:build kernel

// The kernel's heap gets its pages when they are first touched: kiTrap (trap_amd64.s)
// calls kiBackPage for a fault in the kernel's window. The routines run on the IST stack
// with IF 0, and take hal's heapLock.

#include "textflag.h"
#include "offsets.h"

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
