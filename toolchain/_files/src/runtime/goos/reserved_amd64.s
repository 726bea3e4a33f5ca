//go:build reserved

#include "textflag.h"

// Linux system call numbers: arch/x86/entry/syscalls/syscall_64.tbl
#define SYS_mprotect 10
#define SYS_madvise 28

// func protect(p unsafe.Pointer, n uintptr, prot int) int
TEXT ·protect(SB),NOSPLIT,$0-32
	MOVQ	p+0(FP), DI
	MOVQ	n+8(FP), SI
	MOVQ	prot+16(FP), DX
	MOVL	$SYS_mprotect, AX
	SYSCALL
	MOVQ	AX, ret+24(FP)
	RET

// func discard(p unsafe.Pointer, n uintptr) int
TEXT ·discard(SB),NOSPLIT,$0-24
	MOVQ	p+0(FP), DI
	MOVQ	n+8(FP), SI
	MOVL	$4, DX			// MADV_DONTNEED
	MOVL	$SYS_madvise, AX
	SYSCALL
	MOVQ	AX, ret+16(FP)
	RET
