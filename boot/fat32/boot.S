/*
 * FAT32 boot sector (SPEC B2). The MBR loads the first 512 bytes at 0000:7C00,
 * with the drive in DL and DS:SI at the partition's table entry. Bytes 3-89 are
 * the volume's BPB (Microsoft FAT specification 1.03) and are not ours; the
 * code after the first sector lives in the volume's reserved sectors from
 * EXTRA on. It looks up \OSLDR in the root directory, reads it to 0000:A000
 * along its cluster chain, and jumps there with
 *
 *	DL  BIOS drive number		EBX  first sector of the volume
 *	ECX  length of OSLDR in bytes
 */
#include "../serial.inc"

.set BASE,    0x7c00
.set EXTRA,   12		/* reserved sector where the rest begins */
/* Emulators translate a page of code anew when it is written to, so stack and
   variables keep away from ours. */
.set STACK,   0x7000
.set OSLDR,   0xa000		/* where it goes, and where it is entered */
.set FATBUF,  0x9400		/* one sector of FAT */
.set DIRBUF,  0x9600		/* one sector of directory */
.set CHUNK,   64		/* sectors a call: never across 64 KiB */

/* Variables. */
.set VARS,        0x9000
.set fatStart,    VARS
.set dataStart,   VARS+4
.set lastCluster, VARS+8
.set fatCached,   VARS+12
.set length,      VARS+16
.set cluster,     VARS+20
.set runStart,    VARS+24
.set left,        VARS+28
.set segment,     VARS+30

.set bytesPerSector, BASE+11
.set sectorsPerClus, BASE+13
.set reserved,       BASE+14
.set fats,           BASE+16
.set fatSize16,      BASE+22
.set hidden,         BASE+28
.set totalSectors,   BASE+32
.set fatSize,        BASE+36
.set extFlags,       BASE+40
.set rootCluster,    BASE+44

	.code16
	.globl	_start
_start:
	jmp	start
	nop
	.org	_start+90, 0
start:
	cli
	movl	8(%si), %ecx		/* partition entry: first sector */
	movb	4(%si), %bl		/* and type */
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$STACK, %sp
	movw	%ax, %ds
	movw	%ax, %es
	cld
	ljmp	$0, $1f
1:	sti
	movb	%dl, drive
	subb	$0x0b, %bl		/* entry of type 0B or 0C? else trust */
	cmpb	$1, %bl			/* the BPB's hidden sectors */
	jbe	3f
	movl	hidden, %ecx
3:	movl	%ecx, volume
	COM_INIT

	/* The rest of this program. */
	movw	$noCode, %si
	cmpw	$EXTRA+EXTRA_SECTORS, reserved
	jb	fail
	movl	volume, %eax
	addl	$EXTRA, %eax
	movw	$EXTRA_SECTORS, %di
	movw	$BASE+512, %bx
	movw	$diskError, %si
4:	movw	$1, %cx
	call	read
	jc	fail
	incl	%eax
	addb	$2, %bh
	decw	%di
	jnz	4b
	movw	$noCode, %si
	cmpl	$0x32334146, extraMagic	/* "FA32" */
	je	extra

/* fail: SI is the message. The next boot device gets its chance by INT 18h. */
fail:
	lodsb
	testb	%al, %al
	jz	1f
	PUTC_BODY
	jmp	fail
1:	int	$0x18
2:	hlt
	jmp	2b

/*
 * read: CX sectors (1 to 127) from sector EAX of the disk to ES:BX. Three
 * tries, a reset after each that failed; CF set when none worked. Keeps all
 * registers, whatever the BIOS does to them.
 */
read:
	pushal
	pushw	%ds
	pushw	%es
	movw	$3, %bp
1:	pushal
	pushw	%es
	call	once
	popw	%es
	popal
	jnc	2f
	pushal
	pushw	%es
	xorw	%ax, %ax
	call	int13
	popw	%es
	popal
	decw	%bp
	jnz	1b
	stc
2:	popw	%es
	popw	%ds
	popal
	ret

once:	pushl	%eax
	pushal
	pushw	%es
	movb	$0x41, %ah		/* EDD 3.0: extensions present? */
	movw	$0x55aa, %bx
	call	int13
	jc	chs
	cmpw	$0xaa55, %bx
	jne	chs
	testb	$1, %cl
	jz	chs
	popw	%es
	popal
	popl	%eax
	pushl	$0			/* disk address packet */
	pushl	%eax
	pushw	%es
	pushw	%bx
	pushw	%cx
	pushw	$16
	movw	%sp, %si
	movb	$0x42, %ah
	call	int13
	popaw				/* the packet's 16 bytes; keeps CF */
	ret

chs:	popw	%es
	popal
	popl	%eax
2:	pushl	%eax			/* one sector a round */
	pushw	%cx
	pushw	%bx
	pushw	%es
	pushl	%eax
	movb	$8, %ah
	call	int13
	popl	%eax
	jc	3f
	andw	$0x3f, %cx		/* sectors a track */
	stc
	jz	3f
	movzbl	%dh, %ebx
	incw	%bx			/* heads */
	movzwl	%cx, %ecx
	xorl	%edx, %edx
	divl	%ecx
	incw	%dx
	movw	%dx, %cx		/* sector, from 1 */
	xorl	%edx, %edx
	divl	%ebx			/* EAX cylinder, EDX head */
	cmpl	$1024, %eax
	cmc
	jc	3f
	movb	%dl, %dh
	movb	%al, %ch
	shlb	$6, %ah
	orb	%ah, %cl
	popw	%es
	popw	%bx
	pushw	%bx
	pushw	%es
	movw	$0x0201, %ax
	call	int13
3:	popw	%es
	popw	%bx
	popw	%cx
	popl	%eax
	jc	4f
	incl	%eax
	addw	$512, %bx
	decw	%cx			/* keeps CF clear */
	jnz	2b
4:	ret

/* int13: INT 13h for our drive, DS is 0 afterwards. */
int13:	movb	drive, %dl
	int	$0x13
	pushw	$0
	popw	%ds
	ret

diskError: .asciz "Disk error reading \\OSLDR\r\n"
noCode:	.asciz	"FAT32 boot code missing\r\n"
drive:	.byte	0
volume:	.long	0			/* first sector of the volume */
	.org	_start+510, 0
	.word	0xaa55

/* ---- from here on: reserved sectors EXTRA... ------------------------- */

.set EXTRA_SECTORS, (_last - _start - 512 + 511) / 512

extraMagic:
	.ascii	"FA32"

extra:
	COM_PROBE
	movl	$0, fatCached
	movw	$notFat, %si
	cmpw	$512, bytesPerSector
	jne	fail
	cmpw	$0, fatSize16
	jne	fail
	movzbl	sectorsPerClus, %ecx
	testl	%ecx, %ecx
	jz	fail
	movzbl	fats, %eax
	mull	fatSize
	jc	fail
	movzwl	reserved, %edx
	movl	%edx, fatStart
	addl	%edx, %eax
	movl	%eax, dataStart		/* sectors before cluster 2 */
	movl	totalSectors, %eax
	subl	dataStart, %eax
	jbe	fail
	xorl	%edx, %edx
	divl	%ecx
	incl	%eax
	movl	%eax, lastCluster
	testb	$0x80, extFlags		/* one active FAT, not mirrored */
	jz	1f
	movzwl	extFlags, %eax
	andl	$15, %eax
	mull	fatSize
	addl	%eax, fatStart
1:	movl	volume, %eax
	addl	%eax, fatStart
	addl	%eax, dataStart

	/* \OSLDR in the root directory; at most 65536 entries. */
	movl	rootCluster, %eax
	movw	$4096, %bp		/* sectors still to be looked at */
2:	movw	$badDir, %si
	call	lba
	jc	fail
	movzbw	sectorsPerClus, %dx
3:	movw	$1, %cx
	movw	$DIRBUF, %bx
	pushl	%eax
	movl	%edi, %eax
	call	read
	popl	%eax
	movw	$rootError, %si
	jc	fail
	movw	$badDir, %si
	decw	%bp
	jz	fail
	movw	$DIRBUF, %si
4:	cmpb	$0, (%si)
	je	none
	testb	$0x18, 11(%si)		/* directory, label, long name part */
	jnz	5f
	pushw	%si
	pushl	%edi
	movw	$name, %di
	movw	$11, %cx
	repe cmpsb
	popl	%edi
	popw	%si
	je	found
5:	addw	$32, %si
	cmpw	$DIRBUF+512, %si
	jb	4b
	incl	%edi
	decw	%dx
	jnz	3b
	call	next
	movw	$badDir, %si
	jc	fail
	jnz	2b
none:	movw	$missing, %si
	jmp	fail

	/* Its length must fit below the top of conventional memory. */
found:	movl	28(%si), %ecx
	movl	%ecx, length
	movw	20(%si), %ax
	shll	$16, %eax
	movw	26(%si), %ax
	movl	%eax, cluster
	int	$0x12			/* KiB of conventional memory */
	movzwl	%ax, %eax
	shll	$10, %eax
	subl	$OSLDR, %eax
	movw	$tooLarge, %si
	cmpl	%eax, length
	ja	fail
	movl	length, %ecx
	addl	$511, %ecx
	shrl	$9, %ecx
	movw	$damaged, %si
	jz	fail
	movw	%cx, left
	movw	$OSLDR>>4, segment

	/* Runs of neighbouring clusters, then pieces of CHUNK sectors. */
	movl	cluster, %eax
6:	movw	$damaged, %si
	call	lba
	jc	fail
	movl	%edi, runStart
	movzbw	sectorsPerClus, %dx	/* DX: sectors in the run */
7:	cmpw	left, %dx
	jae	8f
	movl	%eax, %ecx
	call	next
	movw	$damaged, %si
	jc	fail
	jz	fail			/* chain ends before the file does */
	incl	%ecx
	cmpl	%ecx, %eax
	jne	9f
	movzbw	sectorsPerClus, %cx
	addw	%cx, %dx
	jmp	7b
8:	movw	left, %dx		/* the last run */
9:	movl	%eax, cluster
	subw	%dx, left
	movl	runStart, %eax
10:	movw	segment, %bx		/* up to the next 32 KiB boundary */
	shrw	$5, %bx
	andw	$CHUNK-1, %bx
	movw	$CHUNK, %cx
	subw	%bx, %cx
	cmpw	%dx, %cx
	jbe	11f
	movw	%dx, %cx
11:	pushw	segment
	popw	%es
	xorw	%bx, %bx
	call	read
	jnc	12f
	movw	$1, %cx			/* not all of them: then this one */
	call	read
	movw	$diskError, %si
	jc	fail
12:	movzwl	%cx, %ecx
	addl	%ecx, %eax
	subw	%cx, %dx
	shlw	$5, %cx
	addw	%cx, segment
	testw	%dx, %dx
	jnz	10b
	movl	cluster, %eax
	cmpw	$0, left
	jne	6b

	movw	$damaged, %si
	cmpl	$0x444c534f, OSLDR+4	/* "OSLD" */
	jne	fail
	pushw	$0
	popw	%es
	movb	drive, %dl
	movl	volume, %ebx
	movl	length, %ecx
	jmp	OSLDR

/* lba: EDI = first sector of cluster EAX; CF set when there is no such cluster. */
lba:	cmpl	$2, %eax
	jb	1f
	cmpl	%eax, lastCluster
	jb	1f
	pushl	%eax
	pushl	%edx
	subl	$2, %eax
	movzbl	sectorsPerClus, %edi
	mull	%edi
	addl	dataStart, %eax
	movl	%eax, %edi
	popl	%edx
	popl	%eax
	clc
1:	ret

/*
 * next: EAX = cluster after EAX. ZF set at the end of the chain, CF set when
 * the FAT cannot be read. EAX is a valid cluster. Keeps the rest.
 */
next:	pushl	%ecx
	pushl	%edi
	pushl	%edx
	pushw	%es
	movl	%eax, %edi
	shrl	$7, %eax		/* 128 entries a sector */
	addl	fatStart, %eax
	cmpl	%eax, fatCached
	je	1f
	movl	%eax, fatCached
	pushw	$0
	popw	%es
	movw	$1, %cx
	movw	$FATBUF, %bx
	call	read
	jc	2f
1:	andw	$127, %di
	shlw	$2, %di
	movl	FATBUF(%di), %eax
	andl	$0x0fffffff, %eax
	cmpl	$0x0ffffff8, %eax
	jb	3f
	xorw	%di, %di		/* ZF */
	jmp	2f
3:	orw	$1, %di			/* no ZF, no CF */
2:	popw	%es
	popl	%edx
	popl	%edi
	popl	%ecx
	ret

name:	.ascii	"OSLDR      "
missing: .asciz	"\\OSLDR is missing\r\n"
damaged: .asciz	"\\OSLDR is damaged\r\n"
tooLarge: .asciz "\\OSLDR is too large\r\n"
badDir:	.asciz	"The root directory is damaged: \\OSLDR not found\r\n"
rootError: .asciz "Disk error reading the root directory\r\n"
notFat:	.asciz	"This volume is not FAT32\r\n"

_last:
