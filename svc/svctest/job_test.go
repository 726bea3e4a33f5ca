package svctest

import (
	"testing"
	"unsafe"

	"gont/nt"
	"gont/ps"
)

// TestJobServices (P1.40): the services of jobs, with good and hostile arguments.
func TestJobServices(t *testing.T) {
	simulate(t, func(w *world) {
		expect := func(what string, got, want nt.Status) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		const self = ^uint64(0)
		all := uint64(nt.StandardAll | nt.JobAllSpecific)
		expect("create: hole", w.service(nt.SvcCreateJobObject, hole, all, 0), nt.StatusAccessViolation)
		expect("create: rights", w.service(nt.SvcCreateJobObject, dataAt, 0x4000, 0), nt.StatusAccessDenied)
		expect("create", w.service(nt.SvcCreateJobObject, dataAt, all, 0), nt.StatusSuccess)
		expect("create: query alone", w.service(nt.SvcCreateJobObject, dataAt+8, uint64(nt.JobQuery), 0), nt.StatusSuccess)
		job, weak := get[uint64](w, dataAt), get[uint64](w, dataAt+8)
		expect("open: no name", w.service(nt.SvcOpenJobObject, dataAt, all, 0), nt.StatusInvalidParameter)

		expect("in none", w.service(nt.SvcIsProcessInJob, self, 0), nt.StatusProcessNotInJob)
		expect("own job: none", w.service(nt.SvcQueryInformationJobObject, 0, nt.JobBasicAccountingClass, dataAt+64, 48, 0), nt.StatusAccessDenied)
		expect("assign: weak", w.service(nt.SvcAssignProcessToJobObject, weak, self), nt.StatusAccessDenied)
		expect("assign: nothing", w.service(nt.SvcAssignProcessToJobObject, job, 0x7777), nt.StatusInvalidHandle)
		expect("assign: a job", w.service(nt.SvcAssignProcessToJobObject, job, job), nt.StatusObjectTypeMismatch)
		system, _ := w.call.Thread.Process.Handles.Insert(ps.System.Object, nt.AllAccess, 0)
		expect("assign: System", w.service(nt.SvcAssignProcessToJobObject, job, uint64(system)), nt.StatusAccessDenied)
		expect("assign", w.service(nt.SvcAssignProcessToJobObject, job, self), nt.StatusSuccess)
		expect("again", w.service(nt.SvcAssignProcessToJobObject, job, self), nt.StatusAccessDenied)
		expect("in it", w.service(nt.SvcIsProcessInJob, self, job), nt.StatusProcessInJob)
		expect("in any", w.service(nt.SvcIsProcessInJob, self, 0), nt.StatusProcessInJob)
		expect("not in the other", w.service(nt.SvcIsProcessInJob, self, weak), nt.StatusProcessNotInJob)

		for _, c := range []struct {
			what       string
			job, class uint64
			at, length uint64
			want       nt.Status
		}{
			{"accounting", job, nt.JobBasicAccountingClass, dataAt + 64, 48, nt.StatusSuccess},
			{"own job", 0, nt.JobBasicAccountingClass, dataAt + 64, 48, nt.StatusSuccess},
			{"length", job, nt.JobBasicAccountingClass, dataAt + 64, 47, nt.StatusInfoLengthMismatch},
			{"class", job, 99, dataAt + 64, 48, nt.StatusInvalidInfoClass},
			{"read only", job, nt.JobBasicLimitClass, readOnly, 64, nt.StatusAccessViolation},
			{"list", job, nt.JobProcessListClass, dataAt + 128, 16, nt.StatusSuccess},
			{"list: no room", job, nt.JobProcessListClass, dataAt + 128, 15, nt.StatusInfoLengthMismatch},
		} {
			expect(c.what, w.service(nt.SvcQueryInformationJobObject, c.job, c.class, c.at, c.length, 0), c.want)
		}
		if a := get[nt.JobAccounting](w, dataAt+64); a.ActiveProcesses != 1 {
			t.Errorf("%+v", a)
		}
		if l := get[[2]uint64](w, dataAt+128); l != [2]uint64{1 | 1<<32, w.call.Thread.Process.ID} {
			t.Errorf("the list is %#x", l)
		}
		size := uint64(unsafe.Sizeof(nt.JobBasicLimits{}))
		good := put(w, dataAt+256, nt.JobBasicLimits{Flags: nt.JobLimitActiveProcess, ActiveProcesses: 3})
		expect("set: weak", w.service(nt.SvcSetInformationJobObject, weak, nt.JobBasicLimitClass, good, size), nt.StatusAccessDenied)
		expect("set: class", w.service(nt.SvcSetInformationJobObject, job, nt.JobBasicAccountingClass, good, size), nt.StatusInvalidInfoClass)
		expect("set: length", w.service(nt.SvcSetInformationJobObject, job, nt.JobBasicLimitClass, good, size-1), nt.StatusInfoLengthMismatch)
		expect("set: hole", w.service(nt.SvcSetInformationJobObject, job, nt.JobBasicLimitClass, hole-8, size), nt.StatusAccessViolation)
		bad := put(w, dataAt+512, nt.JobBasicLimits{Flags: 1 << 30})
		expect("set: flags", w.service(nt.SvcSetInformationJobObject, job, nt.JobBasicLimitClass, bad, size), nt.StatusInvalidParameter)
		expect("set", w.service(nt.SvcSetInformationJobObject, job, nt.JobBasicLimitClass, good, size), nt.StatusSuccess)
		expect("rate: none", w.service(nt.SvcQueryInformationJobObject, job, nt.JobCpuRateClass, dataAt+64, 8, 0), nt.StatusSuccess)
		rate := put(w, dataAt+512, nt.JobCpuRate{ControlFlags: nt.JobCpuRateEnable | nt.JobCpuRateHardCap, Rate: 2500})
		expect("rate: length", w.service(nt.SvcSetInformationJobObject, job, nt.JobCpuRateClass, rate, 7), nt.StatusInfoLengthMismatch)
		expect("rate: weak", w.service(nt.SvcSetInformationJobObject, weak, nt.JobCpuRateClass, rate, 8), nt.StatusAccessDenied)
		expect("rate", w.service(nt.SvcSetInformationJobObject, job, nt.JobCpuRateClass, rate, 8), nt.StatusSuccess)
		expect("rate: query", w.service(nt.SvcQueryInformationJobObject, job, nt.JobCpuRateClass, dataAt+64, 8, 0), nt.StatusSuccess)
		if r := get[nt.JobCpuRate](w, dataAt+64); r.Rate != 2500 {
			t.Errorf("the rate is %+v", r)
		}
		put(w, dataAt+512, nt.JobCpuRate{ControlFlags: 2, Rate: 5})
		expect("rate: weights", w.service(nt.SvcSetInformationJobObject, job, nt.JobCpuRateClass, rate, 8), nt.StatusInvalidParameter)
		expect("terminate: weak", w.service(nt.SvcTerminateJobObject, weak, 1), nt.StatusAccessDenied)
	})
}
