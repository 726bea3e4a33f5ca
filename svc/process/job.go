package process

import (
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
)

// NtCreateJobObject(*handle, access, *attributes)
func NtCreateJobObject(c *svc.Call) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	return svc.CreateObject(c, ps.NewJob().Object)
}

// NtOpenJobObject(*handle, access, *attributes)
var NtOpenJobObject = svc.OpenService(&ps.JobType)

// NtAssignProcessToJobObject(job, process): the process has to allow that it is limited and
// ended.
func NtAssignProcessToJobObject(c *svc.Call) nt.Status {
	o, j, s := svc.Body[*ps.Job](c.Thread, c.Arg(1), nt.JobAssignProcess, ps.JobType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	p, po, s := svc.ProcessFromHandle(c.Thread, c.Arg(2), nt.ProcessSetQuota|nt.ProcessTerminate)
	if !s.OK() {
		return s
	}
	defer po.Dereference()
	if p.Space == nil {
		return nt.StatusAccessDenied // Idle and System
	}
	return j.Assign(p)
}

// NtTerminateJobObject(job, status)
func NtTerminateJobObject(c *svc.Call) nt.Status {
	o, j, s := svc.Body[*ps.Job](c.Thread, c.Arg(1), nt.JobTerminate, ps.JobType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	j.Terminate(c.Status(2))
	return nt.StatusSuccess
}

// NtIsProcessInJob(process, job): STATUS_PROCESS_IN_JOB or STATUS_PROCESS_NOT_IN_JOB; without
// a job, whether it is in any.
func NtIsProcessInJob(c *svc.Call) nt.Status {
	p, po, s := svc.ProcessFromHandle(c.Thread, c.Arg(1), nt.ProcessQueryLimitedInformation)
	if !s.OK() {
		return s
	}
	defer po.Dereference()
	in := false
	if c.Arg(2) == 0 {
		if j := p.Job(); j != nil {
			in = true
			j.Object.Dereference()
		}
	} else {
		o, j, s := svc.Body[*ps.Job](c.Thread, c.Arg(2), nt.JobQuery, ps.JobType)
		if !s.OK() {
			return s
		}
		in = j.In(p)
		o.Dereference()
	}
	if in {
		return nt.StatusProcessInJob
	}
	return nt.StatusProcessNotInJob
}

// NtQueryInformationJobObject(job, class, buffer, length, *returned); job 0 is the
// caller's own.
func NtQueryInformationJobObject(c *svc.Call) nt.Status {
	var j *ps.Job
	if c.Arg(1) == 0 {
		if j = c.Thread.Process.Job(); j == nil {
			return nt.StatusAccessDenied
		}
		defer j.Object.Dereference()
	} else {
		o, body, s := svc.Body[*ps.Job](c.Thread, c.Arg(1), nt.JobQuery, ps.JobType)
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		j = body
	}
	r := svc.ObjectReply(c)
	switch c.Uint32(2) {
	case nt.JobBasicAccountingClass:
		a := j.Accounting()
		return r.Exact(svc.AsBytes(&a))
	case nt.JobBasicLimitClass:
		l := j.Limits()
		return r.Exact(svc.AsBytes(&l))
	case nt.JobCpuRateClass:
		rate := j.Rate()
		return r.Exact(svc.AsBytes(&rate))
	case nt.JobProcessListClass:
		members := j.Members()
		defer ps.Release(members)
		head := nt.JobProcessList{Assigned: uint32(len(members)), InList: uint32(len(members))}
		b := svc.AppendValue(nil, &head)
		for _, p := range members {
			b = svc.AppendValue(b, &p.ID)
		}
		return r.Bytes(b)
	}
	return nt.StatusInvalidInfoClass
}

// NtSetInformationJobObject(job, class, buffer, length)
func NtSetInformationJobObject(c *svc.Call) nt.Status {
	o, j, s := svc.Body[*ps.Job](c.Thread, c.Arg(1), nt.JobSetAttributes, ps.JobType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	switch c.Uint32(2) {
	case nt.JobCpuRateClass:
		var r nt.JobCpuRate
		if s := svc.Input(c, &r); !s.OK() {
			return s
		}
		return j.SetRate(r)
	case nt.JobBasicLimitClass:
	default:
		return nt.StatusInvalidInfoClass
	}
	var l nt.JobBasicLimits
	if s := svc.Input(c, &l); !s.OK() {
		return s
	}
	return j.SetLimits(l)
}
