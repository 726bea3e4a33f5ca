/*
 * A kernel for tests of the boot chain: a PE32+ image at 0xFFFFFFFF80200000
 * that prints on COM1 what it was entered with, in lines a test can read:
 *
 *	CPU rflags cr0 cr4 efer rsp rcx
 *	LPB <200 bytes>		EXT <1032 bytes>
 *	MD type base count	one a memory descriptor
 *	STR text		each string
 *	IMG base entry size page	FILE base length <first 16 bytes>
 *	PTE address entry	last page table entry of some addresses
 *	E820 base length type attributes
 *	HIVE <first 16 bytes>	BSS all its words or-ed, first word of .data
 *	BIOS eax flags		INT 10h AH=0Fh by the block's BiosCall
 *	PAGE address <4096 bytes>	pages of the loader block, hive, character tables;
 *				a dot stands for eight bytes that are the eight before
 *	RTC seconds minutes hours	the alarm registers, before
 *	TESTKERNEL DONE
 *
 * All numbers are hexadecimal. Then it leaves by isa-debug-exit (port 0xF4)
 * and halts where there is none.
 */
.set BASE,  0xffffffff80200000
.set PHYS,  0xffff800000000000
.set TEXT,  0x1000
.set BSSSIZE, 0x3000
.set BIOSCALL, 272		/* arc.LoaderParameterExtension */
.set BIOSREGS, 280
.set MESSAGE, 184

	.text
	.globl	_start
_start:
image:
	.ascii	"MZ"
	.org	image+60
	.long	0x80
	.org	image+0x80
	.ascii	"PE\0\0"
	.word	0x8664, 3
	.long	0, 0, 0
	.word	240, 0x22f
	.word	0x20b			/* optional header */
	.byte	0, 0
	.long	textEnd - text, dataEnd - data, BSSSIZE
	.long	TEXT			/* entry */
	.long	TEXT
	.quad	BASE
	.long	0x1000, 0x200
	.word	6, 1, 0, 0, 6, 1
	.long	0
	.long	0x6000			/* size of image */
	.long	0x400			/* headers */
	.long	0
	.word	1, 0
	.quad	0x10000, 0x1000, 0x10000, 0x1000
	.long	0, 16
	.long	exports - image, exportsEnd - exports
	.fill	15, 8, 0
	.ascii	".text\0\0\0"
	.long	textEnd - text, TEXT, textFileEnd - text, text - image
	.long	0, 0, 0, 0x60000020
	.ascii	".data\0\0\0"
	.long	dataEnd - data, 0x2000, dataFileEnd - data, data - image
	.long	0, 0, 0, 0xc0000040
	.ascii	".bss\0\0\0\0"
	.long	BSSSIZE, 0x3000, 0, 0
	.long	0, 0, 0, 0xc0000080
	.org	image+0x300
exports:
	.long	0, 0, 0, exportName - image, 1, 1, 1, exportRva - image, exportNames - image, exportOrdinal - image
exportRva:
	.long	TEXT
exportNames:
	.long	exportEntry - image
exportOrdinal:
	.word	0
exportName:
	.asciz	"ntoskrnl.exe"
exportEntry:
	.asciz	"good.DriverEntry"
exportsEnd:
	.org	image+0x400

	.code64
text:
	movq	%rcx, %r15		/* LPB */
	movq	%rsp, %r14
	cld
	leaq	sCpu(%rip), %rsi
	call	puts
	pushfq
	popq	%rax
	call	putx
	movq	%cr0, %rax
	call	putx
	movq	%cr4, %rax
	call	putx
	movl	$0xc0000080, %ecx
	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	call	putx
	movq	%r14, %rax
	call	putx
	movq	%r15, %rax
	call	putx
	call	newline

	leaq	sLpb(%rip), %rsi
	call	puts
	movq	%r15, %rsi
	movl	$200, %ecx
	call	dump
	movq	192(%r15), %r13		/* extension */
	leaq	sExt(%rip), %rsi
	call	puts
	movq	%r13, %rsi
	movl	$1032, %ecx
	call	dump

	leaq	sRtc(%rip), %rsi
	call	puts
	movl	$1, %ebx		/* registers 1, 3, 5 (MC146818) */
1:	movb	%bl, %al
	outb	%al, $0x70
	inb	$0x71, %al
	movzbl	%al, %eax
	call	putx
	addl	$2, %ebx
	cmpl	$5, %ebx
	jbe	1b
	call	newline
	movq	$BASE+0x2008, %rsi	/* restart */
	cmpb	$0, (%rsi)
	je	3f
	cmpb	$0, MESSAGE(%r13)
	jne	3f
	movl	$1, %ebx
2:	movb	%bl, %al
	outb	%al, $0x70
	lodsb
	outb	%al, $0x71
	addl	$2, %ebx
	cmpl	$5, %ebx
	jbe	2b
	leaq	sAgain(%rip), %rsi
	call	puts
	movb	$0xfe, %al		/* the keyboard's controller resets the machine */
	outb	%al, $0x64
4:	hlt
	jmp	4b
3:
	leaq	32(%r15), %r12		/* memory descriptors */
	movq	(%r12), %rbx
1:	cmpq	%r12, %rbx
	je	2f
	leaq	sMd(%rip), %rsi
	call	puts
	movl	16(%rbx), %eax
	call	putx
	movq	24(%rbx), %rax
	call	putx
	movq	32(%rbx), %rax
	call	putx
	call	newline
	movq	(%rbx), %rbx
	jmp	1b

2:	leaq	16(%r15), %r12		/* images */
	movq	(%r12), %rbx
	leaq	sImg(%rip), %rsi
	call	puts
	movq	16(%rbx), %rax
	call	putx
	movq	24(%rbx), %rax
	call	putx
	movq	32(%rbx), %rax
	call	putx
	movq	56(%rbx), %rax
	call	putx
	call	newline
	movq	40(%rbx), %rsi
	call	string
	movq	48(%rbx), %rsi
	call	string
	movl	$120, %ebp		/* the five strings of the LPB */
3:	movq	(%r15,%rbp), %rsi
	call	string
	addl	$8, %ebp
	cmpl	$160, %ebp
	jb	3b

	leaq	96(%r13), %r12		/* boot files */
	movq	(%r12), %rbx
4:	cmpq	%r12, %rbx
	je	5f
	movq	16(%rbx), %rsi
	call	string
	leaq	sFile(%rip), %rsi
	call	puts
	movq	24(%rbx), %rax
	call	putx
	movq	32(%rbx), %rax
	call	putx
	movq	24(%rbx), %rsi
	movl	$16, %ecx
	call	dump
	movq	(%rbx), %rbx
	jmp	4b

5:	movl	112(%r13), %r12d		/* E820 rows */
	movq	120(%r13), %rbx
1:	testl	%r12d, %r12d
	jz	5f
	leaq	sE820(%rip), %rsi
	call	puts
	movq	(%rbx), %rax
	call	putx
	movq	8(%rbx), %rax
	call	putx
	movl	16(%rbx), %eax
	call	putx
	movl	20(%rbx), %eax
	call	putx
	call	newline
	addq	$24, %rbx
	decl	%r12d
	jmp	1b

5:	leaq	sHive(%rip), %rsi
	call	puts
	movl	96(%r15), %ecx
	movq	104(%r15), %rsi
	cmpl	$16, %ecx
	jbe	6f
	movl	$16, %ecx
6:	call	dump

	leaq	addresses(%rip), %r12
7:	movq	(%r12), %rbx
	testq	%rbx, %rbx
	jz	8f
	leaq	sPte(%rip), %rsi
	call	puts
	movq	%rbx, %rax
	call	putx
	call	walk
	call	putx
	call	newline
	addq	$8, %r12
	jmp	7b

8:	leaq	sBss(%rip), %rsi
	call	puts
	movq	$BASE+0x3000, %rsi
	movl	$BSSSIZE/8, %ecx
	xorl	%ebx, %ebx
9:	lodsq
	orq	%rax, %rbx
	decl	%ecx
	jnz	9b
	movq	%rbx, %rax
	call	putx
	movabsq	BASE+0x2000, %rax
	call	putx
	call	newline

	movq	BIOSCALL(%r13), %rax	/* BIOS call (arc.BiosRegs); low memory is mapped */
	movq	BIOSREGS(%r13), %rbp
	testq	%rax, %rax
	jz	1f
	movl	$0x10, (%rbp)
	movl	$0x0f00, 4(%rbp)
	movq	%rsp, %r14
	call	*%rax
	cmpq	%rsp, %r14
	jne	1f
	leaq	sBios(%rip), %rsi
	call	puts
	pushq	%rbp
	movl	4(%rbp), %eax
	call	putx
	movq	(%rsp), %rbp
	movl	36(%rbp), %eax
	call	putx
	popq	%rbp
	call	newline
1:
	leaq	32(%r15), %r12		/* what hangs on the block */
	movq	(%r12), %rbx
1:	cmpq	%r12, %rbx
	je	4f
	movl	16(%rbx), %eax
	cmpl	$7, %eax		/* LoaderOsloaderHeap */
	je	2f
	cmpl	$19, %eax		/* LoaderRegistryData */
	je	2f
	cmpl	$21, %eax		/* LoaderNlsData */
	jne	3f
2:	movq	24(%rbx), %r13
	movq	32(%rbx), %r14
5:	leaq	sPage(%rip), %rsi
	call	puts
	movq	%r13, %rax
	shlq	$12, %rax
	movq	$PHYS, %rsi
	addq	%rsi, %rax
	pushq	%rax
	call	putx
	popq	%rsi
	call	pack
	incq	%r13
	decq	%r14
	jnz	5b
3:	movq	(%rbx), %rbx
	jmp	1b

4:	leaq	sDone(%rip), %rsi
	call	puts
	movl	$0x3fd, %edx		/* TEMT: the last byte has left the shift register, too */
1:	inb	%dx, %al
	testb	$0x40, %al
	jz	1b
	movl	$0xf4, %edx
	movb	$0x10, %al
	outb	%al, %dx
	cli
1:	hlt
	jmp	1b

/* walk: RAX = last page table entry of RBX, 0 when not mapped. */
walk:	movq	%cr3, %rax
	movl	$39, %ecx
1:	movq	$0x000ffffffffff000, %rdx
	andq	%rdx, %rax
	movq	$PHYS, %rdx
	addq	%rdx, %rax
	movq	%rbx, %rdx
	shrq	%cl, %rdx
	andl	$511, %edx
	movq	(%rax,%rdx,8), %rax
	testb	$1, %al
	jz	2f
	testb	$0x80, %al
	jnz	3f
	subl	$9, %ecx
	cmpl	$12, %ecx
	jae	1b
	ret
2:	xorl	%eax, %eax
3:	ret

string:	pushq	%rsi
	leaq	sStr(%rip), %rsi
	call	puts
	popq	%rsi
	call	puts
newline: movb	$13, %al
	call	putc
	movb	$10, %al
putc:	pushq	%rax
	movl	$0x3fd, %edx
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	popq	%rax
	movl	$0x3f8, %edx
	outb	%al, %dx
	ret
puts:	lodsb
	testb	%al, %al
	jz	1f
	call	putc
	jmp	puts
1:	ret
putx:	movq	%rax, %rdi		/* RAX and a blank before */
	movb	$' ', %al
	call	putc
	movl	$16, %ebp
1:	rolq	$4, %rdi
	movb	%dil, %al
	call	nibble
	decl	%ebp
	jnz	1b
	ret
nibble:	andb	$15, %al
	addb	$'0', %al
	cmpb	$'9', %al
	jbe	putc
	addb	$'a'-'0'-10, %al
	jmp	putc
pack:	movb	$' ', %al		/* a page at RSI; QEMU takes 5 us for each character */
	call	putc
	movl	$512, %ecx
1:	cmpl	$512, %ecx
	je	2f
	movq	(%rsi), %rdi
	cmpq	-8(%rsi), %rdi
	je	4f
2:	movl	$8, %edi
3:	movb	(%rsi), %al
	shrb	$4, %al
	call	nibble
	lodsb
	call	nibble
	decl	%edi
	jnz	3b
	jmp	5f
4:	movb	$'.', %al
	call	putc
	addq	$8, %rsi
5:	decl	%ecx
	jnz	1b
	jmp	newline
dump:	movb	$' ', %al		/* RCX bytes at RSI */
	call	putc
1:	movb	(%rsi), %al
	shrb	$4, %al
	call	nibble
	lodsb
	call	nibble
	decl	%ecx
	jnz	1b
	jmp	newline

sCpu:	.asciz	"CPU"
sLpb:	.asciz	"LPB"
sExt:	.asciz	"EXT"
sMd:	.asciz	"MD"
sImg:	.asciz	"IMG"
sStr:	.asciz	"STR "
sFile:	.asciz	"FILE"
sE820:	.asciz	"E820"
sHive:	.asciz	"HIVE"
sPte:	.asciz	"PTE"
sBss:	.asciz	"BSS"
sRtc:	.asciz	"RTC"
sAgain:	.asciz	"TESTKERNEL RESTARTS\r\n"
sBios:	.asciz	"BIOS"
sPage:	.asciz	"PAGE"
sDone:	.asciz	"TESTKERNEL DONE\r\n"
	.balign	8
addresses:
	.quad	BASE, BASE+TEXT, BASE+0x2000, BASE+0x3000, BASE+0x5000, BASE+0x6000
	.quad	PHYS, PHYS+0xb8000, PHYS+0xffe00000, PHYS+0x100000000, PHYS+0x17fe00000
	.quad	0x200000, 0
textEnd:
	.balign	512
textFileEnd:

data:
	.quad	0x1122334455667788
restart: .byte	0, 0, 0		/* what a test wants in the alarm registers before a restart */
dataEnd:
	.balign	512
dataFileEnd:
