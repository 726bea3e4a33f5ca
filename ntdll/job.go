//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// NtCreateJobObject makes a job with all rights to it.
func NtCreateJobObject(a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwCreateJobObject(uintptr(unsafe.Pointer(&h)), uintptr(nt.StandardAll|nt.JobAllSpecific), uintptr(unsafe.Pointer(a)))
	return h, s
}

// NtAssignProcessToJobObject puts a process into a job.
func NtAssignProcessToJobObject(job, process nt.Handle) nt.Status {
	return ZwAssignProcessToJobObject(uintptr(job), uintptr(process))
}

// NtTerminateJobObject ends all processes of a job.
func NtTerminateJobObject(job nt.Handle, status nt.Status) nt.Status {
	return ZwTerminateJobObject(uintptr(job), uintptr(status))
}

// NtIsProcessInJob returns STATUS_PROCESS_IN_JOB or STATUS_PROCESS_NOT_IN_JOB; job 0 is any.
func NtIsProcessInJob(process, job nt.Handle) nt.Status {
	return ZwIsProcessInJob(uintptr(process), uintptr(job))
}

// NtSetInformationJobObject sets a job's limits.
func NtSetInformationJobObject(job nt.Handle, l *nt.JobBasicLimits) nt.Status {
	return ZwSetInformationJobObject(uintptr(job), nt.JobBasicLimitClass, uintptr(unsafe.Pointer(l)), unsafe.Sizeof(*l))
}

// SetJobCpuRate gives a job a share of the processors' time, or takes it away.
func SetJobCpuRate(job nt.Handle, r nt.JobCpuRate) nt.Status {
	return ZwSetInformationJobObject(uintptr(job), nt.JobCpuRateClass, uintptr(unsafe.Pointer(&r)), unsafe.Sizeof(r))
}

// QueryJobAccounting asks what a job has used.
func QueryJobAccounting(job nt.Handle) (a nt.JobAccounting, s nt.Status) {
	s = ZwQueryInformationJobObject(uintptr(job), nt.JobBasicAccountingClass, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a), 0)
	return a, s
}
