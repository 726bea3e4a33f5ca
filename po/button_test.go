package po

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

const tick = 100_000

// simulate runs body in a system thread with worker threads, on a clock of its own.
func simulate(t *testing.T, body func()) {
	t.Helper()
	now, done := uint64(tick), false
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack()))
	}})
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	ex.InitializeWorkers()
	ke.StartThread(ps.CreateSystemThread("test", ke.NormalPriority, func(*ps.Thread) { body(); done = true }).Thread)
	for n := 0; !done; n++ {
		if ke.RunReady(); n > 200_000 {
			t.Fatal("it does not end")
		}
		now += tick
		ke.Tick(1, false)
	}
}

// registers play the PM1 event block.
type registers struct{ status, enable uint16 }

// TestButtons (P1.6, P1.39): what the firmware describes is connected and enabled, the
// interrupt is claimed for an enabled event only and acknowledged, and the power button
// switches off, once.
func TestButtons(t *testing.T) {
	for _, c := range []struct {
		name           string
		caps           Capabilities
		prepare        error
		connect        nt.Status
		said           string
		enable, claims uint16
	}{
		{"both", Capabilities{true, true, true}, nil, nt.StatusSuccess, "", 0x300, 0x300},
		{"power", Capabilities{PowerButton: true}, nil, nt.StatusSuccess, "", 0x100, 0x100},
		{"none", Capabilities{}, nil, nt.StatusSuccess, "", 0, 0},
		{"no ACPI mode", Capabilities{PowerButton: true}, errors.New("no ACPI mode"), nt.StatusSuccess, "no ACPI mode", 0, 0},
		{"no line", Capabilities{PowerButton: true}, nil, nt.StatusInsufficientResources, "STATUS_INSUFFICIENT_RESOURCES", 0, 0},
	} {
		simulate(t, func() {
			var r registers
			var service func(int) bool
			off := 0
			begun.Store(false)
			Machine.Capabilities = func() Capabilities { return c.caps }
			Machine.PrepareEvents = func() error { return c.prepare }
			Machine.ConnectEvents = func(f func(int) bool) nt.Status { service = f; return c.connect }
			Machine.Events = func() uint16 { return r.status }
			Machine.ClearEvents = func(b uint16) { r.status &^= b }
			Machine.EnableEvents = func(b uint16) { r.enable = b }
			Machine.Settle, Machine.Display = func() {}, func(string) {}
			Machine.PowerOff = func() error { off++; return nil }
			Machine.Halt = func() {}
			ex.PowerCallback = &ex.Callback{}
			if s := InitSystem0(); !s.OK() || QueryCapabilities() != c.caps {
				t.Errorf("%s: InitSystem0: %v", c.name, s)
			}
			said, s := InitSystem1()
			if !s.OK() || !strings.Contains(said, c.said) || said != "" && c.said == "" || r.enable != c.enable {
				t.Errorf("%s: InitSystem1: %q, %v, enabled %#x", c.name, said, s, r.enable)
			}
			if c.enable == 0 {
				return
			}
			ke.RaiseIrql(ke.DispatchLevel)
			r.status = 0xFFFF &^ c.enable
			if service(0) {
				t.Errorf("%s: it claims what is not its own", c.name)
			}
			for _, bit := range []uint16{0x200, 0x100, 0x100} {
				if r.status = bit; service(0) != (c.claims&bit != 0) || c.claims&bit != 0 && r.status != 0 {
					t.Errorf("%s: event %#x, then %#x", c.name, bit, r.status)
				}
			}
			ke.LowerIrql(ke.PassiveLevel)
			ke.Delay(ke.KernelMode, false, -30*tick)
			if off != 1 {
				t.Errorf("%s: switched off %d times", c.name, off)
			}
		})
	}
	begun.Store(false)
	Machine.Capabilities = nil
	if s := InitSystem0(); s.OK() {
		t.Error("no machine, and no failure")
	}
	ex.PowerCallback = nil
	if _, s := InitSystem1(); s.OK() {
		t.Error("no callback, and no failure")
	}
}
