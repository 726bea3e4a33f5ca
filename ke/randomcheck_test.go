package ke

import (
	"fmt"
	"slices"
	"strings"
)

// check compares everything there is.
func (w *random) check(where string) {
	if w.failed {
		return
	}
	if !slices.Equal(w.trace, w.m.log) {
		w.fail("%s: ran %v, the model %v", where, w.trace, w.m.log)
	}
	w.trace, w.m.log = w.trace[:0], w.m.log[:0]
	for i, d := range w.dpcs {
		p := w.m.queued(w.mdpcs[i])
		if (d.queue != nil) != (p != nil) || p != nil && d.queue != &processors[p.number].dpcs {
			w.fail("%s: DPC %d is queued: %v", where, i, d.queue != nil)
		}
	}
	for i, q := range w.queues {
		m := w.m.queues[i]
		var got, want []*Thread
		for b := q.waiters.first; b != nil; b = b.next {
			got = append(got, b.thread)
		}
		for _, t := range m.waiting {
			want = append(want, w.byModel[t])
		}
		if int(q.signal) != len(m.entries) || q.active != w.m.active(m) || !slices.Equal(got, want) {
			w.fail("%s: queue %d has %d entries, %d active, %d waiters, the model says %d, %d, %d", where, i,
				q.signal, q.active, len(got), len(m.entries), w.m.active(m), len(want))
		}
		n := 0
		for t := q.members; t != nil; t = t.memberNext {
			n++
		}
		for _, t := range w.m.threads {
			if t.queue == m {
				n--
			}
		}
		if n != 0 {
			w.fail("%s: queue %d has %d members more than the model", where, i, n)
		}
		if len(got) > 0 && q.signal > 0 && q.active < q.limit {
			w.fail("%s: threads wait at queue %d and entries too", where, i)
		}
	}
	w.checkProcessors(where)
	for i, m := range w.m.threads {
		th := w.threads[i]
		if th.affinity != m.affinity || m.last != nil && th.processor.number != m.last.number {
			w.fail("%s: %s may run on %b, and did last on %d; the model disagrees", where, th.Name, th.affinity, th.processor.number)
		}
		if th.state != m.state || th.priority != m.priority || th.alerted != m.alerted || int(th.suspend.Load()) != m.suspend {
			w.fail("%s: %s is in state %d at priority %d (alerted %v, suspended %d), the model says %d at %d (%v, %d)", where,
				th.Name, th.state, th.priority, th.alerted, th.suspend.Load(), m.state, m.priority, m.alerted, m.suspend)
		}
		if th.base != m.base || th.decrement != m.decrement || m.state != Terminated && th.quantum != m.quantum || m.state == Ready && th.since != m.since {
			w.fail("%s: %s has base %d, decrement %d, quantum %d, is ready since %d; the model says %d, %d, %d, %d", where,
				th.Name, th.base, th.decrement, th.quantum, th.since, m.base, m.decrement, m.quantum, m.since)
		}
		if class(th.base) != class(th.priority) || th.priority < th.base && !m.lowered {
			w.fail("%s: %s runs at %d with a base of %d", where, th.Name, th.priority, th.base)
		}
		if th.priority > th.base {
			w.stats["boosted"]++
		}
		if len(m.kernel) == 0 != (th.apc.special.head == nil && th.apc.normal.head == nil) ||
			len(m.user) == 0 != (th.apc.user.head == nil) || th.apc.userPending.Load() != m.userPending || int(th.apc.criticalRegions.Load()) != m.regions {
			w.fail("%s: %s has the wrong APCs", where, th.Name)
		}
		n := 0
		for x := th.owned.first; x != nil && (n >= len(m.owned) || w.byModel[m.owned[n].owner] == th); x = x.next {
			n++
		}
		if n != len(m.owned) {
			w.fail("%s: %s owns %d mutants, the model says %d", where, th.Name, n, len(m.owned))
		}
		if th.timeout.queued() != (m.timeout != nil) || m.timeout != nil && th.timeout.due != m.timeout.due {
			w.fail("%s: %s has the wrong timeout", where, th.Name)
		}
		if m.state != Waiting && len(th.blocks) != 0 {
			w.fail("%s: %s does not wait and has wait blocks", where, th.Name)
		}
		if w.models[slices.Index(w.objects, Object(th))] != m.object || th.signal != m.object.signal {
			w.fail("%s: %s is signalled %d, the model says %d", where, th.Name, th.signal, m.object.signal)
		}
	}
	for i, o := range w.objects {
		h, m := o.header(), w.models[i]
		if h.signal != m.signal {
			w.fail("%s: object %s has signal %d, the model says %d", where, w.name(o), h.signal, m.signal)
		}
		if x, ok := o.(*Mutant); ok && (x.owner != w.byModel[m.owner] || x.abandoned != m.abandoned) {
			w.fail("%s: mutant %s has the wrong owner", where, w.name(o))
		}
		var waiters []*Thread
		for b := h.first; b != nil; b = b.next {
			waiters = append(waiters, b.thread)
		}
		var want []*Thread
		for _, t := range w.m.waiting {
			if slices.Contains(t.objects, m) {
				want = append(want, w.byModel[t])
			}
		}
		if !slices.Equal(waiters, want) {
			w.fail("%s: object %s has %d waiters, the model says %d", where, w.name(o), len(waiters), len(want))
		}
	}
	for p := range db.ready {
		var got, want []*Thread
		for t := db.ready[p].head; t != nil; t = t.next {
			got = append(got, t)
		}
		for _, t := range w.m.ready {
			if t.priority == p {
				want = append(want, w.byModel[t])
			}
		}
		if !slices.Equal(got, want) || (len(got) > 0) != (db.summary>>p&1 == 1) {
			w.fail("%s: %d threads are ready at priority %d, summary %#x, the model has %d", where, len(got), p, db.summary, len(want))
		}
	}
	if db.timers.count != len(w.m.timers) {
		w.fail("%s: %d timers are set, the model says %d", where, db.timers.count, len(w.m.timers))
	}
	if err := db.timers.check(); err != nil {
		w.fail("%s: %v", where, err)
	}
	for i, m := range w.mtimers {
		if w.timers[i].queued() != slices.Contains(w.m.timers, m) || w.timers[i].queued() && w.timers[i].due != m.due {
			w.fail("%s: timer %d is wrong", where, i)
		}
	}
}

// checkProcessors compares who runs where.
func (w *random) checkProcessors(where string) {
	for k, m := range w.m.all {
		p := &processors[k]
		if p.current != w.byModel[m.current] || p.irql != m.irql || p.quantumEnd != m.ended {
			w.fail("%s: processor %d runs %s at level %d, quantum's end %v; the model runs %s at %d, %v", where, k,
				p.current.Name, p.irql, p.quantumEnd, w.byModel[m.current].Name, m.irql, m.ended)
		}
	}
	w.machine.check()
}

// threadsText tells the threads, what they are and what the model says.
func (w *random) threadsText() string {
	var b strings.Builder
	for i, m := range w.m.threads {
		if th := w.threads[i]; m.state != Terminated {
			fmt.Fprintf(&b, "\n%s: state %d, priority %d, level %d, %d APCs, processor %d of %b; model: %d, %d, %d APCs", th.Name,
				th.state, th.priority, th.irql, th.apc.waiting.Load(), th.processor.number, th.affinity&db.active, m.state, m.priority, len(m.kernel))
		}
	}
	return b.String()
}
