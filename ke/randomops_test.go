package ke

import (
	"fmt"
	"slices"

	"gont/nt"
)

func (w *random) model(o Object) *mObject { return w.models[slices.Index(w.objects, o)] }

// timeout makes a due time whose remainder is own.
func (w *random) timeout(own int) (v int64) {
	at := w.m.now + 1 + uint64(w.r.IntN(6*tickLength))
	at += (uint64(own) + remainders - at%remainders) % remainders
	if w.r.IntN(2) == 0 {
		return int64(at + w.m.offset)
	}
	return -int64(at - w.m.now)
}

func (w *random) expect(what string, got, want any) {
	if got != want {
		w.fail("%s: %v, the model says %v", what, got, want)
	}
}

func (w *random) lower(n int) {
	w.step("t%d lowers", n)
	w.m.p.irql = PassiveLevel
	w.m.dispatch()
	LowerIrql(PassiveLevel)
}

func (w *random) operation(n int) {
	if w.m.p.irql != PassiveLevel && w.r.IntN(3) == 0 {
		w.lower(n)
		return
	}
	switch w.r.IntN(10) {
	case 0, 1, 2:
		w.wait(n)
	case 3:
		w.clock(n)
	case 4:
		w.timer(n)
	case 5:
		w.queue(n)
	case 6:
		w.apc(n)
	default:
		w.signal(n)
	}
}

func (w *random) wait(n int) {
	m := w.m.threads[n]
	var objects []Object
	var models []*mObject
	count := 1 + w.r.IntN(4)
	for _, i := range w.r.Perm(len(w.objects))[:count] {
		if w.objects[i] != Object(w.threads[n]) {
			objects, models = append(objects, w.objects[i]), append(models, w.models[i])
		}
	}
	if m.suspend > 0 && w.r.IntN(2) == 0 {
		objects, models = []Object{&w.threads[n].resumed}, []*mObject{m.resumed}
	}
	if len(objects) == 0 {
		return
	}
	all, mode, alertable := w.r.IntN(3) == 0, Mode(w.r.IntN(2)), w.r.IntN(4) == 0
	var timeout *int64
	if k := w.r.IntN(5); k > 0 || w.m.p.irql >= DispatchLevel {
		v := int64(0)
		if k > 1 && w.m.p.irql < DispatchLevel {
			v = w.timeout(n)
		}
		timeout = &v
	}
	text := "for ever"
	if timeout != nil {
		text = fmt.Sprint(*timeout)
	}
	var names []string
	for _, o := range objects {
		names = append(names, w.name(o))
	}
	var got nt.Status
	if w.r.IntN(8) == 0 {
		i := w.r.IntN(len(w.events))
		w.step("t%d sets event %d and waits for %v, mode %d, alertable %v, %s", n, i, names[0], mode, alertable, text)
		w.m.wait(w.model(w.events[i]), models[:1], false, mode, alertable, timeout)
		got = SetAndWait(w.events[i], objects[0], mode, alertable, timeout)
		all = false
		w.stats["set and wait"]++
	} else {
		w.step("t%d waits for %v, all %v, mode %d, alertable %v, %s", n, names, all, mode, alertable, text)
		w.m.wait(nil, models, all, mode, alertable, timeout)
		got = WaitForMultipleObjects(objects, all, mode, alertable, timeout)
	}
	want := m.result
	w.step("t%d: wait returned %v", n, got)
	w.expect("wait", got, want)
	switch {
	case got == nt.StatusTimeout:
		w.stats["timeout"]++
	case got == nt.StatusUserApc:
		w.stats["user apc"]++
	case got == nt.StatusAlerted:
		w.stats["alerted"]++
	case got >= nt.StatusAbandoned && got < nt.StatusAbandoned+64:
		w.stats["abandoned"]++
	case all:
		w.stats["wait all"]++
	}
}

func (w *random) name(o Object) string {
	for i, x := range w.objects {
		if x == o {
			return fmt.Sprintf("%d(kind %d)", i, w.models[i].kind)
		}
	}
	return "resumed"
}

// clock moves the time, with or without the tick that should come with it.
func (w *random) clock(n int) {
	d := uint64(w.r.IntN(3 * tickLength))
	if w.r.IntN(20) == 0 {
		d += uint64(w.r.IntN(60_000_000))
	}
	if w.r.IntN(6) == 0 {
		w.setTime(n)
		return
	}
	ticks := 1 + int(d/tickLength)%5
	w.step("t%d: %d later", n, d)
	w.m.now += d
	if w.r.IntN(5) == 0 {
		return
	}
	w.m.tick(ticks)
	Tick(ticks, w.r.IntN(2) == 0)
}

// setTime sets the system time by a little, to and fro, so that due times keep their
// remainders.
func (w *random) setTime(n int) {
	d := int64(w.r.IntN(6*tickLength)-3*tickLength) / remainders * remainders
	w.step("t%d sets the system time by %d", n, d)
	now := w.m.now + w.m.offset + uint64(d)
	old := w.m.setTime(d)
	w.expect("SetSystemTime", SetSystemTime(now), old)
	w.expect("SystemTimeOffset", SystemTimeOffset(), w.m.offset)
}

func (w *random) timer(n int) {
	i := w.r.IntN(len(w.timers))
	x, m := w.timers[i], w.mtimers[i]
	switch w.r.IntN(4) {
	case 0:
		w.step("t%d cancels timer %d", n, i)
		w.expect("Cancel", x.Cancel(), w.m.unset(m))
	case 1:
		left, signalled := x.Read()
		w.expect("timer's time left", left, int64(m.due-w.m.now))
		w.expect("timer's state", signalled, m.object.signal != 0)
	default:
		due, period := w.timeout(64+i), uint64(0)
		if w.r.IntN(3) == 0 {
			period = uint64(1+w.r.IntN(1000)) * remainders
		}
		var d *Dpc
		var md *mDpc
		if k := w.r.IntN(2 * len(w.dpcs)); k < len(w.dpcs) {
			d, md = w.dpcs[k], w.mdpcs[k]
		}
		w.step("t%d sets timer %d: %d, period %d, DPC %v", n, i, due, period, d != nil)
		want := w.m.setTimer(m, due, period, md)
		w.expect("Set", x.SetDpc(due, period, d), want)
	}
}

// signal is everything that does not wait.
func (w *random) signal(n int) {
	k := w.r.IntN(len(w.threads))
	th, mt := w.threads[k], w.m.threads[k]
	switch w.r.IntN(17) {
	case 16:
		w.affinity(n, k)
	case 0, 1, 2, 3:
		w.event(n)
	case 4, 5:
		i := w.r.IntN(len(w.mutants))
		x := w.mutants[i]
		m := w.model(x)
		w.step("t%d releases mutant %d", n, i)
		old := m.signal
		want := w.m.releaseMutant(m)
		got, s := x.Release()
		w.expect("Release", s, want)
		w.expect("Release's old state", got, old)
	case 6, 7:
		i, count := w.r.IntN(len(w.sems)), int32(w.r.IntN(4))
		x := w.sems[i]
		m := w.model(x)
		w.step("t%d adds %d to semaphore %d", n, count, i)
		old, want := m.signal, nt.StatusSemaphoreLimit
		if count > 0 && m.signal+count <= m.limit {
			want = nt.StatusSuccess
			w.m.signal(m, m.signal+count)
			w.m.dispatch()
		}
		got, s := x.Release(count)
		w.expect("Release", s, want)
		w.expect("Release's old count", got, old)
	case 8:
		p := w.r.IntN(8)
		if w.r.IntN(10) == 0 {
			p = 12 + w.r.IntN(12)
		}
		if w.r.IntN(6) == 0 {
			disable := w.r.IntN(4) == 0
			w.expect("DisableBoost", DisableBoost(th, disable), mt.noBoost)
			mt.noBoost = disable
		}
		if w.r.IntN(2) == 0 {
			w.step("t%d: base priority of t%d is %d", n, k, p)
			want := w.m.setBase(mt, p)
			w.expect("SetBasePriority", SetBasePriority(th, p), want)
			return
		}
		w.step("t%d: priority of t%d is %d", n, k, p)
		want := w.m.setPriority(mt, p)
		w.expect("SetPriority", SetPriority(th, p), want)
	case 9:
		if w.r.IntN(2) == 0 {
			w.dpc(n)
			return
		}
		w.step("t%d yields", n)
		want := w.m.yield()
		w.expect("Yield", Yield(), want)
	case 10:
		w.step("t%d alerts t%d", n, k)
		want := w.m.alert(mt)
		w.expect("Alert", Alert(th), want)
	case 11:
		if w.r.IntN(3) > 0 {
			return
		}
		w.step("t%d terminates t%d", n, k)
		w.m.terminate(mt)
		Terminate(th)
	case 12:
		w.step("t%d suspends t%d", n, k)
		want := w.m.suspendThread(mt)
		got, _ := Suspend(th)
		w.expect("Suspend", got, want)
	case 13:
		w.step("t%d resumes t%d", n, k)
		want := w.m.resumeThread(mt)
		w.expect("Resume", Resume(th), want)
	case 14:
		if w.m.p.irql == PassiveLevel && n >= 0 {
			w.step("t%d raises", n)
			w.m.p.irql = DispatchLevel
			w.expect("RaiseIrql", RaiseIrql(DispatchLevel), uint8(PassiveLevel))
		}
	case 15:
		if len(w.m.alive()) < 8 && len(w.threads) < maxThreads {
			w.step("t%d makes t%d", n, len(w.threads))
			w.createThread()
		}
	}
}

// affinity changes where thread k may run.
func (w *random) affinity(n, k int) {
	th, m := w.threads[k], w.m.threads[k]
	if i := w.r.IntN(8); i < 2 {
		want := th.ideal
		w.expect("SetIdealProcessor", SetIdealProcessor(th, i), want)
		if i < len(w.m.all) {
			want = i
		}
		w.expect("the ideal processor", th.ideal, want)
		return
	}
	mask := w.r.Uint64N(w.m.mask() + 2) // 0 and one too many, too
	if w.r.IntN(3) == 0 {
		mask = w.m.mask()
	}
	w.step("t%d: affinity of t%d is %b", n, k, mask)
	before, want := m.affinity&w.m.mask(), nt.StatusSuccess
	if !w.m.setAffinity(m, mask) {
		want = nt.StatusInvalidParameter
		w.stats["affinities refused"]++
	}
	old, s := SetAffinity(th, mask)
	w.expect("SetAffinity", s, want)
	w.expect("the old affinity", old, before)
}

func (m *model) alive() (a []*mThread) {
	for _, t := range m.threads {
		if t.state != Terminated {
			a = append(a, t)
		}
	}
	return a
}

func (w *random) event(n int) {
	i := w.r.IntN(len(w.events))
	e := w.events[i]
	m := w.model(e)
	old := m.signal
	switch w.r.IntN(6) {
	case 0:
		w.step("t%d resets event %d", n, i)
		m.signal = 0
		w.expect("Reset", e.Reset(), old)
	case 1:
		w.step("t%d pulses event %d", n, i)
		w.m.signal(m, 1)
		m.signal = 0
		w.m.dispatch()
		w.expect("Pulse", e.Pulse(), old)
	default:
		w.step("t%d sets event %d", n, i)
		w.m.signal(m, 1)
		w.m.dispatch()
		w.expect("Set", e.Set(), old)
	}
}

// idleOperation is what happens while nothing runs: the clock, and what an
// interrupt's work could do.
func (w *random) idleOperation() {
	if w.r.IntN(4) == 0 {
		w.clock(-1)
		return
	}
	if len(w.m.alive()) < 3 && len(w.threads) < maxThreads {
		w.step("idle makes t%d", len(w.threads))
		w.createThread()
		return
	}
	if w.r.IntN(6) == 0 {
		w.queue(-1)
		return
	}
	if w.r.IntN(6) == 0 {
		w.apc(-1)
		return
	}
	w.signal(-1)
}
