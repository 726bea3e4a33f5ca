//go:build ntuser

// Paging is a session manager that tests paging (SPEC P1.18): processes that
// together use more memory than there is beside the paging file, share sections
// while they are paged, end in the middle of it, fill the paging file, and meet
// pages that cannot be written or read. After each test the system's counts are
// what they were before it.
//
// Arguments, from the boot option SESSION=: errors, with PAGETEST=ERRORS: the
// device fails for pages that ask for it (kernel/paging.go).
//
//	PAGING used ok: 3 processes, 41 of 52 MB, 14000 pages read, 21000 written
//	PAGING done: 5 passed, 0 failed
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/counts"
)

const (
	second   = 10_000_000 // in units of 100 ns
	survived = nt.Status(0x600D)
)

// test is one row; it returns what there is to tell, or what is wrong.
type test struct {
	name   string
	errors bool // only with a device that fails
	run    func() (string, error)
}

func main() {
	runtime.LockOSThread()
	if len(os.Args) > 2 && os.Args[1] == "child" {
		ntdll.NtTerminateProcess(nt.CurrentProcess, child(os.Args[2:]))
	}
	fmt.Println("GoNT Session Manager (paging)")
	waitForPhase1()
	failing := len(os.Args) > 1 && (os.Args[1] == "errors" || os.Args[1] == "ERRORS")
	info, _ := ntdll.NtQueryInformationThread(nt.CurrentThread)
	self := info.ClientID.UniqueProcess
	passed, failed := 0, 0
	for _, t := range tests {
		if t.errors && !failing {
			continue
		}
		text, err := counted(self, t.run)
		if err != nil {
			failed++
			fmt.Printf("PAGING %s FAILED: %v\n", t.name, err)
			continue
		}
		passed++
		fmt.Printf("PAGING %s ok: %s\n", t.name, text)
	}
	fmt.Printf("PAGING done: %d passed, %d failed\n", passed, failed)
	ntdll.NtShutdownSystem(nt.ShutdownPowerOff)
}

// counted compares the system's counts before and after.
func counted(self uint64, run func() (string, error)) (string, error) {
	before, err := atRest(self)
	if err != nil {
		return "", err
	}
	text, err := run()
	if err != nil {
		return "", err
	}
	for try := 0; ; try++ {
		now, err := counts.Take(self)
		if err != nil {
			return "", err
		}
		d := now.Differs(before)
		if d == "" {
			return text, nil
		}
		if try == 40 {
			return "", fmt.Errorf("left behind: %s", d)
		}
		ntdll.NtDelayExecution(false, -second/5)
	}
}

// atRest counts until two counts in a row are the same.
func atRest(self uint64) (counts.Counts, error) {
	var last counts.Counts
	for range 40 {
		now, err := counts.Take(self)
		if err != nil || last != nil && now.Differs(last) == "" {
			return now, err
		}
		last = now
		ntdll.NtDelayExecution(false, -second/5)
	}
	return nil, fmt.Errorf("the counts do not come to rest")
}

// waitForPhase1 waits until the system has freed what it started with.
func waitForPhase1() {
	for {
		var m nt.SystemZeroPageInformation
		if ntdll.QuerySystem(nt.SystemZeroPageInformationClass, &m); m.ZeroPageThreadRunning != 0 {
			return
		}
		ntdll.NtDelayExecution(false, -second/10)
	}
}

// process starts this image as a child.
func process(format string, a ...any) (ntdll.Process, error) {
	p, s := ntdll.RtlCreateUserProcess("smss.exe", "paging child "+fmt.Sprintf(format, a...))
	if !s.OK() {
		return p, fmt.Errorf("RtlCreateUserProcess: %w", s)
	}
	ntdll.NtResumeThread(p.Thread)
	return p, nil
}

// ended waits for a child and returns its status.
func ended(p ntdll.Process, limit time.Duration) (nt.Status, error) {
	timeout := -int64(limit / 100)
	s := ntdll.NtWaitForSingleObject(p.Handle, false, &timeout)
	if s != nt.StatusSuccess {
		ntdll.NtTerminateProcess(p.Handle, nt.StatusUnsuccessful)
		return s, fmt.Errorf("a child has not ended after %v: %v", limit, s)
	}
	i, s := ntdll.NtQueryInformationProcess(p.Handle)
	ntdll.NtClose(p.Handle)
	ntdll.NtClose(p.Thread)
	if !s.OK() {
		return s, fmt.Errorf("NtQueryInformationProcess: %w", s)
	}
	return i.ExitStatus, nil
}

// run is process and ended.
func run(want nt.Status, format string, a ...any) error {
	p, err := process(format, a...)
	if err != nil {
		return err
	}
	s, err := ended(p, patience)
	if err == nil && s != want {
		err = fmt.Errorf("the child ended with %v, expected %v", s, want)
	}
	return err
}

// patience is for slow hosts: the work takes some seconds.
const patience = 90 * time.Second
