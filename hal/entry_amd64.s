//go:build kernel

// KiSystemStartup: the kernel's first instructions (SPEC P0.1).
//
// From OSLDR: long mode, CPL 0, IF=0, RCX = LoaderParameterBlock, RSP = its
// KernelStack, physical map and kernel image mapped, nothing else in the
// kernel's window. Nothing here uses the Go heap. The Go runtime starts
// at the end, with IF still 0, and sets up its own stack at the window's end.

#include "textflag.h"
#include "offsets.h"

TEXT KiSystemStartup(SB),NOSPLIT|NOFRAME,$0
	CLI
	CLD
	MOVQ	CX, ·loaderBlock(SB)
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ·tscBase(SB)
	// CR0: MP, ET, NE, WP, PG, PE (SDM vol. 3, 2.5)
	MOVQ	CR0, AX
	MOVL	$0x6000000C, BX		// CD, NW, TS, EM
	NOTQ	BX
	ANDQ	BX, AX
	MOVL	$0x80010033, BX
	ORQ	BX, AX
	MOVQ	AX, CR0
	// CR4: OSFXSR, OSXMMEXCPT, PGE
	MOVQ	CR4, AX
	ORQ	$0x680, AX
	MOVQ	AX, CR4
	BYTE	$0xDB; BYTE $0xE3	// FNINIT
	LDMXCSR	·defaultMxcsr(SB)

	// The pages that back the window until mm runs.
	MOVQ	LPB_Extension(CX), DX
	MOVQ	EXT_KernelHeapPage(DX), AX
	SHLQ	$12, AX
	MOVQ	AX, ·heapNext(SB)
	MOVQ	EXT_KernelHeapPages(DX), BX
	SHLQ	$12, BX
	ADDQ	AX, BX
	MOVQ	BX, ·heapEnd(SB)

	CALL	kiLoadTables(SB)
	LEAQ	·bootPCR(SB), AX
	MOVQ	AX, (AX)		// Self
	MOVQ	AX, DX
	SHRQ	$32, DX
	MOVL	$MSR_GS_BASE, CX
	WRMSR

	// the runtime's stack, demand paged from here on
	MOVQ	runtime∕goos·RamStart(SB), SP
	ADDQ	runtime∕goos·RamSize(SB), SP
	SUBQ	runtime∕goos·RamStackOffset(SB), SP
	JMP	_rt0_tamago_start(SB)

// kiLoadTables fills and loads GDT, TSS and IDT.
TEXT kiLoadTables(SB),NOSPLIT|NOFRAME,$0
	// TSS: RSP0 at 4, IST1 at 36, I/O map base at 102 (SDM vol. 3, 8.7)
	LEAQ	·tss(SB), DI
	LEAQ	·trapStack+8192(SB), AX
	MOVQ	AX, 4(DI)
	MOVQ	AX, 36(DI)		// IST1: interrupts
	LEAQ	·faultStack+8192(SB), AX
	MOVQ	AX, 44(DI)		// IST2: page faults and other faults
	LEAQ	·doubleStack+8192(SB), AX
	MOVQ	AX, 52(DI)		// IST3: double fault, machine check
	LEAQ	·debugStack+2048(SB), AX
	MOVQ	AX, 60(DI)		// IST4: #DB, #BP
	LEAQ	·nmiStack+2048(SB), AX
	MOVQ	AX, 68(DI)		// IST5: NMI
	MOVW	$104, 102(DI)

	// TSS descriptor at 0x40
	LEAQ	·gdt(SB), SI
	MOVQ	DI, AX
	MOVL	$103, BX
	MOVQ	AX, CX
	ANDL	$0xFFFFFF, CX
	SHLQ	$16, CX
	ORQ	CX, BX
	MOVQ	AX, CX
	SHRQ	$24, CX
	ANDL	$0xFF, CX
	SHLQ	$56, CX
	ORQ	CX, BX
	MOVQ	$0x0000890000000000, CX
	ORQ	CX, BX
	MOVQ	BX, 0x40(SI)
	SHRQ	$32, AX
	MOVQ	AX, 0x48(SI)

	LEAQ	·descriptor(SB), DX
	MOVW	$(11*8-1), (DX)
	MOVQ	SI, 2(DX)
	LGDT	(DX)

	// IDT: 256 interrupt gates, DPL 0 but for int3 and into; the stub of
	// vector n is at trapStubs+5n
	LEAQ	·idt(SB), DI
	LEAQ	trapStubs(SB), AX
	XORL	CX, CX
gate:
	MOVW	AX, (DI)
	MOVW	$0x10, 2(DI)
	MOVQ	AX, BX
	SHRQ	$16, BX
	MOVW	BX, 6(DI)
	SHRQ	$16, BX
	MOVL	BX, 8(DI)
	MOVL	$0, 12(DI)
	MOVW	$0x8E01, BX		// IST1
	CMPQ	CX, $32
	JAE	store
	MOVW	$0x8E04, BX		// IST4
	CMPQ	CX, $1
	JEQ	store
	MOVW	$0xEE04, BX
	CMPQ	CX, $3
	JEQ	store
	MOVW	$0x8E05, BX
	CMPQ	CX, $2
	JEQ	store
	MOVW	$0x8E02, BX
	CMPQ	CX, $4
	JEQ	user
	CMPQ	CX, $8
	JEQ	third
	CMPQ	CX, $18
	JEQ	third
	JMP	store
user:
	MOVW	$0xEE02, BX
	JMP	store
third:
	MOVW	$0x8E03, BX
store:
	MOVW	BX, 4(DI)
	ADDQ	$5, AX
	ADDQ	$16, DI
	INCQ	CX
	CMPQ	CX, $256
	JB	gate

	LEAQ	·idt(SB), SI
	MOVW	$4095, (DX)
	MOVQ	SI, 2(DX)
	LIDT	(DX)

	// reload the segment registers
	MOVW	$0x18, AX
	MOVW	AX, DS
	MOVW	AX, ES
	MOVW	AX, SS
	XORL	AX, AX
	MOVW	AX, FS
	MOVW	AX, GS
	LLDT	AX			// none: after a reset it covers address 0
	MOVW	$0x40, AX
	LTR	AX
	POPQ	AX
	MOVQ	$0x10, BX
	PUSHQ	BX
	PUSHQ	AX
	BYTE	$0x48; BYTE $0xCB	// RETFQ
