package ke

import (
	"fmt"
)

// makeDpcs: each sets an event, the first one queues another DPC too.
func (w *random) makeDpcs() {
	for i := range 4 {
		e := w.events[i]
		me := w.model(e)
		w.mdpcs = append(w.mdpcs, &mDpc{importance: MediumImportance, run: func() {
			w.m.log = append(w.m.log, fmt.Sprint("dpc ", i))
			w.m.signal(me, 1)
			if i == 0 {
				w.m.insertDpc(w.mdpcs[1])
			}
		}})
		w.dpcs = append(w.dpcs, NewDpc(func(any) {
			w.stats["dpc runs"]++
			w.trace = append(w.trace, fmt.Sprint("dpc ", i))
			e.Set()
			if i == 0 {
				w.dpcs[1].Insert(nil)
			}
		}))
	}
}

func (w *random) leaveRegion(n int) {
	w.step("t%d leaves a critical region", n)
	w.m.threads[n].regions--
	if len(w.m.threads[n].kernel) > 0 { // else it is no dispatch point
		w.m.dispatch()
	}
	LeaveCriticalRegion()
}

// apc is what there is about APCs. Kernel APCs set an event.
func (w *random) apc(n int) {
	k := w.r.IntN(len(w.threads))
	th, mt := w.threads[k], w.m.threads[k]
	switch w.r.IntN(9) {
	case 0, 1, 2:
		w.kapcs++
		name, normal := fmt.Sprint("kernel apc ", w.kapcs), w.r.IntN(2) == 0
		i := w.r.IntN(len(w.events))
		e, me := w.events[i], w.model(w.events[i])
		w.step("t%d: %s for t%d, normal %v, event %d", n, name, k, normal, i)
		want := w.m.insertApc(mt, &mApc{name: name, normal: normal, run: func() { w.m.signal(me, 1) }})
		routine := func(*Apc) {
			w.stats["kernel apcs"]++
			w.trace = append(w.trace, name)
			e.Set()
		}
		a := NewKernelApc(th, routine, nil)
		if normal {
			a = NewKernelApc(th, nil, routine)
		}
		w.expect("Insert", a.Insert(0, 0, 0), want)
	case 3, 4:
		name := fmt.Sprint("user apc ", len(w.apcs))
		w.step("t%d: %s for t%d", n, name, k)
		want := w.m.insertUserApc(mt, name)
		a := NewUserApc(th, nil, func(*Apc) {
			w.stats["rundowns"]++
			w.trace = append(w.trace, name+" rundown")
		}, uint64(len(w.apcs)), 0)
		w.apcs = append(w.apcs, a)
		w.expect("Insert", a.Insert(0, 0, 0), want)
	case 5:
		if n < 0 || w.m.p.irql > PassiveLevel {
			return
		}
		w.step("t%d pulls a user APC", n)
		want, got := w.m.nextUserApc(), ""
		if a := NextUserApc(w.threads[n]); a != nil {
			w.stats["user apcs"]++
			got = fmt.Sprint("user apc ", a.Routine)
		}
		w.expect("NextUserApc", got, want)
	case 6:
		if n < 0 {
			return
		}
		m := w.m.threads[n]
		w.step("t%d tests for alerts", n)
		want := m.alerted
		if m.alerted = false; !want && len(m.user) > 0 {
			m.userPending = true
		}
		w.expect("TestAlert", TestAlert(), want)
	case 7:
		if n < 0 || w.m.p.irql > PassiveLevel || w.m.threads[n].regions > 2 {
			return
		}
		w.step("t%d enters a critical region", n)
		w.m.threads[n].regions++
		EnterCriticalRegion()
	case 8:
		if n >= 0 && w.m.p.irql == PassiveLevel && w.m.threads[n].regions > 0 {
			w.leaveRegion(n)
		}
	}
}

func (w *random) dpc(n int) {
	i := w.r.IntN(len(w.dpcs))
	d, m := w.dpcs[i], w.mdpcs[i]
	switch w.r.IntN(4) {
	case 0:
		w.step("t%d removes DPC %d", n, i)
		w.expect("Remove", d.Remove(), w.m.removeDpc(m))
	case 1:
		if d.queue == nil {
			if k := w.r.IntN(len(w.m.all) + 1); k < len(w.m.all) {
				m.target = w.m.all[k]
			} else {
				m.target = nil
			}
			w.setTarget(d, m)
			m.importance = Importance(w.r.IntN(3))
			d.SetImportance(m.importance)
		}
		fallthrough
	default:
		w.step("t%d queues DPC %d", n, i)
		want := w.m.insertDpc(m)
		w.m.dispatch()
		w.expect("Insert", d.Insert(nil), want)
	}
}

func (w *random) setTarget(d *Dpc, m *mDpc) {
	if m.target == nil {
		d.target = nil // as a new one
		return
	}
	w.expect("SetTargetProcessor", d.SetTargetProcessor(m.target.number), true)
	w.expect("SetTargetProcessor", d.SetTargetProcessor(len(w.m.all)), false)
	if m.target != w.m.p {
		w.stats["dpcs elsewhere"]++
	}
}
