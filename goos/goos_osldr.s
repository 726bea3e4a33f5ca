//go:build osldr

#include "textflag.h"

// argc, no arguments, no environment.
DATA noArgs<>+0(SB)/8, $0
DATA noArgs<>+8(SB)/8, $0
DATA noArgs<>+16(SB)/8, $0
GLOBL noArgs<>(SB), RODATA, $24

// The stub enters here in long mode, identity mapped, interrupts off, with
// DI at its handover structure.
TEXT ·CPUinit(SB),NOSPLIT|NOFRAME,$0
	MOVQ	DI, ·Handover(SB)
	LEAQ	noArgs<>(SB), AX
	MOVQ	AX, runtime·tamagoArgs(SB)
	MOVQ	·RamStart(SB), SP
	ADDQ	·RamSize(SB), SP
	SUBQ	·RamStackOffset(SB), SP
	JMP	_rt0_tamago_start(SB)

TEXT ·Hwinit0(SB),NOSPLIT|NOFRAME,$0
	RET

TEXT ·Hwinit1(SB),NOSPLIT|NOFRAME,$0
	RET

TEXT ·InitRNG(SB),NOSPLIT|NOFRAME,$0
	RET

// Bytes for map seeds, from the time stamp counter.
TEXT ·GetRandomData(SB),NOSPLIT,$0-24
	MOVQ	b_base+0(FP), DI
	MOVQ	b_len+8(FP), CX
more:
	TESTQ	CX, CX
	JEQ	done
	RDTSC
	IMULL	$0x9E3779B1, AX
	SHRL	$24, AX
	MOVB	AX, (DI)
	INCQ	DI
	DECQ	CX
	JMP	more
done:
	RET

// Nobody here needs nanoseconds, only a clock that runs: one tick is one.
TEXT ·Nanotime(SB),NOSPLIT,$0-8
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET

// Ring 0 writes the MSR; the runtime never calls this here.
TEXT ·SetTLS(SB),NOSPLIT|NOFRAME,$0
	RET
