package thread

import (
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ps"
	"gont/svc"
	"gont/trap"
)

// inThread runs f in a thread that is stopped in the kernel on its way from or
// to ring 3, by a special kernel APC, and waits for it. STATUS_UNSUCCESSFUL when
// the thread has ended.
func inThread(th *ps.Thread, f func(c *hal.Context)) nt.Status {
	done := ke.NewEvent(nt.NotificationEvent, false)
	a := ke.NewKernelApc(th.Thread, func(*ke.Apc) {
		f(th.Context)
		done.Set()
	}, nil)
	if !a.Insert(0, 0, 0) {
		return nt.StatusUnsuccessful
	}
	// The caller may be ended meanwhile: a thread of low priority may take
	// long to come to its APC.
	if s := ke.WaitForSingleObject(done, ke.UserMode, false, nil); s != nt.StatusSuccess {
		a.Remove()
		return s
	}
	return nt.StatusSuccess
}

// NtGetContextThread(thread, *context): the parts that ContextFlags names. A
// thread that is in a service shows what it will go on with, but for RAX.
func NtGetContextThread(c *svc.Call) nt.Status {
	t := c.Thread
	th, release, s := userThread(t, c.Arg(1), nt.ThreadGetContext)
	if !s.OK() {
		return s
	}
	defer release()
	x := new(nt.Context)
	va := c.Arg(2)
	if s := svc.Get(t, va, x); !s.OK() {
		return s
	}
	look := func(c *hal.Context) {
		SaveFloat(c)
		whole := *c
		trap.Whole(&whole)
		if th.NextContext != nil {
			trap.SetContext(&whole, th.NextContext)
		}
		trap.GetContext(&whole, x)
	}
	if th == t {
		look(c.Context)
	} else if s := inThread(th, look); !s.OK() || s == nt.StatusUserApc {
		return s
	}
	return svc.Put(t, va, x)
}

// changeContext makes c whole and changes it. Only on c's own thread.
func changeContext(c *hal.Context, x *nt.Context) {
	SaveFloat(c)
	trap.Whole(c)
	trap.SetContext(c, x)
}

// NtSetContextThread(thread, *context). A thread that is in a service goes on
// with the context when the service has ended: until then the service has its
// arguments there. One that has met an exception, and waits for a page, for
// instance, goes on with the context instead of with the exception.
func NtSetContextThread(c *svc.Call) nt.Status {
	t := c.Thread
	th, release, s := userThread(t, c.Arg(1), nt.ThreadSetContext)
	if !s.OK() {
		return s
	}
	defer release()
	x := new(nt.Context)
	if s := readContext(t, c.Arg(2), x); !s.OK() {
		return s
	}
	change := func(c *hal.Context) {
		switch {
		case th.Service == 0:
			changeContext(c, x)
			th.ContextSet = true
		case th.NextContext == nil:
			th.NextContext = x
		default:
			mergeContext(th.NextContext, x)
		}
	}
	if th == t {
		change(c.Context)
		return nt.StatusSuccess
	}
	return inThread(th, change)
}

// Leave is the end of the current thread's service: it loads the context that another
// thread has set meanwhile.
func Leave(t *ps.Thread) {
	if x := t.NextContext; x != nil {
		t.NextContext = nil
		changeContext(t.Context, x)
	}
}

// mergeContext adds to a context that waits what a later one says.
func mergeContext(x, later *nt.Context) {
	whole := hal.Context{}
	trap.SetContext(&whole, x)
	trap.SetContext(&whole, later)
	flags := x.ContextFlags | later.ContextFlags
	*x = nt.Context{ContextFlags: flags}
	trap.GetContext(&whole, x)
}
