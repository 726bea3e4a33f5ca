package ke

import "testing"

// TestStarvation: a ready thread that has waited four seconds gets priority 15
// for two quanta; real-time threads and priority 0 get no help.
func TestStarvation(t *testing.T) {
	simulate(t, func(w *world) {
		began, turns := uint64(0), 0
		SetPriority(Current(), 31)
		starving := w.start("starving", 4, func() {
			began = w.now
			for Current().Priority() == 15 {
				turns++
				w.run(1)
			}
			w.expect("priority afterwards", Current().Priority(), 4)
		})
		zero := w.start("zero", 0, func() {})
		equals := w.start("not dynamic", 16, func() {
			for range 700 { // seven seconds
				w.run(1)
			}
		})
		w.wait(equals)
		w.expect("no turn under a real-time thread", turns, 0)
		w.expect("priority", starving.Priority(), 15)
		w.expect("priority of zero", zero.Priority(), 0)
		w.expect("boosts", StarvationBoosts(), uint64(1))
		SetPriority(Current(), bodyPriority)
		w.expect("ticks at 15", turns, 2*Quantum)
		began, turns = 0, 0
		again := w.start("again", 4, func() { began = w.now })
		start := w.now
		for began == 0 && w.now < start+100_000_000 {
			w.run(1)
		}
		if waited := began - start; waited < 40_000_000 || waited > 50_000_000+2*tickLength {
			t.Errorf("it ran after %d", waited)
		}
		w.expect("state", again.State(), Terminated)
	})
}

// TestStarvationBound: a scan helps ten threads at most, the next ones go on
// with the next priorities, and everybody has a turn.
func TestStarvationBound(t *testing.T) {
	simulate(t, func(w *world) {
		ran := map[int]int{}
		const each = 25
		for p := 1; p <= 9; p++ {
			for range each {
				w.start("starving", p, func() { ran[p]++ })
			}
		}
		total := func() (n int) {
			for _, v := range ran {
				n += v
			}
			return n
		}
		last, most := 0, 0
		for second := range 60 {
			for range 100 {
				w.run(1)
			}
			n := total()
			most = max(most, n-last)
			last = n
			if second == 12 && len(ran) != 9 {
				t.Errorf("after 13 seconds %d priorities have run", len(ran))
			}
		}
		w.expect("the most in one second", most, balanceBoost)
		w.expect("threads that ran", last, 9*each)
	})
}

// TestStarvationBehind: the thread in front may be younger, as one that was
// preempted; the ones behind it are found all the same, but not behind two.
func TestStarvationBehind(t *testing.T) {
	simulate(t, func(w *world) {
		old := w.now
		w.now += starved
		var th [4]*Thread
		for i := range th {
			th[i] = w.start("ready", 3, func() {})
			th[i].since = w.now
		}
		th[1].since = old
		th[3].since = old
		db.balance.next = 0
		balanceReady(&db.balance, w.now)
		for i, want := range []int{3, 15, 3, 3} {
			w.expect("priority", th[i].Priority(), want)
		}
		balanceReady(&db.balance, w.now+balancePeriod-1) // not yet
		w.expect("scans", db.balance.next, w.now+balancePeriod)
	})
}
