# The least native program: it ends itself by NtTerminateProcess(-1, 0).
# process.spawn_wait of ntbench starts it, so that what is measured is the
# system's part of a process and not a language's.
#
# The service's number comes from goos/service.h; its arguments are in R10 and
# RDX (docs/system-service.md).

#include "service.h"

	.globl	_start
	.text
_start:
	movq	$-1, %r10
	xorl	%edx, %edx
	movl	$svcTerminateProcess, %eax
	syscall
	int3
