/*
 * OSLDR, real-mode part (SPEC B3). The boot sector reads the whole file to
 * 0000:A000 and jumps to its first byte with
 *
 *	DL  BIOS drive number		EBX  first sector of the volume
 *	ECX  length of the file
 *
 * This part looks at the machine, switches to long mode, unpacks the Go part
 * (packed, behind this program) and enters it with RDI = handover. It stays
 * in memory as the Go part's way back to the BIOS (thunk.S).
 *
 * Low memory from here on:
 *	0x00000-0x005ff  IVT, BDA (not mapped in long mode, so a nil pointer faults)
 *	0x01000-0x04fff  page tables: identity map of the low 1 GiB
 *	0x05000-0x08fff  the rows of the BIOS's memory map, if there is less room behind
 *			 the file; then, up to 0x07fff, the Go part's page tables for 1 to 4 GiB
 *	0x09000-0x09fff  the thunk's variables; real-mode stack, from the top
 *	0x0a000-         this program, then the packed Go part
 *	0x20000-0x2ffff  disk buffer, once the Go part is unpacked
 *	behind the file  the rows of the BIOS's memory map
 */
#include "../../serial.inc"

.set PAGES,   0x1000
.set STACK,   0xa000
.set BUFFER,  0x20000

	.code16
	.globl	_start
_start:
	jmp	start
	.org	_start+4, 0
	.ascii	"OSLDR 1\0"
	.org	_start+16, 0

/* Filled in by mkosldr. Addresses are physical. */
packedOffset:	.long	0	/* of the packed Go part, from _start */
packedLength:	.long	0
packedSum:	.long	0	/* sum of all its 32-bit words */
imageBase:	.long	0	/* where the Go part is unpacked to */
imageLength:	.long	0
imageEnd:	.long	0	/* end of its BSS */
ramEnd:		.long	0	/* end of the memory it runs in */
imageEntry:	.long	0
codeStart:	.long	0	/* from imageBase */
codeEnd:	.long	0

/* What the Go part gets; boot/osldr/bios.go has the same structure. */
	.balign	8
handover:
	.long	0x4f48534f	/* "OSHO" */
	.long	handoverEnd - handover
hDrive:	.long	0		/* BIOS drive number */
hVolume: .long	0		/* first sector of the boot volume */
hThunk:	.quad	thunk
hRegs:	.quad	regs
hBuffer: .quad	BUFFER
hE820:	.quad	0		/* behind this file */
hE820Count: .long 0
hE820Source: .long 0		/* 0 E820, 1 E801, 2 AH=88h; BROKEN, DROPPED */
hEbda:	.long	0		/* physical address, 0 when none can be believed */
hLowTop: .long	0		/* end of conventional memory */
hTscStart: .quad 0		/* at the first instruction in long mode */
hEdd:	.quad	edd
hEddFlags: .long 0		/* INT 13h AH=41h: CX, AH << 16; 0 without extensions */
hHeads:	.long	0		/* AH=08h geometry, 0 when unknown */
hSectors: .long	0
hSerial: .long	0		/* COM1 answers; 2: the BIOS writes to it, too */
hVideo:	.long	0		/* BIOS video mode after setting 3 */
hPageTables: .long PAGES
hKey:	.long	0		/* 100h + a byte that came while COM1 was looked at */
	.long	0
hKernelCall: .quad kernelCall	/* BIOS calls of the kernel */
hKernelRegs: .quad regs
handoverEnd:

start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	$STACK, %esp
	cld
	sti
	movzbl	%dl, %edx
	movl	%edx, hDrive
	movl	%ebx, hVolume

	/* Consoles: COM1 when something is there, 80x25 text. */
	movw	$COM1+7, %dx		/* scratch register */
	movb	$0x5a, %al
	outb	%al, %dx
	inb	%dx, %al
	cmpb	$0x5a, %al
	jne	1f
	incl	hSerial
	COM_INIT
	movw	$COM1+2, %dx		/* FCR: FIFOs on, empty */
	movb	$7, %al
	outb	%al, %dx
1:	movw	$0x0003, %ax
	call	int10
	movb	$0x0f, %ah
	call	int10
	andl	$0x7f, %eax
	movl	%eax, hVideo
	cmpl	$0, hSerial
	je	2f
	call	consoleProbe

2:	call	cpuCheck
	call	a20Open
	call	lowMemory
	call	memoryMap
	call	memoryCheck
	call	driveData
	call	makePages
	cli
	movl	%cr4, %eax
	movl	%eax, realCr4
	movl	%cr0, %eax
	movl	%eax, realCr0
	movl	$unpack, toGo
	movl	$0, toGo+4
	jmp	enterLong

/* decimal: EAX. Keeps all registers. */
decimal:
	pushal
	movl	$10, %ebx
	xorw	%cx, %cx
1:	xorl	%edx, %edx
	divl	%ebx
	pushw	%dx
	incw	%cx
	testl	%eax, %eax
	jnz	1b
2:	popw	%ax
	addb	$'0', %al
	pushw	%cx
	call	putc
	popw	%cx
	loop	2b
	popal
	ret

/* fatal: SI is the message. Waits for a key, then starts the machine anew. */
fatal:	call	print
	.globl	halt16
halt16:	movw	$anyKey, %si
	call	print
1:	sti				/* no HLT: the tick may stand */
	pause
	movb	$1, %ah
	int	$0x16
	jnz	2f
	call	serialKey
	jz	1b
2:	movw	$0x1234, 0x472		/* warm start */
	movb	$0xfe, %al
	outb	%al, $0x64
	movw	$0x8000, %cx		/* it takes the controller a moment */
3:	outb	%al, $0x80
	loop	3b
	ljmp	$0xffff, $0

#include "console.inc"
#include "memory.inc"
#include "machine.inc"
#include "thunk.inc"
#include "kernelcall.inc"
#include "unpack.inc"

anyKey:	.asciz	"Press any key to restart.\r\n"

	.balign	16
edd:	.fill	80, 1, 0		/* INT 13h AH=48h result */
	.balign	512
