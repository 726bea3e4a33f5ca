package hal

import "testing"

// TestBracket: wherever the processor stands still, the end lies in between.
func TestBracket(t *testing.T) {
	const end = 500
	for stall := 0; stall < 220; stall++ { // before which step
		now, step := uint64(0), 0
		pass := func() {
			now += 5
			if step == stall {
				now += 5000
			}
			step++
		}
		clock := func() uint64 { pass(); return now }
		low, high, ok := bracket(0, 1000, func() bool { pass(); return now >= end }, clock)
		if !ok || low > end || high < end {
			t.Errorf("standing still before step %d: %d to %d, %v", stall, low, high, ok)
		}
		if stall > 210 && high-low > 40 {
			t.Errorf("%d to %d without standing still", low, high)
		}
	}
	if _, _, ok := bracket(0, 10, func() bool { return false }, func() uint64 { return 0 }); ok {
		t.Error("an end that never comes")
	}
}
