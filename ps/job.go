package ps

import (
	"slices"

	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// Job is EJOB: processes that are limited, asked about and ended together. A process is in
// one job at most, and its children are in the same. As a dispatcher object a job is
// signalled when its time has run out.
//
// mu of this package guards all of it.
type Job struct {
	*ke.Event
	Object *ob.Object

	limits  nt.JobBasicLimits
	members []*Process

	total      uint32    // processes that have ever been in it
	terminated uint32    // of those, how many a limit has ended
	ended      [2]uint64 // user and kernel ticks of members that have gone
	since      [2]uint64 // ticks of all when the time limit was set
	closed     bool      // the last handle has gone: nobody joins any more
	rate       jobRate
}

// JobType is the object type Job; it exists from P1.40 on.
var JobType *ob.Type

// jobTimes wakes the thread that looks at jobs with a limit of time.
var (
	jobTimes *ke.Event
	timed    []*Job
)

// jobPeriod is how often that thread looks, 100 ns units.
const jobPeriod = 2_500_000

// InitSystem1 is PsInitSystem in phase 1, as far as jobs go (SPEC P1.40): the type, and the
// thread that ends what has used its time up.
func InitSystem1() (s nt.Status) {
	const read = nt.ReadControl
	all := nt.StandardAll | nt.JobAllSpecific
	JobType, s = ob.CreateType(ob.Type{Name: "Job", Valid: all, Waitable: true, Delete: deleteJob, Close: closeJob,
		Generic: [4]nt.AccessMask{read | nt.JobQuery, read | nt.JobAssignProcess | nt.JobSetAttributes | nt.JobTerminate, read | nt.Synchronize, all}})
	if s.OK() {
		jobTimes, timed, rated = ke.NewEvent(nt.SynchronizationEvent, false), nil, nil
		ke.StartThread(CreateSystemThread("PspJobTimeLimits", ke.LowRealtime, func(*Thread) { watchJobTimes() }).Thread)
	}
	return s
}

// NewJob makes a job without limits; the caller has the object's one reference.
func NewJob() *Job {
	j := &Job{Event: ke.NewEvent(nt.NotificationEvent, false)}
	j.Object = ob.New(JobType, j)
	return j
}

// Job returns the process's job, referenced; nil if it is in none.
func (p *Process) Job() *Job {
	mu.Lock()
	defer mu.Unlock()
	if p.job != nil {
		p.job.Object.Reference()
	}
	return p.job
}

// In reports whether p is in the job.
func (j *Job) In(p *Process) bool {
	mu.Lock()
	defer mu.Unlock()
	return p.job == j
}

// Assign puts a process into the job. STATUS_ACCESS_DENIED when it is in one,
// STATUS_PROCESS_IS_TERMINATING when it, or the job, is at its end. A process for which the
// job has no room is ended: STATUS_QUOTA_EXCEEDED.
func (j *Job) Assign(p *Process) nt.Status {
	mu.Lock()
	s := j.join(p)
	limits := j.limits
	mu.Unlock()
	if s == nt.StatusQuotaExceeded {
		p.Terminate(s)
	}
	if s.OK() {
		applyLimits(&limits, p)
	}
	return s
}

// join is Assign with mu held.
func (j *Job) join(p *Process) nt.Status {
	switch {
	case p.job != nil:
		return nt.StatusAccessDenied
	case p.exiting || j.closed:
		return nt.StatusProcessIsTerminating
	case j.limits.Flags&nt.JobLimitActiveProcess != 0 && len(j.members) >= int(j.limits.ActiveProcesses):
		j.terminated++
		return nt.StatusQuotaExceeded
	}
	j.Object.Reference()
	p.job = j
	j.members = append(j.members, p)
	j.total++
	return nt.StatusSuccess
}

// inherit puts a new process into its parent's job, unless that lets children go.
func (p *Process) inherit(parent *Process) nt.Status {
	mu.Lock()
	j := parent.job
	if j == nil || j.limits.Flags&nt.JobLimitSilentBreakaway != 0 {
		mu.Unlock()
		return nt.StatusSuccess
	}
	s := j.join(p)
	limits := j.limits
	mu.Unlock()
	if s.OK() {
		applyLimits(&limits, p)
	}
	return s
}

// leave takes a process that has ended, or was never finished, out of its job.
func (p *Process) leave() {
	mu.Lock()
	j := p.job
	mu.Unlock()
	if j == nil {
		return
	}
	user, kernel := p.Ticks()
	mu.Lock()
	j.ended[0] += user
	j.ended[1] += kernel
	j.members = slices.DeleteFunc(j.members, func(o *Process) bool { return o == p })
	p.job = nil
	mu.Unlock()
	j.Object.Dereference()
}

// applyLimits gives a member what the limits say of every process.
func applyLimits(l *nt.JobBasicLimits, p *Process) {
	if l.Flags&nt.JobLimitAffinity != 0 {
		p.SetAffinity(l.Affinity & ke.ActiveProcessors())
	}
	if l.Flags&nt.JobLimitPriorityClass != 0 {
		p.SetBase(priorityOfClass[l.PriorityClass])
	}
}

// priorityOfClass is the base priority of each PROCESS_PRIORITY_CLASS.
var priorityOfClass = [...]int{1: 4, 2: 8, 3: 13, 4: 24, 5: 6, 6: 10}

// SetLimits changes the limits, for members, too. STATUS_INVALID_PARAMETER for flags that
// are unknown or not kept here, and for values that make no sense.
func (j *Job) SetLimits(l nt.JobBasicLimits) nt.Status {
	switch {
	case l.Flags&^nt.JobLimitsKept != 0,
		l.Flags&nt.JobLimitActiveProcess != 0 && l.ActiveProcesses == 0,
		l.Flags&nt.JobLimitAffinity != 0 && (l.Affinity == 0 || l.Affinity&^ke.ActiveProcessors() != 0),
		l.Flags&nt.JobLimitPriorityClass != 0 && (l.PriorityClass == 0 || int(l.PriorityClass) >= len(priorityOfClass)),
		l.Flags&nt.JobLimitProcessTime != 0 && l.ProcessUserTime <= 0,
		l.Flags&nt.JobLimitJobTime != 0 && l.JobUserTime <= 0,
		l.Flags&nt.JobLimitJobTime != 0 && l.Flags&nt.JobLimitPreserveJobTime != 0:
		return nt.StatusInvalidParameter
	}
	user, kernel := j.ticks()
	mu.Lock()
	if l.Flags&nt.JobLimitPreserveJobTime != 0 {
		l.Flags = l.Flags&^nt.JobLimitPreserveJobTime | j.limits.Flags&nt.JobLimitJobTime
		l.JobUserTime = j.limits.JobUserTime
	} else if l.Flags&nt.JobLimitJobTime != 0 {
		j.since = [2]uint64{user, kernel}
	}
	j.limits = l
	members := j.list()
	if l.Flags&(nt.JobLimitJobTime|nt.JobLimitProcessTime) != 0 && !slices.Contains(timed, j) {
		j.Object.Reference()
		timed = append(timed, j)
	}
	mu.Unlock()
	jobTimes.Set()
	for _, p := range members {
		applyLimits(&l, p)
	}
	Release(members)
	return nt.StatusSuccess
}

// Limits returns the limits.
func (j *Job) Limits() nt.JobBasicLimits {
	mu.Lock()
	defer mu.Unlock()
	return j.limits
}

// list is the members, each with a reference. mu is held.
func (j *Job) list() (list []*Process) {
	for _, p := range j.members {
		if p.Object.TryReference() {
			list = append(list, p)
		}
	}
	return list
}

// Members lists the processes, as Active does.
func (j *Job) Members() []*Process {
	mu.Lock()
	defer mu.Unlock()
	return j.list()
}

// ticks are those of all members, those included that have gone.
func (j *Job) ticks() (user, kernel uint64) {
	mu.Lock()
	members := j.list()
	user, kernel = j.ended[0], j.ended[1]
	mu.Unlock()
	for _, p := range members {
		u, k := p.Ticks()
		user, kernel = user+u, kernel+k
	}
	Release(members)
	return user, kernel
}

// Accounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
func (j *Job) Accounting() (a nt.JobAccounting) {
	user, kernel := j.ticks()
	mu.Lock()
	defer mu.Unlock()
	a.TotalUserTime, a.TotalKernelTime = user*ke.TimeIncrement, kernel*ke.TimeIncrement
	a.ThisPeriodUserTime, a.ThisPeriodKernelTime = (user-j.since[0])*ke.TimeIncrement, (kernel-j.since[1])*ke.TimeIncrement
	a.TotalProcesses, a.ActiveProcesses, a.TotalTerminatedProcesses = j.total, uint32(len(j.members)), j.terminated
	return a
}

// Terminate ends all members with the status. Those who join meanwhile are not ended.
func (j *Job) Terminate(status nt.Status) {
	members := j.Members()
	for _, p := range members {
		p.Terminate(status)
	}
	Release(members)
}

// closeJob is the type's: with the last handle nobody joins any more, and with
// JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE all members end.
func closeJob(o *ob.Object) {
	if _, handles := o.Counts(); handles > 0 {
		return
	}
	j := o.Body.(*Job)
	mu.Lock()
	kill := j.limits.Flags&nt.JobLimitKillOnClose != 0
	j.closed = kill
	mu.Unlock()
	if kill {
		j.Terminate(nt.StatusSuccess)
	}
}

func deleteJob(*ob.Object) {} // members have references: it has none any more

// watchJobTimes is the life of the thread that keeps limits of time, and rates.
func watchJobTimes() {
	for {
		mu.Lock()
		slow, fast := len(timed) != 0, len(rated) != 0
		mu.Unlock()
		period := int64(-jobPeriod)
		if fast {
			period = -ratePeriod
		}
		if slow || fast {
			ke.WaitForSingleObject(jobTimes, ke.KernelMode, false, &period)
		} else {
			ke.WaitForSingleObject(jobTimes, ke.KernelMode, false, nil)
		}
		checkJobTimes()
		checkJobRates()
	}
}

// checkJobTimes ends what has used up its time, and forgets jobs without such a limit, or
// without members and handles.
func checkJobTimes() {
	mu.Lock()
	jobs := slices.Clone(timed)
	mu.Unlock()
	for _, j := range jobs {
		l := j.Limits()
		members := j.Members()
		_, handles := j.Object.Counts()
		user, _ := j.ticks()
		out := l.Flags&nt.JobLimitJobTime != 0 && int64((user-j.since[0])*ke.TimeIncrement) >= l.JobUserTime
		for _, p := range members {
			u, _ := p.Ticks()
			if out || l.Flags&nt.JobLimitProcessTime != 0 && int64(u*ke.TimeIncrement) >= l.ProcessUserTime {
				if p.Terminate(nt.StatusQuotaExceeded).OK() {
					mu.Lock()
					j.terminated++
					mu.Unlock()
				}
			}
		}
		if out {
			j.Set()
		}
		Release(members)
		if out || l.Flags&(nt.JobLimitJobTime|nt.JobLimitProcessTime) == 0 || handles == 0 && len(members) == 0 {
			mu.Lock()
			timed = slices.DeleteFunc(timed, func(o *Job) bool { return o == j })
			mu.Unlock()
			j.Object.Dereference()
		}
	}
}
