//go:build kernel

package main

import (
	"unsafe"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ntYieldExecution(): STATUS_NO_YIELD_PERFORMED, a success, when nobody else
// wanted the processor.
func ntYieldExecution(*ps.Thread, *hal.Context) nt.Status {
	if !ke.Yield() {
		return nt.StatusNoYieldPerformed
	}
	return nt.StatusSuccess
}

// readTimeout captures a LARGE_INTEGER pointer; 0 is for ever.
func readTimeout(t *ps.Thread, va uint64) (*int64, nt.Status) {
	if va == 0 {
		return nil, nt.StatusSuccess
	}
	v := new(int64)
	s := get(t, va, v)
	return v, s
}

// ntWaitForSingleObject(handle, alertable, *timeout)
func ntWaitForSingleObject(t *ps.Thread, c *hal.Context) nt.Status {
	timeout, s := readTimeout(t, c.R8)
	if !s.OK() {
		return s
	}
	o, w, s := waitable(t, c.R10)
	if !s.OK() {
		return s
	}
	s = ke.WaitForSingleObject(w, ke.UserMode, c.Rdx&0xFF != 0, timeout)
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

// ntWaitForMultipleObjects(count, *handles, waitType, alertable, *timeout)
func ntWaitForMultipleObjects(t *ps.Thread, c *hal.Context) nt.Status {
	n := uint32(c.R10)
	switch {
	case n == 0 || n > nt.MaximumWaitObjects:
		return nt.StatusInvalidParameter1
	case uint32(c.R8) > nt.WaitAny:
		return nt.StatusInvalidParameter3
	}
	va, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	timeout, s := readTimeout(t, va)
	if !s.OK() {
		return s
	}
	var handles [nt.MaximumWaitObjects]uint64
	if s := copyFrom(t, unsafe.Pointer(&handles), c.Rdx, uint64(n)*8); !s.OK() {
		return s
	}
	objects := make([]ke.Object, 0, n)
	var refs []*ob.Object
	defer func() {
		for _, o := range refs {
			o.Dereference()
		}
	}()
	all := uint32(c.R8) == nt.WaitAll
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
	return ke.WaitForMultipleObjects(objects, all, ke.UserMode, c.R9&0xFF != 0, timeout)
}

// ntDelayExecution(alertable, *interval). An interval of 0 is for others to run,
// and for an alert or a user APC that is there.
func ntDelayExecution(t *ps.Thread, c *hal.Context) nt.Status {
	var v int64
	if s := get(t, c.Rdx, &v); !s.OK() {
		return s
	}
	alertable := c.R10&0xFF != 0
	s := nt.StatusSuccess
	if v != 0 || alertable { // an alert or an APC comes first, even if there is nothing to wait for
		s = ke.Delay(ke.UserMode, alertable, v)
	}
	if v == 0 && s == nt.StatusSuccess {
		ke.Yield()
	}
	return s
}

// ntCreateEvent(*handle, access, attributes, type, initialState)
func ntCreateEvent(t *ps.Thread, c *hal.Context) nt.Status {
	state, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	if uint32(c.R9) > nt.SynchronizationEvent {
		return nt.StatusInvalidParameter
	}
	return createObject(t, c, ob.New(ex.EventType, ke.NewEvent(int(uint32(c.R9)), state&0xFF != 0)))
}

// eventService is NtSetEvent(handle, *previous) and its like.
func eventService(f func(*ke.Event) int32) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		o, s := t.Process.Handles.Reference(nt.Handle(c.R10), nt.EventModify, ex.EventType)
		if !s.OK() {
			return s
		}
		if e := o.Body.(*ke.Event); c.Rdx == 0 {
			f(e)
		} else if s = probeWrite(t, c.Rdx, 4); s.OK() {
			old := f(e)
			s = put(t, c.Rdx, &old)
		}
		o.Dereference()
		return s
	}
}

func ntClearEvent(t *ps.Thread, c *hal.Context) nt.Status {
	o, e, s := body[*ke.Event](t, c.R10, nt.EventModify, ex.EventType)
	if !s.OK() {
		return s
	}
	e.Reset()
	o.Dereference()
	return nt.StatusSuccess
}

// query checks NtQueryX(handle, class, buffer, length, *returned) and stores
// the answer.
func query[T any](t *ps.Thread, c *hal.Context, v *T) nt.Status {
	if uint32(c.Rdx) != 0 {
		return nt.StatusInvalidInfoClass
	}
	r, s := objectReply(t, c)
	if !s.OK() {
		return s
	}
	return r.exact(asBytes(v))
}

func ntQueryEvent(t *ps.Thread, c *hal.Context) nt.Status {
	o, e, s := body[*ke.Event](t, c.R10, nt.EventQuery, ex.EventType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	state, typ := e.Read()
	return query(t, c, &struct{ Type, State int32 }{int32(typ), state})
}
