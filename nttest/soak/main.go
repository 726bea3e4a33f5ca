//go:build ntuser

// Soak is a session manager that keeps the machine at work for a given time. A
// worker process for each kind of work goes round after round with arguments
// out of a seed, checks every result, and counts its rounds in a section that
// all share: processes made and ended, threads, waits and timers, memory and
// the lack of it, sections and views, faults, files of the boot volume, mapped files. This program looks that none
// stands still, has all of them end, and compares the system's counts with
// those of before.
//
// Arguments, from the boot option SESSION=: seconds:N, seed:N, pagefile:N (a paging file of N MB is made
// on the boot volume); and, so that the
// watchdog is seen to bite, patience:N (seconds) and stand:KIND.
//
//	SOAK seed 1, 15 s, 4 processors
//	SOAK 5 s: processes 21, threads 1305, waits 2410, memory 310, sections 402, faults 133; 95 MB committed
//	SOAK done: 15 s, 9120 rounds, 0 failed
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/counts"
	"gont/nttest/harness"
)

const (
	second = 10_000_000       // in units of 100 ns
	every  = 10 * time.Second // between progress lines
)

// settings are what the command line says.
type settings struct {
	length   time.Duration
	seed     uint64
	patience time.Duration // how long a worker may stand still
	pageFile int64         // MB
	stand    string        // the kind of worker that is to stand still
}

func main() {
	runtime.LockOSThread()
	if len(os.Args) > 1 && (os.Args[1] == "worker" || os.Args[1] == "child") {
		ntdll.NtTerminateProcess(nt.CurrentProcess, other(os.Args[1:]))
	}
	fmt.Println("GoNT Session Manager (soak)")
	if err := soak(os.Args[1:]); err != nil {
		fmt.Println("SOAK FAILED:", err)
		harness.Done("SOAK", "", 1)
	}
	ntdll.NtShutdownSystem(nt.ShutdownPowerOff)
}

// other is what this image does as a worker or as one of a worker's children.
func other(args []string) nt.Status {
	if args[0] == "child" {
		return child(args[1])
	}
	if len(args) < 3 {
		return nt.StatusInvalidParameter
	}
	n, err1 := strconv.Atoi(args[1])
	seed, err2 := strconv.ParseUint(args[2], 10, 64)
	if err1 != nil || err2 != nil || n >= len(kinds) {
		return nt.StatusInvalidParameter
	}
	return work(n, seed, len(args) > 3)
}

func parse(args []string) (o settings, err error) {
	o = settings{length: 15 * time.Second, seed: 1, patience: 60 * time.Second}
	for _, a := range args {
		name, value, _ := strings.Cut(strings.ToLower(a), ":") // the loader capitalizes options
		if name == "stand" {
			o.stand = value
			continue
		}
		n, err := strconv.ParseUint(value, 0, 32)
		if err != nil {
			return o, err
		}
		switch name {
		case "seconds":
			o.length = time.Duration(n) * time.Second
		case "seed":
			o.seed = n
		case "pagefile":
			o.pageFile = int64(n)
		case "patience":
			o.patience = time.Duration(n) * time.Second
		default:
			return o, fmt.Errorf("what is %q?", a)
		}
	}
	return o, nil
}

func soak(args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	var b nt.SystemBasicInformation
	ntdll.QuerySystem(nt.SystemBasicInformationClass, &b)
	fmt.Printf("SOAK seed %d, %d s, %d processors\n", o.seed, o.length/time.Second, b.NumberOfProcessors)
	if s := ntdll.NtSetPriorityThread(nt.CurrentThread, 16); !s.OK() {
		return fmt.Errorf("NtSetInformationThread: %w", s)
	}
	info, _ := ntdll.NtQueryInformationThread(nt.CurrentThread)
	self := info.ClientID.UniqueProcess
	harness.WaitForPhase1()
	if n := o.pageFile << 20; n > 0 {
		if s := ntdll.NtCreatePagingFile(`\??\C:\pagefile.sys`, n, n); !s.OK() {
			return fmt.Errorf("NtCreatePagingFile: %w", s)
		}
	}
	if err := useFiles(); err != nil {
		return err
	}
	board, err := newBoard()
	if err != nil {
		return err
	}
	// What is made once and kept is there after a short run.
	if _, err = period(board, settings{length: 2 * time.Second, seed: o.seed, patience: o.patience}, false); err != nil {
		return err
	}
	before, err := harness.AtRest(self)
	if err != nil {
		return err
	}
	heap := counts.HeapPages()
	rounds, err := period(board, o, true)
	if err != nil {
		return err
	}
	if err = harness.Back(self, before); err != nil {
		return err
	}
	const heapLimit = 8192 // pages, however long it takes
	if grown := counts.HeapPages() - heap; grown > heapLimit {
		return fmt.Errorf("the kernel's heap has grown by %d pages", grown)
	}
	harness.Done("SOAK", fmt.Sprintf("%d s, %d rounds", o.length/time.Second, rounds), 0)
	return nil
}

// useFiles has the system open files that it keeps in memory: the program that workers start, the
// registry's.
func useFiles() error {
	p, s := ntdll.RtlCreateUserProcess(mappedImage, "soak child exit")
	if !s.OK() {
		return fmt.Errorf("%s: %w", mappedImage, s)
	}
	ntdll.NtResumeThread(p.Thread)
	err := wait("the end of a program from a file", p.Handle)
	ntdll.NtClose(p.Handle)
	ntdll.NtClose(p.Thread)
	k, s := ntdll.NtOpenKey(nt.KeyAllAccess, attributes(`\Registry\Machine\SYSTEM`, 0))
	if s.OK() {
		s = ntdll.NtFlushKey(k)
		ntdll.NtClose(k)
	}
	if err == nil && !s.OK() {
		err = fmt.Errorf("NtFlushKey: %w", s)
	}
	return err
}
