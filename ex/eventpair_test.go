package ex

import (
	"testing"

	"gont/ke"
	"gont/nt"
)

// TestEventPair: client and server take turns, and a thread that is to end does
// not wait.
func TestEventPair(t *testing.T) {
	simulate(t, func(w *world) {
		p := NewEventPair()
		served, last := 0, nt.StatusPending
		server := w.start("server", ke.NormalPriority, func() {
			ke.WaitForSingleObject(p.Low, ke.UserMode, false, nil)
			for last = nt.StatusSuccess; last == nt.StatusSuccess; last = p.SetHighWaitLow() {
				served++
			}
		})
		for i := range 10 {
			w.expect("SetLowWaitHigh", p.SetLowWaitHigh(), nt.StatusSuccess)
			w.expect("served", served, i+1)
		}
		ke.Terminate(server.Thread)
		w.settle()
		w.expect("the server's wait", last, nt.StatusUserApc)
		w.expect("the high event", ke.WaitForSingleObject(p.High, ke.KernelMode, false, new(int64)), nt.StatusTimeout)
	})
}
