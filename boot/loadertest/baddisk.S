/*
 * A BIOS whose INT 13h is as it has been reported to be, and that starts what it
 * has read with wrong registers, for tests (baddisk_test.go). The first 440 bytes
 * are a boot record; it loads the rest of this program from sector 2 on to
 * 9400:0000, above what INT 12h tells from then on. That puts itself before the
 * BIOS's INT 13h, reads sector `next` to 0000:7C00, writes into it as a BIOS does
 * that takes a stick for a floppy, and starts it. A test fills in the parameters.
 */
	.code16
	.globl	_start
.set HOME,    0x9400
.set SECTORS, 8

_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	sti
	movw	$0x250, 0x413
	movw	$(0x7c00 + packet - _start), %si
	movb	$0x42, %ah
	movb	$0x80, %dl
	int	$0x13
	ljmp	$HOME, $(start - home)
packet:	.word	16, SECTORS, 0, HOME
	.quad	2
	.org	_start+440, 0
	.org	_start+512, 0

home:	jmp	start
	.org	home+4, 0
flags:	.word	0		/* 4 */
dl:	.byte	0x80, 0		/* 6: drive number that is told */
next:	.long	1		/* 8: sector that is started */
si:	.word	0		/* 12: SI, BP, DS at its start */
bp:	.word	0
ds:	.word	0
most:	.word	0		/* 18: sectors that one call does */
limit:	.long	0		/* 20: first sector that must not be asked for, 0 none */
fillAt:	.word	0		/* 24: bytes from here to there get the value FFh */
fillTo:	.word	0
rows:	.fill	32, 1, 0	/* 28: for DS:SI and DS:BP */
old:	.long	0		/* 60 */
keep:	.long	0
.set SHORT,  1			/* a call does `most` sectors at most and tells success */
.set REFUSE, 2			/* a call for more fails */
.set LIE,    4			/* AH=41h tells of AH=42h, which fails */
.set CARRY,  8			/* success is CF=1, AH=0 */
.set WILD,   16			/* all registers change, DF is set, IF clear */
.set ONLY80, 32			/* other drives fail */
.set HOLLOW, 64			/* reads of other drives succeed and bring nothing */
.set NO48,   128		/* no AH=48h */
.set COPY,   256		/* other drives are drive 80h, without EDD */

start:	movw	%cs, %ax
	movw	%ax, %ds
	xorw	%ax, %ax
	movw	%ax, %es
	movl	%es:0x13*4, %eax
	movl	%eax, old - home
	movw	$packet2 - home, %si
	movl	next - home, %eax
	movl	%eax, packet2 + 8 - home
	movb	$0x42, %ah
	movb	$0x80, %dl
	int	$0x13
	cli
	movw	$int13 - home, %es:0x13*4
	movw	%cs, %es:0x13*4+2
	sti
	movw	fillAt - home, %di
	movw	fillTo - home, %cx
	subw	%di, %cx
	addw	$0x7c00, %di
	movb	$0xff, %al
	cld
	rep stosb
	movb	dl - home, %dl
	movw	si - home, %si
	movw	bp - home, %bp
	movw	ds - home, %ds
	ljmp	$0, $0x7c00
	.balign	4
packet2: .word	16, 1, 0x7c00, 0
	.quad	0

int13:	cld
	cmpb	$0x80, %dl
	je	1f
	testw	$ONLY80, %cs:flags - home
	jnz	fail
	testw	$HOLLOW, %cs:flags - home
	jnz	good
	testw	$COPY, %cs:flags - home
	jz	1f
	movb	$0x80, %dl
	cmpb	$0x41, %ah
	jb	1f
	cmpb	$0x48, %ah
	jbe	fail
1:	testw	$NO48, %cs:flags - home
	jz	1f
	cmpb	$0x48, %ah
	je	fail
1:	cmpb	$0x42, %ah
	jne	call
	testw	$LIE, %cs:flags - home
	jnz	fail
	pushal				/* does it leave the disk? */
	movl	8(%si), %eax
	movzwl	2(%si), %ecx
	addl	%ecx, %eax
	jc	beyond
	cmpl	$0, 12(%si)
	jne	beyond
	movl	%cs:limit - home, %ebx
	testl	%ebx, %ebx
	jz	1f
	cmpl	%ebx, %eax
	ja	beyond
1:	popal
	testw	$SHORT|REFUSE, %cs:flags - home
	jz	call
	pushw	%ax
	movw	2(%si), %ax
	cmpw	%cs:most - home, %ax
	popw	%ax
	jbe	call
	testw	$REFUSE, %cs:flags - home
	jnz	fail
	pushw	2(%si)
	pushw	%cs:most - home
	popw	2(%si)
	pushfw
	lcall	*%cs:old - home
	popw	2(%si)
	jmp	done
call:	movw	%ax, %cs:keep - home
	pushfw
	lcall	*%cs:old - home
done:	jc	2f
	testw	$CARRY, %cs:flags - home
	jz	1f
	movb	$0, %ah
	cmpb	$0x41, %cs:keep+1 - home
	je	1f			/* tells its version */
	stc
	jmp	2f
1:	clc
2:	pushfw
	testw	$WILD, %cs:flags - home
	jz	3f
	cmpb	$0x42, %cs:keep+1 - home
	je	1f
	cmpb	$2, %cs:keep+1 - home
	ja	3f			/* has results in registers */
1:	movl	$0xdeadbeef, %ebx
	movl	%ebx, %ecx
	movl	%ebx, %edx
	movl	%ebx, %esi
	movl	%ebx, %edi
	movl	%ebx, %ebp
	movw	%bx, %ds
	movw	%bx, %es
	popfw
	std
	cli
	lretw	$2
3:	popfw
	sti
	lretw	$2
good:	movb	$0, %ah
	clc
	sti
	lretw	$2
fail:	movb	$1, %ah
	stc
	sti
	lretw	$2

beyond:	movw	$text - home, %si
1:	movb	%cs:(%si), %al
	incw	%si
	testb	%al, %al
	jz	2f
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	1b
2:	cli
	hlt
	jmp	2b
text:	.asciz	"BAD DISK: asked for what is beyond its end\r\n"
	.org	home+SECTORS*512, 0
