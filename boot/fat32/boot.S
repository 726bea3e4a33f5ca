/*
 * FAT32 boot sector (SPEC B2). An MBR or another loader loads the first 512
 * bytes at 0000:7C00 or 07C0:0000. Bytes 3-89 are the volume's BPB (Microsoft
 * FAT specification 1.03) and are not ours; the code after the first sector
 * lives in the volume's reserved sectors from EXTRA on. It looks up \OSLDR in
 * the root directory, reads it to 0000:A000 along its cluster chain, and jumps
 * there with
 *
 *	DL  BIOS drive number		EBX  first sector of the volume
 *	ECX  length of OSLDR in bytes
 *
 * Nothing in the registers is trusted, nor are the BPB's hidden sectors. Our
 * volume is the one whose first sector has our volume number, label, and type
 * (bytes 43h-59h). It is looked for on drive DL, then on drive 80h: sector 0 (a
 * disk without a table), the table entry at DS:SI, the one at DS:BP, the four
 * entries of the disk's table, whatever their types.
 */
#include "../serial.inc"

.set BASE,    0x7c00
.set EXTRA,   12		/* reserved sector where the rest begins */
/* Emulators translate a page of code anew when it is written to, so stack and
   variables keep away from ours. */
.set STACK,   0x7000
.set OSLDR,   0xa000		/* where it goes, and where it is entered */
.set CODE,    BASE+512		/* where the rest goes */
.set CHUNK,   32		/* sectors a call: never across 64 KiB; some BIOSes refuse 64 */
.set CANARY,  0x7a3e91c5	/* is not there any more when a sector has come */

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
.set volume,      VARS+32	/* first sector of the volume */
.set drive,       VARS+36	/* BIOS drive number */
.set rows,        VARS+0x80	/* table entries: DS:SI's, DS:BP's, the disk's four */
.set size,        VARS+0x100	/* INT 13h AH=48h result; at 16 the disk's last sector */
.set FATBUF,      0x9400	/* one sector of FAT */
.set BUF,         0x9600	/* one sector: the volume's first one, then others */

.set bytesPerSector, BASE+11
.set sectorsPerClus, BASE+13
.set reserved,       BASE+14
.set fats,           BASE+16
.set totalSectors16, BASE+19
.set fatSize16,      BASE+22
.set totalSectors,   BASE+32
.set fatSize,        BASE+36
.set extFlags,       BASE+40
.set version,        BASE+42
.set rootCluster,    BASE+44
.set volumeNumber,   0x43	/* with label and type it ends before 5Ah */

	.code16
	.globl	_start
_start:
	jmp	start
	nop
	.org	_start+90, 0
start:
	xorw	%ax, %ax
	movw	%ax, %es
	cld
	movw	$rows, %di		/* byte by byte: SI and BP may be anything */
	movw	$16, %cx
	rep movsb
	movw	%bp, %si
	movb	$16, %cl
	rep movsb
	movw	%ax, %ss
	movw	$STACK, %sp
	movw	%ax, %ds
	sti
1:	movb	%dl, drive
	call	look
	movb	$0x80, %dl
	cmpb	%dl, drive
	jne	1b
	movw	$diskError, %si

/* fail: SI is the message. The next boot device gets its chance by INT 18h. */
fail:
	lodsb
	testb	%al, %al
	jz	1f
	PUTC_BODY
	jmp	fail
1:	int	$0x18
2:	jmp	2b

/* look: searches our volume on the drive, and returns when it is not there. */
look:	orw	$-1, %ax		/* no end, if the BIOS does not tell one */
	movw	$size, %di
	movw	%di, %si
	movb	$12, %cl
	rep stosw
	movw	$26, (%si)
	movb	$0x48, %ah		/* EDD 3.0: drive parameters */
	call	int13
	decl	size+16			/* number of sectors (64 bits) to the last one */
	xorl	%eax, %eax
	call	try
	movw	$BUF+446, %si
	movw	$rows+32, %di
	movb	$32, %cl
	rep movsw
	movw	$rows+8, %bp
1:	movl	(%bp), %eax
	call	try
	addw	$16, %bp
	cmpw	$rows+6*16+8, %bp
	jne	1b
2:	ret

/* try: is our volume at sector EAX? Goes on with its code there, or returns. */
try:	movw	$BUF, %bx
	call	read
	jc	2b
	movw	$BASE+volumeNumber, %si
	movw	$BUF+volumeNumber, %di
	movb	$90-volumeNumber, %cl
	repe cmpsb
	jne	2b

	movl	%eax, volume
	addl	$EXTRA, %eax
	movw	$CODE, %bx
1:	movw	$diskError, %si
	call	read
	jc	fail
	incl	%eax
	addb	$2, %bh
	cmpb	$(CODE+EXTRA_SECTORS*512)>>8, %bh
	jne	1b
	movw	$noCode, %si
	cmpl	$MAGIC, extraMagic
	jne	fail
	ljmp	$0, $extra

/*
 * read: sector EAX of the disk to 0000:BX. Three tries, a reset after each that
 * failed; CF set when none worked. A try is INT 13h AH=42h, then cylinder, head,
 * and sector; AH=41h is not asked. Keeps all registers but flags, whatever the
 * BIOS does to them.
 */
read:	cmpl	$0, size+20
	jne	1f
	cmpl	%eax, size+16
	jc	2b			/* the disk ends before */
1:	pushal
	movw	$3, %cx
1:	pushw	%cx
	movw	%sp, %bp
	pushw	%ss			/* disk address packet; SS is 0 */
	pushw	%ss
	pushl	30(%bp)			/* EAX */
	pushw	%ss
	pushw	18(%bp)			/* BX */
	pushw	$1
	pushw	$16
	movw	%sp, %si
	movb	$0x42, %ah		/* EDD 3.0: read */
	call	int13
	popaw				/* the packet: sector number to DX:BX; keeps CF */
	jnc	3f

	pushw	%dx
	pushw	%bx
	movb	$8, %ah			/* drive parameters */
	call	int13
	movzbw	%dh, %ax
	incw	%ax			/* heads; keeps CF */
	popw	%di
	popw	%bx
	jc	2f
	andw	$0x3f, %cx		/* sectors a track */
	mulw	%cx
	xchgw	%ax, %si		/* SI: sectors a cylinder */
	movw	%bx, %dx
	xchgw	%ax, %di
	cmpw	%si, %dx		/* with SI 0, too */
	jae	2f
	divw	%si			/* AX: cylinder */
	cmpw	$1024, %ax
	jae	2f
	xchgw	%ax, %dx
	divb	%cl			/* AL: head, AH: sector from 0 */
	movb	%dl, %ch
	shlb	$6, %dh
	movb	%ah, %cl
	incw	%cx
	orb	%dh, %cl
	movb	%al, %dh
	movw	%sp, %bp
	movw	18(%bp), %bx
	movw	$0x0201, %ax
	call	int13
	jnc	3f
2:	movb	$0, %ah			/* reset */
	call	int13
	popw	%cx
	loop	1b
	pushw	%cx
	stc
3:	popw	%cx
	popal
	ret

/*
 * int13: INT 13h for our drive; DS and ES are 0 afterwards. CF is set when it
 * failed; some BIOSes leave CF set and AH 0 when it did not.
 */
int13:	movb	drive, %dl
	stc
	int	$0x13
	sti
	cld
	pushw	%ss
	popw	%ds
	pushw	%ss
	popw	%es
	jnc	1f
	cmpb	$1, %ah
	cmc
1:	ret

diskError: .asciz "Disk error reading \\OSLDR\r\n"
noCode:	.asciz	"FAT32 boot code missing\r\n"
	.org	_start+510, 0
	.word	0xaa55

/* ---- from here on: reserved sectors EXTRA... ------------------------- */

.set EXTRA_SECTORS, (_last - _start - 512 + 511) / 512
.set MAGIC, 0x33334146		/* "FA33" */

extraMagic:
	.long	MAGIC

extra:
	COM_INIT
	COM_PROBE
	pushw	%ss			/* the BIOS has had INT 10h */
	popw	%es
	call	diskSize
	movw	$BUF+11, %si		/* the BPB as it is on the disk */
	movw	$BASE+11, %di
	movw	$90-11, %cx
	rep movsb
	movl	$0, fatCached
	movw	$notFat, %si
	cmpw	$512, bytesPerSector
	jne	fail
	cmpw	$0, fatSize16
	jne	fail
	cmpw	$0, version
	jne	fail
	movzbl	sectorsPerClus, %ecx
	leal	-1(%ecx), %eax
	testl	%ecx, %eax		/* a power of two? */
	jnz	fail
	testl	%ecx, %ecx
	jz	failed
	movzbl	fats, %eax
	mull	fatSize
	testl	%edx, %edx
	jnz	failed
	testl	%eax, %eax
	jz	failed
	movzwl	reserved, %edx
	testl	%edx, %edx
	jz	failed
	movl	%edx, fatStart
	addl	%edx, %eax
	jc	failed
	movl	%eax, dataStart		/* sectors before cluster 2 */
	movl	totalSectors, %eax
	testl	%eax, %eax
	jnz	1f
	movw	totalSectors16, %ax
1:	subl	dataStart, %eax
	jbe	failed
	xorl	%edx, %edx
	divl	%ecx
	incl	%eax
	movl	fatSize, %edx		/* no more than the FAT has entries for */
	cmpl	$0x200000, %edx
	jae	2f
	shll	$7, %edx
	decl	%edx
	cmpl	%edx, %eax
	jb	2f
	movl	%edx, %eax
2:	movl	%eax, lastCluster
	testb	$0x80, extFlags		/* one active FAT, not mirrored */
	jz	3f
	movzwl	extFlags, %eax
	andl	$15, %eax
	cmpb	fats, %al
	jae	failed
	mull	fatSize
	addl	%eax, fatStart
3:	movl	volume, %eax
	addl	%eax, fatStart
	addl	%eax, dataStart

	/* \OSLDR in the root directory; at most 65536 entries. */
	movl	rootCluster, %eax
	movw	$4096, %bp		/* sectors still to be looked at */
2:	movw	$badDir, %si
	call	lba
	jc	failed
	movzbw	sectorsPerClus, %dx
3:	movw	$BUF, %bx
	pushl	%eax
	movl	%edi, %eax
	call	read
	popl	%eax
	movw	$rootError, %si
	jc	failed
	movw	$badDir, %si
	decw	%bp
	jz	failed
	movw	$BUF, %si
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
	cmpw	$BUF+512, %si
	jb	4b
	incl	%edi
	decw	%dx
	jnz	3b
	call	next
	movw	$badDir, %si
	jc	failed
	jnz	2b
none:	movw	$missing, %si
failed:	jmp	fail

	/* Its length must fit below the top of conventional memory. */
found:	movl	28(%si), %ecx
	movl	%ecx, length
	movw	20(%si), %ax
	shll	$16, %eax
	movw	26(%si), %ax
	movl	%eax, cluster
	movw	$tooLarge, %si
	cmpl	$0xa0000-OSLDR, %ecx
	ja	failed
	int	$0x12			/* KiB of conventional memory */
	sti
	cld
	pushw	%ss
	popw	%ds
	movzwl	%ax, %eax
	shll	$10, %eax
	subl	$OSLDR, %eax
	movw	$noRoom, %si
	jc	failed
	movl	length, %ecx
	cmpl	%eax, %ecx
	ja	failed
	addl	$511, %ecx
	shrl	$9, %ecx
	movw	$damaged, %si
	jz	failed
	movw	%cx, left
	movw	$OSLDR>>4, segment

	/* Runs of neighbouring clusters, then pieces of CHUNK sectors. */
	movl	cluster, %eax
6:	movw	$damaged, %si
	call	lba
	jc	failed
	movl	%edi, runStart
	movzbw	sectorsPerClus, %dx	/* DX: sectors in the run */
7:	cmpw	left, %dx
	jae	8f
	movl	%eax, %ecx
	call	next
	movw	$damaged, %si
	jc	failed
	jz	failed			/* chain ends before the file does */
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
10:	movw	segment, %bx		/* up to the next boundary of CHUNK sectors */
	shrw	$5, %bx
	andw	$CHUNK-1, %bx
	movw	$CHUNK, %cx
	subw	%bx, %cx
	cmpw	%dx, %cx
	jbe	11f
	movw	%dx, %cx
11:	call	readChunk
	movw	$diskError, %si
	jc	failed
	movzwl	%cx, %ecx
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
	jne	failed
	movb	drive, %dl
	movl	volume, %ebx
	movl	length, %ecx
	jmp	OSLDR

/*
 * readChunk: CX sectors, up to CHUNK, from sector EAX to `segment`; CX becomes 1
 * when the BIOS does not do them at once, or does fewer than it says. CF set when
 * not even one can be read. Keeps the other registers.
 */
readChunk:
	pushal
	movw	%sp, %bp
	movl	%eax, %edx		/* all of it on the disk? */
	movzwl	%cx, %edi
	decl	%edi
	addl	%edi, %edx
	jc	2f
	cmpl	$0, size+20
	jne	1f
	cmpl	%edx, size+16
	jb	2f
1:	movw	segment, %es
	movw	%cx, %di
	shlw	$9, %di
	movl	$CANARY, %es:-4(%di)
	pushl	$0			/* disk address packet */
	pushl	%eax
	pushw	segment
	pushw	$0
	pushw	%cx
	pushw	$16
	movw	%sp, %si
	movb	$0x42, %ah
	call	int13
	popaw				/* the packet's 16 bytes; keeps CF */
	jc	2f
	movw	%sp, %bp
	movw	segment, %es
	movw	24(%bp), %di		/* CX */
	shlw	$9, %di
	cmpl	$CANARY, %es:-4(%di)
	pushw	%ss
	popw	%es
	jne	4f
2:	movw	%sp, %bp		/* one sector, over BUF */
	movw	$1, 24(%bp)
	movl	28(%bp), %eax
	movw	$BUF, %bx
	call	read
	jc	3f
	movw	%bx, %si
	xorw	%di, %di
	movw	segment, %es
	movw	$256, %cx
	rep movsw
	pushw	%ss
	popw	%es
4:	clc
3:	popal
	ret

/*
 * diskSize: where AH=48h did not tell the disk's end, AH=08h does, if it knows.
 * One cylinder more than it tells may be there, for diagnosis.
 */
diskSize:
	cmpl	$-1, size+20
	jne	1f
	movb	$8, %ah
	call	int13
	jc	1f
	movzbl	%dh, %eax
	incw	%ax			/* heads */
	movzbl	%ch, %edx
	movb	%cl, %dh
	shrb	$6, %dh
	addw	$2, %dx			/* cylinders */
	cmpw	$1024, %dx		/* perhaps more than AH=08h can tell */
	jae	1f
	andl	$0x3f, %ecx		/* sectors a track */
	jz	1f
	imull	%ecx, %eax
	imull	%edx, %eax
	decl	%eax
	movl	%eax, size+16
	movl	$0, size+20
1:	ret

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
	pushw	%bx
	movl	%eax, %edi
	shrl	$7, %eax		/* 128 entries a sector */
	addl	fatStart, %eax
	cmpl	%eax, fatCached
	je	1f
	movl	%eax, fatCached
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
2:	popw	%bx
	popl	%edx
	popl	%edi
	popl	%ecx
	ret

name:	.ascii	"OSLDR      "
missing: .asciz	"\\OSLDR is missing\r\n"
damaged: .asciz	"\\OSLDR is damaged\r\n"
tooLarge: .asciz "\\OSLDR is too large\r\n"
noRoom:	.asciz	"This computer has too little memory below 640 KB for \\OSLDR\r\n"
badDir:	.asciz	"The root directory is damaged: \\OSLDR not found\r\n"
rootError: .asciz "Disk error reading the root directory\r\n"
notFat:	.asciz	"This volume is not FAT32\r\n"

_last:
