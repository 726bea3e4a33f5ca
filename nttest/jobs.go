//go:build ntuser

package main

import (
	"fmt"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// jobTests look at jobs from ring 3 (P1.40).
var jobTests = []test{
	{"job-terminate", func() error {
		return withJob(nt.JobBasicLimits{}, func(job nt.Handle, p ntdll.Process) error {
			if s := ntdll.NtIsProcessInJob(p.Handle, job); s != nt.StatusProcessInJob {
				return expect("in", s, nt.StatusProcessInJob)
			}
			if s := ntdll.NtIsProcessInJob(nt.CurrentProcess, 0); s != nt.StatusProcessNotInJob {
				return expect("this one", s, nt.StatusProcessNotInJob)
			}
			if s := ntdll.NtTerminateJobObject(job, 0x7777); !s.OK() {
				return expect("terminate", s, 0)
			}
			return endsWith(p, 0x7777)
		})
	}},
	{"job-time", func() error { // 100 ms of work
		return withJob(nt.JobBasicLimits{Flags: nt.JobLimitJobTime, JobUserTime: 1_000_000}, func(job nt.Handle, p ntdll.Process) error {
			if err := endsWith(p, nt.StatusQuotaExceeded); err != nil {
				return err
			}
			if s := ntdll.NtWaitForSingleObject(job, false, nil); s != nt.StatusSuccess {
				return expect("wait for the job", s, 0)
			}
			a, s := ntdll.QueryJobAccounting(job)
			if !s.OK() || a.TotalUserTime < 1_000_000 || a.TotalProcesses != 1 || a.TotalTerminatedProcesses != 1 {
				return fmt.Errorf("%v, %+v", s, a)
			}
			return nil
		})
	}},
	{"job-rate", func() error { // a fifth of one processor, and then all of it
		return withJob(nt.JobBasicLimits{}, func(job nt.Handle, p ntdll.Process) error {
			var b nt.SystemBasicInformation
			ntdll.QuerySystem(nt.SystemBasicInformationClass, &b)
			const cap = nt.JobCpuRateEnable | nt.JobCpuRateHardCap
			if s := ntdll.SetJobCpuRate(job, nt.JobCpuRate{ControlFlags: cap, Rate: 2000 / uint32(b.NumberOfProcessors)}); !s.OK() {
				return expect("the rate", s, 0)
			}
			time.Sleep(300 * time.Millisecond)
			if n, err := jobShare(job, 1500*time.Millisecond); err != nil || n < 2 || n > 35 {
				return fmt.Errorf("with a rate of 20 %% it has %d %% of a processor, %v", n, err)
			}
			if s := ntdll.SetJobCpuRate(job, nt.JobCpuRate{}); !s.OK() {
				return expect("no rate", s, 0)
			}
			for tries := 0; ; tries++ { // the machine's own processors may have to wait
				n, err := jobShare(job, 300*time.Millisecond)
				if err == nil && n > 50 {
					break
				}
				if err != nil || tries == 20 {
					return fmt.Errorf("without a rate it has %d %% of a processor, %v", n, err)
				}
			}
			ntdll.NtTerminateJobObject(job, 0x7778)
			return endsWith(p, 0x7778)
		})
	}},
	{"job-close", func() error {
		var ended error
		err := withJob(nt.JobBasicLimits{Flags: nt.JobLimitKillOnClose}, func(job nt.Handle, p ntdll.Process) error {
			ntdll.NtClose(job)
			ended = endsWith(p, 0)
			return nil
		})
		if err == nil {
			err = ended
		}
		return err
	}},
	{"job-full", func() error {
		return withJob(nt.JobBasicLimits{Flags: nt.JobLimitActiveProcess, ActiveProcesses: 1}, func(job nt.Handle, p ntdll.Process) error {
			second, err := start("spin")
			if err != nil {
				return err
			}
			defer ntdll.NtClose(second.Handle)
			defer ntdll.NtClose(second.Thread)
			if s := ntdll.NtAssignProcessToJobObject(job, second.Handle); s != nt.StatusQuotaExceeded {
				return expect("one too many", s, nt.StatusQuotaExceeded)
			}
			if err := endsWith(second, nt.StatusQuotaExceeded); err != nil {
				return err
			}
			ntdll.NtTerminateJobObject(job, 0)
			return endsWith(p, 0)
		})
	}},
}

// withJob runs f with a process that spins, in a job of its own.
func withJob(l nt.JobBasicLimits, f func(nt.Handle, ntdll.Process) error) error {
	job, s := ntdll.NtCreateJobObject(nil)
	if !s.OK() {
		return expect("NtCreateJobObject", s, 0)
	}
	defer ntdll.NtClose(job)
	p, err := start("spin")
	if err != nil {
		return err
	}
	defer ntdll.NtClose(p.Handle)
	defer ntdll.NtClose(p.Thread)
	if s := ntdll.NtAssignProcessToJobObject(job, p.Handle); !s.OK() {
		ntdll.NtTerminateProcess(p.Handle, 0)
		return expect("assign", s, 0)
	}
	if s := ntdll.NtSetInformationJobObject(job, &l); !s.OK() {
		ntdll.NtTerminateProcess(p.Handle, 0)
		return expect("limits", s, 0)
	}
	if err := f(job, p); err != nil {
		ntdll.NtTerminateProcess(p.Handle, 0)
		return err
	}
	return nil
}

// jobShare is how many hundredths of one processor's time a job has from now on for a while.
func jobShare(job nt.Handle, d time.Duration) (percent int64, err error) {
	before, s := ntdll.QueryJobAccounting(job)
	begin := time.Now()
	time.Sleep(d)
	after, s2 := ntdll.QueryJobAccounting(job)
	if !s.OK() || !s2.OK() {
		return 0, fmt.Errorf("NtQueryInformationJobObject: %v, %v", s, s2)
	}
	used := after.TotalUserTime + after.TotalKernelTime - before.TotalUserTime - before.TotalKernelTime
	return int64(used) * 100 * 100 / time.Since(begin).Nanoseconds(), nil
}

// endsWith waits for a process's end and compares its status.
func endsWith(p ntdll.Process, want nt.Status) error {
	timeout := -int64(60 * time.Second / 100)
	if s := ntdll.NtWaitForSingleObject(p.Handle, false, &timeout); s != nt.StatusSuccess {
		return expect("the process's end", s, 0)
	}
	i, s := ntdll.NtQueryInformationProcess(p.Handle)
	if !s.OK() {
		return expect("its status", s, 0)
	}
	return expect("its status", i.ExitStatus, want)
}
