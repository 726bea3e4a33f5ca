package ke

import (
	"testing"

	"gont/nt"
)

// TestDelete: a deleted mutant is on no thread's list, a deleted timer in no
// queue.
func TestDelete(t *testing.T) {
	simulate(t, func(*world) { testDelete(t) })
}

func testDelete(t *testing.T) {
	m, free := NewMutant(true), NewMutant(false)
	if n := Current().owned.count(); n != 1 {
		t.Fatalf("%d mutants owned", n)
	}
	m.Delete()
	free.Delete()
	if n := Current().owned.count(); n != 0 || m.owner != nil {
		t.Errorf("%d mutants owned after Delete", n)
	}
	timer := NewTimer(nt.NotificationTimer)
	timer.Set(-1<<62, 1)
	timer.Delete()
	if timer.queued() {
		t.Error("the timer is still set")
	}
}

func (l *mutantList) count() (n int) {
	for m := l.first; m != nil; m = m.next {
		n++
	}
	return n
}
