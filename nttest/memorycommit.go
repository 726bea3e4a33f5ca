//go:build ntuser

package main

import (
	"fmt"
	"runtime"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// Commit accounting (P0.10).

func init() {
	register("commit", func([]string) nt.Status { return commitAll() })
	register("idle", func([]string) nt.Status { return idlePages() })
}

// commitAll commits until it is refused, then touches everything: what was
// promised must be there.
func commitAll() nt.Status {
	base, end, s := commitMost()
	if !s.OK() {
		return s
	}
	for a := base; a < end; a += nt.PageSize {
		*at(uintptr(a)) = 1
	}
	return survived
}

// idlePages fills all the memory there is, leaves it alone until pages have left
// the working set, and looks at all of it again: they come back by soft faults.
func idlePages() nt.Status {
	base, end, s := commitMost()
	if !s.OK() {
		return s
	}
	for a := base; a < end; a += nt.PageSize {
		*at(uintptr(a + a>>12&0xFFF)) = byte(a>>12) | 1
	}
	delay(6 * time.Second)
	var p, q nt.SystemPerformanceInformation
	ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
	_, left, _ := ntdll.QueryWorkingSet(nt.CurrentProcess, 1)
	for a := base; a < end; a += nt.PageSize {
		if *at(uintptr(a + a>>12&0xFFF)) != byte(a>>12)|1 {
			return nt.StatusUnsuccessful
		}
	}
	ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &q)
	n, pages := q.TransitionCount-p.TransitionCount, (end-base)/nt.PageSize
	fmt.Printf("nttest: of %d pages %d were in the working set after 6 s, %d came back by soft faults\n", pages, left, n)
	if p.AvailablePages < p.CommitLimit/16 && n < 500 { // pages were few all the time
		return nt.StatusTimeout
	}
	return survived
}

// commitMost commits until it is refused.
func commitMost() (base, end uint64, s nt.Status) {
	const most = 1 << 36
	base, _, s = ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, most, nt.MemReserve, nt.PageReadWrite)
	if !s.OK() {
		return
	}
	end = base
	for step := uint64(8 << 20); step >= 256<<10; {
		if _, _, s = ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, end, step, nt.MemCommit, nt.PageReadWrite); s.OK() {
			end += step
			continue
		}
		if s != nt.StatusCommitmentLimit {
			return
		}
		step /= 2
	}
	// The Go runtime of this process needs something, too, for each processor.
	own := uint64(runtime.NumCPU()) << 20
	if end-base <= own {
		return base, end, nt.StatusUnsuccessful
	}
	end -= own
	return base, end, ntdll.NtFreeVirtualMemory(nt.CurrentProcess, end, own, nt.MemDecommit)
}

var commitTests = []test{
	{"commit-limit", func() error {
		// A terabyte is refused, whichever way it is asked for; to reserve it
		// costs nothing.
		const tera = 1 << 40
		me := nt.CurrentProcess
		if _, _, s := ntdll.NtAllocateVirtualMemory(me, 0, tera, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusCommitmentLimit {
			return expect("a terabyte", s, nt.StatusCommitmentLimit)
		}
		base, _, s := ntdll.NtAllocateVirtualMemory(me, 0, tera, nt.MemReserve, nt.PageReadWrite)
		if !s.OK() {
			return expect("reserving a terabyte", s, 0)
		}
		if _, _, s := ntdll.NtAllocateVirtualMemory(me, base, tera, nt.MemCommit, nt.PageReadWrite); s != nt.StatusCommitmentLimit {
			return expect("committing it", s, nt.StatusCommitmentLimit)
		}
		if m, s := ntdll.NtQueryVirtualMemory(me, base); m.State != nt.MemReserve || m.RegionSize != tera {
			return fmt.Errorf("query: %v %+v", s, m)
		}
		if s := ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease); !s.OK() {
			return expect("release", s, 0)
		}
		// The system's figures follow.
		var p, q nt.SystemPerformanceInformation
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
		base, _, s = ntdll.NtAllocateVirtualMemory(me, 0, 4<<20, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &q)
		if d := int64(int32(q.CommittedPages - p.CommittedPages)); !s.OK() || d < 1024 || d > 1024+512 || q.PeakCommitment < q.CommittedPages || q.CommitLimit <= q.CommittedPages {
			return fmt.Errorf("%v: %d pages committed, then %d, peak %d, limit %d", s, p.CommittedPages, q.CommittedPages, q.PeakCommitment, q.CommitLimit)
		}
		return expect("release", ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease), 0)
	}},
	{"commit-kept", func() error {
		for i := range 2 {
			s, err := run(60*time.Second, "commit")
			if err != nil {
				return err
			}
			if err := expect(fmt.Sprint("child ", i), s, survived); err != nil {
				return err
			}
		}
		return nil
	}},
	{"allocation-types", allocationTypes},
	{"trimmed-pages-return", func() error {
		s, err := run(60*time.Second, "idle")
		if err != nil {
			return err
		}
		return expect("the child", s, survived)
	}},
	{"commit-heap", func() error {
		// A Go program whose heap is not there: it ends as Go programs do, and
		// this one goes on. Its share of the limit is taken by this process.
		me := nt.CurrentProcess
		base, _, s := ntdll.NtAllocateVirtualMemory(me, 0, 1<<36, nt.MemReserve, nt.PageReadWrite)
		if !s.OK() {
			return expect("reserve", s, 0)
		}
		defer ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease)
		p, err := start("heap")
		if err != nil {
			return err
		}
		defer ntdll.NtClose(p.Handle)
		defer ntdll.NtClose(p.Thread)
		for end, step := base, uint64(8<<20); step >= 64<<10; {
			if _, _, s = ntdll.NtAllocateVirtualMemory(me, end, step, nt.MemCommit, nt.PageReadWrite); s.OK() {
				end += step
			} else {
				step /= 2
			}
		}
		limit := int64(-30 * 10_000_000)
		if s := ntdll.NtWaitForSingleObject(p.Handle, false, &limit); s != nt.StatusSuccess {
			return expect("the child's end", s, 0)
		}
		i, _ := ntdll.NtQueryInformationProcess(p.Handle)
		if i.ExitStatus == nt.StatusCommitmentLimit { // it had not even a stack yet
			return nil
		}
		return expect("the child", i.ExitStatus, 2)
	}},
}
