package stornvme

import (
	"testing"

	"gont/io/storage"
	"gont/io/storport"
)

// TestShadow (I10): with doorbells in memory the registers are written for the first of several requests only, again
// after the controller has done all, and after a reset; where the controller does not know or take them, each time.
func TestShadow(t *testing.T) {
	for _, x := range []struct{ buffers, refuses bool }{{true, false}, {true, true}, {false, false}} {
		m := newModel(newSpace(1<<20, 9))
		m.granted, m.manual, m.buffers, m.refuses = 0, true, x.buffers, x.refuses
		b := bench(t, m, 1)
		used := x.buffers && !x.refuses
		for round := range 150 { // all around the queue, several times
			before := m.rings
			var calls []*storport.Call
			for i := range 5 {
				calls = append(calls, b.Request(b.Units[0], storage.Request{Function: storage.Read, Sector: uint64(i), Count: 1, Buffer: storport.NewBuffer(512, 0)}))
			}
			switch n := m.rings - before; {
			case used && n != 1 && n != 2: // 2 where the queue begins again meanwhile
				t.Fatalf("round %d: the registers were written %d times for 5 requests", round, n)
			case !used && n != 5:
				t.Fatalf("round %d, %+v: the registers were written %d times for 5 requests", round, x, n)
			}
			all(m, b)
			for i, k := range calls {
				if k.Done != 1 || k.Status != 0 {
					t.Fatalf("round %d, request %d: %d, %v", round, i, k.Done, k.Status)
				}
			}
			if round == 70 {
				taken := m.admitted
				b.Reset(b.Units[0])
				if want := taken + map[bool]int{true: 1}[used]; m.admitted != want {
					t.Errorf("%+v: the buffers were taken %d times, expected %d", x, m.admitted, want)
				}
			}
		}
	}
}
