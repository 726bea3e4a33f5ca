package registry

import (
	"gont/cm"
	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// completion is what a call of NtNotifyChangeKey ends with.
type completion struct {
	thread       *ps.Thread
	ioStatus     uint64     // *IO_STATUS_BLOCK
	event        *ob.Object // referenced; nil for none
	apc          *ke.Apc    // of ring 3; nil for none
	statusOfPost nt.Status
}

// finish tells the program, in the thread of the call: status block, event, user APC.
func (f *completion) finish(s nt.Status) nt.Status {
	result := svc.Put(f.thread, f.ioStatus, &nt.IoStatusBlock{Status: s})
	f.signal()
	if f.apc != nil {
		f.apc.Insert(f.ioStatus, 0, 0)
	}
	return result
}

func (f *completion) signal() {
	if f.event != nil {
		f.event.Body.(*ke.Event).Set()
		f.event.Dereference()
		f.event = nil
	}
}

// NtNotifyChangeKey(key, event, apcRoutine, apcContext, *ioStatus, filter, tree, buffer, size,
// asynchronous): the buffer is not used, as in NT. An asynchronous call ends in a kernel APC of
// its thread.
func NtNotifyChangeKey(c *svc.Call) nt.Status {
	t := c.Thread
	routine, context, filter, tree, asynchronous := c.Arg(3), c.Arg(4), c.Uint32(6), c.Bool(7), c.Bool(10)
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	f := &completion{thread: t, ioStatus: c.Arg(5)}
	if s := svc.ProbeWrite(t, f.ioStatus, 16); !s.OK() {
		return s
	}
	if routine != 0 {
		if !svc.UserRip(routine) {
			return nt.StatusInvalidParameter
		}
		f.apc = ke.NewUserApc(t.Thread, nil, nil, routine, context)
	}
	o, k, s := key(t, c.Arg(1), nt.KeyNotify)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if h := c.Arg(2); h != 0 {
		var e *ke.Event
		if f.event, e, s = svc.Body[*ke.Event](t, h, nt.EventModify, ex.EventType); !s.OK() {
			return s
		}
		e.Reset()
	}
	if !asynchronous {
		return wait(k, filter, tree, f)
	}
	apc := ke.NewKernelApc(t.Thread, nil, func(*ke.Apc) { f.finish(f.statusOfPost) })
	s = k.Notify(filter, tree, &cm.Post{Complete: func(s nt.Status) {
		f.statusOfPost = s
		if !apc.Insert(0, 0, 0) { // the thread is ending
			f.signal()
		}
	}})
	if s != nt.StatusPending && f.event != nil {
		f.event.Dereference()
	}
	return s
}

// wait is a synchronous call.
func wait(k *cm.Key, filter uint32, tree bool, f *completion) nt.Status {
	done, result := ke.NewEvent(nt.NotificationEvent, false), nt.StatusPending
	p := &cm.Post{Complete: func(s nt.Status) {
		result = s
		done.Set()
	}}
	drop := func() {
		if f.event != nil {
			f.event.Dereference()
		}
	}
	if s := k.Notify(filter, tree, p); s != nt.StatusPending {
		drop()
		return s
	}
	if s := ke.WaitForSingleObject(done, ke.UserMode, false, nil); s != nt.StatusSuccess {
		if k.Cancel(p) {
			drop()
			return s
		}
		ke.WaitForSingleObject(done, ke.KernelMode, false, nil) // it is being completed
	}
	if s := f.finish(result); !s.OK() {
		return s
	}
	return result
}
