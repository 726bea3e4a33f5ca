#include "go_asm.h"
#include "textflag.h"

// Linux system call numbers: arch/x86/entry/syscalls/syscall_64.tbl
#define SYS_write 1
#define SYS_mmap 9
#define SYS_rt_sigaction 13
#define SYS_rt_sigreturn 15
#define SYS_clone 56
#define SYS_sigaltstack 131
#define SYS_arch_prctl 158
#define SYS_futex 202
#define SYS_clock_gettime 228
#define SYS_exit_group 231
#define SYS_getrandom 318

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002

TEXT ·CPUinit(SB),NOSPLIT|NOFRAME,$0
	MOVQ	SP, runtime·tamagoArgs(SB)

	MOVQ	·RamStart(SB), DI
	MOVQ	·RamSize(SB), SI
	MOVL	$3, DX			// PROT_READ|PROT_WRITE
	MOVL	$0x104022, R10		// MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE|MAP_FIXED_NOREPLACE
	MOVQ	$-1, R8
	XORL	R9, R9
	MOVL	$SYS_mmap, AX
	SYSCALL
	CMPQ	AX, ·RamStart(SB)
	JNE	fail

	LEAQ	·slots(SB), R13
	CALL	setupThread<>(SB)

	MOVQ	·RamStart(SB), SP
	ADDQ	·RamSize(SB), SP
	SUBQ	·RamStackOffset(SB), SP
	JMP	_rt0_tamago_start(SB)
fail:
	MOVL	$2, DI
	MOVL	$SYS_exit_group, AX
	SYSCALL
	INT	$3

TEXT ·SetTLS(SB),NOSPLIT|NOFRAME,$0
	MOVQ	DI, SI
	MOVQ	$ARCH_SET_FS, DI
	MOVL	$SYS_arch_prctl, AX
	SYSCALL
	RET

// func Nanotime() int64
TEXT ·Nanotime(SB),NOSPLIT,$16-8
	MOVL	$1, DI			// CLOCK_MONOTONIC
	LEAQ	ts-16(SP), SI
	MOVL	$SYS_clock_gettime, AX
	SYSCALL
	MOVQ	ts-16(SP), AX
	IMULQ	$1000000000, AX
	ADDQ	ts-8(SP), AX
	MOVQ	AX, ret+0(FP)
	RET

// func startClock()
TEXT ·startClock(SB),NOSPLIT,$24-0
	XORL	DI, DI			// CLOCK_REALTIME
	LEAQ	8(SP), SI
	MOVL	$SYS_clock_gettime, AX
	SYSCALL
	MOVQ	8(SP), BX
	IMULQ	$1000000000, BX
	ADDQ	16(SP), BX
	MOVQ	BX, 0(SP)
	MOVL	$1, DI
	LEAQ	8(SP), SI
	MOVL	$SYS_clock_gettime, AX
	SYSCALL
	MOVQ	8(SP), AX
	IMULQ	$1000000000, AX
	ADDQ	16(SP), AX
	MOVQ	0(SP), BX
	SUBQ	AX, BX
	MOVQ	BX, runtime·tamagoWallOffset(SB)
	RET

// func Printk(c byte)
TEXT ·Printk(SB),NOSPLIT,$0-1
	MOVL	$1, DI
	LEAQ	c+0(FP), SI
	MOVL	$1, DX
	MOVL	$SYS_write, AX
	SYSCALL
	RET

// func getrandom(p *byte, n int) int
TEXT ·getrandom(SB),NOSPLIT,$0-24
	MOVQ	p+0(FP), DI
	MOVQ	n+8(FP), SI
	XORL	DX, DX
	MOVL	$SYS_getrandom, AX
	SYSCALL
	MOVQ	AX, ret+16(FP)
	RET

// func exit(code int32)
TEXT ·exit(SB),NOSPLIT,$0-4
	MOVL	code+0(FP), DI
	MOVL	$SYS_exit_group, AX
	SYSCALL
	INT	$3
	RET

// func clone(sp, fn, slot unsafe.Pointer) int
TEXT ·clone(SB),NOSPLIT,$0-32
	MOVL	$0x50f00, DI		// CLONE_VM|FS|FILES|SIGHAND|SYSVSEM|THREAD
	MOVQ	sp+0(FP), SI
	MOVQ	fn+8(FP), R12
	MOVQ	slot+16(FP), R13
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	MOVL	$SYS_clone, AX
	SYSCALL
	TESTQ	AX, AX
	JEQ	child
	MOVQ	AX, ret+24(FP)
	RET
child:
	CALL	setupThread<>(SB)
	JMP	R12

// setupThread gives the calling thread its GS and its stack for signals; the
// slot is in R13.
TEXT setupThread<>(SB),NOSPLIT|NOFRAME,$0
	MOVQ	$ARCH_SET_GS, DI
	MOVQ	R13, SI
	MOVL	$SYS_arch_prctl, AX
	SYSCALL
	SUBQ	$24, SP			// stack_t: ss_sp, ss_flags, ss_size
	MOVQ	0(R13), AX
	IMULQ	$const_altStack, AX
	LEAQ	·altStacks(SB), BX
	ADDQ	BX, AX
	MOVQ	AX, 0(SP)
	MOVQ	$0, 8(SP)
	MOVQ	$const_altStack, 16(SP)
	MOVQ	SP, DI
	XORL	SI, SI
	MOVL	$SYS_sigaltstack, AX
	SYSCALL
	ADDQ	$24, SP
	RET

// onFault is the signal handler: number in DI, siginfo_t in SI, ucontext_t in
// DX. It changes the registers that the interrupted goroutine goes on with.
TEXT onFault<>(SB),NOSPLIT|NOFRAME,$0
	MOVQ	168(DX), AX		// RIP
	TESTQ	AX, AX
	JEQ	nilcall
	MOVQ	160(DX), BX		// RSP
	SUBQ	$8, BX
	MOVQ	AX, 0(BX)
	MOVQ	BX, 160(DX)
nilcall:
	MOVQ	DI, 104(DX)		// RDI
	MOVQ	16(SI), AX		// si_addr
	MOVQ	AX, 112(DX)		// RSI
	LEAQ	runtime·tamagoFault(SB), AX
	MOVQ	AX, 168(DX)
	RET

TEXT sigreturn<>(SB),NOSPLIT|NOFRAME,$0
	MOVL	$SYS_rt_sigreturn, AX
	SYSCALL
	INT	$3

// func catchFaults()
TEXT ·catchFaults(SB),NOSPLIT,$32-0
	LEAQ	onFault<>(SB), AX
	MOVQ	AX, 0(SP)		// sa_handler
	MOVQ	$0x4C000004, AX		// SA_SIGINFO|SA_ONSTACK|SA_RESTORER|SA_NODEFER
	MOVQ	AX, 8(SP)
	LEAQ	sigreturn<>(SB), AX
	MOVQ	AX, 16(SP)
	MOVQ	$0, 24(SP)		// sa_mask
	MOVL	$11, DI			// SIGSEGV
	CALL	sigaction<>(SB)
	MOVL	$7, DI			// SIGBUS
	CALL	sigaction<>(SB)
	MOVL	$8, DI			// SIGFPE
	CALL	sigaction<>(SB)
	RET

// sigaction sets the handler at 8(SP) of the signal DI.
TEXT sigaction<>(SB),NOSPLIT|NOFRAME,$0
	LEAQ	8(SP), SI
	XORL	DX, DX
	MOVL	$8, R10
	MOVL	$SYS_rt_sigaction, AX
	SYSCALL
	RET

// func self() *slot
// The slot's first word is its number.
TEXT ·self(SB),NOSPLIT,$0-8
	MOVQ	0(GS), AX
	SHLQ	$4, AX
	LEAQ	·slots(SB), BX
	ADDQ	BX, AX
	MOVQ	AX, ret+0(FP)
	RET

// func futexWait(word *uint32, ns int64)
TEXT ·futexWait(SB),NOSPLIT,$16-16
	MOVQ	word+0(FP), DI
	MOVL	$128, SI		// FUTEX_WAIT_PRIVATE
	XORL	DX, DX
	XORL	R10, R10
	MOVQ	ns+8(FP), AX
	TESTQ	AX, AX
	JLT	wait
	XORL	DX, DX
	MOVQ	$1000000000, CX
	DIVQ	CX
	MOVQ	AX, ts-16(SP)
	MOVQ	DX, ts-8(SP)
	LEAQ	ts-16(SP), R10
	XORL	DX, DX
wait:
	MOVL	$SYS_futex, AX
	SYSCALL
	RET

// func futexWake(word *uint32)
TEXT ·futexWake(SB),NOSPLIT,$0-8
	MOVQ	word+0(FP), DI
	MOVL	$129, SI		// FUTEX_WAKE_PRIVATE
	MOVL	$1, DX
	MOVL	$SYS_futex, AX
	SYSCALL
	RET

// func swap(word *uint32, v uint32) uint32
TEXT ·swap(SB),NOSPLIT,$0-20
	MOVQ	word+0(FP), BX
	MOVL	v+8(FP), AX
	XCHGL	AX, 0(BX)
	MOVL	AX, ret+16(FP)
	RET

// func add(word *uint32, n uint32) uint32
TEXT ·add(SB),NOSPLIT,$0-20
	MOVQ	word+0(FP), BX
	MOVL	n+8(FP), AX
	LOCK
	XADDL	AX, 0(BX)
	MOVL	AX, old+16(FP)
	RET
