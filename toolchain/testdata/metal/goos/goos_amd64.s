#include "textflag.h"

TEXT ·CPUinit(SB),NOSPLIT|NOFRAME,$0
	MOVQ	·RamStart(SB), SP
	ADDQ	·RamSize(SB), SP
	SUBQ	·RamStackOffset(SB), SP
	LEAQ	·Args(SB), AX
	MOVQ	AX, runtime·tamagoArgs(SB)
	JMP	_rt0_tamago_start(SB)

TEXT ·SetTLS(SB),NOSPLIT|NOFRAME,$0
	RET

// func Nanotime() int64
TEXT ·Nanotime(SB),NOSPLIT,$0-8
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET

// func Printk(c byte)
TEXT ·Printk(SB),NOSPLIT,$0-1
	MOVB	c+0(FP), AX
	MOVW	$0xE9, DX
	OUTB
	RET

// func exit(code int32)
TEXT ·exit(SB),NOSPLIT,$0-4
	MOVL	code+0(FP), AX
	MOVW	$0xF4, DX
	OUTL
	INT	$3
	RET
