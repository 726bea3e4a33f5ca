//go:build ntuser

#include "textflag.h"

// func nullServices(number uint32, n uint64): n times the service by the bare
// instruction. RBX and R12 survive a service.
TEXT ·nullServices(SB),NOSPLIT,$0-16
	MOVL	number+0(FP), R12
	MOVQ	n+8(FP), BX
loop:
	MOVL	R12, AX
	SYSCALL
	DECQ	BX
	JNZ	loop
	RET

// func deviceControls(number, code uint32, handle, block uintptr, n uint64): n times
// NtDeviceIoControlFile(handle, 0, 0, 0, block, code, 0, 0, 0, 0).
TEXT ·deviceControls(SB),NOSPLIT,$96-32
	MOVL	number+0(FP), R12
	MOVL	code+4(FP), R13
	MOVQ	handle+8(FP), R15
	MOVQ	block+16(FP), AX
	MOVQ	n+24(FP), BX
	MOVQ	AX, 40(SP)
	MOVQ	R13, 48(SP)
	MOVQ	$0, 56(SP)
	MOVQ	$0, 64(SP)
	MOVQ	$0, 72(SP)
	MOVQ	$0, 80(SP)
loop:
	MOVQ	R15, R10
	XORL	DX, DX
	XORL	R8, R8
	XORL	R9, R9
	MOVL	R12, AX
	SYSCALL
	DECQ	BX
	JNZ	loop
	RET

// func emptyLoop(n uint64)
TEXT ·emptyLoop(SB),NOSPLIT,$0-8
	MOVQ	n+0(FP), BX
loop:
	DECQ	BX
	JNZ	loop
	RET

// func touch(base, pages uint64): writes a byte to each page.
TEXT ·touch(SB),NOSPLIT,$0-16
	MOVQ	base+0(FP), DI
	MOVQ	pages+8(FP), BX
loop:
	MOVB	$1, (DI)
	ADDQ	$4096, DI
	DECQ	BX
	JNZ	loop
	RET

// func zeroBytes(base, bytes uint64): REP STOSB.
TEXT ·zeroBytes(SB),NOSPLIT,$0-16
	MOVQ	base+0(FP), DI
	MOVQ	bytes+8(FP), CX
	XORL	AX, AX
	REP; STOSB
	RET

// func zeroPast(base, bytes uint64): non-temporal stores, 64 bytes a round.
TEXT ·zeroPast(SB),NOSPLIT,$0-16
	MOVQ	base+0(FP), DI
	MOVQ	bytes+8(FP), CX
	XORPS	X0, X0
loop:
	MOVNTO	X0, 0(DI)
	MOVNTO	X0, 16(DI)
	MOVNTO	X0, 32(DI)
	MOVNTO	X0, 48(DI)
	ADDQ	$64, DI
	SUBQ	$64, CX
	JNZ	loop
	SFENCE
	RET
