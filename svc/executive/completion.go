package executive

import (
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// NtCreateIoCompletion(*handle, access, attributes, count): count threads may
// run at a time, 0 for as many as there are processors.
func NtCreateIoCompletion(c *svc.Call) nt.Status {
	return svc.CreateObject(c, ob.New(ex.IoCompletionType, ex.NewIoCompletion(c.Uint32(4))))
}

// NtSetIoCompletion(handle, key, apc, status, information)
func NtSetIoCompletion(c *svc.Call) nt.Status {
	t := c.Thread
	information := c.Arg(5)
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	o, q, s := svc.Body[*ex.IoCompletion](t, c.Arg(1), nt.IoCompletionSet, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	s = q.Set(&t.Process.Packets, ex.CompletionPacket{Key: c.Arg(2), Apc: c.Arg(3), Status: c.Status(4), Information: information})
	o.Dereference()
	return s
}

// NtRemoveIoCompletion(handle, *key, *apc, *iosb, *timeout). A packet that cannot
// be stored is the first in the queue again.
func NtRemoveIoCompletion(c *svc.Call) nt.Status {
	t := c.Thread
	va := c.Arg(5)
	timeout, s := svc.ReadTimeout(t, va)
	if !s.OK() {
		return s
	}
	for _, p := range [][2]uint64{{c.Arg(2), 8}, {c.Arg(3), 8}, {c.Arg(4), 16}} {
		if s := svc.ProbeWrite(t, p[0], p[1]); !s.OK() {
			return s
		}
	}
	o, q, s := svc.Body[*ex.IoCompletion](t, c.Arg(1), nt.IoCompletionSet, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	x, s := q.Take(ke.UserMode, false, timeout)
	if x == nil {
		return s
	}
	p := x.Packet()
	s = svc.Put(t, c.Arg(4), &nt.IoStatusBlock{Status: p.Status, Information: p.Information})
	if s.OK() {
		s = svc.Put(t, c.Arg(3), &p.Apc)
	}
	if s.OK() {
		s = svc.Put(t, c.Arg(2), &p.Key)
	}
	if !s.OK() {
		q.PutBack(x)
		return s
	}
	x.Free()
	return s
}

// mostPackets is how many packets NtRemoveIoCompletionEx takes at a time; there
// may be room for more.
const mostPackets = 64

// NtRemoveIoCompletionEx(handle, *packets, count, *removed, *timeout, alertable):
// waits for one packet, and takes those behind it that are there.
func NtRemoveIoCompletionEx(c *svc.Call) nt.Status {
	t := c.Thread
	va := c.Arg(5)
	alertable := c.Arg(6)
	timeout, s := svc.ReadTimeout(t, va)
	if !s.OK() {
		return s
	}
	count := min(c.Uint32(3), mostPackets)
	if count == 0 {
		return nt.StatusInvalidParameter
	}
	const row = uint64(unsafe.Sizeof(nt.FileIoCompletionInformation{}))
	if s := svc.ProbeWrite(t, c.Arg(2), uint64(count)*row); !s.OK() {
		return s
	}
	if s := svc.ProbeWrite(t, c.Arg(4), 4); !s.OK() {
		return s
	}
	o, q, s := svc.Body[*ex.IoCompletion](t, c.Arg(1), nt.IoCompletionSet, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	var list [mostPackets]*ex.Completion
	var rows [mostPackets]nt.FileIoCompletionInformation
	n := uint32(0)
	for x, status := q.Take(ke.UserMode, alertable&0xFF != 0, timeout); ; x, status = q.Take(ke.KernelMode, false, &noTime) {
		if x == nil {
			s = status
			break
		}
		p := x.Packet()
		list[n] = x
		rows[n] = nt.FileIoCompletionInformation{KeyContext: p.Key, ApcContext: p.Apc, IoStatus: nt.IoStatusBlock{Status: p.Status, Information: p.Information}}
		if n++; n == count {
			break
		}
	}
	if n > 0 {
		if s = svc.CopyTo(t, c.Arg(2), unsafe.Pointer(&rows), uint64(n)*row); s.OK() {
			s = svc.Put(t, c.Arg(4), &n)
		}
	}
	for i := int(n) - 1; i >= 0; i-- {
		if s.OK() {
			list[i].Free()
		} else {
			q.PutBack(list[i])
		}
	}
	return s
}

// noTime is the timeout of a wait that only tries.
var noTime int64

// NtQueryIoCompletion(handle, class, buffer, length, *returned)
func NtQueryIoCompletion(c *svc.Call) nt.Status {
	t := c.Thread
	o, q, s := svc.Body[*ex.IoCompletion](t, c.Arg(1), nt.IoCompletionQuery, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	n, _, _ := q.Read()
	return svc.Query(c, &nt.IoCompletionBasicInformation{Depth: int32(n)})
}
