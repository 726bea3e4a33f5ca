/*
 * A BIOS as firmware has been reported to be, for tests (badbios.go). The
 * first 440 bytes are a boot record; it loads this program and a table of E820h
 * rows, sectors 2 to 65, to 9400:0000, above what INT 12h tells from then on, puts
 * itself between the BIOS's interrupts and their callers, and starts the disk's own
 * MBR from sector 1. A test fills in the parameters.
 */
	.code16
	.globl	_start
.set HOME, 0x9400
.set ROWS, 0x1000		/* offset of the rows, 24 bytes each */

_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	cld
	movw	$0x7c00, %si
	movw	$0x600, %di
	movw	$256, %cx
	rep movsw
	ljmp	$0, $(0x600 + 1f - _start)
1:	sti
	movb	%dl, 0x600 + drive - _start
	movw	$(0x600 + packet - _start), %si
	movb	$0x42, %ah
	int	$0x13
	movw	$(0x600 + mbr - _start), %si
	movb	$0x42, %ah
	movb	0x600 + drive - _start, %dl
	int	$0x13
	movb	0x600 + drive - _start, %dl
	ljmp	$HOME, $(install - home)
packet:	.word	16, 64, 0, HOME
	.quad	2
mbr:	.word	16, 1, 0x7c00, 0
	.quad	1
drive:	.byte	0
	.org	_start+440, 0
	.org	_start+512, 0

/* From here on offsets are those of the second sector on, at HOME:0. */
home:
	.org	home+4, 0
flags:	.long	0		/* 4 */
rows:	.word	0		/* 8: how many, 0 leaves E820h as it is */
size:	.word	20		/* 10: of an answer */
lowKB:	.word	592		/* 12: INT 12h */
ebda:	.word	0		/* 14: 40:0Eh, 0 leaves it */
lose:	.word	0		/* 16: this row comes without signature, 0 none */
ticks:	.word	0		/* 18: the tick stands from this one on, 0 it runs */
e801:	.word	0, 0		/* 20: CX and DX of E801h where flags say so */
.set ECHO,    1			/* INT 10h AH=0Eh goes to COM1, too */
.set CARRY,   2			/* E820h ends with CF, not with EBX=0 */
.set SAME,    4			/* E820h writes only what differs from the row before */
.set FOREVER, 8			/* the last row continues with itself */
.set ROUND,   16		/* the last row continues with the first */
.set NORTC,   32		/* the real-time clock stands */
.set E801,    64
.set MOUTHY,  128		/* E820h destroys registers and writes 128 bytes */
old8:	.long	0
old10:	.long	0
old15:	.long	0
count:	.word	0

install:
	movw	%cs, %ax
	movw	%ax, %ds
	xorw	%ax, %ax
	movw	%ax, %es
	cli
	movl	%es:8*4, %eax
	movl	%eax, old8-home
	movl	%es:0x10*4, %eax
	movl	%eax, old10-home
	movl	%es:0x15*4, %eax
	movl	%eax, old15-home
	movw	$int15-home, %es:0x15*4
	movw	%cs, %es:0x15*4+2
	cmpw	$0, ticks-home
	je	1f
	movw	$int8-home, %es:8*4
	movw	%cs, %es:8*4+2
1:	testb	$ECHO, flags-home
	jz	2f
	movw	$int10-home, %es:0x10*4
	movw	%cs, %es:0x10*4+2
2:	movw	lowKB-home, %ax
	movw	%ax, %es:0x413
	movw	ebda-home, %ax
	testw	%ax, %ax
	jz	3f
	movw	%ax, %es:0x40e
3:	testb	$NORTC, flags-home
	jz	4f
	movb	$0x0b, %al		/* register B: SET */
	outb	%al, $0x70
	inb	$0x71, %al
	orb	$0x80, %al
	movb	%al, %ah
	movb	$0x0b, %al
	outb	%al, $0x70
	movb	%ah, %al
	outb	%al, $0x71
4:	xorw	%ax, %ax
	movw	%ax, %ds
	sti
	ljmp	$0, $0x7c00

int8:	pushw	%ax			/* the tick stands when it has come to `ticks` */
	pushw	%ds
	movw	%cs:count-home, %ax
	cmpw	%cs:ticks-home, %ax
	jae	1f
	incw	%cs:count-home
	popw	%ds
	popw	%ax
	ljmp	*%cs:old8-home
1:	movb	$0x20, %al
	outb	%al, $0x20
	popw	%ds
	popw	%ax
	iretw

int10:	cmpb	$0x0e, %ah
	jne	9f
	pushw	%dx
	pushw	%ax
1:	movw	$0x3fd, %dx
	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	popw	%ax
	movw	$0x3f8, %dx
	outb	%al, %dx
	popw	%dx
9:	ljmp	*%cs:old10-home

int15:	cmpw	$0xe801, %ax
	jne	1f
	testb	$E801, %cs:flags-home
	jz	pass
	movw	%cs:e801-home, %cx
	movw	%cs:e801-home+2, %dx
	movw	%cx, %ax
	movw	%dx, %bx
	clc
	sti
	lretw	$2
pass:	ljmp	*%cs:old15-home
1:	cmpw	$0xe820, %ax
	jne	pass
	cmpw	$0, %cs:rows-home
	je	pass
	pushw	%ds
	pushw	%si
	pushw	%di
	movw	%cs, %ax
	movw	%ax, %ds
	imulw	$24, %bx, %si
	addw	$ROWS, %si
	movw	size-home, %cx
	cld
2:	lodsb
	testb	$SAME, flags-home
	jz	3f
	testw	%bx, %bx
	jz	3f
	cmpb	-25(%si), %al
	je	4f
3:	movb	%al, %es:(%di)
4:	incw	%di
	loop	2b
	movzwl	size-home, %ecx
	incw	%bx
	movzwl	%bx, %ebx
	movl	$0x534d4150, %eax
	cmpw	lose-home, %bx
	jne	5f
	cmpw	$0, lose-home
	je	5f
	xorl	%eax, %eax
5:	testb	$CARRY, flags-home
	jz	6f
	cmpw	rows-home, %bx
	jbe	8f
	popw	%di
	popw	%si
	popw	%ds
	stc
	sti
	lretw	$2
6:	cmpw	rows-home, %bx
	jb	8f
	testb	$FOREVER, flags-home
	jz	7f
	decw	%bx
	jmp	8f
7:	xorw	%bx, %bx
	testb	$ROUND, flags-home
	jz	8f
	movl	$0x10000, %ebx		/* the first again, but not 0 */
8:	testb	$MOUTHY, flags-home
	popw	%di
	popw	%si
	popw	%ds
	jz	9f
	movl	$0xdeadbeef, %edx
	movl	%edx, %esi
	movl	%edx, %ebp
	movl	$0xaaaaaaaa, %es:24(%di)
	movl	$0xaaaaaaaa, %es:124(%di)
	movl	%edx, %edi
	movw	%dx, %ds
	movw	%dx, %es
	movw	%dx, %fs
9:	clc
	sti
	lretw	$2
	.org	home+ROWS, 0
