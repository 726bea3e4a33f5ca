package ps

import (
	"testing"

	"gont/ke"
	"gont/nt"
)

// busy makes a process with threads that compute in ring 3, each tick.
func (w *world) busy(name string, threads int) *Process {
	p := w.process(name)
	p.Object.Reference()
	for range threads {
		th := w.thread(p, func(th *Thread) {
			for !th.Terminating() {
				w.now += ke.TimeIncrement
				ke.Tick(1, true)
				ke.SuspendPoint(th.Thread) // the way back to ring 3
			}
		})
		ke.StartThread(th.Thread)
		th.Object.Dereference()
	}
	return p
}

// share is which part of so many ticks from now on a process has, in 10,000ths.
func (w *world) share(p *Process, ticks int) int {
	u, k := p.Ticks()
	start := w.now
	ke.Delay(ke.KernelMode, false, -int64(ticks)*ke.TimeIncrement)
	user, kernel := p.Ticks()
	return int((user + kernel - u - k) * ke.TimeIncrement * 10_000 / (w.now - start))
}

// TestJobRate (P1.40): a job's threads have together the share that its rate says, whoever else
// has suspended them; all of them go on when the rate is taken away, and end when they are to.
func TestJobRate(t *testing.T) {
	withJobs(t, func(w *world) {
		j := NewJob()
		if r := j.Rate(); r != (nt.JobCpuRate{}) {
			t.Errorf("the rate of a new job is %+v", r)
		}
		p := w.busy("busy", 3)
		w.expect("assign", j.Assign(p), nt.StatusSuccess)
		expect := func(what string, want, off int) {
			t.Helper()
			if got := w.share(p, 1000); got < want-off || got > want+off {
				t.Errorf("%s: %d of 10,000 parts, want %d", what, got, want)
			}
		}
		expect("without a rate", 9900, 100)
		for _, rate := range []uint32{5000, 1000, 9000, 200} {
			w.expect("a rate", j.SetRate(nt.JobCpuRate{ControlFlags: nt.JobCpuRateEnable | nt.JobCpuRateHardCap, Rate: rate}), nt.StatusSuccess)
			w.share(p, 200) // what is left of the rate before
			expect("with a rate", int(rate), 120)
			w.expect("the rate", j.Rate().Rate, rate)
		}
		for _, r := range []nt.JobCpuRate{{ControlFlags: 5}, {ControlFlags: 5, Rate: 10_001}, {ControlFlags: 1, Rate: 5000}, {ControlFlags: 4, Rate: 5000}, {ControlFlags: 7, Rate: 5}, {ControlFlags: 13, Rate: 5000}, {ControlFlags: 1 << 31, Rate: 1}} {
			w.expect("a bad rate", j.SetRate(r), nt.StatusInvalidParameter)
		}
		w.expect("the rate stays", j.Rate(), nt.JobCpuRate{ControlFlags: nt.JobCpuRateEnable | nt.JobCpuRateHardCap, Rate: 200})

		// A thread that somebody has suspended stays so.
		var one *Thread
		mu.Lock()
		for _, th := range p.threads {
			one = th
		}
		mu.Unlock()
		n, _ := ke.Suspend(one.Thread)
		w.expect("the count that is seen", n, 0)
		w.expect("no rate", j.SetRate(nt.JobCpuRate{}), nt.StatusSuccess)
		w.share(p, 20)
		_, before := one.Ticks()
		expect("without a rate again", 9900, 100)
		_, after := one.Ticks()
		w.expect("ticks of the suspended one", after, before)
		w.expect("the count before", ke.Resume(one.Thread), 1)

		// They end while they are frozen, and the job's memory with its members.
		j.SetRate(nt.JobCpuRate{ControlFlags: nt.JobCpuRateEnable | nt.JobCpuRateHardCap, Rate: 1})
		w.share(p, 100)
		j.Terminate(nt.StatusUnsuccessful)
		w.share(p, 20)
		w.expect("ended", p.ExitStatus(), nt.StatusUnsuccessful)
		p.Object.Dereference()
		j.Object.Dereference()
		ke.Delay(ke.KernelMode, false, -20*tick)
	})
}
