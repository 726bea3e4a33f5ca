//go:build ntuser

package main

import (
	"fmt"
	"strings"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// sessionKey has Execute, a list of command lines of programs that run beside the
// session manager: the prompts, until there are sessions.
const sessionKey = `\Registry\Machine\SYSTEM\CurrentControlSet\Control\Session Manager`

// execute is that list. With the boot option NOSHELL, or SESSION, which is for test
// programs, it is empty.
func execute() []string {
	rows, table, s := ntdll.QuerySystemTable[nt.BootOption](nt.SystemBootOptionsClass)
	if !s.OK() {
		fmt.Printf("smss: the boot options: %v\n", s)
		return nil
	}
	for _, o := range rows {
		if name := o.Name.In(table); name == "NOSHELL" || name == "SESSION" {
			return nil
		}
	}
	key, s := ntdll.NtOpenKey(nt.KeyRead, ntdll.NewAttributes(sessionKey, nt.ObjCaseInsensitive, 0))
	if !s.OK() {
		fmt.Printf("smss: %s: %v\n", sessionKey, s)
		return nil
	}
	defer ntdll.NtClose(key)
	v, s := ntdll.QueryValueKey(key, "Execute")
	switch {
	case s == nt.StatusObjectNameNotFound:
		return nil
	case !s.OK():
		fmt.Printf("smss: Execute: %v\n", s)
		return nil
	case v.Type != nt.RegMultiSz:
		fmt.Printf("smss: Execute is of type %d, and not a REG_MULTI_SZ\n", v.Type)
		return nil
	}
	return v.MultiString()
}

// A program that ends is started again; not any more when mostEnds of its lives were
// shorter than shortLife.
const (
	mostEnds  = 5
	shortLife = 5 * time.Second
)

// supervise starts a program, and starts it again when it ends.
func supervise(line string) {
	image, _, _ := strings.Cut(line, " ")
	short := 0
	for {
		begin := time.Now()
		status, s := runProgram(image, line)
		if !s.OK() {
			fmt.Printf("smss: %s: %v\n", line, s)
			return
		}
		if status == nt.StatusNoSuchDevice {
			fmt.Printf("smss: %s has no device to work on and is not started again\n", line)
			return
		}
		if time.Since(begin) < shortLife {
			short++
		} else {
			short = 0
		}
		if short == mostEnds {
			fmt.Printf("smss: %s has ended with %v, %d times within %v of its start; it is not started again\n", line, status, short, shortLife)
			return
		}
		if !status.OK() {
			fmt.Printf("smss: %s has ended with %v and is started again\n", line, status)
		}
	}
}

// runProgram runs a program to its end; s is why it could not be run.
func runProgram(image, line string) (status, s nt.Status) {
	p, s := ntdll.RtlCreateUserProcess(image, line)
	if !s.OK() {
		return 0, s
	}
	defer ntdll.NtClose(p.Handle)
	defer ntdll.NtClose(p.Thread)
	if _, s = ntdll.NtResumeThread(p.Thread); !s.OK() {
		ntdll.NtTerminateProcess(p.Handle, s)
		return 0, s
	}
	if s = ntdll.NtWaitForSingleObject(p.Handle, false, nil); !s.OK() {
		return 0, s
	}
	info, s := ntdll.NtQueryInformationProcess(p.Handle)
	return info.ExitStatus, s
}
