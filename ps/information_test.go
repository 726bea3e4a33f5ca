package ps

import (
	"testing"

	"gont/ke"
	"gont/nt"
)

// TestRelativePriority: a thread's base priority is told beside its process's,
// and keeps to the process's range.
func TestRelativePriority(t *testing.T) {
	simulate(t, func(w *world) {
		p := w.process("p")
		th := w.thread(p, func(*Thread) {})
		other := w.thread(p, func(*Thread) {})
		for _, c := range []struct {
			base, by int
			want     nt.Status
			priority int
		}{
			{8, -2, nt.StatusSuccess, 6}, {8, 2, nt.StatusSuccess, 10}, {8, 3, nt.StatusInvalidParameter, 10}, {8, 15, nt.StatusInvalidParameter, 10},
			{8, 16, nt.StatusSuccess, 15}, {8, -16, nt.StatusSuccess, 1}, {8, -17, nt.StatusInvalidParameter, 1},
			{24, -16, nt.StatusSuccess, 16}, {24, 16, nt.StatusSuccess, 31}, {24, -7, nt.StatusSuccess, 17}, {24, 9, nt.StatusSuccess, 31},
			{1, -2, nt.StatusSuccess, 1}, {15, 2, nt.StatusSuccess, 15}, {8, 0, nt.StatusSuccess, 8},
		} {
			p.SetBase(c.base)
			w.expect("SetRelativePriority", th.SetRelativePriority(c.by), c.want)
			w.expect("base priority", th.BasePriority(), c.priority)
			if c.want.OK() && (c.by == 16 || c.by == -16 || c.priority == c.base+c.by) {
				w.expect("RelativePriority", th.RelativePriority(), c.by)
			}
		}
		// The end of the range moves with the process, and the others by as much.
		th.SetRelativePriority(16)
		other.SetRelativePriority(-1)
		for base, want := range map[int][2]int{4: {15, 3}, 24: {31, 23}, 8: {15, 7}} {
			p.SetBase(8)
			other.SetRelativePriority(-1)
			p.SetBase(base)
			w.expect("at the end of the range", th.BasePriority(), want[0])
			w.expect("one below the process", other.BasePriority(), want[1])
		}
		ke.StartThread(th.Thread)
		ke.StartThread(other.Thread)
		w.settle()
	})
}
