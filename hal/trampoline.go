package hal

import "encoding/binary"

// The first instructions of an application processor (SPEC P1.8). A start-up
// IPI lets it begin in real mode at the first byte of a page below 1 MiB (SDM
// vol. 3, 8.4.4); from there it goes to protected mode and to long mode, and
// jumps to the kernel.

// Where things are in the trampoline's page.
const (
	trampolineGdt   = 0x100 // null, 32-bit code, data, 64-bit code
	trampolineGdtr  = 0x120
	trampolineCode  = 0x130 // 32-bit code
	trampolineLong  = 0x180 // 64-bit code
	trampolineEntry = 0x1E0 // entry, argument
	trampolineSize  = 0x1F0
)

// trampoline returns the page's contents. page is its physical address, below
// 1 MiB; cr3, below 4 GiB, are page tables that map the page at that address
// and entry. It calls entry with argument in RDI, CR3 as given, EFER with SCE,
// LME and NXE set, and no stack.
func trampoline(page uint32, cr3 uint32, entry, argument uint64) []byte {
	b := make([]byte, trampolineSize)
	le := binary.LittleEndian
	at := 0
	emit := func(code ...byte) { at += copy(b[at:], code) }
	emit32 := func(v uint32) { le.PutUint32(b[at:], v); at += 4 }

	// 16-bit code; CS is page >> 4.
	emit(0xFA, 0xFC)                                                                 // CLI; CLD
	emit(0x8C, 0xC8, 0x8E, 0xD8)                                                     // MOV AX, CS; MOV DS, AX
	emit(0x66, 0x0F, 0x01, 0x16, byte(trampolineGdtr&0xFF), byte(trampolineGdtr>>8)) // LGDT [gdtr]
	emit(0x0F, 0x20, 0xC0, 0x66, 0x83, 0xC8, 0x01, 0x0F, 0x22, 0xC0)                 // CR0 |= PE
	emit(0x66, 0xEA)                                                                 // JMP FAR 08:code
	emit32(page + trampolineCode)
	emit(0x08, 0x00)

	// 32-bit code.
	at = trampolineCode
	emit(0x66, 0xB8, 0x10, 0x00, 0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0) // MOV AX, 10; DS, ES, SS
	emit(0x0F, 0x20, 0xE0, 0x83, 0xC8, 0x20, 0x0F, 0x22, 0xE0)       // CR4 |= PAE
	emit(0xB8)                                                       // MOV EAX, cr3
	emit32(cr3)
	emit(0x0F, 0x22, 0xD8)                               // MOV CR3, EAX
	emit(0xB9, 0x80, 0x00, 0x00, 0xC0, 0x0F, 0x32)       // RDMSR IA32_EFER
	emit(0x0D, 0x01, 0x09, 0x00, 0x00, 0x0F, 0x30)       // SCE, LME, NXE; WRMSR
	emit(0x0F, 0x20, 0xC0, 0x0D, 0x00, 0x00, 0x01, 0x80) // CR0 |= PG, WP
	emit(0x0F, 0x22, 0xC0)
	emit(0xEA) // JMP FAR 18:long
	emit32(page + trampolineLong)
	emit(0x18, 0x00)

	// 64-bit code.
	at = trampolineLong
	emit(0x48, 0x8B, 0x3C, 0x25) // MOV RDI, [argument]
	emit32(page + trampolineEntry + 8)
	emit(0x48, 0x8B, 0x04, 0x25) // MOV RAX, [entry]
	emit32(page + trampolineEntry)
	emit(0xFF, 0xE0) // JMP RAX

	for i, d := range []uint64{0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF, 0x00209A0000000000} {
		le.PutUint64(b[trampolineGdt+i*8:], d)
	}
	le.PutUint16(b[trampolineGdtr:], 4*8-1)
	le.PutUint32(b[trampolineGdtr+2:], page+trampolineGdt)
	le.PutUint64(b[trampolineEntry:], entry)
	le.PutUint64(b[trampolineEntry+8:], argument)
	return b
}
