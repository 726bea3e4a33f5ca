package thread

import (
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
)

// DeliverUserApc makes the current thread call its next user APC when it goes on
// in ring 3 (KiInitializeUserApc): its context goes on its stack, with routine
// and arguments in the home slots P1Home to P4Home, and it goes on at the
// process's dispatcher, RSP pointing at the context. The dispatcher calls
// P4Home(P1Home, P2Home, P3Home) and then NtContinue(context, TRUE), which
// brings the next one. Without dispatcher or stack it is an access violation.
func DeliverUserApc(t *ps.Thread) {
	c := t.Context
	a := ke.NextUserApc(t.Thread)
	if a == nil {
		return
	}
	to := t.Process.ApcDispatcher.Load()
	for t.ContextSet = true; to != 0 && t.ContextSet; {
		t.ContextSet = false // another thread may set it while this one waits for its stack
		x := wholeContext(c)
		x.P1Home, x.P2Home, x.P3Home, x.P4Home = a.Context, a.Arg1, a.Arg2, a.Routine
		if sp, ok := pushFrame(t, &x); ok && !t.ContextSet {
			startAt(c, sp, to)
			return
		}
	}
	if !DispatchException(t, nt.StatusAccessViolation, 8, to) {
		UnhandledException(t, nt.StatusAccessViolation, ", no place for a user APC")
	}
}

// userThread is threadFromHandle for what only a thread of ring 3 can do.
func userThread(t *ps.Thread, h uint64, access nt.AccessMask) (*ps.Thread, func(), nt.Status) {
	th, o, s := svc.ThreadFromHandle(t, h, access)
	if !s.OK() {
		return nil, nil, s
	}
	if th.Context == nil {
		o.Dereference()
		return nil, nil, nt.StatusInvalidHandle
	}
	return th, o.Dereference, nt.StatusSuccess
}

// NtQueueApcThread(thread, routine, context, argument1, argument2):
// STATUS_UNSUCCESSFUL when the thread is ending or has ended.
func NtQueueApcThread(c *svc.Call) nt.Status {
	t := c.Thread
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	arg2 := c.Arg(5)
	th, release, s := userThread(t, c.Arg(1), nt.ThreadSetContext)
	if !s.OK() {
		return s
	}
	defer release()
	if !svc.UserRip(c.Arg(2)) {
		return nt.StatusInvalidParameter
	}
	if !ke.NewUserApc(th.Thread, nil, nil, c.Arg(2), c.Arg(3)).Insert(c.Arg(4), arg2, 0) {
		return nt.StatusUnsuccessful
	}
	return nt.StatusSuccess
}

// NtTestAlert(): takes the thread's alert, or lets it run a user APC.
func NtTestAlert(*svc.Call) nt.Status {
	if ke.TestAlert() {
		return nt.StatusAlerted
	}
	return nt.StatusSuccess
}

// NtAlertThread(thread)
func NtAlertThread(c *svc.Call) nt.Status {
	t := c.Thread
	th, release, s := userThread(t, c.Arg(1), nt.ThreadAlert)
	if !s.OK() {
		return s
	}
	ke.Alert(th.Thread)
	release()
	return nt.StatusSuccess
}

var NtAlertResumeThread = suspendService(func(t *ke.Thread) (int, nt.Status) {
	ke.Alert(t)
	return ke.Resume(t), nt.StatusSuccess
})
