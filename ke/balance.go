package ke

// Starvation relief, as NT's balance set manager does it once a second: a
// dynamic thread that has been ready for long without running gets the highest
// dynamic priority for two quanta, so that what it holds can be released
// (Windows Internals, 4th edition, chapter 6: "Priority Boosts for CPU
// Starvation").
const (
	balancePeriod = 10_000_000 // between scans, 100 ns
	starved       = 40_000_000 // ready for as long as this, 100 ns
	balanceScan   = 16         // threads looked at in a scan, at most
	balanceBoost  = 10         // threads helped in a scan, at most
)

// balance is where the scan of the ready queues is.
type balance struct {
	next   uint64 // interrupt time of the next scan
	at     int    // the priority it begins with, less one
	boosts uint64
}

// balanceReady scans the ready queues of priorities 1 to 14, beginning after
// the one where the last scan ended. Queues are ordered by age but for a preempted thread in
// front, so a queue is left at its second fresh thread. The lock is held.
func balanceReady(b *balance, now uint64) {
	if now < b.next {
		return
	}
	b.next = now + balancePeriod
	const queues = LowRealtime - 2
	looked, boosted := 0, 0
	for range queues {
		fresh := 0
		for t := db.ready[1+b.at].head; t != nil && fresh < 2; {
			if looked == balanceScan || boosted == balanceBoost {
				b.at = (b.at + 1) % queues
				return
			}
			looked++
			next := t.next
			if now-t.since >= starved {
				unready(t)
				t.decrement += LowRealtime - 1 - t.priority
				t.priority = LowRealtime - 1
				t.quantum = 2 * fullQuantum
				ready(t)
				boosted++
				b.boosts++
			} else {
				fresh++
			}
			t = next
		}
		b.at = (b.at + 1) % queues
	}
}

// StarvationBoosts counts the threads that the scan has helped.
func StarvationBoosts() uint64 {
	lock()
	defer unlock()
	return db.balance.boosts
}
