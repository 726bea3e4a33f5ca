# A boot sector that shows whether a machine runs code: it prints from real
# mode and from 64-bit mode on COM1, after instructions that software
# hypervisors are known not to know and a loop that they take seconds for.
# Then it echoes what COM1 receives; 'x' writes 2Ah to port F4h, 't' causes a
# triple fault.
#
#	as probe.S -o probe.o && ld -Ttext 0x7c00 --oformat binary probe.o -o probe.bin

	.equ	COM1, 0x3f8
	.equ	PML4, 0x1000
	.equ	PDPT, 0x2000
	.equ	PD, 0x3000

	.code16
	.globl	_start
_start:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$_start, %sp

	movw	$COM1+3, %dx		# 115200 baud, 8 bits, no parity
	movb	$0x80, %al
	outb	%al, %dx
	movw	$COM1, %dx
	movw	$1, %ax
	outw	%ax, %dx
	movw	$COM1+3, %dx
	movb	$3, %al
	outb	%al, %dx

	movw	$screen, %si		# teletype output by the BIOS
1:	lodsb
	testb	%al, %al
	jz	2f
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	jmp	1b

2:	movw	$real, %si
	call	puts16

	movw	$PML4, %di		# the first 2 MiB, mapped where they are
	xorw	%ax, %ax
	movw	$0x3000/2, %cx
	rep stosw
	movw	$PDPT+3, PML4
	movw	$PD+3, PDPT
	movw	$0x83, PD
	movl	$0x220, %eax		# PAE, OSFXSR
	movl	%eax, %cr4
	movl	$PML4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	# EFER
	rdmsr
	orw	$0x100, %ax		# LME
	wrmsr
	lgdt	gdtr
	movl	$0x80000011, %eax	# PG, ET, PE
	movl	%eax, %cr0
	ljmp	$8, $long

puts16:	lodsb
	testb	%al, %al
	jz	1f
	call	putc16
	jmp	puts16
1:	ret

putc16:	movb	%al, %ah
	movw	$COM1+5, %dx
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movw	$COM1, %dx
	movb	%ah, %al
	outb	%al, %dx
	ret

	.code64
long:
	movl	$_start, %esp
	xorps	%xmm0, %xmm0
	movl	$0x5000, %esi
	lock cmpxchg16b (%rsi)
	movl	$5000000, %ecx
1:	decl	%ecx
	jnz	1b

	movl	$longs, %esi
2:	lodsb
	testb	%al, %al
	jz	echo
	call	putc
	jmp	2b

echo:	movw	$COM1+5, %dx
1:	inb	%dx, %al
	testb	$1, %al
	jz	1b
	movw	$COM1, %dx
	inb	%dx, %al
	cmpb	$'x', %al
	je	leave
	cmpb	$'t', %al
	je	triple
	call	putc
	jmp	echo

leave:	movw	$0xf4, %dx
	movl	$0x2a, %eax
	outl	%eax, %dx
1:	hlt
	jmp	1b

triple:	lidt	nothing
	ud2

putc:	movb	%al, %ah
	movw	$COM1+5, %dx
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movw	$COM1, %dx
	movb	%ah, %al
	outb	%al, %dx
	ret

	.balign	8
gdt:	.quad	0
	.quad	0x00209a0000000000	# 64-bit code
gdtr:	.word	15
	.long	gdt
nothing: .word	0
	.quad	0
screen:	.asciz	"\r\nGoNT probe on the screen"
real:	.asciz	"GoNT probe: real mode\r\n"
longs:	.asciz	"GoNT probe: 64-bit mode\r\n"
	.org	510
	.byte	0x55, 0xaa
