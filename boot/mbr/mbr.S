/*
 * Master boot record (SPEC B1). The BIOS loads it at 0000:7C00 (some at
 * 07C0:0000) with the boot drive in DL. It moves to 0000:0600, loads the first
 * sector of the one active partition at 0000:7C00 and jumps there with the
 * drive in DL and the partition's table entry at DS:SI and DS:BP.
 *
 * DL is not trusted: when the partition's sector cannot be read from that
 * drive, or is no boot sector there, drive 80h is tried. INT 13h AH=41h is not
 * asked: AH=42h is tried, then cylinder, head, and sector.
 *
 * Bytes 0-4 are XOR AX,AX, with which Windows's records begin, and a jump. They
 * are no EB xx 90 and no E9 xx xx: these begin a volume's boot sector, and some
 * BIOSes take a stick that has them in sector 0 for a floppy. A BIOS that starts
 * a stick as a floppy writes geometry, hidden sectors, and drive number into the
 * copy in memory, where a BPB has them (up to 24h in FAT16's, 40h in FAT32's).
 * Hence bytes 5-43h hold nothing, and bytes 44h-59h, which are volume number,
 * label, and type in FAT32's BPB, hold messages only. A BPB whose sectors have 0
 * bytes is not valid.
 *
 * Bytes 440-445 belong to the disk signature, 446-509 to the partition table.
 */
#include "../serial.inc"

.set HOME,   0x600
.set TABLE,  HOME+0x1be
.set SECTOR, 0x7c00

/* Variables, behind our copy. */
.set drive,  HOME+0x200		/* BIOS drive number */
.set tries,  HOME+0x201
.set STACK,  SECTOR-2		/* above it the offset of the active entry */

	.code16
	.globl	_start
_start:
	.byte	0x33, 0xc0		/* XORW %AX, %AX as Microsoft's assembler writes it */
	jmp	start
	.org	_start+68, 0
loading: .ascii	"Error loading\x80"
missing: .ascii	"Missing\x80"
	.org	_start+90, 0

/* fail: DI is the message. The next boot device gets its chance by INT 18h. */
fail:
	movw	%di, %si
1:	lodsb
	testb	%al, %al
	jz	3f
	jns	2f
	movw	$system, %si
	jmp	1b
2:	PUTC_BODY
	jmp	1b
3:	int	$0x18
4:	jmp	4b

start:
	movw	%ax, %ss		/* no interrupt before the next one */
	movw	$SECTOR, %sp
	movw	%ax, %ds
	movw	%ax, %es
	movw	%sp, %si
	movw	$HOME, %di
	movw	$256, %cx
	cld
	rep movsw
	movw	%ax, SECTOR+510		/* so that no 55AA of ours is taken for a sector read */
	ljmp	$0, $home		/* CS:IP is normal from here on */
home:
	sti
	movb	%dl, drive
	COM_INIT			/* for the boot sector, too */

	/* The table: status bytes 0 or 80h, exactly one active entry, to BP. */
	movw	$invalid, %di
	xorw	%bp, %bp
	movw	$TABLE, %si
	movb	$4, %cl
1:	lodsb
	addb	%al, %al
	jnz	fail
	jnc	2f
	testw	%bp, %bp
	jnz	fail
	leaw	-1(%si), %bp
2:	addw	$15, %si
	loop	1b
	testw	%bp, %bp
	jz	fail
	pushw	%bp

	/* Its first sector: three tries on the drive, a reset after each that failed. */
again:	movb	$3, tries
1:	movw	$STACK, %sp
	popw	%bp
	pushw	%bp
	pushw	%ss			/* disk address packet; SS is 0 */
	pushw	%ss
	pushl	8(%bp)
	pushw	%ss
	pushw	$SECTOR
	pushw	$1
	pushw	$16
	movw	%sp, %si
	movb	$0x42, %ah		/* EDD 3.0: read */
	call	int13
	popaw				/* the packet: sector number to DX:BX; keeps CF */
	jnc	check

	/* By cylinder, head, and sector where that failed. */
	pushw	%dx
	pushw	%bx
	movb	$8, %ah			/* drive parameters */
	call	int13
	jc	2f
	movzbw	%dh, %ax
	incw	%ax			/* heads */
	andw	$0x3f, %cx		/* sectors a track */
	mulw	%cx
	xchgw	%ax, %si		/* SI: sectors a cylinder */
	popw	%ax
	popw	%dx
	cmpw	%si, %dx
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
	movw	$SECTOR, %bx
	movw	$0x0201, %ax
	call	int13
	jnc	check

2:	xorw	%ax, %ax		/* reset */
	call	int13
	decb	tries
	jnz	1b
	movw	$loading, %di
	jmp	3f

check:	movw	$STACK, %sp
	movw	$missing, %di
	cmpw	$0xaa55, SECTOR+510
	je	found
3:	movb	$0x80, %al
	xchgb	%al, drive
	cmpb	$0x80, %al
	jne	again
	jmp	fail

found:	popw	%si
	movw	%si, %bp
	movb	drive, %dl
	jmp	SECTOR

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

invalid: .asciz	"Invalid partition table\r\n"
system:	.asciz	" operating system\r\n"
	.org	_start+440, 0		/* fails to assemble when too long */
	.long	0
	.word	0
	.org	_start+510, 0
	.word	0xaa55
