package svctest

import (
	"encoding/binary"
	"strings"
	"testing"

	"gont/hal"
	"gont/nt"
	"gont/ps"
	"gont/svc/thread"
)

// code puts instructions where the program reads its data, and lets it stand there.
func (w *world) code(b ...byte) {
	if _, s := w.call.Thread.Process.Space.WriteBytes(dataAt, b); !s.OK() {
		w.t.Fatal(s)
	}
	w.call.Context.Rip = dataAt
}

// TestUserExceptions (DESIGN 4): each exception of ring 3 comes to the process's dispatcher
// with NT's status and information; without a dispatcher, or without a stack, it ends the
// process with the status.
func TestUserExceptions(t *testing.T) {
	fx := func(f func(c *hal.Context)) func(*hal.Context) { return f }
	for _, e := range []struct {
		vector  uint64
		code    []byte
		change  func(c *hal.Context)
		status  nt.Status
		address uint64 // from dataAt
		info    []uint64
	}{
		{vector: hal.ExceptionDivide, code: []byte{0xF7, 0xF1}, status: nt.StatusIntegerDivideByZero},
		{vector: hal.ExceptionDebug, status: nt.StatusSingleStep, change: fx(func(c *hal.Context) { c.Rflags |= hal.RflagsTrap })},
		{vector: hal.ExceptionBreakpoint, change: fx(func(c *hal.Context) { c.Rip++ }), status: nt.StatusBreakpoint, info: []uint64{0}},
		{vector: hal.ExceptionOverflow, status: nt.StatusIntegerOverflow},
		{vector: hal.ExceptionOpcode, status: nt.StatusIllegalInstruction},
		{vector: hal.ExceptionProtection, code: []byte{0xF4}, status: nt.StatusPrivilegedInstruction},
		{vector: hal.ExceptionProtection, code: []byte{0x90}, status: nt.StatusAccessViolation, info: []uint64{0, ^uint64(0)}},
		{vector: hal.ExceptionAlignment, status: nt.StatusDatatypeMisalignment},
		{vector: hal.ExceptionSIMD, change: fx(func(c *hal.Context) { binary.LittleEndian.PutUint32(c.Fx[24:], 0x1D84) }), status: nt.StatusFloatDivideByZero, info: []uint64{0, 0x1D84}},
		{vector: 21, status: nt.StatusAccessViolation, info: []uint64{0, ^uint64(0)}},
		{vector: hal.ExceptionPageFault, change: fx(func(c *hal.Context) { c.Cr2, c.ErrorCode = hole, hal.FaultWrite }), status: nt.StatusAccessViolation, info: []uint64{1, hole}},
		{vector: hal.ExceptionPageFault, change: fx(func(c *hal.Context) { c.Cr2, c.ErrorCode = 1<<47+5, hal.FaultFetch }), status: nt.StatusAccessViolation, info: []uint64{8, 1<<47 + 5}},
	} {
		simulate(t, func(w *world) {
			const to = 0x123000
			th := w.call.Thread
			w.code(append(e.code, 0x90, 0x90, 0x90, 0x90)...)
			c := w.call.Context
			c.Vector = e.vector
			if e.change != nil {
				e.change(c)
			}
			saved := *c
			th.Process.ExceptionDispatcher.Store(to)
			thread.UserException(th, c)
			if c.Rip != to {
				t.Fatalf("vector %d: the thread is at %#x", e.vector, c.Rip)
			}
			f := get[nt.ExceptionFrame](w, c.Rsp)
			if f.Record.Code != e.status || f.Record.Address != dataAt || int(f.Record.NumberParameters) != len(e.info) {
				t.Errorf("vector %d: %+v, want %v, %#x", e.vector, f.Record, e.status, e.info)
			}
			for i, v := range e.info {
				if f.Record.Information[i] != v {
					t.Errorf("vector %d: information %#x, want %#x", e.vector, f.Record.Information, e.info)
				}
			}
			if e.vector == hal.ExceptionDebug && f.Context.EFlags&hal.RflagsTrap != 0 {
				t.Error("the single step goes on")
			}
			// Without a stack the process ends; without a dispatcher too.
			for _, dispatcher := range []uint64{to, 0} {
				*c = saved
				c.Rsp = hole + 0x800
				said := ""
				thread.Report = func(line string) { said = line }
				th.Process.ExceptionDispatcher.Store(dispatcher)
				thread.UserException(th, c)
				if !strings.Contains(said, "unhandled exception "+e.status.String()) {
					t.Errorf("vector %d, dispatcher %#x: %q", e.vector, dispatcher, said)
				}
			}
			thread.Report = func(string) {}
			if s := th.Process.ExitStatus(); s != e.status {
				t.Errorf("vector %d: the process ends with %v", e.vector, s)
			}
		})
	}
}

// TestUserFault: a page that memory management can make good is no exception; without memory
// a critical process waits and another one has the status.
func TestUserFault(t *testing.T) {
	simulate(t, func(w *world) {
		th, c := w.call.Thread, w.call.Context
		said := ""
		thread.Report = func(line string) { said = line }
		defer func() { thread.Report = func(string) {} }()
		before := *c
		c.Vector, c.Cr2, c.ErrorCode = hal.ExceptionPageFault, dataAt+0x10, hal.FaultWrite
		if thread.UserException(th, c); said != "" || c.Rip != before.Rip {
			t.Errorf("a page on demand: %q", said)
		}
		asked := 0
		thread.Critical = func(p *ps.Process) bool { asked++; return p == th.Process }
		defer func() { thread.Critical = func(*ps.Process) bool { return false } }()
		c.Cr2 = hole
		if thread.UserException(th, c); said == "" || asked != 0 {
			t.Errorf("a critical process is ended for its own mistakes: %q, asked %d times", said, asked)
		}
	})
}

// TestMachineFault: what is the machine's stops the system.
func TestMachineFault(t *testing.T) {
	simulate(t, func(w *world) {
		defer func(old func(*hal.Context)) { thread.MachineFault = old }(thread.MachineFault)
		var seen []uint64
		thread.MachineFault = func(c *hal.Context) { seen = append(seen, c.Vector) }
		for _, v := range []uint64{hal.ExceptionNMI, hal.ExceptionMachineCheck, hal.ExceptionDoubleFault} {
			w.call.Context.Vector = v
			thread.UserException(w.call.Thread, w.call.Context)
		}
		if len(seen) != 3 {
			t.Errorf("%v", seen)
		}
	})
}
