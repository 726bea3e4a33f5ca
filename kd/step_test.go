package kd

import (
	"strings"
	"testing"
)

var stepped = Event{Reason: Exception, Vector: 1, Dr6: dr6Step}

// TestStepOutlivesOther: while a step is under way, another processor comes out of a breakpoint
// that is there no more. Nobody is told, and the step is made all the same.
func TestStepOutlivesOther(t *testing.T) {
	m, e := console(t)
	if _, went, _ := m.again(e, "t\r"); !went || m.regs[0].Rflags&FlagTrap == 0 {
		t.Fatalf("went %v, flags %#x", went, m.regs[0].Rflags)
	}
	m.regs[1].Rip = modelCode + 6 // behind what was INT3 when the processor read it
	_, went, own := m.play(e, Event{Reason: Exception, Processor: 1, Vector: 3}, "")
	if !went || !own || m.regs[1].Rip != modelCode+5 || m.regs[0].Rflags&FlagTrap == 0 || m.meant != allProcessors {
		t.Fatalf("the other: went %v, own %v, rip %#x, flags of the step %#x", went, own, m.regs[1].Rip, m.regs[0].Rflags)
	}
	m.regs[0].Rip++
	if out, went, _ := m.play(e, stepped, ""); went || !strings.Contains(out, "Step on processor 0") || m.regs[0].Rflags&FlagTrap != 0 {
		t.Errorf("went %v, flags %#x: %s", went, m.regs[0].Rflags, out)
	}
}

// TestStepEndedByOther: a breakpoint on another processor ends a step whose trap has come already:
// it is not told as one of its own afterwards, and the next step is.
func TestStepEndedByOther(t *testing.T) {
	m, e := console(t)
	typed(m, e, "bp ffffffff80201005")
	m.again(e, "t\r")
	m.regs[0].Rip++
	m.regs[1].Rip = modelCode + 6
	out, went, _ := m.play(e, Event{Reason: Exception, Processor: 1, Vector: 3}, "")
	if went || !strings.Contains(out, "Breakpoint 1 on processor 1") || m.regs[0].Rflags&FlagTrap != 0 {
		t.Fatalf("went %v, flags of the step %#x: %s", went, m.regs[0].Rflags, out)
	}
	typed(m, e, "bc *")
	m.again(e, "g\r")
	m.regs[0].Rflags |= FlagTrap // as the processor has saved it
	out, went, own := m.play(e, stepped, "")
	if !went || !own || m.regs[0].Rflags&FlagTrap != 0 {
		t.Fatalf("the trap of the step that has ended: went %v, own %v: %s", went, own, out)
	}
	m.play(e, Event{Reason: BreakIn}, "\x03")
	m.again(e, "t\r")
	m.regs[0].Rip++
	if out, went, _ := m.play(e, stepped, ""); went || !strings.Contains(out, "Step on processor 0") {
		t.Errorf("went %v: %s", went, out)
	}
}

// TestStepBehindAnother: a step goes on when another processor has been taken over a breakpoint
// that is not its process's.
func TestStepBehindAnother(t *testing.T) {
	m, e := console(t)
	m.process = map[uint64]uint64{8: 0x40, 12: 0x50}
	m.memory[modelUser][0x10] = 0x90
	typed(m, e, "bp 140001010")
	m.again(e, "t\r")
	r := &m.regs[1]
	r.Cs, r.Rip = 0x33, modelUser+0x11
	if _, went, own := m.play(e, Event{Reason: Exception, Processor: 1, Vector: 3}, ""); !went || !own || m.meant != 2 || r.Rflags&FlagTrap == 0 {
		t.Fatalf("went %v, own %v, meant %#x", went, own, m.meant)
	}
	r.Rip++
	over := stepped
	over.Processor = 1
	if _, went, own := m.play(e, over, ""); !went || !own || m.meant != allProcessors || m.regs[0].Rflags&FlagTrap == 0 {
		t.Fatalf("behind it: went %v, own %v, meant %#x, flags of the step %#x", went, own, m.meant, m.regs[0].Rflags)
	}
	m.regs[0].Rip++
	if out, went, _ := m.play(e, stepped, ""); went || !strings.Contains(out, "Step on processor 0") {
		t.Errorf("went %v: %s", went, out)
	}
}

// TestHardwareBreakpointGone: a processor comes to a hardware breakpoint while another one has the debugger, which
// clears it. Nobody is told, and a step that is under way is made all the same.
func TestHardwareBreakpointGone(t *testing.T) {
	m, e := console(t)
	typed(m, e, "ba e ffffffff80201005")
	m.again(e, "g\r")
	gone := Event{Reason: Exception, Processor: 1, Vector: 1, Dr6: 1}
	if out, went, _ := m.play(e, gone, ""); went || !strings.Contains(out, "Hardware breakpoint 0") {
		t.Fatalf("went %v: %s", went, out)
	}
	typed(m, e, "bc *")
	m.again(e, "g\r")
	if out, went, own := m.play(e, gone, ""); !went || !own {
		t.Errorf("when it is gone: went %v, own %v: %s", went, own, out)
	}
	m.play(e, Event{Reason: BreakIn}, "\x03")
	m.again(e, "t\r")
	if out, went, _ := m.play(e, gone, ""); !went || m.regs[0].Rflags&FlagTrap == 0 {
		t.Errorf("during a step: went %v, flags of the step %#x: %s", went, m.regs[0].Rflags, out)
	}
	m.regs[0].Rip++
	if out, went, _ := m.play(e, stepped, ""); went || !strings.Contains(out, "Step on processor 0") {
		t.Errorf("the step: went %v: %s", went, out)
	}
}
