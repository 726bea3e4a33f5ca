//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// redZone is what code without a frame may use below RSP.
const redZone = 128

// dispatchException gives a processor exception of ring 3 to the process's own
// dispatcher: context and record go on the thread's stack, and the thread goes
// on there. It reports false when there is no dispatcher, or no stack to put
// anything on.
func dispatchException(t *ps.Thread, c *hal.Context, status nt.Status, information ...uint64) bool {
	to := t.Process.ExceptionDispatcher.Load()
	if to == 0 {
		return false
	}
	r := nt.ExceptionRecord{Code: status, Address: c.Rip, NumberParameters: uint32(len(information))}
	copy(r.Information[:], information)
	return dispatchRecord(t, c, to, &r)
}

// dispatchRecord lets the thread go on at to, with context and record on its stack.
// It reports false when there is no stack. When another thread has set the
// context meanwhile the thread goes on with that one, and it meets the exception
// again if it comes to the same instruction.
func dispatchRecord(t *ps.Thread, c *hal.Context, to uint64, r *nt.ExceptionRecord) bool {
	sp, ok := pushFrame(t, c, &nt.ExceptionFrame{Record: *r, Context: wholeContext(c)})
	if ok && !t.ContextSet {
		startAt(c, sp, to)
		c.Rcx = sp
	}
	return ok || t.ContextSet
}

// wholeContext makes c a whole context and returns what programs see of it.
// Only on c's own thread.
func wholeContext(c *hal.Context) nt.Context {
	hal.SaveFloat(c)
	ps.Whole(c)
	x := nt.Context{ContextFlags: nt.ContextFull | nt.ContextSegments}
	ps.GetContext(c, &x)
	return x
}

// pushFrame stores what a dispatcher of ring 3 is to find on the thread's stack,
// and returns where. The thread may wait for a page in it, and another one set
// its context.
func pushFrame[T any](t *ps.Thread, c *hal.Context, f *T) (sp uint64, ok bool) {
	sp = (c.Rsp - redZone - uint64(unsafe.Sizeof(*f))) &^ 15
	return sp, put(t, sp, f).OK()
}

// startAt makes c go on at a dispatcher of ring 3, with the frame at sp.
func startAt(c *hal.Context, sp, to uint64) {
	c.Rsp, c.Rip, c.Rflags = sp, to, hal.RflagsFixed
}

// userRip reports whether a program may go on at an address (SYSRET and IRETQ
// must not see a non-canonical one).
func userRip(a uint64) bool { return a >= nt.MinimumUserAddress && a <= nt.MaximumUserAddress }

// readContext captures a CONTEXT that a thread is to go on with.
func readContext(t *ps.Thread, va uint64, x *nt.Context) nt.Status {
	if s := get(t, va, x); !s.OK() {
		return s
	}
	if x.ContextFlags&nt.ContextControl == nt.ContextControl && !userRip(x.Rip) {
		return nt.StatusInvalidParameter
	}
	return nt.StatusSuccess
}

// ntContinue(*context, testAlert): goes on with the parts of a context that its
// flags name; with testAlert a user APC that waits comes first.
func ntContinue(t *ps.Thread, c *hal.Context) nt.Status {
	testAlert := c.Rdx&0xFF != 0
	x := new(nt.Context)
	if s := readContext(t, c.R10, x); !s.OK() {
		return s
	}
	changeContext(c, x)
	t.Continued = true
	if testAlert {
		ke.TestAlert()
	}
	return nt.StatusSuccess
}

// ntRaiseException(*record, *context, firstChance): an exception that the program
// itself raises, in that context. At first chance it goes to the process's dispatcher
// like one of the processor's. At the second, and when there is no dispatcher, it ends
// the process with its code: nothing debugs processes yet.
func ntRaiseException(t *ps.Thread, c *hal.Context) nt.Status {
	first := c.R8&0xFF != 0
	r, x := new(nt.ExceptionRecord), new(nt.Context)
	if s := get(t, c.R10, r); !s.OK() {
		return s
	}
	if s := readContext(t, c.Rdx, x); !s.OK() {
		return s
	}
	if int(r.NumberParameters) > len(r.Information) {
		return nt.StatusInvalidParameter
	}
	changeContext(c, x)
	t.Continued = true
	to := t.Process.ExceptionDispatcher.Load()
	switch {
	case !first:
		unhandledException(t, c, r.Code, ", second chance")
	case to == 0 || !dispatchRecord(t, c, to, r):
		unhandledException(t, c, r.Code, ", raised by the program")
	}
	return nt.StatusSuccess
}
