//go:build ntuser

// Gotests runs Go's own tests in ring 3: copied over smss.exe it is the session
// manager. It starts every other image that OSLDR has read (BOOTFILES=), a test
// program each, one after the other, says what became of it, and ends the system.
//
// Its arguments, from the boot option SESSION=, are handed on to each: flags of
// go test, as -test.run=TestMutex,-test.v.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/harness"
)

// limit is how long a program may take. The programs' own limit is shorter, and
// tells where it hangs. Examples and fuzz tests need files.
const (
	limit      = 200 * time.Second
	flagsFirst = "-test.short -test.timeout=150s -test.run=^Test"
)

func main() {
	fmt.Println("GoNT Session Manager (Go's own tests)")
	names, err := images()
	if err != nil {
		fmt.Println("GOTEST", err)
	}
	passed, failed := 0, 0
	for _, n := range names {
		fmt.Println("GOTEST", n, "begins")
		begin := time.Now()
		if err := run(n); err != nil {
			failed++
			fmt.Println("GOTEST", n, "FAILED:", err)
			continue
		}
		passed++
		fmt.Printf("GOTEST %s ok, %d ms\n", n, time.Since(begin).Milliseconds())
	}
	harness.Rows("GOTEST", passed, failed)
	ntdll.NtShutdownSystem(nt.ShutdownPowerOff)
}

// images lists \BootImages but for this program.
func images() (names []string, err error) {
	h, s := ntdll.NtOpenDirectoryObject(nt.DirectoryQuery, ntdll.NewAttributes(`\BootImages`, nt.ObjCaseInsensitive, 0))
	if !s.OK() {
		return nil, fmt.Errorf(`NtOpenDirectoryObject \BootImages: %v`, s)
	}
	defer ntdll.NtClose(h)
	list, s := ntdll.NtQueryDirectoryObject(h)
	if !s.OK() {
		return nil, fmt.Errorf(`NtQueryDirectoryObject \BootImages: %v`, s)
	}
	for _, e := range list {
		if n := strings.ToLower(e.Name); n != "smss.exe" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	return names, nil
}

// run starts one program and waits for its end.
func run(name string) error {
	command := strings.Join(append([]string{name, flagsFirst}, os.Args[1:]...), " ")
	p, s := ntdll.RtlCreateUserProcess(name, command)
	if !s.OK() {
		return fmt.Errorf("RtlCreateUserProcess: %v", s)
	}
	defer ntdll.NtClose(p.Handle)
	defer ntdll.NtClose(p.Thread)
	if _, s := ntdll.NtResumeThread(p.Thread); !s.OK() {
		return fmt.Errorf("NtResumeThread: %v", s)
	}
	timeout := -int64(limit / 100)
	if s := ntdll.NtWaitForSingleObject(p.Handle, false, &timeout); s != nt.StatusSuccess {
		ntdll.NtTerminateProcess(p.Handle, nt.StatusUnsuccessful)
		ntdll.NtWaitForSingleObject(p.Handle, false, nil)
		return fmt.Errorf("it has not ended after %v: %v", limit, s)
	}
	info, s := ntdll.NtQueryInformationProcess(p.Handle)
	if !s.OK() {
		return fmt.Errorf("NtQueryInformationProcess: %v", s)
	}
	if info.ExitStatus != nt.StatusSuccess {
		return fmt.Errorf("it has ended with %v", info.ExitStatus)
	}
	return nil
}
