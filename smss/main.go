//go:build ntuser

// Smss is the session manager, the first program in ring 3 (SPEC S1, P1.43). It
// uses system services alone: it says what it runs on, lists the root of the
// object namespace, watches phase 1 turn into the zero-page thread, starts the
// programs that the registry names (shells.go), and then waits for the rest of the
// system's life.
package main

import (
	"fmt"
	"strings"
	"time"

	"gont/nt"
	"gont/ntdll"
)

func main() {
	fmt.Println("GoNT Session Manager")
	// Ask in parallel; the answers come in the order of the questions.
	questions := []func() string{version, processors, memory, times, environment, namespace}
	answers := make([]chan string, len(questions))
	for i, q := range questions {
		answers[i] = make(chan string)
		go func() { answers[i] <- q() }()
	}
	for _, a := range answers {
		fmt.Println(<-a)
	}
	watchZeroPageThread()
	forever, s := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
	if !s.OK() {
		fail("NtCreateEvent", s)
	}
	createPagingFiles()
	programs := execute()
	fmt.Println("smss: waiting")
	for _, line := range programs {
		go supervise(line)
	}
	s = ntdll.NtWaitForSingleObject(forever, false, nil)
	fail("NtWaitForSingleObject", s)
}

// fail ends the process: without its session manager there is no system.
func fail(what string, s nt.Status) {
	fmt.Printf("smss: %s: %v\n", what, s)
	ntdll.NtTerminateProcess(nt.CurrentProcess, s)
}

func ask[T any](class uint32, v *T) string {
	if s := ntdll.QuerySystem(class, v); !s.OK() {
		return fmt.Sprintf(" (NtQuerySystemInformation %d: %v)", class, s)
	}
	return ""
}

func text(b []byte) string {
	return strings.TrimSpace(string(b[:strings.IndexByte(string(b)+"\x00", 0)]))
}

func version() string {
	var v nt.VersionInformation
	e := ask(nt.SystemVersionInformationClass, &v)
	return fmt.Sprintf("  system:     %s%s", text(v.Product[:]), e)
}

func processors() string {
	var b nt.SystemBasicInformation
	var p nt.SystemProcessorInformation
	var r nt.SystemProcessorBrandInformation
	e := ask(nt.SystemBasicInformationClass, &b) + ask(nt.SystemProcessorInformationClass, &p) + ask(nt.SystemProcessorBrandClass, &r)
	return fmt.Sprintf("  processors: %d, %s, family %d, %d MHz%s", b.NumberOfProcessors, text(r.Brand[:]), p.ProcessorLevel, r.FrequencyMHz, e)
}

func memory() string {
	var b nt.SystemBasicInformation
	var p nt.SystemPerformanceInformation
	e := ask(nt.SystemBasicInformationClass, &b) + ask(nt.SystemPerformanceInformationClass, &p)
	return fmt.Sprintf("  memory:     %d KB, %d KB available%s", b.NumberOfPhysicalPages*(b.PageSize/1024), uint64(p.AvailablePages)*uint64(b.PageSize)/1024, e)
}

// fromNT converts 100 ns units since 1601.
func fromNT(t uint64) time.Time {
	return time.Unix(int64(t/10_000_000)-11644473600, int64(t%10_000_000)*100).UTC()
}

func times() string {
	var t nt.SystemTimeOfDayInformation
	e := ask(nt.SystemTimeOfDayInformationClass, &t)
	return fmt.Sprintf("  booted:     %s, %d ms ago%s", fromNT(t.BootTime).Format("2006-01-02 15:04:05 MST"), (t.CurrentTime-t.BootTime)/10_000, e)
}

func environment() string {
	return "  started as: " + ntdll.CommandLine() + " (" + ntdll.ImagePath() + "), " + strings.Join(ntdll.Environment(), " ")
}

func namespace() string {
	root, s := ntdll.NtOpenDirectoryObject(nt.DirectoryQuery, ntdll.NewAttributes(`\`, 0, 0))
	if !s.OK() {
		return fmt.Sprintf(`  \: %v`, s)
	}
	defer ntdll.NtClose(root)
	list, s := ntdll.NtQueryDirectoryObject(root)
	if !s.OK() {
		return fmt.Sprintf(`  \: %v`, s)
	}
	lines := []string{`  objects in \:`}
	for _, e := range list {
		l := fmt.Sprintf("    %-14s %s", e.Name, e.Type)
		if e.Type == "SymbolicLink" {
			if h, s := ntdll.NtOpenSymbolicLinkObject(nt.SymbolicLinkQuery, ntdll.NewAttributes(`\`+e.Name, 0, 0)); s.OK() {
				if target, s := ntdll.NtQuerySymbolicLinkObject(h); s.OK() {
					l += " -> " + target
				}
				ntdll.NtClose(h)
			}
		}
		lines = append(lines, l)
	}
	return strings.Join(lines, "\n")
}

// watchZeroPageThread waits until phase 1 has become the zero-page thread, and
// until that has zeroed something.
func watchZeroPageThread() {
	for {
		var m nt.SystemMemoryListInformation
		var z nt.SystemZeroPageInformation
		if s := ntdll.QuerySystem(nt.SystemMemoryListInformationClass, &m); !s.OK() {
			fail("NtQuerySystemInformation", s)
		}
		ntdll.QuerySystem(nt.SystemZeroPageInformationClass, &z)
		if z.ZeroPageThreadRunning != 0 && z.ZeroedByZeroPageThread > 0 && m.FreePageCount < 64 {
			fmt.Printf("smss: the zero-page thread runs: %d pages zeroed, %d zeroed and %d free pages on the lists\n",
				z.ZeroedByZeroPageThread, m.ZeroPageCount, m.FreePageCount)
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}
