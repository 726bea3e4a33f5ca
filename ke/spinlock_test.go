package ke

import "testing"

// TestSpinLock: holding one raises to DISPATCH_LEVEL, and DPCs come with its release.
func TestSpinLock(t *testing.T) {
	Initialize(Hooks{Now: func() uint64 { return 0 }})
	var l SpinLock
	ran := 0
	d := NewDpc(func(any) { ran++ })
	old := l.Acquire()
	d.Insert(nil)
	if old != PassiveLevel || CurrentIrql() != DispatchLevel || ran != 0 || l.word != 1 {
		t.Errorf("IRQL %d to %d, DPC ran %d times", old, CurrentIrql(), ran)
	}
	l.Release(old)
	if CurrentIrql() != PassiveLevel || ran != 1 || l.word != 0 {
		t.Errorf("IRQL %d, DPC ran %d times", CurrentIrql(), ran)
	}
	// At DISPATCH_LEVEL already: the level stays.
	RaiseIrql(DispatchLevel)
	old = l.Acquire()
	l.Release(old)
	if CurrentIrql() != DispatchLevel {
		t.Errorf("IRQL %d", CurrentIrql())
	}
	LowerIrql(PassiveLevel)
}
