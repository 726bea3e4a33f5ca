/*
 * A master boot record for tests that makes the BIOS worse: it moves to the top
 * of conventional memory, filters INT 13h and INT 15h as `flags` says (a test
 * sets them in the image), and goes on with the real MBR from sector 1.
 */
	.code16
	.globl	_start
_start:
	jmp	start
	.org	_start+4, 0
flags:	.word	0
.set NOEDD,  1			/* no INT 13h extensions */
.set FLAKY,  2			/* each read fails twice, and until a reset */
.set TRASH,  4			/* reads destroy registers */
.set NOE820, 8
.set NOE801, 16
.set BAD,    32			/* sector `sector` cannot be read, nor by AH=02h any */
.set FAR,    64			/* the MBR is entered at 07C0:0000 */
sector:	.long	0
old13:	.long	0
old15:	.long	0
fails:	.byte	2
dirty:	.byte	0
keep:	.word	0

start:	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	decw	0x413
	movw	0x413, %ax
	shlw	$6, %ax
	movw	%ax, %es
	movw	$0x7c00, %si
	xorw	%di, %di
	movw	$256, %cx
	cld
	rep movsw
	movl	0x13*4, %ebx
	movl	%ebx, %es:old13
	movl	0x15*4, %ebx
	movl	%ebx, %es:old15
	movw	$int13, 0x13*4
	movw	%ax, 0x13*4+2
	movw	$int15, 0x15*4
	movw	%ax, 0x15*4+2
	pushw	%ax
	pushw	$1f
	lretw
1:	movw	%ds, %ax
	movw	%ax, %es
	movw	$0x7c00, %bx		/* the real one: head 0, sector 2 */
	movw	$0x0201, %ax
	movw	$2, %cx
	xorb	%dh, %dh
	sti
	pushfw
	lcall	*%cs:old13
	testb	$FAR, %cs:flags
	jnz	1f
	ljmp	$0, $0x7c00
1:	ljmp	$0x7c0, $0

int15:	cmpw	$0xe820, %ax
	jne	1f
	testb	$NOE820, %cs:flags
	jnz	fail
1:	cmpw	$0xe801, %ax
	jne	1f
	testb	$NOE801, %cs:flags
	jnz	fail
1:	ljmp	*%cs:old15

int13:	testb	$NOEDD, %cs:flags
	jz	1f
	cmpb	$0x41, %ah
	jb	1f
	cmpb	$0x48, %ah
	jbe	fail
1:	cmpb	$0, %ah
	jne	1f
	movb	$0, %cs:dirty
1:	cmpb	$0x42, %ah
	jne	1f
	testb	$BAD, %cs:flags
	jz	2f
	pushal
	movl	8(%si), %eax		/* is it among those asked for? */
	movl	%cs:sector, %ebx
	subl	%eax, %ebx
	jb	3f
	movzwl	2(%si), %ecx
	cmpl	%ecx, %ebx
	jae	3f
	popal
	jmp	fail
3:	popal
	jmp	2f
1:	cmpb	$2, %ah
	jne	pass
	testb	$BAD, %cs:flags
	jnz	fail
2:	testb	$FLAKY, %cs:flags
	jz	pass
	cmpb	$0, %cs:dirty
	jne	fail
	movb	$1, %cs:dirty
	decb	%cs:fails
	jns	fail
	movb	$2, %cs:fails
	movb	$0, %cs:dirty
pass:	movw	%ax, %cs:keep
	pushfw
	lcall	*%cs:old13
	pushfw
	testb	$TRASH, %cs:flags
	jz	1f
	cmpb	$0x42, %cs:keep+1
	je	2f
	cmpb	$2, %cs:keep+1
	ja	1f
2:	movl	$0xdeadbeef, %ebx
	movl	%ebx, %ecx
	movl	%ebx, %edx
	movl	%ebx, %esi
	movl	%ebx, %edi
	movl	%ebx, %ebp
	movw	%bx, %ds
	movw	%bx, %es
1:	popfw
	sti
	lretw	$2

fail:	movb	$0x10, %ah
	stc
	sti
	lretw	$2
	.org	_start+440, 0
