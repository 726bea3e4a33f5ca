package thread

import (
	"fmt"
	"unsafe"

	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ps"
	"gont/svc"
	"gont/trap"
)

// redZone is what code without a frame may use below RSP.
const redZone = 128

// DispatchException gives a processor exception of ring 3 to the process's own
// dispatcher: context and record go on the thread's stack, and the thread goes
// on there. It reports false when there is no dispatcher, or no stack to put
// anything on.
func DispatchException(t *ps.Thread, status nt.Status, information ...uint64) bool {
	to := t.Process.ExceptionDispatcher.Load()
	if to == 0 {
		return false
	}
	r := nt.ExceptionRecord{Code: status, Address: t.Context.Rip, NumberParameters: uint32(len(information))}
	copy(r.Information[:], information)
	return dispatchRecord(t, to, &r)
}

// dispatchRecord lets the thread go on at to, with context and record on its stack.
// It reports false when there is no stack. When another thread has set the
// context meanwhile the thread goes on with that one, and it meets the exception
// again if it comes to the same instruction.
func dispatchRecord(t *ps.Thread, to uint64, r *nt.ExceptionRecord) bool {
	c := t.Context
	sp, ok := pushFrame(t, &nt.ExceptionFrame{Record: *r, Context: wholeContext(c)})
	if ok && !t.ContextSet {
		startAt(c, sp, to)
		c.Rcx = sp
	}
	return ok || t.ContextSet
}

// wholeContext makes c a whole context and returns what programs see of it.
// Only on c's own thread.
func wholeContext(c *hal.Context) nt.Context {
	SaveFloat(c)
	trap.Whole(c)
	x := nt.Context{ContextFlags: nt.ContextFull | nt.ContextSegments}
	trap.GetContext(c, &x)
	return x
}

// pushFrame stores what a dispatcher of ring 3 is to find on the thread's stack,
// and returns where. The thread may wait for a page in it, and another one set
// its context.
func pushFrame[T any](t *ps.Thread, f *T) (sp uint64, ok bool) {
	sp = (t.Context.Rsp - redZone - uint64(unsafe.Sizeof(*f))) &^ 15
	return sp, svc.Put(t, sp, f).OK()
}

// startAt makes c go on at a dispatcher of ring 3, with the frame at sp.
func startAt(c *hal.Context, sp, to uint64) {
	c.Rsp, c.Rip, c.Rflags = sp, to, hal.RflagsFixed
}

// readContext captures a CONTEXT that a thread is to go on with.
func readContext(t *ps.Thread, va uint64, x *nt.Context) nt.Status {
	if s := svc.Get(t, va, x); !s.OK() {
		return s
	}
	if x.ContextFlags&nt.ContextControl == nt.ContextControl && !svc.UserRip(x.Rip) {
		return nt.StatusInvalidParameter
	}
	return nt.StatusSuccess
}

// NtContinue(*context, testAlert): goes on with the parts of a context that its
// flags name; with testAlert a user APC that waits comes first.
func NtContinue(c *svc.Call) nt.Status {
	t := c.Thread
	testAlert := c.Bool(2)
	x := new(nt.Context)
	if s := readContext(t, c.Arg(1), x); !s.OK() {
		return s
	}
	changeContext(t.Context, x)
	t.Continued = true
	if testAlert {
		ke.TestAlert()
	}
	return nt.StatusSuccess
}

// NtRaiseException(*record, *context, firstChance): an exception that the program
// itself raises, in that context. At first chance it goes to the process's dispatcher
// like one of the processor's. At the second, and when there is no dispatcher, it ends
// the process with its code: nothing debugs processes yet.
func NtRaiseException(c *svc.Call) nt.Status {
	t := c.Thread
	first := c.Bool(3)
	r, x := new(nt.ExceptionRecord), new(nt.Context)
	if s := svc.Get(t, c.Arg(1), r); !s.OK() {
		return s
	}
	if s := readContext(t, c.Arg(2), x); !s.OK() {
		return s
	}
	if int(r.NumberParameters) > len(r.Information) {
		return nt.StatusInvalidParameter
	}
	changeContext(t.Context, x)
	t.Continued = true
	to := t.Process.ExceptionDispatcher.Load()
	switch {
	case !first:
		UnhandledException(t, r.Code, ", second chance")
	case to == 0 || !dispatchRecord(t, to, r):
		UnhandledException(t, r.Code, ", raised by the program")
	}
	return nt.StatusSuccess
}

// UnhandledException ends the process with the exception's status.
func UnhandledException(t *ps.Thread, status nt.Status, where string) {
	Report(fmt.Sprintf("%s (process %d, thread %d): unhandled exception %v at 0x%x%s",
		t.Process.Name, t.Process.ID, t.ID, status, t.Context.Rip, where))
	t.Process.Terminate(status)
}
