package kd

import "testing"

// TestProcessBreakpoint: a breakpoint in memory that two processes share stops the one in which it
// was set; the other is taken over it with the other processors standing, and all go on; the end of
// the process takes it away and the code is as it was.
func TestProcessBreakpoint(t *testing.T) {
	m, e := console(t)
	m.process = map[uint64]uint64{8: 0x40, 12: 0x50}
	code := m.memory[modelUser]
	code[0x10] = 0x90
	typed(m, e, "bp 140001010")
	if _, went, _ := m.again(e, "g\r"); !went || code[0x10] != opcodeInt3 {
		t.Fatalf("the breakpoint is not in: %#x", code[0x10])
	}
	// The other process's thread, on processor 1.
	r := &m.regs[1]
	r.Cs, r.Rip = 0x33, modelUser+0x11
	_, went, own := m.play(e, Event{Reason: Exception, Processor: 1, Vector: 3}, "")
	if !went || !own || r.Rip != modelUser+0x10 || r.Rflags&FlagTrap == 0 || m.meant != 2 || code[0x10] != 0x90 {
		t.Fatalf("went %v, own %v, rip %#x, flags %#x, meant %#x, code %#x", went, own, r.Rip, r.Rflags, m.meant, code[0x10])
	}
	r.Rip++
	_, went, own = m.play(e, Event{Reason: Exception, Processor: 1, Vector: 1, Dr6: dr6Step}, "")
	if !went || !own || r.Rflags&FlagTrap != 0 || m.meant != allProcessors || code[0x10] != opcodeInt3 {
		t.Fatalf("behind it: went %v, own %v, flags %#x, meant %#x, code %#x", went, own, r.Rflags, m.meant, code[0x10])
	}
	// The process itself, on processor 0.
	m.regs[0].Cs, m.regs[0].Rip = 0x33, modelUser+0x11
	if _, went, _ = m.play(e, Event{Reason: Exception, Vector: 3}, ""); went || m.regs[0].Rip != modelUser+0x10 {
		t.Fatalf("the process is not stopped: %v, %#x", went, m.regs[0].Rip)
	}
	m.again(e, "g\r")
	if !e.InProcess(0x40) || e.InProcess(0x50) || e.InProcess(0) {
		t.Error("whose breakpoint is it?")
	}
	_, went, own = m.play(e, Event{Reason: ProcessEnds, Process: 0x40}, "")
	if !went || !own || code[0x10] != 0x90 || e.InProcess(0x40) || e.any(modelUser+0x10) {
		t.Errorf("the end: went %v, own %v, code %#x", went, own, code[0x10])
	}
}

// TestStepToRing3: a step at SYSRET sets TF in R11, one at IRET in the flags on the stack; one
// at a SYSCALL lets all processors run.
func TestStepToRing3(t *testing.T) {
	m, e := console(t)
	r := &m.regs[0]
	code := m.memory[modelCode]
	copy(code[0x20:], []byte{0x48, 0x0F, 0x07, 0x48, 0xCF})
	r.Rip = modelCode + 0x20
	if m.again(e, "t\r"); r.General[R11]&FlagTrap == 0 {
		t.Errorf("SYSRET: r11 %#x", r.General[R11])
	}
	r.Cs, r.Rip = 0x33, modelUser
	copy(m.memory[modelUser][:], []byte{0x90, 0x0F, 0x05})
	if _, went, _ := m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step}, ""); went || r.Rflags&FlagTrap != 0 {
		t.Errorf("in ring 3: %v, flags %#x", went, r.Rflags)
	}
	r.Rip = modelUser + 1
	if m.again(e, "t\r"); m.meant != allProcessors {
		t.Errorf("a service runs with %#x", m.meant)
	}
	r.Cs, r.Rip = 0x10, modelCode+0x23
	m.play(e, Event{Reason: Exception, Vector: 1, Dr6: dr6Step, Last: true}, "")
	stack := m.memory[modelData+0x1000]
	stack[0x811] = 0
	if m.again(e, "t\r"); stack[0x811]&1 == 0 {
		t.Error("IRET: TF is not on the stack")
	}
}
