//go:build tamago

#include "go_asm.h"
#include "go_tls.h"
#include "textflag.h"

// The ELF entry point. goos.CPUinit brings the processor to long mode, sets SP
// to a 16-byte aligned stack of 64 KiB, and jumps to _rt0_tamago_start.
TEXT _rt0_amd64_tamago(SB),NOSPLIT|NOFRAME,$0
	JMP	runtime∕goos·CPUinit(SB)

TEXT _rt0_tamago_start(SB),NOSPLIT|NOFRAME,$0
	XORL	DI, DI
	XORL	SI, SI
	MOVQ	runtime·tamagoArgs(SB), BX
	TESTQ	BX, BX
	JEQ	start
	MOVQ	0(BX), DI
	LEAQ	8(BX), SI
start:
	JMP	runtime·rt0_go(SB)

// settls makes DI+8 the FS base, so that -8(FS) is the word at DI. It uses AX,
// CX, DX and, in ring 3, what a system call uses.
//
// Intel SDM volume 4, IA32_FS_BASE (C000_0100H); WRMSR takes EDX:EAX.
TEXT runtime·settls(SB),NOSPLIT|NOFRAME,$0
	ADDQ	$8, DI
	BYTE	$0x8c; BYTE $0xc8	// MOVL CS, AX
	TESTB	$3, AX
	JNE	ring3
	MOVL	DI, AX
	MOVQ	DI, DX
	SHRQ	$32, DX
	MOVL	$0xC0000100, CX
	WRMSR
	RET
ring3:
	JMP	runtime∕goos·SetTLS(SB)

// tamago_mstart is the first code of a thread made by goos.Task. It is jumped
// to with SP as given to Task, or called with one word pushed on top of that.
TEXT runtime·tamago_mstart(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	LEAQ	15(SP), AX
	ANDQ	$~15, AX
	MOVQ	AX, SP
	MOVQ	0(SP), R13	// m
	MOVQ	8(SP), R14	// m.g0
	MOVQ	$0, BP
	CLD
	LEAQ	m_tls(R13), DI
	CALL	runtime·settls(SB)
	get_tls(CX)
	MOVQ	R13, g_m(R14)
	MOVQ	R14, g(CX)
	CALL	runtime·mstart(SB)
	CALL	runtime·abort(SB)
	RET

// tamagoFault is where a platform lets a goroutine go on that has caused a
// processor exception, to make a Go panic of it: the address of the faulting
// instruction pushed on the goroutine's stack (nothing pushed if that address
// is 0, a call of a nil function), the number in DI (8 arithmetic, 11 memory),
// the faulting address in SI. FS as it was.
TEXT runtime·tamagoFault(SB),NOSPLIT|NOFRAME,$0-0
	get_tls(CX)
	MOVQ	g(CX), R14
	MOVL	DI, g_sig(R14)
	MOVQ	SI, g_sigcode1(R14)
	MOVQ	0(SP), AX
	MOVQ	AX, g_sigpc(R14)
	JMP	runtime·sigpanic0(SB)
