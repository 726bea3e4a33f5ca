package system

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// world makes the object manager and the first processes.
func world(t *testing.T) *ps.Thread {
	t.Helper()
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return 0 }, Pause: func() { panic("a command waits for the dispatcher lock") }})
	for _, f := range []func() nt.Status{ob.InitSystem0, ps.InitTokens, func() nt.Status { return ps.InitSystem0(idle) }, ob.InitSystem1} {
		if s := f(); !s.OK() {
			t.Fatal(s)
		}
	}
	return ps.CreateSystemThread("worker", ke.NormalPriority, func(*ps.Thread) {})
}

// TestCommands: what the commands say of a system with one thread, and of what is not
// there.
func TestCommands(t *testing.T) {
	th := world(t)
	trace := &ex.Trace{Now: func() int64 { return 0 }}
	trace.End(trace.Begin("P0.1"), nt.StatusSuccess)
	timer := ke.NewTimer(nt.NotificationTimer)
	timer.Set(-1_000_000, 0x7B)
	do := func(name, args string) string {
		for _, c := range Commands() {
			if c.Name == name {
				var b strings.Builder
				c.Do(&b, Context{Thread: th.ID, Trace: trace, Read: func(address uint64, b []byte) int {
					if address != uint64(uintptr(unsafe.Pointer(timer))) {
						return 0
					}
					return copy(b, unsafe.Slice((*byte)(unsafe.Pointer(timer)), len(b)))
				}}, args)
				return b.String()
			}
		}
		t.Fatalf("there is no %s", name)
		return ""
	}
	for _, c := range []struct{ name, args, want string }{
		{"!process", "", "PROCESS    4  parent    0"}, {"!process", "", "Idle"}, {"!process", "4", "worker"}, {"!process", "99", "there is no process 99"},
		{"!thread", "", "THREAD 4.8"}, {"!thread", "", "Initialized"}, {"!thread", "99", "there is no thread 99"},
		{"!ready", "", "no thread is ready"}, {"!running", "", "processor 0  priority -1"},
		{"!object", "", `\: Directory`}, {"!object", "", "ObjectTypes"}, {"!object", "", `DosDevices               SymbolicLink -> \??`},
		{"!object", `\objecttypes`, "Process"}, {"!object", `\nosuch`, `there is no object \nosuch`}, {"!object", `\DosDevices\x`, "there is no object"},
		{"!handle", "4", "0 handles of System"}, {"!handle", "zz", "there is no process zz"},
		{"!vad", "", "System has no address space"}, {"!vm", "", "memory 0 KB"}, {"!pfn", "ffffffff", "there is no page frame"}, {"!pfn", "x", "there is no page frame"},
		{"!irql", "", "processor 0: IRQL 0"}, {"!bugcheck", "0x50", "00000050 PAGE_FAULT_IN_NONPAGED_AREA"}, {"!bugcheck", "q", "is not a stop code"},
		{"!trace", "", "TRACE P0.1 "},
		{"!locks", "", "0 of 4 locks are held"}, {"!token", "", "TOKEN of System: id 3e7"}, {"!token", "", "user  S-1-5-18"}, {"!token", "4", "privilege 7 enabled"},
		{"!token", "99", "there is no process 99"}, {"!poolused", "", "nonpaged pool "}, {"!timer", "", "1 timers are set"}, {"!timer", "", "in      100 ms"},
		{"!dpcs", "", "processor 0: "}, {"!irp", "", "0 requests of threads"}, {"!irp", "99", "there is no thread 99"},
		{"!drvobj", `\Driver\none`, `there is no driver \Driver\none`}, {"!drvobj", `\ObjectTypes`, "there is no driver"},
		{"!devstack", "", "there is no device"}, {"!devstack", `\ObjectTypes\Type`, "there is no device"}, {"!devnode", "", ""},
		{"!reg", "", `there is no key \Registry`}, {"!reg", "x", "there is no key x"},
		{"dt", "", "ps.Thread"}, {"dt", "ke.timer", "ke.Timer has "}, {"dt", "ke.Timer", "due "}, {"dt", "nosuch", "no structure is called nosuch"},
		{"dt", "ke.Timer zz", "zz is not an address"}, {"dt", "ke.Timer 1000", "there are 0 of "},
		{"dt", fmt.Sprintf("ke.Timer %x", unsafe.Pointer(timer)), "period                       uint64 : 0x7b"},
		{"!bugcheck", "-last", "has left no report"},
	} {
		if got := do(c.name, c.args); !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %q is missing in\n%s", c.name, c.args, c.want, got)
		}
	}
	if h, s := ps.System.Handles.Insert(th.Object.Reference(), nt.AllAccess, 0); s.OK() {
		if got := do("!handle", "4"); !strings.Contains(got, "Thread") || !strings.Contains(got, "1 handles") {
			t.Error(got)
		}
		ps.System.Handles.Close(h)
	}
	ke.StartThread(th.Thread)
	// No command waits for a lock that a processor held when it was stopped.
	ke.HoldDispatcherLock()
	for _, c := range Commands() {
		for _, args := range []string{"", "4", `\`} {
			do(c.Name, args)
		}
	}
	if got := do("!ready", ""); !strings.Contains(got, "worker") {
		t.Error(got)
	}
	if got := do("!locks", ""); !strings.Contains(got, "1 of 4 locks are held") {
		t.Error(got)
	}
}
