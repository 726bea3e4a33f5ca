# A native program of 1 MB, as compiled ones are: 768 KB that it may only execute and 256 KB
# that it may write to. It reads a word of every 64 KB of the first, changes one of every
# 64 KB of the others, and ends itself by NtTerminateProcess(-1, 0). exec.hot of ntbench
# starts it.

#include "service.h"

	.globl	_start
	.text
_start:
	leaq	code(%rip), %rsi
	movl	$(768 / 64), %ecx
read:
	addq	(%rsi), %rax
	addq	$0x10000, %rsi
	decl	%ecx
	jnz	read
	leaq	written(%rip), %rsi
	movl	$(256 / 64), %ecx
write:
	addq	$1, (%rsi)
	addq	$0x10000, %rsi
	decl	%ecx
	jnz	write
	movq	$-1, %r10
	xorl	%edx, %edx
	movl	$svcTerminateProcess, %eax
	syscall
	int3
# Bytes that packing does not make small.
	.balign	8
code:
	.set	x, 1
	.rept	768 * 1024 / 8 - 16
	.set	x, x * 6364136223846793005 + 1442695040888963407
	.quad	x
	.endr

	.data
written:
	.rept	256 * 1024 / 8
	.set	x, x * 6364136223846793005 + 1442695040888963407
	.quad	x
	.endr
