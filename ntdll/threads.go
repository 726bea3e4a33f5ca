//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// NtQueueApcThread makes a thread call routine(context, a1, a2), machine code by
// the x64 convention, at its next alertable wait.
func NtQueueApcThread(t nt.Handle, routine, context, a1, a2 uint64) nt.Status {
	return ZwQueueApcThread(uintptr(t), uintptr(routine), uintptr(context), uintptr(a1), uintptr(a2))
}

// NtTestAlert takes the thread's alert (STATUS_ALERTED) or runs its user APCs.
func NtTestAlert() nt.Status { return ZwTestAlert() }

// NtAlertThread ends a thread's alertable wait, or its next one.
func NtAlertThread(t nt.Handle) nt.Status { return ZwAlertThread(uintptr(t)) }

// NtAlertResumeThread alerts a thread and takes one suspension back; it returns
// the count before.
func NtAlertResumeThread(t nt.Handle) (old uint32, s nt.Status) {
	s = ZwAlertResumeThread(uintptr(t), uintptr(unsafe.Pointer(&old)))
	return
}

// NtGetContextThread reads the parts of a thread's context that ContextFlags
// names.
func NtGetContextThread(t nt.Handle, c *nt.Context) nt.Status {
	return ZwGetContextThread(uintptr(t), uintptr(unsafe.Pointer(c)))
}

// NtSetContextThread changes them.
func NtSetContextThread(t nt.Handle, c *nt.Context) nt.Status {
	return ZwSetContextThread(uintptr(t), uintptr(unsafe.Pointer(c)))
}

// NtContinue goes on with a context; it returns only when it is refused.
func NtContinue(c *nt.Context, testAlert bool) nt.Status {
	return ZwContinue(uintptr(unsafe.Pointer(c)), flag(testAlert))
}

// NtRaiseException raises an exception in a context; it returns only when it is refused.
func NtRaiseException(r *nt.ExceptionRecord, c *nt.Context, firstChance bool) nt.Status {
	return ZwRaiseException(uintptr(unsafe.Pointer(r)), uintptr(unsafe.Pointer(c)), flag(firstChance))
}

// NtSetTimerApc sets a timer that makes the caller call routine(context, time's
// low half, time's high half) when it fires; period in milliseconds.
func NtSetTimerApc(h nt.Handle, due int64, period int32, routine, context uint64) nt.Status {
	return ZwSetTimer(uintptr(h), uintptr(unsafe.Pointer(&due)), uintptr(routine), uintptr(context), 0, uintptr(uint32(period)), 0)
}

// NtOpenProcess opens a process by id.
func NtOpenProcess(access nt.AccessMask, id uint64) (h nt.Handle, s nt.Status) {
	c := nt.ClientID{UniqueProcess: id}
	s = ZwOpenProcess(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(NewAttributes("", 0, 0))), uintptr(unsafe.Pointer(&c)))
	return
}

// NtOpenThread opens a thread by id.
func NtOpenThread(access nt.AccessMask, id nt.ClientID) (h nt.Handle, s nt.Status) {
	s = ZwOpenThread(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(NewAttributes("", 0, 0))), uintptr(unsafe.Pointer(&id)))
	return
}
