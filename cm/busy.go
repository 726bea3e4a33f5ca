package cm

import (
	"gont/ke"
	"gont/nt"
)

// busy marks a hive on which somebody works without mu. exclusive: nobody else may look
// at it; otherwise others may read.
type busy struct {
	exclusive bool
	done      gate
}

// gate is what others wait at.
type gate interface {
	Open()
	Wait()
}

// newGate makes one; host tests without a dispatcher have their own.
var newGate = func() gate { return eventGate{ke.NewEvent(nt.NotificationEvent, false)} }

type eventGate struct{ e *ke.Event }

func (g eventGate) Open() { g.e.Set() }
func (g eventGate) Wait() { ke.WaitForSingleObject(g.e, ke.KernelMode, false, nil) }

// begin marks a hive busy, when nobody else has. mu is held; it is given up meanwhile if
// the hive is busy, so the caller looks again at what it has found before.
func (h *hive) begin(exclusive bool) (waited bool) {
	for h.busy != nil {
		waited = true
		waitFor(h.busy)
	}
	h.busy = &busy{exclusive, newGate()}
	if exclusive {
		paths.forget()
	}
	return waited
}

// end takes the mark away. mu is not held.
func (h *hive) end() {
	mu.Lock()
	b := h.busy
	h.busy = nil
	mu.Unlock()
	b.done.Open()
}

// waitFor waits until a hive is not busy any more. mu is held, and given up meanwhile.
func waitFor(b *busy) {
	mu.Unlock()
	b.done.Wait()
	mu.Lock()
}
