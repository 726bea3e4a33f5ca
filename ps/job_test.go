package ps

import (
	"fmt"
	"testing"

	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// withJobs runs body where there are jobs; nothing may be left.
func withJobs(t *testing.T, body func(w *world)) {
	t.Helper()
	simulate(t, func(w *world) {
		if s := InitSystem1(); !s.OK() {
			t.Fatal(s)
		}
		w.settle()
		before := w.totals()
		body(w)
		w.settle()
		w.expect("left", fmt.Sprint(w.totals()), fmt.Sprint(before))
		if jobs, _ := JobType.Counts(); jobs != 0 {
			t.Errorf("%d jobs are left", jobs)
		}
	})
}

// sleeper makes a process of one thread that waits to be ended.
func (w *world) sleeper(name string) *Process {
	p := w.process(name)
	th := w.thread(p, func(*Thread) {
		ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.UserMode, false, nil)
	})
	ke.StartThread(th.Thread)
	th.Object.Dereference()
	return p
}

// TestJob (P1.40): one job a process; children are in their parent's, or not; a job's end is
// its members'; accounting.
func TestJob(t *testing.T) {
	withJobs(t, func(w *world) {
		j, other := NewJob(), NewJob()
		p := w.sleeper("parent")
		p.Object.Reference()
		w.expect("assign", j.Assign(p), nt.StatusSuccess)
		w.expect("in two", other.Assign(p), nt.StatusAccessDenied)
		w.expect("in", j.In(p) && !other.In(p), true)
		child, s := CreateProcess(p, "child", nil, SystemToken, false)
		w.expect("child", s, nt.StatusSuccess)
		child.Object.Reference()
		w.expect("child in", j.In(child), true)
		w.expect("breakaway", j.SetLimits(nt.JobBasicLimits{Flags: nt.JobLimitSilentBreakaway}), nt.StatusSuccess)
		free, _ := CreateProcess(p, "free", nil, SystemToken, false)
		w.expect("free", free.Job() == nil, true)
		free.Terminate(0)
		a := j.Accounting()
		w.expect("accounting", fmt.Sprint(a.TotalProcesses, a.ActiveProcesses, a.TotalTerminatedProcesses), "2 2 0")
		j.Terminate(nt.StatusAccessDenied)
		w.settle()
		w.expect("ended", p.ExitStatus(), nt.StatusAccessDenied)
		w.expect("child ended", child.ExitStatus(), nt.StatusAccessDenied)
		w.expect("after", j.Accounting().ActiveProcesses, uint32(0))
		w.expect("too late", j.Assign(p), nt.StatusProcessIsTerminating)
		for _, o := range []*ob.Object{p.Object, child.Object, j.Object, other.Object} {
			o.Dereference()
		}
	})
}

// TestJobLimits: how many, affinity, priority; what makes no sense is refused.
func TestJobLimits(t *testing.T) {
	withJobs(t, func(w *world) {
		j := NewJob()
		for _, l := range []nt.JobBasicLimits{{Flags: 0x100}, {Flags: nt.JobLimitActiveProcess}, {Flags: nt.JobLimitAffinity, Affinity: 2}, {Flags: nt.JobLimitAffinity},
			{Flags: nt.JobLimitPriorityClass, PriorityClass: 7}, {Flags: nt.JobLimitPriorityClass}, {Flags: nt.JobLimitJobTime}, {Flags: nt.JobLimitProcessTime, ProcessUserTime: -1},
			{Flags: nt.JobLimitJobTime | nt.JobLimitPreserveJobTime, JobUserTime: 1}} {
			w.expect(fmt.Sprintf("%+v", l), j.SetLimits(l), nt.StatusInvalidParameter)
		}
		l := nt.JobBasicLimits{Flags: nt.JobLimitActiveProcess | nt.JobLimitPriorityClass | nt.JobLimitAffinity, ActiveProcesses: 1, PriorityClass: 1, Affinity: 1}
		w.expect("limits", j.SetLimits(l), nt.StatusSuccess)
		w.expect("kept", j.Limits(), l)
		p, one := w.sleeper("first"), w.sleeper("too many")
		one.Object.Reference()
		w.expect("assign", j.Assign(p), nt.StatusSuccess)
		w.expect("priority", p.Base(), 4)
		w.expect("too many", j.Assign(one), nt.StatusQuotaExceeded)
		w.settle()
		w.expect("it ended", one.ExitStatus(), nt.StatusQuotaExceeded)
		_, s := CreateProcess(p, "child", nil, SystemToken, false)
		w.expect("a child too many", s, nt.StatusQuotaExceeded)
		w.expect("counted", j.Accounting().TotalTerminatedProcesses, uint32(2))
		one.Object.Dereference()
		j.Terminate(0)
		w.settle()
		j.Object.Dereference()
	})
}

// TestJobCloses: with the last handle the members end, if the limits say so.
func TestJobCloses(t *testing.T) {
	for _, kill := range []bool{false, true} {
		withJobs(t, func(w *world) {
			j, p := NewJob(), w.sleeper("member")
			p.Object.Reference()
			if kill {
				w.expect("limits", j.SetLimits(nt.JobBasicLimits{Flags: nt.JobLimitKillOnClose}), nt.StatusSuccess)
			}
			w.expect("assign", j.Assign(p), nt.StatusSuccess)
			h, _ := System.Handles.Insert(j.Object, nt.AllAccess, 0)
			j.Object.Reference()
			j.Object.Dereference()
			System.Handles.Close(h)
			w.settle()
			w.expect("ended", p.ExitStatus() != nt.StatusPending, kill)
			p.Terminate(0)
			w.settle()
			p.Object.Dereference()
			j.Object.Dereference()
		})
	}
}

// TestJobTime: a process, and a whole job, that has used its time up is ended; the job is
// signalled.
func TestJobTime(t *testing.T) {
	for _, flag := range []uint32{nt.JobLimitProcessTime, nt.JobLimitJobTime} {
		withJobs(t, func(w *world) {
			j := NewJob()
			p := w.process("busy")
			p.Object.Reference()
			th := w.thread(p, func(th *Thread) {
				for !th.Terminating() {
					w.now += tick
					ke.Tick(1, true)
				}
			})
			w.expect("assign", j.Assign(p), nt.StatusSuccess)
			w.expect("limits", j.SetLimits(nt.JobBasicLimits{Flags: flag, ProcessUserTime: 40 * tick, JobUserTime: 40 * tick}), nt.StatusSuccess)
			ke.StartThread(th.Thread)
			th.Object.Dereference()
			for range 50 {
				if p.ExitStatus() != nt.StatusPending {
					break
				}
				ke.Delay(ke.KernelMode, false, -10*tick)
			}
			w.expect("ended", p.ExitStatus(), nt.StatusQuotaExceeded)
			state, _ := j.Read()
			w.expect("signalled", state != 0, flag == nt.JobLimitJobTime)
			if a := j.Accounting(); a.TotalUserTime < 40*ke.TimeIncrement || a.TotalTerminatedProcesses != 1 {
				t.Errorf("%+v", a)
			}
			j.SetLimits(nt.JobBasicLimits{})
			ke.Delay(ke.KernelMode, false, -10*tick)
			p.Object.Dereference()
			j.Object.Dereference()
		})
	}
}
