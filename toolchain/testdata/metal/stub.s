# A multiboot loader for tests: it enters long mode with the first GiB of
# memory mapped at 0 and at 0xFFFFFFFF80000000, and jumps to a Go program that
# the test has put behind it at 2 MiB.
# Multiboot Specification 0.6.96, section 3.1; Intel SDM volume 3, 10.8.5.
	.code32
	.globl _start
_start:
	.long 0x1BADB002, 0x00010000, -(0x1BADB002 + 0x00010000)
	.long 0x100000		# header_addr
	.long 0x100000		# load_addr
	.long 0			# load_end_addr: the whole file
bss_end:
	.long 0			# the test's business
	.long enter
	.org 0x20
entry:
	.quad 0			# the test's business
	.org 0x40
part:
	.fill 64, 1, 0		# the test's business
enter:
	cld
	xorl %eax, %eax
	movl $0x10000, %edi
	movl $0x3000/4, %ecx
	rep stosl
	movl $0x11003, 0x10000
	movl $0x11003, 0x10ff8
	movl $0x12003, 0x11000
	movl $0x12003, 0x11ff0
	movl $0x83, %eax
	movl $0x12000, %edi
1:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	cmpl $0x13000, %edi
	jne 1b
	movl $0x10000, %eax
	movl %eax, %cr3
	movl $0x620, %eax	# PAE, OSFXSR, OSXMMEXCPT
	movl %eax, %cr4
	movl $0xC0000080, %ecx
	rdmsr
	orl $0x100, %eax	# LME
	wrmsr
	movl %cr0, %eax
	andl $~4, %eax		# not EM
	orl $0x80010003, %eax	# PG, WP, MP, PE
	movl %eax, %cr0
	lgdt gdtr
	ljmp $8, $long
	.code64
long:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $entry, %eax
	jmp *(%rax)
	.balign 8
gdt:
	.quad 0, 0x00209a0000000000, 0x0000920000000000
gdtr:
	.word 23
	.long gdt
