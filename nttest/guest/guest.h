#include "service.h"

// The TEB's second TLS slot: threads keep the address of their block there, for the
// exception dispatcher.
#define TEB_Block 0x1488

// END ends the calling thread with status 7 (guest.OwnEnd).
#define END \
	MOVQ	$-2, R10; \
	MOVL	$7, DX; \
	MOVL	$svcTerminateThread, AX; \
	SYSCALL; \
	INT	$3
