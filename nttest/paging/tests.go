//go:build ntuser

package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

var tests = []test{
	{name: "file", run: fileIsThere},
	{name: "guarded", disk: true, run: guarded},
	{name: "used", run: moreThanMemory},
	{name: "shared", run: sharedSection},
	{name: "ended", run: endedInTheMiddle},
	{name: "full", run: full},
	{name: "unwritable", errors: true, run: func() (string, error) { return "", run(survived, "unwritable") }},
	{name: "unreadable", errors: true, run: unreadable},
}

func performance() (p nt.SystemPerformanceInformation) {
	ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
	return
}

// fileIsThere: NtQuerySystemInformation shows the paging file, and the commit
// limit counts it.
func fileIsThere() (string, error) {
	list, s := ntdll.QueryPageFiles()
	if !s.OK() || len(list) != 1 {
		return "", fmt.Errorf("%v, %d paging files", s, len(list))
	}
	f := list[0]
	var b nt.SystemBasicInformation
	ntdll.QuerySystem(nt.SystemBasicInformationClass, &b)
	if p := performance(); f.TotalSize == 0 || f.PeakUsage < f.TotalInUse || f.TotalSize < f.PeakUsage || uint64(p.CommitLimit) < uint64(b.NumberOfPhysicalPages)*7/8+uint64(f.TotalSize) {
		return "", fmt.Errorf("%+v, commit limit %d", f, p.CommitLimit)
	}
	if _, s := ntdll.NtQuerySystemInformation(nt.SystemPageFileInformationClass, make([]byte, 40)); s != nt.StatusInfoLengthMismatch {
		return "", fmt.Errorf("a short buffer: %v", s)
	}
	return fmt.Sprintf("%s, %d MB", f.Name, f.TotalSize>>8), nil
}

// room is how many pages programs can have, and how many of them are in memory.
func room() (promised, there uint64) {
	p := performance()
	return uint64(p.CommitLimit - p.CommittedPages), uint64(p.AvailablePages)
}

// moreThanMemory: three processes fill more than there is, and find it as it was,
// in order, backwards, and by chance.
func moreThanMemory() (string, error) {
	promised, there := room()
	const children = 3
	each := promised * 8 / 10 / children
	if each*children < there {
		return "", fmt.Errorf("%d pages can be promised, %d are there: that is no test", promised, there)
	}
	before := performance()
	var list [children]ntdll.Process
	for i := range list {
		var err error
		if list[i], err = process("work %d %d", each, i+1); err != nil {
			return "", err
		}
	}
	for _, p := range list {
		s, err := ended(p, patience)
		if err != nil {
			return "", err
		}
		if s != survived {
			return "", fmt.Errorf("a child ended with %v", s)
		}
	}
	after := performance()
	read, written := after.PageReadCount-before.PageReadCount, after.DirtyPagesWriteCount-before.DirtyPagesWriteCount
	if read == 0 || written == 0 || after.DirtyWriteIoCount == before.DirtyWriteIoCount || after.PageReadIoCount == before.PageReadIoCount {
		return "", fmt.Errorf("%d pages read, %d written", read, written)
	}
	return fmt.Sprintf("%d processes, %d MB where %d MB were there, %d pages read, %d written", children, each*children>>8, there>>8, read, written), nil
}

const sectionName = `\Paging`

// sharedSection: three processes count in words of their own of all pages of a section,
// which is more than can be in memory beside what another one uses.
func sharedSection() (string, error) {
	promised, there := room()
	pages := min(promised*4/10, there*6/10)
	h, s := ntdll.NtCreateSection(ntdll.NewAttributes(sectionName, 0, 0), nt.StandardAll|0x1F, pages*nt.PageSize, nt.PageReadWrite, nt.SecCommit)
	if !s.OK() {
		return "", fmt.Errorf("NtCreateSection: %w", s)
	}
	defer ntdll.NtClose(h)
	hog, err := process("work %d 9", promised*4/10)
	if err != nil {
		return "", err
	}
	before := performance()
	var list [3]ntdll.Process
	for i := range list {
		if list[i], err = process("section %d", i); err != nil {
			return "", err
		}
	}
	for _, p := range append(list[:], hog) {
		s, err := ended(p, patience)
		if err == nil && s != survived {
			err = fmt.Errorf("a child ended with %v", s)
		}
		if err != nil {
			return "", err
		}
	}
	// Nobody maps it any more; its pages are still what they were.
	base, _, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly)
	if !s.OK() {
		return "", fmt.Errorf("NtMapViewOfSection: %w", s)
	}
	defer ntdll.NtUnmapViewOfSection(nt.CurrentProcess, base)
	for i := range pages {
		for k := range uint64(len(list)) {
			if v := *word(base + i*nt.PageSize + 8*k); v != sectionRounds {
				return "", fmt.Errorf("page %d has %d for process %d", i, v, k)
			}
		}
	}
	return fmt.Sprintf("%d MB, %d pages read", pages>>8, performance().PageReadCount-before.PageReadCount), nil
}

// endedInTheMiddle: processes are ended while they page.
func endedInTheMiddle() (string, error) {
	promised, _ := room()
	n := 0
	for i := range 8 {
		var list [3]ntdll.Process
		for k := range list {
			var err error
			if list[k], err = process("forever %d %d", promised*7/10/3, i*3+k+1); err != nil {
				return "", err
			}
		}
		ntdll.NtDelayExecution(false, -int64(second/10+i*second/8))
		for _, p := range list {
			ntdll.NtTerminateProcess(p.Handle, 0x77)
			ntdll.NtDelayExecution(false, -second/50)
		}
		for _, p := range list {
			s, err := ended(p, patience)
			if err != nil {
				return "", err
			}
			if s != 0x77 {
				return "", fmt.Errorf("a child ended with %v", s)
			}
			n++
		}
	}
	return fmt.Sprint(n, " processes"), nil
}

// full: what is promised is there, all of it; more is STATUS_COMMITMENT_LIMIT.
func full() (string, error) {
	if err := run(survived, "full"); err != nil {
		return "", err
	}
	list, _ := ntdll.QueryPageFiles()
	return fmt.Sprintf("at most %d of %d slots were used", list[0].PeakUsage, list[0].TotalSize), nil
}

// unreadable: who needs a page that cannot be read ends with that, or is told so by
// the service; nobody else does.
func unreadable() (string, error) {
	promised, _ := room()
	before := uint64(performance().CommittedPages)
	other, err := process("forever %d 5", promised/10)
	if err != nil {
		return "", err
	}
	for uint64(performance().CommittedPages) < before+promised/10 { // before the others take all
		ntdll.NtDelayExecution(false, -second/50)
	}
	for _, how := range []struct {
		name string
		want nt.Status
	}{{"touch", nt.StatusInPageError}, {"service", survived}, {"panic", survived}} {
		if err := run(how.want, "unreadable %s", how.name); err != nil {
			return "", fmt.Errorf("%s: %w", how.name, err)
		}
	}
	ntdll.NtTerminateProcess(other.Handle, 0x77)
	s, err := ended(other, patience)
	if err == nil && s != 0x77 {
		err = fmt.Errorf("another process ended with %v", s)
	}
	return "", err
}
