package ke

import (
	"sync"
	"testing"
)

// TestSpinLock: it keeps others out, and leaves the level alone.
func TestSpinLock(t *testing.T) {
	Initialize(Hooks{Now: func() uint64 { return 0 }})
	var l SpinLock
	n := 0
	var w sync.WaitGroup
	for range 4 {
		w.Go(func() {
			for range 5000 {
				l.Lock()
				n++
				l.Unlock()
			}
		})
	}
	w.Wait()
	if n != 20000 || l.word != 0 || CurrentIrql() != PassiveLevel {
		t.Errorf("%d, lock %d, IRQL %d", n, l.word, CurrentIrql())
	}
}
