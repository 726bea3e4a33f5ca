//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// NtCreateEventPair makes an event pair.
func NtCreateEventPair(a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwCreateEventPair(uintptr(unsafe.Pointer(&h)), uintptr(nt.StandardAll), uintptr(unsafe.Pointer(a)))
	return
}

// NtOpenEventPair opens a named event pair.
func NtOpenEventPair(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenEventPair(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtSetLowEventPair and NtSetHighEventPair set one half.
func NtSetLowEventPair(h nt.Handle) nt.Status  { return ZwSetLowEventPair(uintptr(h)) }
func NtSetHighEventPair(h nt.Handle) nt.Status { return ZwSetHighEventPair(uintptr(h)) }

// NtWaitLowEventPair and NtWaitHighEventPair wait for one half.
func NtWaitLowEventPair(h nt.Handle) nt.Status  { return ZwWaitLowEventPair(uintptr(h)) }
func NtWaitHighEventPair(h nt.Handle) nt.Status { return ZwWaitHighEventPair(uintptr(h)) }

// NtSetLowWaitHighEventPair is a client's turn: it sets the low half and waits
// for the high one.
func NtSetLowWaitHighEventPair(h nt.Handle) nt.Status {
	return ZwSetLowWaitHighEventPair(uintptr(h))
}

// NtSetHighWaitLowEventPair is a server's turn.
func NtSetHighWaitLowEventPair(h nt.Handle) nt.Status {
	return ZwSetHighWaitLowEventPair(uintptr(h))
}

// NtCreateKeyedEvent makes a keyed event; flags must be 0.
func NtCreateKeyedEvent(a *Attributes, flags uint32) (h nt.Handle, s nt.Status) {
	s = ZwCreateKeyedEvent(uintptr(unsafe.Pointer(&h)), uintptr(nt.StandardAll&^nt.Synchronize|3), uintptr(unsafe.Pointer(a)), uintptr(flags))
	return
}

// NtOpenKeyedEvent opens a named keyed event.
func NtOpenKeyedEvent(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenKeyedEvent(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtWaitForKeyedEvent waits until another thread of this process releases the
// key, an even number. Handle 0 is \KernelObjects\CritSecOutOfMemoryEvent.
func NtWaitForKeyedEvent(h nt.Handle, key uint64, alertable bool, timeout *int64) nt.Status {
	return ZwWaitForKeyedEvent(uintptr(h), uintptr(key), flag(alertable), uintptr(unsafe.Pointer(timeout)))
}

// NtReleaseKeyedEvent lets one waiter go on, and waits for one if there is none.
func NtReleaseKeyedEvent(h nt.Handle, key uint64, alertable bool, timeout *int64) nt.Status {
	return ZwReleaseKeyedEvent(uintptr(h), uintptr(key), flag(alertable), uintptr(unsafe.Pointer(timeout)))
}

// NtCreateIoCompletion makes a queue of packets that lets count threads run at a
// time, 0 for as many as there are processors.
func NtCreateIoCompletion(a *Attributes, count uint32) (h nt.Handle, s nt.Status) {
	s = ZwCreateIoCompletion(uintptr(unsafe.Pointer(&h)), uintptr(nt.StandardAll|3), uintptr(unsafe.Pointer(a)), uintptr(count))
	return
}

// NtOpenIoCompletion opens a named one.
func NtOpenIoCompletion(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenIoCompletion(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtSetIoCompletion appends a packet.
func NtSetIoCompletion(h nt.Handle, p nt.FileIoCompletionInformation) nt.Status {
	return ZwSetIoCompletion(uintptr(h), uintptr(p.KeyContext), uintptr(p.ApcContext), uintptr(p.IoStatus.Status), uintptr(p.IoStatus.Information))
}

// NtRemoveIoCompletion takes the first packet, or waits for one.
func NtRemoveIoCompletion(h nt.Handle, timeout *int64) (p nt.FileIoCompletionInformation, s nt.Status) {
	s = ZwRemoveIoCompletion(uintptr(h), uintptr(unsafe.Pointer(&p.KeyContext)), uintptr(unsafe.Pointer(&p.ApcContext)), uintptr(unsafe.Pointer(&p.IoStatus)), uintptr(unsafe.Pointer(timeout)))
	return
}

// NtRemoveIoCompletionEx takes packets as far as there are any and room in list;
// it waits for the first.
func NtRemoveIoCompletionEx(h nt.Handle, list []nt.FileIoCompletionInformation, timeout *int64, alertable bool) (n uint32, s nt.Status) {
	s = ZwRemoveIoCompletionEx(uintptr(h), uintptr(unsafe.Pointer(unsafe.SliceData(list))), uintptr(len(list)), uintptr(unsafe.Pointer(&n)),
		uintptr(unsafe.Pointer(timeout)), flag(alertable))
	return
}

// NtQueryIoCompletion returns how many packets there are.
func NtQueryIoCompletion(h nt.Handle) (depth int32, s nt.Status) {
	var v nt.IoCompletionBasicInformation
	s = ZwQueryIoCompletion(uintptr(h), 0, uintptr(unsafe.Pointer(&v)), unsafe.Sizeof(v), 0)
	return v.Depth, s
}

// NtCreateProfile makes a profile of a process's addresses from base on, size
// bytes, each of the buckets standing for 1<<shift bytes. The buckets must not
// be moved or freed: they are out of the Go heap. Process 0 is everybody, ring 0
// included.
func NtCreateProfile(process nt.Handle, base, size uint64, shift uint32, buckets uint64, length, source uint32, affinity uint64) (h nt.Handle, s nt.Status) {
	s = ZwCreateProfile(uintptr(unsafe.Pointer(&h)), uintptr(process), uintptr(base), uintptr(size), uintptr(shift), uintptr(buckets), uintptr(length), uintptr(source), uintptr(affinity))
	return
}

// NtStartProfile and NtStopProfile begin and end the counting.
func NtStartProfile(h nt.Handle) nt.Status { return ZwStartProfile(uintptr(h)) }
func NtStopProfile(h nt.Handle) nt.Status  { return ZwStopProfile(uintptr(h)) }

// NtQueryIntervalProfile returns the time between two samples in 100 ns units.
func NtQueryIntervalProfile(source uint32) (interval uint32, s nt.Status) {
	s = ZwQueryIntervalProfile(uintptr(source), uintptr(unsafe.Pointer(&interval)))
	return
}

// NtSetIntervalProfile changes it, as near as the clock can.
func NtSetIntervalProfile(interval, source uint32) nt.Status {
	return ZwSetIntervalProfile(uintptr(interval), uintptr(source))
}

// NtSetSystemTime sets the time of day, 100 ns units since 1601, UTC, and returns
// what it was. The Go runtime of a program that runs does not notice.
func NtSetSystemTime(now uint64) (old uint64, s nt.Status) {
	s = ZwSetSystemTime(uintptr(unsafe.Pointer(&now)), uintptr(unsafe.Pointer(&old)))
	return
}
