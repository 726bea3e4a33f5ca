//go:build ntuser

package main

import (
	"fmt"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// NtRaiseException: exceptions that a program raises itself (P1.12).

const raised nt.Status = 0xE0001234

// tellCode is an exception dispatcher that ends the process with the record's first
// word of information and the context's RBX: mov edx, [rcx+4F0h]; add edx, [rcx+90h].
var tellCode = join([]byte{0x8B, 0x91, 0xF0, 0x04, 0, 0, 0x03, 0x91, 0x90, 0, 0, 0}, endWith(nt.SvcTerminateProcess))

func init() { register("raise", raiseChild) }

// raiseChild raises an exception in the way that its argument names.
func raiseChild(args []string) nt.Status {
	way := args[0]
	base := code(tellCode)
	r := nt.ExceptionRecord{Code: raised, NumberParameters: 1}
	r.Information[0] = 0x1000
	c := nt.Context{ContextFlags: nt.ContextControl | nt.ContextInteger, Rip: base, Rsp: base + 0xF000, Rbx: 0x234}
	first := way != "second"
	switch way {
	case "own":
		ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, pointer(&base), 8)
	case "nobody":
		noDispatcher()
	case "stack":
		c.Rsp = 0x1000
	}
	return ntdll.NtRaiseException(&r, &c, first)
}

var raiseTests = []test{
	{"raise-refused", func() error {
		r, c := nt.ExceptionRecord{Code: raised}, nt.Context{ContextFlags: nt.ContextControl, Rip: 1 << 47}
		good := nt.Context{}
		many := nt.ExceptionRecord{Code: raised, NumberParameters: 16}
		return all(
			status{"a bad record", ntdll.Raw(nt.SvcRaiseException, 0x10, pointer(&good), 1), nt.StatusAccessViolation},
			status{"the kernel's record", ntdll.Raw(nt.SvcRaiseException, 1<<63, pointer(&good), 1), nt.StatusAccessViolation},
			status{"a bad context", ntdll.Raw(nt.SvcRaiseException, pointer(&r), 0x10, 1), nt.StatusAccessViolation},
			status{"a bad address", ntdll.NtRaiseException(&r, &c, true), nt.StatusInvalidParameter},
			status{"16 words of information", ntdll.NtRaiseException(&many, &good, true), nt.StatusInvalidParameter})
	}},
	{"raise-exception", func() error {
		// A Go program's dispatcher has no use for it, and gives it a second chance.
		for way, want := range map[string]nt.Status{"own": 0x1234, "go": raised, "second": raised, "nobody": raised, "stack": raised} {
			s, err := run(10*time.Second, "raise", way)
			if err != nil {
				return err
			}
			if s != want {
				return fmt.Errorf("%s: %v, expected %v", way, s, want)
			}
		}
		return nil
	}},
}
