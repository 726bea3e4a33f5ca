//go:build ntuser

#include "textflag.h"
#include "service.h"

// A program's first instructions: RCX = PEB, RSP = the stack the process was
// made with, FS base in the TEB.
TEXT ·CPUinit(SB),NOSPLIT|NOFRAME,$0
	CLD
	MOVQ	CX, ·Peb(SB)
	SUBQ	$0x88, SP
	ANDQ	$~15, SP
	// The heap's region: from the image's end, on an allocation boundary, to
	// the end of RamSize. It is reserved.
	LEAQ	runtime·end(SB), AX
	ADDQ	$0xFFFF, AX
	ANDQ	$~0xFFFF, AX
	MOVQ	AX, ·Bloc(SB)
	MOVQ	AX, 0x40(SP)		// base
	MOVQ	·RamStart(SB), BX
	ADDQ	·RamSize(SB), BX
	SUBQ	AX, BX
	MOVQ	BX, 0x48(SP)		// size
	MOVQ	$-1, R10		// NtCurrentProcess()
	LEAQ	0x40(SP), DX
	XORL	R8, R8
	LEAQ	0x48(SP), R9
	MOVQ	$0x2000, 0x28(SP)	// MEM_RESERVE
	MOVQ	$4, 0x30(SP)		// PAGE_READWRITE
	MOVL	$svcAllocateVirtualMemory, AX
	SYSCALL
	TESTL	AX, AX
	JNZ	failed
	// The stack at its end: 64 KiB, and the page with what is above it.
	MOVQ	0x40(SP), AX
	ADDQ	0x48(SP), AX
	SUBQ	$0x11000, AX
	MOVQ	AX, 0x40(SP)
	MOVQ	$0x11000, 0x48(SP)
	MOVQ	$-1, R10
	LEAQ	0x40(SP), DX
	XORL	R8, R8
	LEAQ	0x48(SP), R9
	MOVQ	$0x1000, 0x28(SP)	// MEM_COMMIT
	MOVL	$svcAllocateVirtualMemory, AX
	SYSCALL
	TESTL	AX, AX
	JNZ	failed
	MOVQ	·RamStart(SB), SP
	ADDQ	·RamSize(SB), SP
	SUBQ	·RamStackOffset(SB), SP
	JMP	_rt0_tamago_start(SB)
failed:
	MOVQ	$-1, R10
	MOVL	AX, DX
	MOVL	$svcTerminateProcess, AX
	SYSCALL
	INT	$3

// func Call(n uint32, a1, ..., a8 uintptr) uint32
TEXT ·Call(SB),NOSPLIT,$80-76
	MOVQ	a1+8(FP), R10
	MOVQ	a2+16(FP), DX
	MOVQ	a3+24(FP), R8
	MOVQ	a4+32(FP), R9
	MOVQ	a5+40(FP), AX
	MOVQ	AX, 40(SP)
	MOVQ	a6+48(FP), AX
	MOVQ	AX, 48(SP)
	MOVQ	a7+56(FP), AX
	MOVQ	AX, 56(SP)
	MOVQ	a8+64(FP), AX
	MOVQ	AX, 64(SP)
	MOVL	n+0(FP), AX
	SYSCALL
	MOVL	AX, ret+72(FP)
	RET

// func CallMany(n uint32, a *[12]uintptr) uint32
TEXT ·CallMany(SB),NOSPLIT,$112-20
	MOVQ	a+8(FP), BX
	MOVQ	0(BX), R10
	MOVQ	8(BX), DX
	MOVQ	16(BX), R8
	MOVQ	24(BX), R9
	MOVQ	32(BX), AX
	MOVQ	AX, 40(SP)
	MOVQ	40(BX), AX
	MOVQ	AX, 48(SP)
	MOVQ	48(BX), AX
	MOVQ	AX, 56(SP)
	MOVQ	56(BX), AX
	MOVQ	AX, 64(SP)
	MOVQ	64(BX), AX
	MOVQ	AX, 72(SP)
	MOVQ	72(BX), AX
	MOVQ	AX, 80(SP)
	MOVQ	80(BX), AX
	MOVQ	AX, 88(SP)
	MOVQ	88(BX), AX
	MOVQ	AX, 96(SP)
	MOVL	n+0(FP), AX
	SYSCALL
	MOVL	AX, ret+16(FP)
	RET

// SetTLS: DI = the FS base of this thread, by NtSetInformationThread.
TEXT ·SetTLS(SB),NOSPLIT|NOFRAME,$0
	SUBQ	$0x48, SP
	MOVQ	DI, 0x38(SP)
	MOVQ	$-2, R10		// NtCurrentThread()
	MOVL	$0x1000, DX		// ThreadFsBase
	LEAQ	0x38(SP), R8
	MOVL	$8, R9
	MOVL	$svcSetInformationThread, AX
	SYSCALL
	ADDQ	$0x48, SP
	RET

// func waitSlot() *uintptr: GS:[30h] is the TEB, 1480h its TLS slots.
TEXT ·waitSlot(SB),NOSPLIT,$0-8
	MOVQ	0x30(GS), AX
	ADDQ	$0x1480, AX
	MOVQ	AX, ret+0(FP)
	RET

// func Nanotime() int64: from the time-stamp counter with the figures of
// KUSER_SHARED_DATA, as the kernel does it; where the multiplier is 0 the kernel
// tells, in the same nanoseconds.
TEXT ·Nanotime(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	$0x7FFE0800, CX
	MOVQ	8(CX), R8
	TESTQ	R8, R8
	JEQ	ask
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	SUBQ	0(CX), AX
	MULQ	R8
	SHRQ	$32, DX, AX
	ADDQ	16(CX), AX
	MOVQ	AX, 8(SP)
	RET
ask:
	LEAQ	8(SP), R10		// NtQueryPerformanceCounter(&ret, nil)
	XORL	DX, DX
	MOVL	$svcQueryPerformanceCounter, AX
	SYSCALL
	RET

// func dispatcherAddresses() (exception, apc uintptr)
TEXT ·dispatcherAddresses(SB),NOSPLIT,$0-16
	LEAQ	KiUserExceptionDispatcher(SB), AX
	MOVQ	AX, exception+0(FP)
	LEAQ	KiUserApcDispatcher(SB), AX
	MOVQ	AX, apc+8(FP)
	RET

// KiUserApcDispatcher: RSP = nt.Context with the APC in its home slots. Calls
// P4Home(P1Home, P2Home, P3Home) by the x64 convention, on this thread's stack
// wherever that is, and goes on with the context. The routine is machine code,
// not a Go function.
TEXT KiUserApcDispatcher(SB),NOSPLIT|NOFRAME,$0
	MOVQ	0(SP), CX
	MOVQ	8(SP), DX
	MOVQ	16(SP), R8
	MOVQ	SP, R9
	CALL	24(SP)
	MOVQ	SP, R10
	MOVL	$1, DX			// there may be more of them
	MOVL	$svcContinue, AX
	SYSCALL
	MOVQ	$-1, R10
	MOVL	AX, DX
	MOVL	$svcTerminateProcess, AX
	SYSCALL
	INT	$3

// Offsets in nt.ExceptionFrame, whose first part is nt.Context; TestLayout has
// NT's.
#define FRAME_Rsp 0x98
#define FRAME_Rbp 0xA0
#define FRAME_R14 0xE8
#define FRAME_Rip 0xF8
#define FRAME_Code 0x4D0
#define FRAME_Information1 0x4F8

// KiUserExceptionDispatcher: RCX = nt.ExceptionFrame. Memory and arithmetic
// faults become Go panics where they happened; other exceptions go back for their
// second chance, which ends the process with their status.
TEXT KiUserExceptionDispatcher(SB),NOSPLIT|NOFRAME,$0
	MOVL	FRAME_Code(CX), AX
	MOVQ	FRAME_Information1(CX), SI
	MOVL	$11, DI			// memory
	CMPL	AX, $0xC0000005
	JEQ	fault
	CMPL	AX, $0xC0000006		// a page could not be read
	JEQ	fault
	XORL	SI, SI
	MOVL	$8, DI			// arithmetic
	CMPL	AX, $0xC0000094
	JEQ	fault
	CMPL	AX, $0xC0000095
	JEQ	fault
	MOVL	AX, BX
	SUBL	$0xC000008D, BX		// to 0xC0000093: floating point
	CMPL	BX, $6
	JLS	fault
	CMPL	AX, $0xC00002B4
	JEQ	fault
	LEAQ	FRAME_Code(CX), R10	// the record
	MOVQ	CX, DX			// the context
	XORL	R8, R8			// second chance: the process ends
	MOVL	$svcRaiseException, AX
	SYSCALL
	MOVL	AX, DX			// refused: the frame has been written to
	MOVQ	$-1, R10
	MOVL	$svcTerminateProcess, AX
	SYSCALL
	INT	$3
fault:
	MOVQ	FRAME_Rbp(CX), BP
	MOVQ	FRAME_R14(CX), R14	// g
	MOVQ	FRAME_Rip(CX), AX
	MOVQ	FRAME_Rsp(CX), SP
	TESTQ	AX, AX
	JZ	called			// a call of address 0 has pushed its caller already
	PUSHQ	AX
called:
	JMP	runtime·tamagoFault(SB)
