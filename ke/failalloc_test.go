package ke

import "testing"

// TestFailAllocation: the n-th one fails, no other, and all are counted.
func TestFailAllocation(t *testing.T) {
	if AllocationFails("early") {
		t.Error("one fails that nobody asked for")
	}
	for _, n := range []int64{0, 1, 3, 10} {
		FailAllocation(n)
		failed := int64(0)
		for i := int64(1); i <= 5; i++ {
			if AllocationFails("pool") {
				failed = i
			}
		}
		want, what := n, "pool"
		if n > 5 || n == 0 {
			want, what = 0, ""
		}
		if count, kind := EndFailAllocation(); failed != want || count != 5 || kind != what {
			t.Errorf("n = %d: number %d has failed, %d counted, %q", n, failed, count, kind)
		}
	}
	if AllocationFails("late") {
		t.Error("one fails after the end")
	}
}
