/*
 * Master boot record (SPEC B1). The BIOS loads it at 0000:7C00 (some at
 * 07C0:0000) with the boot drive in DL. It moves to 0000:0600, loads the first
 * sector of the one active partition at 0000:7C00 and jumps there with DL as
 * it was and DS:SI at the partition's table entry.
 *
 * Bytes 440-445 belong to the disk signature, 446-509 to the partition table.
 */
#include "../serial.inc"

.set HOME,   0x600
.set TABLE,  HOME+0x1be
.set SECTOR, 0x7c00

	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$SECTOR, %sp
	movw	%ax, %ds
	movw	%ax, %es
	cld
	movw	%sp, %si
	movw	$HOME, %di
	movw	$256, %cx
	rep movsw
	ljmp	$0, $home		/* CS:IP is normal from here on */
home:
	sti
	movb	%dl, drive

	/* The table: signature, status bytes, exactly one active entry. */
	movw	$invalid, %bp
	cmpw	$0xaa55, HOME+510
	jne	fail
	movw	$TABLE, %si
	xorw	%bx, %bx
	movb	$4, %cl
1:	movb	(%si), %al
	testb	$0x7f, %al
	jnz	fail
	testb	%al, %al
	jns	2f
	testw	%bx, %bx
	jnz	fail
	movw	%si, %bx
2:	addw	$16, %si
	decb	%cl
	jnz	1b
	testw	%bx, %bx
	jz	fail
	movw	%bx, entry

	/* Its first sector: three tries, a reset after each that failed. */
	movw	$loading, %bp
	movw	$3, %di
3:	call	read
	jnc	4f
	pushaw
	xorw	%ax, %ax
	call	int13
	popaw
	decw	%di
	jnz	3b
	jmp	fail

4:	movw	$missing, %bp
	cmpw	$0xaa55, SECTOR+510
	jne	fail
	movw	entry, %si
	movb	drive, %dl
	jmp	SECTOR

/* fail: BP is the message. The next boot device gets its chance by INT 18h. */
fail:
	movw	%bp, %si
	COM_INIT
5:	lodsb
	testb	%al, %al
	jz	6f
	PUTC_BODY
	jmp	5b
6:	int	$0x18
	hlt
	jmp	6b

/*
 * read: the partition's first sector to 0000:7C00; CF set on an error. All
 * registers are kept on the stack, for a BIOS may change any of them.
 */
read:
	pushaw
	movb	$0x41, %ah		/* EDD 3.0: extensions present? */
	movw	$0x55aa, %bx
	call	int13
	jc	chs
	cmpw	$0xaa55, %bx
	jne	chs
	testb	$1, %cl
	jz	chs

	movw	entry, %bx
	pushl	$0			/* disk address packet */
	pushl	8(%bx)
	pushw	$0
	pushw	$SECTOR
	pushw	$1
	pushw	$16
	movw	%sp, %si
	movb	$0x42, %ah
	call	int13
	popaw				/* the packet's 16 bytes; keeps CF */
	jmp	done

chs:	movb	$8, %ah			/* drive parameters */
	call	int13
	jc	done
	andw	$0x3f, %cx		/* sectors a track */
	stc
	jz	done
	movzbl	%dh, %ebx
	incw	%bx			/* heads */
	movzwl	%cx, %ecx
	movw	entry, %si
	movl	8(%si), %eax
	xorl	%edx, %edx
	divl	%ecx
	incw	%dx
	movw	%dx, %cx		/* sector, from 1 */
	xorl	%edx, %edx
	divl	%ebx			/* EAX cylinder, EDX head */
	cmpl	$1024, %eax
	cmc
	jc	done
	movb	%dl, %dh
	movb	%al, %ch
	shlb	$6, %ah
	orb	%ah, %cl
	movw	$SECTOR, %bx
	movw	$0x0201, %ax
	call	int13
done:	popaw
	ret

/* int13: INT 13h for our drive; DS and ES are 0 afterwards. */
int13:	movb	drive, %dl
	int	$0x13
	pushw	$0
	popw	%ds
	pushw	$0
	popw	%es
	ret

invalid: .asciz	"Invalid partition table\r\n"
loading: .asciz	"Error loading operating system\r\n"
missing: .asciz	"Missing operating system\r\n"
drive:	.byte	0
entry:	.word	0

	.org	_start+440, 0		/* fails to assemble when too long */
	.long	0
	.word	0
	.org	_start+510, 0
	.word	0xaa55
