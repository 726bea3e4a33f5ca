package disk

import (
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// queue is requests in their order, by Next.
type queue struct{ first, last *io.IRP }

func (q *queue) add(irp *io.IRP) {
	irp.Next = nil
	if q.first == nil {
		q.first = irp
	} else {
		q.last.Next = irp
	}
	q.last = irp
}

func (q *queue) take() *io.IRP {
	irp := q.first
	if irp != nil {
		q.first, irp.Next = irp.Next, nil
	}
	return irp
}

// packet is a request's way through the port, in as many pieces as that takes.
type packet struct {
	disk     *disk
	irp      *io.IRP // to the port
	request  storage.Request
	parent   *io.IRP
	sector   uint64
	total    uint32 // sectors
	done     uint32
	flush    bool // a flush is to follow, or this is one
	tries    int
	busy     int
	deadline uint64
	lost     bool // the port has not given it back; its parent is another's
	next     *packet
	prev     *packet // in out
}

// packets is a list of packets, the first one first.
type packets struct{ first, last *packet }

func (l *packets) add(p *packet) {
	p.next = nil
	if l.first == nil {
		l.first = p
	} else {
		l.last.next = p
	}
	l.last = p
}

func (l *packets) take() *packet {
	p := l.first
	if p != nil {
		l.first, p.next = p.next, nil
	}
	return p
}

// slWriteThrough is SL_WRITE_THROUGH of a location's flags.
const slWriteThrough = 0x04

// begin gives the packet a request. The disk's lock is held.
func (p *packet) begin(irp *io.IRP) {
	d, l := p.disk, irp.Location()
	p.parent, p.done, p.total, p.tries, p.busy, p.flush = irp, 0, 0, 0, 0, false
	p.request = storage.Request{}
	switch l.Major {
	case io.Read, io.Write:
		u := l.Device.Extension.(*unit)
		p.sector = u.start + uint64(l.ByteOffset)/uint64(d.port.SectorSize)
		p.total = l.Length / d.port.SectorSize
		p.request.Buffer = bufferOf(irp)
		if l.Major == io.Write {
			d.Writes++
			p.request.Function = storage.Write
			if l.Flags&slWriteThrough != 0 && d.port.WriteCache {
				p.request.ForceUnit = d.port.ForceUnit
				p.flush = !d.port.ForceUnit
			}
		} else {
			d.Reads++
		}
		d.Bytes += uint64(l.Length)
	default:
		d.Flushes++
		p.flush = true
	}
}

// prepare makes the packet's next piece. The disk's lock is held.
func (p *packet) prepare() {
	d := p.disk
	timeout := d.port.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	p.deadline = ke.InterruptTime() + timeout
	if p.done == p.total { // only the flush is left
		p.request = storage.Request{Function: storage.Flush}
		return
	}
	n := p.total - p.done
	if d.port.MaximumSectors > 0 {
		n = min(n, d.port.MaximumSectors)
	}
	p.request.Sector, p.request.Count = p.sector+uint64(p.done), n
	p.request.Offset = int(p.done) * int(d.port.SectorSize)
}

// send gives the packet to the port.
func (p *packet) send() {
	p.irp.Reuse(nt.StatusSuccess)
	l := p.irp.NextLocation()
	l.Major, l.Argument = io.InternalDeviceControl, &p.request
	p.irp.SetCompletionRoutine(completed, p, true, true, true)
	io.CallDriver(p.disk.port.Device, p.irp)
}

// completed is called when the port gives a packet back.
func completed(_ *io.Device, irp *io.IRP, context any) nt.Status {
	p := context.(*packet)
	p.disk.back(p, irp.IoStatus.Status)
	return nt.StatusMoreProcessingRequired
}
