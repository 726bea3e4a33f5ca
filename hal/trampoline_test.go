package hal

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// TestTrampoline reads the instructions of the three modes back, and the tables
// that they use.
func TestTrampoline(t *testing.T) {
	const page, cr3, entry, argument = 0x9F000, 0x8D000, 0xFFFFFFFF80212340, 0xFFFFFFFF81234000
	b := trampoline(page, cr3, entry, argument)
	for _, part := range []struct {
		at, mode, n int
		want        string
	}{
		{0, 16, 9, "cli; cld; mov ax, cs; mov ds, ax; lgdt ptr [0x120]; mov eax, cr0; or eax, 0x1; mov cr0, eax; jmp far"},
		{trampolineCode, 32, 17, "mov ax, 0x10; mov ds, ax; mov es, ax; mov ss, ax; mov eax, cr4; or eax, 0x20; mov cr4, eax; mov eax, 0x8d000; mov cr3, eax; " +
			"mov ecx, 0xc0000080; rdmsr; or eax, 0x901; wrmsr; mov eax, cr0; or eax, 0x80010000; mov cr0, eax; jmp far"},
		{trampolineLong, 64, 3, "mov rdi, qword ptr [0x9f1e8]; mov rax, qword ptr [0x9f1e0]; jmp rax"},
	} {
		var got []string
		at := part.at
		for range part.n {
			i, err := x86asm.Decode(b[at:], part.mode)
			if err != nil {
				t.Fatalf("%d-bit code at 0x%x: %v", part.mode, at, err)
			}
			s := strings.ToLower(x86asm.IntelSyntax(i, 0, nil))
			if i.Op == x86asm.LJMP {
				s = "jmp far"
				le := binary.LittleEndian
				to, selector := le.Uint32(b[at+i.Len-6:]), le.Uint16(b[at+i.Len-2:])
				if part.mode == 16 && (to != page+trampolineCode || selector != 0x08) ||
					part.mode == 32 && (to != page+trampolineLong || selector != 0x18) {
					t.Errorf("%d-bit code jumps to %x:%x", part.mode, selector, to)
				}
			}
			got = append(got, s)
			at += i.Len
		}
		if s := strings.Join(got, "; "); s != part.want {
			t.Errorf("%d-bit code:\n%s\nwant\n%s", part.mode, s, part.want)
		}
	}
	le := binary.LittleEndian
	if n, at := le.Uint16(b[trampolineGdtr:]), le.Uint32(b[trampolineGdtr+2:]); n != 31 || at != page+trampolineGdt {
		t.Errorf("GDTR %d at 0x%x", n, at)
	}
	if e, a := le.Uint64(b[trampolineEntry:]), le.Uint64(b[trampolineEntry+8:]); e != entry || a != argument {
		t.Errorf("entry 0x%x, argument 0x%x", e, a)
	}
}
