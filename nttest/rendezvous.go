//go:build ntuser

package main

import (
	"fmt"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// Event pairs and keyed events (P1.10).

const keyedName = `\KernelObjects\CritSecOutOfMemoryEvent`

// weak is a handle with fewer rights.
func weak(h nt.Handle, access nt.AccessMask) nt.Handle {
	d, _ := ntdll.NtDuplicateObject(nt.CurrentProcess, h, nt.CurrentProcess, access, 0, 0)
	return d
}

var rendezvousTests = []test{
	{"event-pair", func() error {
		h, s := ntdll.NtCreateEventPair(ntdll.NewAttributes(`\TestPair`, 0, 0))
		if !s.OK() {
			return expect("NtCreateEventPair", s, 0)
		}
		defer ntdll.NtClose(h)
		o, s := ntdll.NtOpenEventPair(nt.Synchronize, ntdll.NewAttributes(`\TestPair`, 0, 0))
		if !s.OK() {
			return expect("NtOpenEventPair", s, 0)
		}
		defer ntdll.NtClose(o)
		c := newCallers()
		defer c.end()
		server, err := c.begin(nt.SvcWaitLowEventPair, uint64(o))
		if err != nil {
			return err
		}
		if err := expect("NtSetLowEventPair", ntdll.NtSetLowEventPair(h), 0); err != nil {
			return err
		}
		if err := ends(server, 0); err != nil {
			return err
		}
		// A turn each: the server answers what it is waiting for.
		if server, err = c.begin(nt.SvcSetHighWaitLowEventPair, uint64(o)); err != nil {
			return err
		}
		if err := expect("NtWaitHighEventPair", ntdll.NtWaitHighEventPair(h), 0); err != nil {
			return err
		}
		ntdll.NtSetHighEventPair(h)
		if err := expect("NtSetLowWaitHighEventPair", ntdll.NtSetLowWaitHighEventPair(h), 0); err != nil {
			return err
		}
		if err := ends(server, 0); err != nil {
			return err
		}
		ntdll.NtSetLowEventPair(h)
		return expect("NtSetHighWaitLowEventPair", ntdll.NtSetHighWaitLowEventPair(h), 0)
	}},
	{"event-pair-refused", func() error {
		h, _ := ntdll.NtCreateEventPair(nil)
		defer ntdll.NtClose(h)
		e, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, true)
		defer ntdll.NtClose(e)
		w := weak(h, nt.ReadControl)
		defer ntdll.NtClose(w)
		c := newCallers()
		defer c.end()
		waiter, err := c.begin(nt.SvcWaitHighEventPair, uint64(h))
		if err != nil {
			return err
		}
		ntdll.NtTerminateThread(waiter, 7)
		if err := ends(waiter, 7); err != nil {
			return err
		}
		return all(
			status{"no handle", ntdll.NtSetLowEventPair(0), nt.StatusInvalidHandle},
			status{"an event", ntdll.NtWaitLowEventPair(e), nt.StatusObjectTypeMismatch},
			status{"without SYNCHRONIZE", ntdll.NtSetLowWaitHighEventPair(w), nt.StatusAccessDenied},
			status{"waiting for the object", ntdll.NtWaitForSingleObject(h, false, &noTime), nt.StatusObjectTypeMismatch},
			status{"a pair as an event", func() nt.Status { _, s := ntdll.NtSetEvent(h); return s }(), nt.StatusObjectTypeMismatch})
	}},
	{"keyed-event", func() error {
		own, s := ntdll.NtCreateKeyedEvent(nil, 0)
		if !s.OK() {
			return expect("NtCreateKeyedEvent", s, 0)
		}
		defer ntdll.NtClose(own)
		opened, s := ntdll.NtOpenKeyedEvent(nt.KeyedEventWait|nt.KeyedEventWake, ntdll.NewAttributes(keyedName, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenKeyedEvent", s, 0)
		}
		defer ntdll.NtClose(opened)
		for _, pair := range [][2]nt.Handle{{own, own}, {opened, 0}, {0, opened}} {
			c := newCallers()
			for _, way := range []struct {
				waiter  nt.Service
				partner func(h nt.Handle, key uint64, alertable bool, timeout *int64) nt.Status
			}{{nt.SvcWaitForKeyedEvent, ntdll.NtReleaseKeyedEvent}, {nt.SvcReleaseKeyedEvent, ntdll.NtWaitForKeyedEvent}} {
				waiter, err := c.begin(way.waiter, uint64(pair[0]), 0x1000, 0, 0)
				if err == nil {
					err = all(
						status{"another key", way.partner(pair[1], 0x1002, false, &noTime), nt.StatusTimeout},
						status{"the key", way.partner(pair[1], 0x1000, false, nil), 0},
						status{"nobody is left", way.partner(pair[1], 0x1000, false, &noTime), nt.StatusTimeout})
				}
				if err == nil {
					err = ends(waiter, 0)
				}
				if err != nil {
					c.end()
					return fmt.Errorf("%v by handles %v: %w", way.waiter, pair, err)
				}
			}
			c.end()
		}
		return nil
	}},
	// One of three is killed, one alerted: the third is released, and nothing
	// else is.
	{"keyed-event-ends", func() error {
		c := newCallers()
		defer c.end()
		var waiters []nt.Handle
		for range 3 {
			h, err := c.begin(nt.SvcWaitForKeyedEvent, 0, 2, 1, 0)
			if err != nil {
				return err
			}
			waiters = append(waiters, h)
		}
		ntdll.NtTerminateThread(waiters[0], 7)
		ntdll.NtAlertThread(waiters[1])
		for i, want := range []nt.Status{7, nt.StatusAlerted} {
			if err := ends(waiters[i], want); err != nil {
				return err
			}
		}
		// The same key in another process is another one.
		if s, err := run(20*time.Second, "keyed"); err != nil || s != survived {
			return fmt.Errorf("the child: %v %v", s, err)
		}
		if err := expect("NtReleaseKeyedEvent", ntdll.NtReleaseKeyedEvent(0, 2, false, nil), 0); err != nil {
			return err
		}
		if err := ends(waiters[2], 0); err != nil {
			return err
		}
		// A process that ends with a waiter and a releaser in it.
		if s, err := run(20*time.Second, "keyed", "leave"); err != nil || s != survived {
			return fmt.Errorf("the child that leaves: %v %v", s, err)
		}
		soon := int64(-20 * 10_000)
		return all(status{"a wait", ntdll.NtWaitForKeyedEvent(0, 2, false, &soon), nt.StatusTimeout},
			status{"a release", ntdll.NtReleaseKeyedEvent(0, 2, true, &soon), nt.StatusTimeout})
	}},
	{"keyed-event-refused", func() error {
		_, flags := ntdll.NtCreateKeyedEvent(nil, 1)
		h, _ := ntdll.NtCreateKeyedEvent(nil, 0)
		defer ntdll.NtClose(h)
		waits, wakes := weak(h, nt.KeyedEventWait), weak(h, nt.KeyedEventWake)
		defer ntdll.NtClose(waits)
		defer ntdll.NtClose(wakes)
		e, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, true)
		defer ntdll.NtClose(e)
		return all(
			status{"flags", flags, nt.StatusInvalidParameter4},
			status{"an odd key", ntdll.NtWaitForKeyedEvent(h, 3, false, &noTime), nt.StatusInvalidParameter1},
			status{"releasing an odd key", ntdll.NtReleaseKeyedEvent(0, 1, false, &noTime), nt.StatusInvalidParameter1},
			status{"a bad timeout", ntdll.Raw(nt.SvcWaitForKeyedEvent, uintptr(h), 2, 0, 8), nt.StatusAccessViolation},
			status{"no right to wake", ntdll.NtReleaseKeyedEvent(waits, 2, false, &noTime), nt.StatusAccessDenied},
			status{"no right to wait", ntdll.NtWaitForKeyedEvent(wakes, 2, false, &noTime), nt.StatusAccessDenied},
			status{"the right to wait", ntdll.NtWaitForKeyedEvent(waits, 2, false, &noTime), nt.StatusTimeout},
			status{"no handle", ntdll.NtWaitForKeyedEvent(4444, 2, false, &noTime), nt.StatusInvalidHandle},
			status{"an event", ntdll.NtWaitForKeyedEvent(e, 2, false, &noTime), nt.StatusObjectTypeMismatch},
			status{"waiting for the object", ntdll.NtWaitForSingleObject(h, false, &noTime), nt.StatusAccessDenied})
	}},
}

func init() { register("keyed", keyedChild) }

// keyedChild releases a key that only another process waits for, or ends while
// threads of its own wait.
func keyedChild(args []string) nt.Status {
	if s := ntdll.NtReleaseKeyedEvent(0, 2, false, &noTime); s != nt.StatusTimeout {
		return s
	}
	if len(args) > 0 {
		c := newCallers()
		c.begin(nt.SvcWaitForKeyedEvent, 0, 2, 1, 0)
		c.begin(nt.SvcReleaseKeyedEvent, 0, 4, 1, 0)
	}
	return survived
}
