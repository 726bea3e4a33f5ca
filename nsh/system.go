//go:build ntuser

package main

import (
	"fmt"

	"gont/nsh/shell"
	"gont/nt"
	"gont/ntdll"
)

// services is shell.System by system services. Each method asks anew: nothing is kept.
type services struct{}

func (services) List() ([]shell.Process, nt.Status) {
	list, s := ntdll.QueryProcesses()
	var out []shell.Process
	for _, p := range list {
		out = append(out, shell.Process{SystemProcessInformation: p.SystemProcessInformation, Name: p.Name, Threads: p.Threads})
	}
	return out, s
}

func (services) Terminate(pid uint64, exit nt.Status) nt.Status {
	h, s := ntdll.NtOpenProcess(nt.ProcessTerminate, pid)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(h)
	return ntdll.NtTerminateProcess(h, exit)
}

func (services) Start(image, command string, wait bool) (pid uint64, exit, s nt.Status) {
	p, s := ntdll.RtlCreateUserProcess(image, command)
	if !s.OK() {
		return 0, 0, s
	}
	defer ntdll.NtClose(p.Handle)
	defer ntdll.NtClose(p.Thread)
	pid = p.ID.UniqueProcess
	if _, s = ntdll.NtResumeThread(p.Thread); !s.OK() {
		ntdll.NtTerminateProcess(p.Handle, s)
		return 0, 0, s
	}
	if !wait {
		return pid, 0, s
	}
	if s = ntdll.NtWaitForSingleObject(p.Handle, false, nil); !s.OK() {
		return 0, 0, s
	}
	info, s := ntdll.NtQueryInformationProcess(p.Handle)
	return pid, info.ExitStatus, s
}

// firstBad returns the first status of an error.
func firstBad(list ...nt.Status) nt.Status {
	for _, s := range list {
		if !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}

func (services) Version() (v shell.Version, s nt.Status) {
	s = firstBad(
		ntdll.QuerySystem(nt.SystemVersionInformationClass, &v.VersionInformation),
		ntdll.QuerySystem(nt.SystemProcessorInformationClass, &v.Processors),
		ntdll.QuerySystem(nt.SystemProcessorBrandClass, &v.Brand),
		ntdll.QuerySystem(nt.SystemBasicInformationClass, &v.Basic))
	return v, s
}

func (services) Memory() (m shell.Memory, s nt.Status) {
	files, s := ntdll.QueryPageFiles()
	s = firstBad(s,
		ntdll.QuerySystem(nt.SystemBasicInformationClass, &m.Basic),
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &m.Performance),
		ntdll.QuerySystem(nt.SystemMemoryListInformationClass, &m.Lists),
		ntdll.QuerySystem(nt.SystemKernelInformationClass, &m.Kernel),
		ntdll.QuerySystem(nt.SystemPageUsageInformationClass, &m.Usage))
	for _, f := range files {
		m.Files = append(m.Files, shell.PageFile{SystemPageFileInformation: f.SystemPageFileInformation, Name: f.Name})
	}
	return m, s
}

func (services) Cache() (c shell.Cache, s nt.Status) {
	return c, firstBad(ntdll.QuerySystem(nt.SystemFileCacheInformationClass, &c.Size),
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &c.Performance),
		ntdll.QuerySystem(nt.SystemKernelInformationClass, &c.Kernel))
}

func (services) Times() (v nt.SystemTimeOfDayInformation, s nt.Status) {
	s = ntdll.QuerySystem(nt.SystemTimeOfDayInformationClass, &v)
	return v, s
}

func (services) SetTime(t uint64) nt.Status {
	_, s := ntdll.NtSetSystemTime(t)
	return s
}

func (services) Shutdown(action uint32) nt.Status { return ntdll.NtShutdownSystem(action) }

func (services) NextBoot(entry uint32, lastKnownGood bool) nt.Status {
	if lastKnownGood {
		return ntdll.NtSetSystemEnvironmentValue(nt.LastKnownGoodVariable, "TRUE")
	}
	return ntdll.NtSetSystemEnvironmentValue(nt.BootNextVariable, fmt.Sprint(entry))
}

func (services) Crash(code nt.Status) nt.Status {
	_, s := ntdll.NtRaiseHardError(code, nt.OptionShutdownSystem)
	return s
}
