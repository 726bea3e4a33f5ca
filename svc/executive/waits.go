package executive

import (
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// NtYieldExecution(): STATUS_NO_YIELD_PERFORMED, a success, when nobody else
// wanted the processor.
func NtYieldExecution(*svc.Call) nt.Status {
	if !ke.Yield() {
		return nt.StatusNoYieldPerformed
	}
	return nt.StatusSuccess
}

// NtWaitForSingleObject(handle, alertable, *timeout)
func NtWaitForSingleObject(c *svc.Call) nt.Status {
	t := c.Thread
	timeout, s := svc.ReadTimeout(t, c.Arg(3))
	if !s.OK() {
		return s
	}
	o, w, s := waitable(t, c.Arg(1))
	if !s.OK() {
		return s
	}
	s = ke.WaitForSingleObject(w, ke.UserMode, c.Bool(2), timeout)
	o.Dereference()
	return s
}

// waitable references a handle's object as a dispatcher object.
func waitable(t *ps.Thread, h uint64) (*ob.Object, ke.Object, nt.Status) {
	switch nt.Handle(h) {
	case nt.CurrentProcess:
		return t.Process.Object.Reference(), &t.Process.Process, nt.StatusSuccess
	case nt.CurrentThread:
		return t.Object.Reference(), t.Thread, nt.StatusSuccess
	}
	o, s := t.Process.Handles.Reference(nt.Handle(h), nt.Synchronize, nil)
	if !s.OK() {
		return nil, nil, s
	}
	if e, ok := o.Body.(*ke.Event); ok {
		return o, e, nt.StatusSuccess // what most waits are for; no search for the methods
	}
	if !o.Type.Waitable {
		o.Dereference()
		return nil, nil, nt.StatusObjectTypeMismatch
	}
	return o, o.Body.(ke.Object), nt.StatusSuccess
}

// NtWaitForMultipleObjects(count, *handles, waitType, alertable, *timeout)
func NtWaitForMultipleObjects(c *svc.Call) nt.Status {
	t := c.Thread
	n := c.Uint32(1)
	switch {
	case n == 0 || n > nt.MaximumWaitObjects:
		return nt.StatusInvalidParameter1
	case c.Uint32(3) > nt.WaitAny:
		return nt.StatusInvalidParameter3
	}
	va := c.Arg(5)
	timeout, s := svc.ReadTimeout(t, va)
	if !s.OK() {
		return s
	}
	var handles [nt.MaximumWaitObjects]uint64
	if s := svc.CopyFrom(t, unsafe.Pointer(&handles), c.Arg(2), uint64(n)*8); !s.OK() {
		return s
	}
	objects := make([]ke.Object, 0, n)
	var refs []*ob.Object
	defer func() {
		for _, o := range refs {
			o.Dereference()
		}
	}()
	all := c.Uint32(3) == nt.WaitAll
	for i := uint32(0); i < n; i++ {
		o, w, s := waitable(t, handles[i])
		if !s.OK() {
			return s
		}
		refs = append(refs, o)
		for _, p := range objects {
			if all && p == w {
				return nt.StatusInvalidParameterMix
			}
		}
		objects = append(objects, w)
	}
	return ke.WaitForMultipleObjects(objects, all, ke.UserMode, c.Bool(4), timeout)
}

// NtDelayExecution(alertable, *interval). An interval of 0 is for others to run,
// and for an alert or a user APC that is there.
func NtDelayExecution(c *svc.Call) nt.Status {
	t := c.Thread
	var v int64
	if s := svc.Get(t, c.Arg(2), &v); !s.OK() {
		return s
	}
	alertable := c.Bool(1)
	s := nt.StatusSuccess
	if v != 0 || alertable { // an alert or an APC comes first, even if there is nothing to wait for
		s = ke.Delay(ke.UserMode, alertable, v)
	}
	if v == 0 && s == nt.StatusSuccess {
		ke.Yield()
	}
	return s
}

// NtCreateEvent(*handle, access, attributes, type, initialState)
func NtCreateEvent(c *svc.Call) nt.Status {
	state := c.Arg(5)
	if c.Uint32(4) > nt.SynchronizationEvent {
		return nt.StatusInvalidParameter
	}
	return svc.CreateObject(c, ob.New(ex.EventType, ke.NewEvent(int(c.Uint32(4)), state&0xFF != 0)))
}

// eventService is NtSetEvent(handle, *previous) and its like.
func eventService(f func(*ke.Event) int32) svc.Routine {
	return func(c *svc.Call) nt.Status {
		t := c.Thread
		o, s := t.Process.Handles.Reference(c.Handle(1), nt.EventModify, ex.EventType)
		if !s.OK() {
			return s
		}
		if e := o.Body.(*ke.Event); c.Arg(2) == 0 {
			f(e)
		} else if s = svc.ProbeWrite(t, c.Arg(2), 4); s.OK() {
			old := f(e)
			s = svc.Put(t, c.Arg(2), &old)
		}
		o.Dereference()
		return s
	}
}

func NtClearEvent(c *svc.Call) nt.Status {
	t := c.Thread
	o, e, s := svc.Body[*ke.Event](t, c.Arg(1), nt.EventModify, ex.EventType)
	if !s.OK() {
		return s
	}
	e.Reset()
	o.Dereference()
	return nt.StatusSuccess
}

func NtQueryEvent(c *svc.Call) nt.Status {
	t := c.Thread
	o, e, s := svc.Body[*ke.Event](t, c.Arg(1), nt.EventQuery, ex.EventType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	state, typ := e.Read()
	return svc.Query(c, &struct{ Type, State int32 }{int32(typ), state})
}

// Services on the state of an event: (handle, *previous).
var (
	NtSetEvent   = eventService((*ke.Event).Set)
	NtResetEvent = eventService((*ke.Event).Reset)
	NtPulseEvent = eventService((*ke.Event).Pulse)
)
