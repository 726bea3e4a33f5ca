package ex

import (
	"sync/atomic"
	"unsafe"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
)

// IoCompletion is a KQUEUE with ring 3 as its users: threads put packets in and
// take them out, and of those that take no more run at a time than the queue's
// limit. As a dispatcher object it is signalled while there are packets.
type IoCompletion struct{ *ke.Queue }

// CompletionPacket is what a packet says. It is kept in nonpaged pool.
type CompletionPacket struct {
	Key, Apc    uint64
	Status      nt.Status
	_           uint32
	Information uint64
}

const packetSize = int(unsafe.Sizeof(CompletionPacket{}))

// CompletionTag marks packets in the pool.
var CompletionTag = mm.Tag{'I', 'c', 'p', ' '}

// PacketLimit is how many packets a payer may have in queues at the same time:
// a megabyte of pool, and as much again of the kernel's heap.
var PacketLimit int64 = defaultPackets

const defaultPackets = 16384

// SetPacketQuota makes PacketLimit what bytes of nonpaged pool hold; 0: the default.
func SetPacketQuota(bytes uint64) {
	PacketLimit = defaultPackets
	if bytes != 0 {
		PacketLimit = int64(bytes) / int64(packetSize)
	}
}

// packets is where packets come from. Free blocks are kept there.
var packets *mm.Lookaside

// InitializeCompletion makes the look-aside list of packets (SPEC P1.10).
func InitializeCompletion() {
	packets = mm.NewLookaside(mm.NonPagedPool, packetSize, CompletionTag)
}

// Completion is a packet on its way: the queue's entry, which has Go pointers
// and so cannot be in pool memory, and the packet's block.
type Completion struct {
	entry ke.QueueEntry
	block []byte
	payer *atomic.Int64
}

// NewIoCompletion makes a queue that lets limit threads run at a time; 0 stands
// for the number of processors.
func NewIoCompletion(limit uint32) *IoCompletion { return &IoCompletion{ke.NewQueue(int(limit))} }

// Set is IoSetIoCompletion: appends a packet, which payer pays for until it is
// freed. STATUS_INSUFFICIENT_RESOURCES when payer has PacketLimit of them, or
// without pool; STATUS_INVALID_HANDLE when the queue has been run down.
func (c *IoCompletion) Set(payer *atomic.Int64, p CompletionPacket) nt.Status {
	x, s := NewCompletion(payer)
	if s.OK() && !c.Send(x, p) {
		s = nt.StatusInvalidHandle
	}
	return s
}

// NewCompletion makes room for a packet before there is one, so that the end of a
// request can be told whatever happens. The caller queues or frees it.
func NewCompletion(payer *atomic.Int64) (*Completion, nt.Status) {
	if payer.Add(1) > PacketLimit {
		payer.Add(-1)
		return nil, nt.StatusInsufficientResources
	}
	b := packets.Allocate()
	if b == nil {
		payer.Add(-1)
		return nil, nt.StatusInsufficientResources
	}
	x := &Completion{block: b, payer: payer}
	x.entry.Value = x
	return x, nt.StatusSuccess
}

// Send appends x as a packet. false: the queue has been run down, and x is freed.
func (c *IoCompletion) Send(x *Completion, p CompletionPacket) bool {
	*(*CompletionPacket)(unsafe.Pointer(&x.block[0])) = p
	if _, ok := c.Insert(&x.entry); !ok {
		x.Free()
		return false
	}
	return true
}

// Take is IoRemoveIoCompletion: the first packet, which the caller frees or puts
// back. Statuses without one are those of ke.Queue.Remove, STATUS_ABANDONED
// when the queue is run down.
func (c *IoCompletion) Take(mode ke.Mode, alertable bool, timeout *int64) (*Completion, nt.Status) {
	e, s := c.Remove(mode, alertable, timeout)
	if e == nil {
		return nil, s
	}
	return e.Value.(*Completion), s
}

// PutBack makes x the first packet again, for a caller that could not use it.
func (c *IoCompletion) PutBack(x *Completion) {
	if _, ok := c.InsertHead(&x.entry); !ok {
		x.Free()
	}
}

// Packet is what x says. Precondition: it has not been freed.
func (x *Completion) Packet() CompletionPacket {
	return *(*CompletionPacket)(unsafe.Pointer(&x.block[0]))
}

// Free gives a packet's memory back. Precondition: it is in no queue.
func (x *Completion) Free() {
	packets.Free(x.block)
	x.block = nil
	x.payer.Add(-1)
}

// End runs the queue down: threads that wait for packets get STATUS_ABANDONED,
// packets that nobody has taken are freed. It may be called again, and may lose
// the processor on the way. IRQL: PASSIVE_LEVEL, no locks.
func (c *IoCompletion) End() {
	n := 0
	for e := c.Rundown(); e != nil; n++ {
		x := e.Value.(*Completion)
		e = e.Next()
		x.Free()
		if n%pollEvery == pollEvery-1 {
			ke.Poll()
		}
	}
}

const pollEvery = 512

// closeIoCompletion: with its last handle the queue ends, whoever still waits for
// it. One that is opened by name in this moment is at its end, too.
func closeIoCompletion(o *ob.Object) {
	if _, handles := o.Counts(); handles == 0 {
		o.Body.(*IoCompletion).End()
	}
}

func deleteIoCompletion(o *ob.Object) { o.Body.(*IoCompletion).End() }
