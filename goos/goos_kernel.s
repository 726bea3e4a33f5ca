//go:build kernel

#include "textflag.h"

// KiSystemStartup is package hal's (hal/entry_amd64.s).
TEXT ·CPUinit(SB),NOSPLIT|NOFRAME,$0
	JMP	KiSystemStartup(SB)

TEXT ·Hwinit0(SB),NOSPLIT|NOFRAME,$0
	RET

TEXT ·Hwinit1(SB),NOSPLIT|NOFRAME,$0
	RET

TEXT ·Nanotime(SB),NOSPLIT|NOFRAME,$0-8
	JMP	HalNanotime(SB)

// Ring 0 writes the MSR; the runtime never calls this here.
TEXT ·SetTLS(SB),NOSPLIT|NOFRAME,$0
	RET
