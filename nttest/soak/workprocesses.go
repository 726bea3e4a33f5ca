//go:build ntuser

package main

import (
	"fmt"
	"runtime/debug"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// child is what a process of processRound does.
func child(what string) nt.Status {
	switch what {
	case "exit":
		return 0x1234
	case "sleep":
		ntdll.NtWaitForSingleObject(nt.CurrentProcess, false, nil)
	case "fault":
		none := uint64(0)
		ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, uintptr(unsafe.Pointer(&none)), 8)
		word(8).Store(1)
	case "heap":
		var list [][]byte
		for range 200 {
			if list = append(list, make([]byte, 64<<10)); len(list) > 20 {
				list = list[10:]
			}
		}
		return nt.Status(len(list[0])) // 10000h
	}
	return nt.StatusUnsuccessful
}

// processRound makes up to three processes at once; each ends by itself, by a
// fault, or is ended.
func processRound(w *hand) error {
	type started struct {
		ntdll.Process
		what string
	}
	ends := map[string]nt.Status{"exit": 0x1234, "sleep": 0x77, "fault": nt.StatusAccessViolation, "heap": 64 << 10}
	names := []string{"exit", "sleep", "fault", "heap"}
	var list []started
	w.step(1)
	for range 1 + w.IntN(3) {
		what := names[w.IntN(len(names))]
		p, s := ntdll.RtlCreateUserProcess("smss.exe", "soak child "+what)
		if scarce(s) {
			continue
		}
		if !s.OK() {
			return expect("RtlCreateUserProcess", s, 0)
		}
		ntdll.NtResumeThread(p.Thread)
		list = append(list, started{p, what})
	}
	w.step(2)
	ntdll.NtDelayExecution(false, -int64(w.IntN(second/50)))
	for _, p := range list {
		if p.what == "sleep" {
			ntdll.NtTerminateProcess(p.Handle, 0x77)
		}
		w.step(3)
		if err := wait("a process's end", p.Handle); err != nil {
			return fmt.Errorf("%s: %w", p.what, err)
		}
		i, _ := ntdll.NtQueryInformationProcess(p.Handle)
		ntdll.NtClose(p.Handle)
		ntdll.NtClose(p.Thread)
		// A program that finds no memory ends with that, or with 2, as Go programs do.
		if s := i.ExitStatus; s != ends[p.what] && !scarce(s) && s != 2 {
			return fmt.Errorf("process %s ended with %v, expected %v", p.what, s, ends[p.what])
		}
	}
	return nil
}

var zero int

// faultRound: exceptions that become Go panics, and are recovered.
func faultRound(w *hand) error {
	w.step(1)
	base, err := allocate(nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadOnly)
	if base == 0 {
		return err
	}
	for range 20 {
		f := []func(){func() { word(8).Store(1) }, func() { word(base).Store(1) }, func() { zero = 1 / zero },
			func() { word(nt.SharedUserData).Store(1) }, func() { _ = []byte{}[w.IntN(9)] }}[w.IntN(5)]
		if r := attempt(f); r == nil {
			return fmt.Errorf("a fault was none")
		}
	}
	w.step(2)
	if s := ntdll.NtDelayExecution(false, -int64(w.IntN(second/500))); !s.OK() {
		return expect("NtDelayExecution", s, 0)
	}
	return release(base)
}

// attempt returns what f's panic was.
func attempt(f func()) (r any) {
	defer func() { r = recover() }()
	debug.SetPanicOnFault(true)
	f()
	return nil
}
