package ex

import (
	"sync/atomic"
	"testing"

	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// used is the pool that packets take, without what the look-aside list keeps.
func used() (n uint64) {
	for _, c := range mm.PoolTags() {
		if c.Tag == CompletionTag {
			n = c.Used
		}
	}
	_, kept := packets.Counts()
	return n - uint64(kept)*64
}

// TestIoCompletion: what is put in comes out in order; what a taker cannot use
// comes first again; all memory goes back.
func TestIoCompletion(t *testing.T) {
	simulate(t, func(w *world) {
		c := NewIoCompletion(1)
		var payer atomic.Int64
		for i := range uint64(5) {
			p := CompletionPacket{Key: i, Apc: ^i, Status: nt.Status(i * 3), Information: i << 40}
			w.expect("Set", c.Set(&payer, p), nt.StatusSuccess)
		}
		zero := new(int64)
		x, s := c.Take(ke.KernelMode, false, zero)
		w.expect("Take", s, nt.StatusSuccess)
		c.PutBack(x)
		for i := range uint64(5) {
			x, s := c.Take(ke.KernelMode, false, zero)
			w.expect("Take", s, nt.StatusSuccess)
			w.expect("packet", x.Packet(), CompletionPacket{Key: i, Apc: ^i, Status: nt.Status(i * 3), Information: i << 40})
			x.Free()
		}
		_, s = c.Take(ke.KernelMode, false, zero)
		w.expect("nothing left", s, nt.StatusTimeout)
		w.expect("payer", payer.Load(), int64(0))
		w.expect("pool", used(), uint64(0))
	})
}

// TestIoCompletionEnd: waiters of a queue that ends get STATUS_ABANDONED, and
// packets that are in it or come too late are freed.
func TestIoCompletionEnd(t *testing.T) {
	simulate(t, func(w *world) {
		c := NewIoCompletion(1)
		var payer atomic.Int64
		status := nt.StatusPending
		w.start("taker", ke.NormalPriority+1, func() { _, status = c.Take(ke.UserMode, false, nil) })
		w.settle()
		c.End()
		w.settle()
		w.expect("the waiter", status, nt.StatusAbandoned)
		w.expect("too late", c.Set(&payer, CompletionPacket{}), nt.StatusInvalidHandle)

		c = NewIoCompletion(0)
		c.Set(&payer, CompletionPacket{})
		c.Set(&payer, CompletionPacket{})
		x, _ := c.Take(ke.KernelMode, false, new(int64))
		c.End()
		c.End()
		c.PutBack(x)
		w.expect("payer", payer.Load(), int64(0))
		w.expect("pool", used(), uint64(0))
	})
}

// TestIoCompletionLimit: one payer gets so many packets and no more, in however many
// queues; another is not concerned; without pool there are none.
func TestIoCompletionLimit(t *testing.T) {
	simulate(t, func(w *world) {
		a, b := NewIoCompletion(1), NewIoCompletion(1)
		var payer, other atomic.Int64
		for i := range PacketLimit {
			c := a
			if i%2 == 0 {
				c = b
			}
			if s := c.Set(&payer, CompletionPacket{}); !s.OK() {
				t.Fatalf("packet %d: %v", i, s)
			}
		}
		w.expect("one too many", a.Set(&payer, CompletionPacket{}), nt.StatusInsufficientResources)
		w.expect("another payer", a.Set(&other, CompletionPacket{}), nt.StatusSuccess)
		x, _ := a.Take(ke.KernelMode, false, new(int64))
		x.Free()
		w.expect("one is free", b.Set(&payer, CompletionPacket{}), nt.StatusSuccess)

		var pages []uint32
		for {
			n, ok := mm.AllocatePage(mm.UseShared, false)
			if !ok {
				break
			}
			pages = append(pages, n)
		}
		s := nt.StatusSuccess
		for range 300 { // what is left of the last page, and what the list keeps
			if s = a.Set(&other, CompletionPacket{}); !s.OK() {
				break
			}
		}
		w.expect("without pages", s, nt.StatusInsufficientResources)
		mm.FreePages(pages)
		a.End()
		b.End()
		w.expect("payer", payer.Load(), int64(0))
		w.expect("the other", other.Load(), int64(0))
		w.expect("pool", used(), uint64(0))
	})
}
