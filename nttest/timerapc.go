//go:build ntuser

package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// Timers with user APCs (P1.10).
var timerApcTests = []test{
	{"timer-apc", func() error {
		p, free := newProgram()
		defer free()
		m := p.marks()
		h, _ := ntdll.NtCreateTimer(nil, nt.NotificationTimer)
		defer ntdll.NtClose(h)
		if err := expect("a routine of the kernel's", ntdll.NtSetTimerApc(h, -1, 0, 1<<63, 0), nt.StatusInvalidParameter); err != nil {
			return err
		}
		if err := expect("NtSetTimer", ntdll.NtSetTimerApc(h, -20*10_000, 20, p.base, p.base+0x800), 0); err != nil {
			return err
		}
		for i := uint64(1); i <= 3; i++ {
			if s := ntdll.NtDelayExecution(true, -5*10_000_000); s != nt.StatusUserApc || m.calls != i {
				return fmt.Errorf("wait %d: %v, %d calls", i, s, m.calls)
			}
		}
		if now, _ := ntdll.NtQuerySystemTime(); now-(m.arg2<<32|m.arg1) > 50_000_000 {
			return fmt.Errorf("it is %d, the APC was told %d, %d", now, m.arg1, m.arg2)
		}
		delay(50 * time.Millisecond) // one is queued now, and is taken back
		ntdll.NtCancelTimer(h)
		calls := m.calls
		if s := ntdll.NtDelayExecution(true, -50*10_000); s != 0 || m.calls != calls {
			return fmt.Errorf("after NtCancelTimer: %v, %d calls", s, m.calls-calls)
		}
		due := int64(-1)
		return expect("resume", ntdll.Raw(nt.SvcSetTimer, uintptr(h), pointer(&due), 0, 0, 1, 0, 0), nt.StatusTimerResumeIgnored)
	}},
	// Two threads set one timer at once: the setting that stays is whole, and its
	// thread gets the APC.
	several("timer-apc-race", func(int) error {
		p, free := newProgram()
		defer free()
		h, _ := ntdll.NtCreateTimer(nil, nt.NotificationTimer)
		defer ntdll.NtClose(h)
		for round := range 25 {
			var ready, called atomic.Int32
			done := make(chan nt.Status, 2)
			for range 2 {
				go func() {
					runtime.LockOSThread()
					for ready.Add(1); ready.Load() < 2; {
						runtime.Gosched()
					}
					s := ntdll.NtSetTimerApc(h, -1, 0, p.base, p.base+0x800)
					// The APC may come late where the host gives a processor no time.
					for tries := 0; tries < 100 && called.Load() == 0; tries++ {
						if ntdll.NtDelayExecution(true, -50*10_000) == nt.StatusUserApc {
							called.Add(1)
						}
					}
					done <- s
				}()
			}
			if a, b := <-done, <-done; !a.OK() || !b.OK() {
				return fmt.Errorf("NtSetTimer: %v, %v", a, b)
			}
			if called.Load() == 0 {
				return fmt.Errorf("round %d: neither thread has got the APC", round)
			}
		}
		return nil
	}),
}
