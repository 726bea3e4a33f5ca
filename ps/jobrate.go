package ps

import (
	"slices"

	"gont/ke"
	"gont/nt"
)

// Rates of jobs (SPEC P1.40): the members of a job with a hard cap have a share of the time of all
// processors. A job earns credit as time passes and pays with the clock ticks of its threads; in
// debt its threads are frozen, where they would go back to ring 3. So the share is kept over some
// tens of milliseconds, in which a thread runs for a tick or more.

// jobRate is the rate of a job; mu guards it, but for what is the watching thread's.
type jobRate struct {
	rate uint32 // of 10,000; 0: none

	// The watching thread's, and SetRate's while the job is not watched.
	watched bool
	frozen  bool
	credit  int64  // 10,000ths of a tick
	ticks   uint64 // of the members, at the last look
	at      uint64 // interrupt time of the last look
}

const (
	wholeRate = 10_000
	// ratePeriod is how often jobs with a rate are looked at, 100 ns units: two ticks.
	ratePeriod = 312_500
	// mostCredit is for how many ticks' time a job that was idle may save its share up.
	mostCredit = 8
)

// SetRate gives the job a rate, or takes it away (ControlFlags 0). STATUS_INVALID_PARAMETER for
// what is not kept (weights, soft caps, notification) and for rates of more than all or nothing.
func (j *Job) SetRate(r nt.JobCpuRate) nt.Status {
	const cap = nt.JobCpuRateEnable | nt.JobCpuRateHardCap
	if r.ControlFlags != 0 && (r.ControlFlags != cap || r.Rate == 0 || r.Rate > wholeRate) {
		return nt.StatusInvalidParameter
	}
	user, kernel := j.ticks()
	mu.Lock()
	j.rate.rate = 0
	if r.ControlFlags != 0 {
		j.rate.rate = r.Rate
		if !j.rate.watched {
			j.rate.watched, j.rate.credit, j.rate.ticks, j.rate.at = true, 0, user+kernel, ke.InterruptTime()
			j.Object.Reference()
			rated = append(rated, j)
		}
	}
	mu.Unlock()
	jobTimes.Set()
	return nt.StatusSuccess
}

// Rate returns the rate, as SetRate takes it.
func (j *Job) Rate() (r nt.JobCpuRate) {
	mu.Lock()
	defer mu.Unlock()
	if j.rate.rate != 0 {
		r = nt.JobCpuRate{ControlFlags: nt.JobCpuRateEnable | nt.JobCpuRateHardCap, Rate: j.rate.rate}
	}
	return r
}

// rated are the jobs that have a rate, or had one until now; mu guards the list.
var rated []*Job

// checkJobRates pays and charges, and freezes and thaws: the watching thread's. It forgets
// jobs without a rate, and those without members and handles.
func checkJobRates() {
	mu.Lock()
	jobs := slices.Clone(rated)
	mu.Unlock()
	for _, j := range jobs {
		members := j.Members()
		_, handles := j.Object.Counts()
		user, kernel := j.ticks()
		now := ke.InterruptTime()
		mu.Lock()
		r := &j.rate
		each := int64(r.rate) * int64(ke.Processors()) // credit for a tick's time
		earned := int64(now-r.at) * each / ke.TimeIncrement
		r.credit = min(r.credit+earned, mostCredit*each) - int64(user+kernel-r.ticks)*wholeRate
		r.at, r.ticks = now, user+kernel
		r.frozen = r.rate != 0 && r.credit < 0
		freeze := r.frozen
		gone := r.rate == 0 || len(members) == 0 && handles == 0
		if gone {
			r.watched = false
			rated = slices.DeleteFunc(rated, func(o *Job) bool { return o == j })
		}
		mu.Unlock()
		for _, p := range members {
			p.freeze(freeze)
		}
		Release(members)
		if gone {
			j.Object.Dereference()
		}
	}
}

// freeze freezes or thaws the threads that the process has now.
func (p *Process) freeze(freeze bool) {
	mu.Lock()
	ts := make([]*Thread, 0, len(p.threads))
	for _, t := range p.threads {
		ts = append(ts, t)
	}
	mu.Unlock()
	for _, t := range ts {
		if freeze {
			ke.Freeze(t.Thread)
		} else {
			ke.Thaw(t.Thread)
		}
	}
}
