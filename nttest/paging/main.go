//go:build ntuser

// Paging is a session manager that tests paging (SPEC P1.18): processes that
// together use more memory than there is beside the paging file, share sections
// while they are paged, end in the middle of it, fill the paging file, and meet
// pages that cannot be written or read. After each test the system's counts are
// what they were before it.
//
// Arguments, from the boot option SESSION=: errors, with PAGETEST=ERRORS: the
// device fails for pages that ask for it (kernel/paging.go); disk: a paging file is made on
// the boot volume (disk.go).
//
//	PAGING used ok: 3 processes, 41 of 52 MB, 14000 pages read, 21000 written
//	PAGING done: 5 passed, 0 failed
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/harness"
)

const (
	second   = 10_000_000 // in units of 100 ns
	survived = nt.Status(0x600D)
)

// test is one row; it returns what there is to tell, or what is wrong.
type test struct {
	name   string
	errors bool // only with a device that fails
	disk   bool // only with a paging file on a disk
	run    func() (string, error)
}

func main() {
	runtime.LockOSThread()
	if len(os.Args) > 2 && os.Args[1] == "child" {
		ntdll.NtTerminateProcess(nt.CurrentProcess, child(os.Args[2:]))
	}
	fmt.Println("GoNT Session Manager (paging)")
	harness.WaitForPhase1()
	only, args := harness.Only(os.Args[1:])
	failing := len(args) > 0 && strings.EqualFold(args[0], "errors")
	onDisk := len(args) > 0 && strings.EqualFold(args[0], "disk")
	if onDisk {
		if s := ntdll.NtCreatePagingFile(diskFile, diskSize, diskSize); !s.OK() {
			fmt.Printf("PAGING the paging file FAILED: %v\n", s)
		}
	}
	info, _ := ntdll.NtQueryInformationThread(nt.CurrentThread)
	self := info.ClientID.UniqueProcess
	passed, failed := 0, 0
	for _, t := range tests {
		if t.errors && !failing || t.disk && !onDisk || only != "" && only != t.name {
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
	harness.Rows("PAGING", passed, failed)
	ntdll.NtShutdownSystem(nt.ShutdownPowerOff)
}

// counted compares the system's counts before and after.
func counted(self uint64, run func() (string, error)) (string, error) {
	before, err := harness.AtRest(self)
	if err != nil {
		return "", err
	}
	text, err := run()
	if err != nil {
		return "", err
	}
	return text, harness.Back(self, before)
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
