//go:build ntuser

package main

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// What exceptions tell a process's dispatcher. A child's dispatcher ends it with
// the low 12 bits of one field of the frame.

// records are codes that fault at +20h, and what a field of nt.ExceptionFrame must
// have then. +1000h is a guard page.
var records = []struct {
	name string
	code []byte
	at   uint32
	want nt.Status
}{
	{"the address of int3", []byte{0xCC}, 0x4E0, 0x20},
	{"rip at int3", []byte{0xCC}, nt.ContextRipAt, 0x20},
	{"parameters of int3", []byte{0xCC}, 0x4E8, 1},
	// push 302h; popfq; nop
	{"rip after a step", []byte{0x68, 2, 3, 0, 0, 0x9D, 0x90, 0xCC}, nt.ContextRipAt, 0x27},
	{"flags after a step", []byte{0x68, 2, 3, 0, 0, 0x9D, 0x90, 0xCC}, 0x44, 0x202},
	// lea rax, [rip+FEBh], which is +1012h; mov byte [rax], 1
	{"a guard page's code", guardCode, 0x4D0, nt.StatusGuardPageViolation & 0xFFF},
	{"a guard page's parameters", guardCode, 0x4E8, 2},
	{"a guard page's access", guardCode, 0x4F0, 1},
	{"a guard page's address", guardCode, 0x4F8, 0x12},
	// fninit; push 340h; fldcw [rsp]; fld1; fldz; fdivp; fwait
	{"parameters of the x87's", []byte{0xDB, 0xE3, 0x68, 0x40, 3, 0, 0, 0xD9, 0x2C, 0x24, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B}, 0x4E8, 1},
}

var guardCode = []byte{0x48, 0x8D, 0x05, 0xEB, 0x0F, 0, 0, 0xC6, 0x00, 1}

func init() { register("record", recordChild) }

// recordChild commits record number n.
func recordChild(args []string) nt.Status {
	i, _ := strconv.Atoi(args[0])
	r := records[i]
	b := make([]byte, 0x200)
	copy(b[0x20:], r.code)
	// mov rdx, [rcx+at]; and edx, 0FFFh
	d := binary.LittleEndian.AppendUint32([]byte{0x48, 0x8B, 0x91}, r.at)
	copy(b[0x100:], join(d, []byte{0x81, 0xE2, 0xFF, 0x0F, 0, 0}, endWith(nt.SvcTerminateProcess)))
	base := code(b)
	ntdll.NtProtectVirtualMemory(nt.CurrentProcess, base+0x1000, 1, nt.PageReadWrite|nt.PageGuard)
	to := base + 0x100
	ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, pointer(&to), 8)
	jump(uintptr(base + 0x20))
	return nt.StatusSuccess
}

var exceptionTests = []test{
	{"exception-records", func() error {
		for i, r := range records {
			s, err := run(10*time.Second, "record", fmt.Sprint(i))
			if err != nil {
				return err
			}
			if err := expect(r.name, s, r.want); err != nil {
				return err
			}
		}
		return nil
	}},
}
