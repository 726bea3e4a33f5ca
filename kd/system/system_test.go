package system

import (
	"strings"
	"testing"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// world makes the object manager and the first processes.
func world(t *testing.T) *ps.Thread {
	t.Helper()
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return 0 }})
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
	do := func(name, args string) string {
		for _, c := range Commands() {
			if c.Name == name {
				var b strings.Builder
				c.Do(&b, Context{Thread: th.ID, Trace: trace}, args)
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
	// Nothing waits for a lock: a table that is locked is shown all the same.
	ke.StartThread(th.Thread)
	do("!ready", "")
}
