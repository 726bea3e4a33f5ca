//go:build ntuser

#include "textflag.h"

// What runs on bare threads: machine code that makes services by SYSCALL and
// knows nothing of the Go runtime. A thread begins with the registers that
// NtCreateThread was given; RBX, RBP, RSI, RDI and R12 to R15 survive a service.

// SET and WAIT are NtSetEvent(h, NULL) and NtWaitForSingleObject(h, FALSE, NULL),
// with the services' numbers in BP and SI.
#define SET(h) MOVQ h, R10; XORL DX, DX; MOVL BP, AX; SYSCALL
#define WAIT(h) MOVQ h, R10; XORL DX, DX; XORL R8, R8; MOVL SI, AX; SYSCALL

// endThread is NtTerminateThread(NULL, 0); DI has its number.
TEXT endThread<>(SB),NOSPLIT|NOFRAME,$0
	XORL	R10, R10
	XORL	DX, DX
	MOVL	DI, AX
	SYSCALL
	INT	$3

// answer is a thread that waits for the event R12 and sets RBX, until *R13 is
// not 0 after a wait.
TEXT answer<>(SB),NOSPLIT|NOFRAME,$0
again:
	WAIT(R12)
	CMPQ	(R13), $0
	JNE	end
	SET(BX)
	JMP	again
end:
	JMP	endThread<>(SB)

// func ask(set, wait uint64, setNumber, waitNumber uint32, n uint64): n times
// sets one event and waits for the other.
TEXT ·ask(SB),NOSPLIT,$16-32
	MOVQ	BP, saved-8(SP)
	MOVQ	set+0(FP), BX
	MOVQ	wait+8(FP), R12
	MOVQ	n+24(FP), R13
	MOVL	waitNumber+20(FP), SI
	MOVL	setNumber+16(FP), BP
loop:
	SET(BX)
	WAIT(R12)
	DECQ	R13
	JNZ	loop
	MOVQ	saved-8(SP), BP
	RET

// manyServices is a thread that adds 1 to *R13, waits until *R14 is not 0, makes
// the service BP RBX times, and ends; manyRounds makes no services.
TEXT manyServices<>(SB),NOSPLIT|NOFRAME,$0
	LOCK
	INCQ	(R13)
ready:
	PAUSE
	CMPQ	(R14), $0
	JEQ	ready
loop:
	MOVL	BP, AX
	SYSCALL
	DECQ	BX
	JNZ	loop
	JMP	endThread<>(SB)

TEXT manyRounds<>(SB),NOSPLIT|NOFRAME,$0
	LOCK
	INCQ	(R13)
ready:
	PAUSE
	CMPQ	(R14), $0
	JEQ	ready
loop:
	DECQ	BX
	JNZ	loop
	JMP	endThread<>(SB)

// func addresses() (end, answer, services, rounds uint64)
TEXT ·addresses(SB),NOSPLIT,$0-32
	LEAQ	endThread<>(SB), AX
	MOVQ	AX, end+0(FP)
	LEAQ	answer<>(SB), AX
	MOVQ	AX, answer+8(FP)
	LEAQ	manyServices<>(SB), AX
	MOVQ	AX, services+16(FP)
	LEAQ	manyRounds<>(SB), AX
	MOVQ	AX, rounds+24(FP)
	RET
