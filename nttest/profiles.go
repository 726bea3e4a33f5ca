//go:build ntuser

package main

import (
	"fmt"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Profiles (P1.10).

const everyProcessor = ^uint64(0)

// kernelImage is where the kernel's code is.
const kernelImage, kernelImageSize = 0xFFFFFFFF80200000, 64 << 20

// buckets is memory for n of them, out of the Go heap.
func buckets(n int) (base uint64, b []uint32) {
	base, _, _ = ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, uint64(n)*4, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	return base, unsafe.Slice((*uint32)(pointerAt(base)), n)
}

func sum(b []uint32) (n uint32) {
	for _, v := range b {
		n += v
	}
	return n
}

func release(base uint64) { ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease) }

var profileTests = []test{
	{"profile", func() error {
		p, free := newProgram()
		defer free()
		base, b := buckets(0x400)
		defer release(base)
		h, s := ntdll.NtCreateProfile(nt.CurrentProcess, p.base, 0x1000, 2, base, 0x1000, nt.ProfileTime, everyProcessor)
		if !s.OK() {
			return expect("NtCreateProfile", s, 0)
		}
		defer ntdll.NtClose(h)
		spinner, err := p.thread(0x200, false)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(spinner)
		defer ntdll.NtTerminateThread(spinner, 0)
		delay(100 * time.Millisecond)
		if n := sum(b); n != 0 {
			return fmt.Errorf("%d samples before the start", n)
		}
		if err := all(status{"start", ntdll.NtStartProfile(h), 0}, status{"again", ntdll.NtStartProfile(h), nt.StatusProfilingNotStopped}); err != nil {
			return err
		}
		if err := until("ten samples", func() bool { return b[0x80] >= 10 }); err != nil {
			return err
		}
		if err := all(status{"stop", ntdll.NtStopProfile(h), 0}, status{"again", ntdll.NtStopProfile(h), nt.StatusProfilingNotStarted}); err != nil {
			return err
		}
		delay(50 * time.Millisecond) // a tick that was on its way
		n := b[0x80]
		delay(100 * time.Millisecond)
		if b[0x80] != n || sum(b) != n {
			return fmt.Errorf("%d samples of the loop, %d then, %d in all", n, b[0x80], sum(b))
		}
		return nil
	}},
	// The buckets go while ticks count into them; a process ends with its
	// profile started.
	{"profile-gone", func() error {
		p, free := newProgram()
		defer free()
		spinner, err := p.thread(0x200, false)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(spinner)
		defer ntdll.NtTerminateThread(spinner, 0)
		for _, how := range []func(base uint64){release, func(base uint64) {
			ntdll.NtProtectVirtualMemory(nt.CurrentProcess, base, 0x1000, nt.PageReadOnly)
		}} {
			base, _ := buckets(0x400)
			h, s := ntdll.NtCreateProfile(nt.CurrentProcess, p.base, 0x1000, 2, base, 0x1000, nt.ProfileTime, everyProcessor)
			if !s.OK() {
				return expect("NtCreateProfile", s, 0)
			}
			ntdll.NtStartProfile(h)
			delay(60 * time.Millisecond)
			how(base)
			delay(100 * time.Millisecond)
			if err := expect("NtStopProfile", ntdll.NtStopProfile(h), 0); err != nil {
				return err
			}
			ntdll.NtClose(h)
			release(base)
		}
		s, err := run(20*time.Second, "profiled")
		if err != nil {
			return err
		}
		return expect("the child", s, survived)
	}},
	// Ring 0, and everybody's ring 3.
	{"profile-system", func() error {
		base, b := buckets(kernelImageSize >> 16)
		defer release(base)
		h, s := ntdll.NtCreateProfile(0, kernelImage, kernelImageSize, 16, base, kernelImageSize>>14, nt.ProfileTime, everyProcessor)
		if !s.OK() {
			return expect("NtCreateProfile", s, 0)
		}
		defer ntdll.NtClose(h)
		ntdll.NtStartProfile(h)
		if err := until("samples of the kernel", func() bool { return sum(b) >= 5 }); err != nil {
			return err
		}
		return expect("NtStopProfile", ntdll.NtStopProfile(h), 0)
	}},
	{"profile-refused", func() error {
		base, _ := buckets(0x400)
		defer release(base)
		create := func(process nt.Handle, from, size uint64, shift uint32, buffer uint64, length, source uint32, affinity uint64) nt.Status {
			h, s := ntdll.NtCreateProfile(process, from, size, shift, buffer, length, source, affinity)
			if s.OK() {
				ntdll.NtClose(h)
			}
			return s
		}
		me := nt.CurrentProcess
		e, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		defer ntdll.NtClose(e)
		if err := all(
			status{"no buffer", create(me, 0x10000, 0x1000, 2, base, 0, 0, 1), nt.StatusInvalidParameter7},
			status{"small buckets", create(me, 0x10000, 0x1000, 1, base, 0x1000, 0, 1), nt.StatusInvalidParameter},
			status{"large buckets", create(me, 0x10000, 0x1000, 32, base, 0x1000, 0, 1), nt.StatusInvalidParameter},
			status{"a small buffer", create(me, 0x10000, 0x1001, 2, base, 0x1000, 0, 1), nt.StatusBufferTooSmall},
			status{"beyond the end", create(me, 0xFFFFFFFFFFFFF000, 0x1001, 3, base, 0x1000, 0, 1), nt.StatusBufferOverflow},
			status{"another source", create(me, 0x10000, 0x1000, 2, base, 0x1000, 1, 1), nt.StatusNotSupported},
			status{"no processor", create(me, 0x10000, 0x1000, 2, base, 0x1000, 0, 0), nt.StatusInvalidParameter},
			status{"an odd buffer", create(me, 0x10000, 0x1000, 2, base+2, 0x1000, 0, 1), nt.StatusDatatypeMisalignment},
			status{"no memory there", create(me, 0x10000, 0x1000, 2, 0x1000, 0x1000, 0, 1), nt.StatusAccessViolation},
			status{"memory of the kernel's", create(me, 0x10000, 0x1000, 2, kernelImage, 0x1000, 0, 1), nt.StatusAccessViolation},
			status{"read-only memory", create(me, 0x10000, 0x1000, 2, nt.UserImageBase+0x1000, 0x1000, 0, 1), nt.StatusAccessViolation},
			status{"no process", create(4444, 0x10000, 0x1000, 2, base, 0x1000, 0, 1), nt.StatusInvalidHandle},
			status{"an event", create(e, 0x10000, 0x1000, 2, base, 0x1000, 0, 1), nt.StatusObjectTypeMismatch},
			status{"starting an event", ntdll.NtStartProfile(e), nt.StatusObjectTypeMismatch},
			status{"no handle", ntdll.NtStopProfile(0), nt.StatusInvalidHandle}); err != nil {
			return err
		}
		// 32 at a time.
		var list []nt.Handle
		last := nt.StatusSuccess
		for range 33 {
			h, s := ntdll.NtCreateProfile(me, 0x10000, 0x1000, 2, base, 0x1000, 0, 1)
			if !s.OK() {
				return expect("NtCreateProfile", s, 0)
			}
			list = append(list, h)
			last = ntdll.NtStartProfile(h)
		}
		for _, h := range list {
			ntdll.NtClose(h)
		}
		return expect("the 33rd", last, nt.StatusProfilingAtLimit)
	}},
	{"profile-interval", func() error {
		tick, s := ntdll.NtQueryIntervalProfile(nt.ProfileTime)
		if !s.OK() || tick == 0 {
			return fmt.Errorf("%d, %v", tick, s)
		}
		defer ntdll.NtSetIntervalProfile(tick, nt.ProfileTime)
		for _, c := range []struct{ set, want uint32 }{{0, tick}, {tick + tick/3, tick}, {3*tick - 1, 3 * tick}, {^uint32(0), 64 * tick}} {
			s := ntdll.NtSetIntervalProfile(c.set, nt.ProfileTime)
			if got, _ := ntdll.NtQueryIntervalProfile(nt.ProfileTime); got != c.want || !s.OK() {
				return fmt.Errorf("%d has become %d, %v, expected %d", c.set, got, s, c.want)
			}
		}
		none, s := ntdll.NtQueryIntervalProfile(1)
		if none != 0 || !s.OK() {
			return fmt.Errorf("another source: %d, %v", none, s)
		}
		return expect("setting another source", ntdll.NtSetIntervalProfile(tick, 1), nt.StatusNotSupported)
	}},
}

func init() { register("profiled", func([]string) nt.Status { return profiledChild() }) }

// profiledChild ends with a profile of itself started, and others of its parent's
// memory that is not its own.
func profiledChild() nt.Status {
	p, _ := newProgram()
	base, b := buckets(0x400)
	h, s := ntdll.NtCreateProfile(nt.CurrentProcess, p.base, 0x1000, 2, base, 0x1000, nt.ProfileTime, everyProcessor)
	if !s.OK() {
		return s
	}
	ntdll.NtStartProfile(h)
	p.thread(0x200, false)
	if until("samples", func() bool { return sum(b) >= 3 }) != nil {
		return nt.StatusTimeout
	}
	return survived
}
