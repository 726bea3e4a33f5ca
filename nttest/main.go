//go:build ntuser

// Nttest is the in-guest test program: copied over smss.exe it is the session
// manager, runs its table of tests, each followed by a look for leaks, and
// prints "NTTEST done". SESSION=only:ROW runs one row of the table. Children are the
// same image with another command line (children.go).
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/harness"
)

// test is one row; it returns what is wrong.
type test struct {
	name string
	run  func() error
}

func main() {
	runtime.LockOSThread() // rows queue APCs to the thread that they run in
	only, args := harness.Only(strings.Fields(ntdll.CommandLine())[1:])
	if len(args) > 0 {
		child(args)
	}
	fmt.Println("GoNT Session Manager (test program)")
	passed, failed := 0, 0
	for _, group := range [][]test{faultTests, exceptionTests, hostileTests, abuseTests, serviceTests, informationTests, apcTests, timerApcTests, raiseTests, rendezvousTests, completionTests, ioTests, fileTests, profileTests, registryTests, systemTimeTests, handleTests, jobTests, limitTests, memoryTests, sectionTests, commitTests, stackTests, shootTests, processTests, processorTests, registerTests, configurationTests, runtimeTests, preemptTests} {
		for _, t := range group {
			if only != "" && only != t.name {
				continue
			}
			before := footprint()
			err := t.run()
			if err == nil {
				err = leaked(before)
			}
			if err != nil {
				failed++
				fmt.Printf("NTTEST %s FAILED: %v\n", t.name, err)
				continue
			}
			passed++
			fmt.Printf("NTTEST %s ok\n", t.name)
		}
	}
	if only != "" && passed+failed == 0 {
		fmt.Printf("NTTEST %s FAILED: there is no such row\n", only)
		failed++
	}
	harness.Rows("NTTEST", passed, failed)
	harness.WaitForPhase1() // after it the end of the session manager is the system's
	ntdll.NtTerminateProcess(nt.CurrentProcess, 0x600D)
}

// footprint is what a test may not change: pages that are neither available
// nor the kernel heap's nor this program's own have been lost.
func footprint() (f pageCount) {
	var p nt.SystemPerformanceInformation
	var k nt.SystemKernelInformation
	var v nt.VMCounters
	ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
	ntdll.QuerySystem(nt.SystemKernelInformationClass, &k)
	ntdll.Raw(nt.SvcQueryInformationProcess, ^uintptr(0), nt.ProcessVMCountersClass, pointer(&v), unsafe.Sizeof(v), 0)
	f.own = int64(v.WorkingSetSize / nt.PageSize)
	f.all = int64(uint64(p.AvailablePages)+k.KernelHeapPages+k.KernelHeapReserve) + f.own
	return f
}

// pageCount is a footprint: own are the pages of this program's working set, all what
// no test may make fewer.
type pageCount struct{ all, own int64 }

// lost is how many pages fewer f has than before. Pages that have left this program's working
// set are on the modified list, or hold an image: they are not lost.
func (f pageCount) lost(before pageCount) int64 {
	return before.all - f.all - max(0, before.own-f.own)
}

// leaked compares; this program's own heap may have grown a little. What worker threads
// free after the end of a process gets five seconds.
func leaked(before pageCount) error {
	slack := int64(1024 + 1024*runtime.NumCPU()) // pages: 8 MB with one processor
	lost := footprint().lost(before)
	for tries := 0; lost > slack && tries < 50; tries++ {
		ntdll.NtDelayExecution(false, -1_000_000)
		lost = footprint().lost(before)
	}
	if lost > slack {
		return fmt.Errorf("%d pages are gone; in use:%s", lost, pageUses())
	}
	return nil
}

// pageUses lists what the system's pages are used for.
func pageUses() (list string) {
	var use nt.SystemPageUsageInformation
	if s := ntdll.QuerySystem(nt.SystemPageUsageInformationClass, &use); !s.OK() {
		return " " + s.String()
	}
	for _, u := range use.Rows[:use.Uses] {
		name, _, _ := bytes.Cut(u.Name[:], []byte{0})
		list += fmt.Sprintf(" %s %d", name, u.Pages)
	}
	return list
}

// run starts this image again and returns its exit status. It fails when the
// child has not ended after limit.
func run(limit time.Duration, args ...string) (nt.Status, error) {
	p, err := start(args...)
	if err != nil {
		return 0, err
	}
	defer ntdll.NtClose(p.Handle)
	defer ntdll.NtClose(p.Thread)
	timeout := -int64(limit / 100)
	s := ntdll.NtWaitForSingleObject(p.Handle, false, &timeout)
	if s != nt.StatusSuccess {
		ntdll.NtTerminateProcess(p.Handle, nt.StatusUnsuccessful)
		ntdll.NtWaitForSingleObject(p.Handle, false, nil)
		return s, fmt.Errorf("child %v has not ended after %v: wait said %v", args, limit, s)
	}
	info, s := ntdll.NtQueryInformationProcess(p.Handle)
	if !s.OK() {
		return s, fmt.Errorf("NtQueryInformationProcess: %v", s)
	}
	return info.ExitStatus, nil
}

func start(args ...string) (ntdll.Process, error) {
	p, s := ntdll.RtlCreateUserProcess("smss.exe", "nttest "+strings.Join(args, " "))
	if !s.OK() {
		return p, fmt.Errorf("RtlCreateUserProcess: %v", s)
	}
	if _, s := ntdll.NtResumeThread(p.Thread); !s.OK() {
		return p, fmt.Errorf("NtResumeThread: %v", s)
	}
	return p, nil
}

// expect fails when a status is not the one wanted.
func expect(what string, got, want nt.Status) error {
	if got != want {
		return fmt.Errorf("%s: %v, expected %v", what, got, want)
	}
	return nil
}
