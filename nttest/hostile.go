//go:build ntuser

package main

import (
	"fmt"
	"strconv"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Machine code that a program has no business to run, as bytes: what no
// assembler would take. It lies below 4 GiB and starts with RAX = its address.

// farReturn goes to selector:RAX+16 by RETFQ; what is at +16 follows.
func farReturn(selector byte, then ...byte) []byte {
	b := []byte{0x48, 0x83, 0xC0, 16, 0x6A, selector, 0x50, 0x48, 0xCB}
	for len(b) < 16 {
		b = append(b, 0x90)
	}
	return append(b, then...)
}

var hostile = []struct {
	name   string
	code   []byte
	status nt.Status
}{
	{"far-to-ring-0", farReturn(0x10, 0xFA), nt.StatusAccessViolation},
	{"far-to-tss", farReturn(0x40, 0xF4), nt.StatusAccessViolation},
	{"far-to-ldt", farReturn(0x07, 0xF4), nt.StatusAccessViolation},
	{"compatibility-mode-syscall", farReturn(0x23, 0x0F, 0x05), nt.StatusAccessViolation},
	{"compatibility-mode-sysenter", farReturn(0x23, 0x0F, 0x34), nt.StatusAccessViolation},
	// push 18h; push rsp; push 3202h; push 10h; push rax; iretq
	{"iret-to-ring-0", []byte{0x6A, 0x18, 0x54, 0x68, 2, 0x32, 0, 0, 0x6A, 0x10, 0x50, 0x48, 0xCF}, nt.StatusAccessViolation},
	{"ss-of-ring-0", []byte{0xB8, 0x18, 0, 0, 0, 0x8E, 0xD0, 0xF4}, nt.StatusAccessViolation},
	{"ss-null", []byte{0x31, 0xC0, 0x8E, 0xD0, 0xF4}, nt.StatusAccessViolation},
	{"ds-of-ring-0", []byte{0xB8, 0x18, 0, 0, 0, 0x8E, 0xD8, 0xF4}, nt.StatusAccessViolation},
	{"int-2", []byte{0xCD, 2}, nt.StatusAccessViolation},
	{"int-8", []byte{0xCD, 8}, nt.StatusAccessViolation},
	{"int-14", []byte{0xCD, 14}, nt.StatusAccessViolation},
	{"int-clock", []byte{0xCD, 0xD1}, nt.StatusAccessViolation},
	{"int-255", []byte{0xCD, 0xFF}, nt.StatusAccessViolation},
	{"int-4", []byte{0xCD, 4}, nt.StatusIntegerOverflow},
	{"clts", []byte{0x0F, 0x06}, nt.StatusPrivilegedInstruction},
	{"swapgs", []byte{0x0F, 0x01, 0xF8}, nt.StatusPrivilegedInstruction},
	{"sysretq", []byte{0x48, 0x0F, 0x07}, nt.StatusPrivilegedInstruction},
	{"rdpmc", []byte{0x31, 0xC9, 0x0F, 0x33}, nt.StatusPrivilegedInstruction},
	{"mov-to-dr7", []byte{0x0F, 0x23, 0xF8}, nt.StatusPrivilegedInstruction},
	{"mov-to-cr8", []byte{0x44, 0x0F, 0x22, 0xC0}, nt.StatusPrivilegedInstruction},
	{"xgetbv", []byte{0x31, 0xC9, 0x0F, 0x01, 0xD0}, nt.StatusIllegalInstruction},
	{"rdfsbase", []byte{0xF3, 0x48, 0x0F, 0xAE, 0xC0}, nt.StatusIllegalInstruction},
	// fnstcw, all unmasked, fldcw; fld1; fldz; fdivp; fwait
	{"x87-divide", []byte{0x6A, 0, 0x66, 0xC7, 0x04, 0x24, 0x40, 0x03, 0xD9, 0x2C, 0x24, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B}, nt.StatusFloatDivideByZero},
	// the same, fsqrt of -1
	{"x87-invalid", []byte{0x6A, 0, 0x66, 0xC7, 0x04, 0x24, 0x40, 0x03, 0xD9, 0x2C, 0x24, 0xD9, 0xE8, 0xD9, 0xE0, 0xD9, 0xFA, 0x9B}, nt.StatusFloatInvalidOperation},
	// mov eax, 80000000h; cdq; mov ecx, -1; idiv ecx
	{"divide-overflow", []byte{0xB8, 0, 0, 0, 0x80, 0x99, 0xB9, 0xFF, 0xFF, 0xFF, 0xFF, 0xF7, 0xF9}, nt.StatusIntegerOverflow},
	{"int-2ch", []byte{0xCD, 0x2C}, nt.StatusAssertionFailure},
	{"int-2dh", []byte{0xCD, 0x2D}, nt.StatusBreakpoint},
	// What is strange and allowed.
	{"prefetch-kernel", then(0x48, 0xC7, 0xC1, 0, 0x10, 0x20, 0x80, 0x0F, 0x18, 0x09), survived},
	{"fs-gs-null", then(0x31, 0xC0, 0x8E, 0xE0, 0x8E, 0xE8), survived},
	{"fs-gs-data", then(0xB8, 0x2B, 0, 0, 0, 0x8E, 0xE0, 0x8E, 0xE8, 0x8E, 0xD8, 0x8E, 0xC0), survived},
	// pushfq; or dword [rsp], x; popfq: AC, NT, DF, RF, VM and the rest, then
	// a loop that the clock interrupts
	{"flags", then(0x9C, 0x81, 0x0C, 0x24, 0xD5, 0x4C, 0x27, 0, 0x9D, 0xB9, 0, 0, 0, 8, 0xFF, 0xC9, 0x75, 0xFC), survived},
	{"stack-non-canonical", then(0x48, 0xBC, 0, 0, 0, 0, 0, 0, 0, 0x80), survived},
	{"stack-odd", then(0x48, 0x83, 0xEC, 0x03), survived},
	// mov byte [rax+7], 90h over the hlt at +7
	{"self-modifying", then(0xC6, 0x40, 0x07, 0x90, 0x90, 0x90, 0x90, 0xF4), survived},
}

// runBytes executes code in memory of its own.
func runBytes(code []byte) {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
	if !s.OK() || base >= 1<<32 {
		return
	}
	ntdll.NtWriteVirtualMemory(nt.CurrentProcess, base, code)
	jump(uintptr(base))
}

func init() {
	for _, c := range hostile {
		register(c.name, func([]string) nt.Status {
			noDispatcher()
			runBytes(c.code)
			return nt.StatusSuccess
		})
	}
	register("generations", func(args []string) nt.Status { return generations(args[0][0]) })
	register("drop", func(args []string) nt.Status {
		n, _ := strconv.Atoi(args[0])
		return drop(n)
	})
}

var hostileTests = []test{
	{"hostile-code", func() error {
		for _, c := range hostile {
			s, err := run(10*time.Second, c.name)
			if err != nil {
				return err
			}
			if err := expect(c.name, s, c.status); err != nil {
				return err
			}
		}
		return nil
	}},
	{"wild-contexts", func() error {
		wild := []nt.Context{
			{Rip: 0x800000000000}, {Rip: 1 << 63}, {Rip: 0}, {Rip: 0xFFFFFFFF80201000}, {Rip: nt.MaximumUserAddress + 1},
		}
		for i := range wild {
			h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &wild[i], &ntdll.InitialTeb{}, false)
			if s.OK() {
				ntdll.NtClose(h)
			}
			if err := expect(fmt.Sprintf("context %d", i), s, nt.StatusInvalidParameter); err != nil {
				return err
			}
		}
		// Accepted, and the end of that process alone.
		p, err := start("sleep")
		if err != nil {
			return err
		}
		defer ntdll.NtClose(p.Handle)
		defer ntdll.NtClose(p.Thread)
		c := nt.Context{Rip: nt.MaximumUserAddress, Rsp: 1 << 63, EFlags: 0xFFFFFFFF}
		h, _, s := ntdll.NtCreateThread(p.Handle, &c, &ntdll.InitialTeb{}, false)
		if !s.OK() {
			return expect("NtCreateThread", s, 0)
		}
		defer ntdll.NtClose(h)
		limit := int64(-5 * 10_000_000)
		return expect("the end of the process", ntdll.NtWaitForSingleObject(p.Handle, false, &limit), 0)
	}},
	// A child that ends wakes somebody of higher priority while it still runs.
	{"wait-at-high-priority", func() error {
		if s := setPriority(12); !s.OK() {
			return expect("NtSetInformationThread", s, 0)
		}
		defer setPriority(8)
		if s, err := run(10*time.Second, "exit"); err != nil || s != 0x1234 {
			return fmt.Errorf("the child: %v %v", s, err)
		}
		// What the child has freed is used again before it goes on.
		for i := 0; i < 2; i++ {
			var p nt.SystemPerformanceInformation
			ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
			base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, uint64(p.AvailablePages-2600)*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
			if !s.OK() {
				return expect("NtAllocateVirtualMemory", s, 0)
			}
			for a := base; a < base+size; a += nt.PageSize {
				*at(uintptr(a)) = 1
			}
			if s := ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease); !s.OK() {
				return expect("NtFreeVirtualMemory", s, 0)
			}
		}
		delay(20 * time.Millisecond)
		return nil
	}},
	{"children-of-children", func() error {
		s, err := run(60*time.Second, "generations", "5")
		if err != nil {
			return err
		}
		return expect("the first", s, 0x105)
	}},
	// Owned mutants and timers that are set go with their last handle.
	{"dropped-objects", func() error {
		s, err := run(120*time.Second, "drop", "150000")
		if err != nil {
			return err
		}
		return expect("the child", s, survived)
	}},
}

func setPriority(p int32) nt.Status {
	return ntdll.Raw(nt.SvcSetInformationThread, ^uintptr(1), 2, uintptr(unsafe.Pointer(&p)), 4)
}

// generations starts the next, and adds one to its status.
func generations(n byte) nt.Status {
	if n == '0' {
		return 0x100
	}
	s, err := run(50*time.Second, "generations", string(n-1))
	if err != nil {
		fmt.Println("nttest:", err)
		return nt.StatusUnsuccessful
	}
	return s + 1
}

// drop makes and closes n mutants and timers: more than the kernel could keep.
func drop(n int) nt.Status {
	var p nt.SystemKernelInformation
	ntdll.QuerySystem(nt.SystemKernelInformationClass, &p)
	before := p.KernelHeapPages
	for range n {
		m, s := ntdll.NtCreateMutant(nil, true)
		if !s.OK() {
			return s
		}
		ntdll.NtClose(m)
		t, s := ntdll.NtCreateTimer(nil, nt.NotificationTimer)
		if !s.OK() {
			return s
		}
		ntdll.NtSetTimer(t, -1<<62, 1)
		ntdll.NtClose(t)
	}
	ntdll.QuerySystem(nt.SystemKernelInformationClass, &p)
	if grown := int64(p.KernelHeapPages - before); grown > 4096 { // kept, it would be a tenth of n
		fmt.Println("nttest: the kernel's heap has grown by", grown, "pages")
		return nt.StatusUnsuccessful
	}
	return survived
}
