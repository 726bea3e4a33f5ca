package rm

import (
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"testing"

	"gont/ex"
	"gont/ke"
	"gont/lpc"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/se"
)

const tick = 100_000

// simulate runs body in a system thread, on a clock of its own.
func simulate(t *testing.T, body func()) {
	t.Helper()
	now, done := uint64(tick), false
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack()))
	}})
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1(), ex.CreateTypes(), lpc.InitSystem()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	ke.StartThread(ps.CreateSystemThread("test", ke.NormalPriority, func(*ps.Thread) { body(); done = true }).Thread)
	for n := 0; !done; n++ {
		if ke.RunReady(); n > 10000 {
			t.Fatal("it does not end")
		}
		now += tick
		ke.Tick(1, false)
	}
}

func order(n uint32, data ...byte) nt.Status {
	_, s := CommandPort.Request(append(binary.LittleEndian.AppendUint32(nil, n), data...), ke.KernelMode, nil)
	return s
}

// TestCommands (P1.16, P1.41): the names are there; the command thread does what it is
// told, and refuses what makes no sense; audit records obey the policy, and the queue has
// an end.
func TestCommands(t *testing.T) {
	simulate(t, func() {
		if s := InitSystem1(); !s.OK() {
			t.Fatal(s)
		}
		if s := InitSystem1(); s != nt.StatusObjectNameCollision {
			t.Error("a second time:", s)
		}
		if o, s := ob.Lookup(nil, `\Security\LSA_AUTHENTICATION_INITIALIZED`, false, ex.EventType); !s.OK() || o.Body != any(LsaInitialized) {
			t.Error("the event:", s)
		}
		if s := InitPhase1(); !s.OK() {
			t.Fatal(s)
		}
		if s := InitPhase1(); s != nt.StatusObjectNameCollision {
			t.Error("a second port:", s)
		}
		luid := binary.LittleEndian.AppendUint64(nil, 0x1234)
		system := binary.LittleEndian.AppendUint64(nil, se.SystemLuid)
		for i, c := range []struct {
			n    uint32
			data []byte
			want nt.Status
		}{
			{CommandCreateSession, luid, nt.StatusSuccess},
			{CommandCreateSession, luid, nt.StatusLogonSessionExists},
			{CommandCreateSession, luid[:7], nt.StatusInvalidParameter},
			{CommandDeleteSession, luid, nt.StatusSuccess},
			{CommandDeleteSession, luid, nt.StatusNoSuchLogonSession},
			{CommandDeleteSession, system, nt.StatusBadLogonSessionState},
			{CommandSetAudit, []byte{3}, nt.StatusInvalidParameter},
			{CommandSetAudit, []byte{4, 0, 0, 0, 0, 0, 0, 0, 0}, nt.StatusInvalidParameter},
			{CommandSetAudit, []byte{AuditSuccess, 0, 0, 0, 0, AuditSuccess, 0, 0, 0}, nt.StatusSuccess},
			{99, nil, nt.StatusInvalidParameter},
		} {
			if s := order(c.n, c.data...); s != c.want {
				t.Errorf("command %d: %v, want %v", i, s, c.want)
			}
		}
		Audit(AuditRecord{Category: AuditSystem, Event: 512, Success: true})
		Audit(AuditRecord{Category: AuditSystem, Event: 513})               // failures are not audited
		Audit(AuditRecord{Category: AuditLogon, Event: 528, Success: true}) // nor this category
		Audit(AuditRecord{Category: Categories, Event: 1, Success: true})
		list, dropped := TakeAudit()
		if len(list) != 2 || list[0].Event != 612 || list[1].Event != 512 || list[1].Time == 0 || dropped != 0 {
			t.Errorf("%v, %d dropped", list, dropped)
		}
		for range MaximumAudit + 5 {
			Audit(AuditRecord{Category: AuditSystem, Success: true})
		}
		if list, dropped := TakeAudit(); len(list) != MaximumAudit || dropped != 5 {
			t.Errorf("%d records, %d dropped", len(list), dropped)
		}
		if _, s := CommandPort.Request([]byte{1}, ke.KernelMode, nil); s != nt.StatusInvalidParameter {
			t.Error("a short command:", s)
		}
	})
}
