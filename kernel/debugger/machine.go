//go:build kernel

package debugger

import (
	"io"

	"gont/hal"
	"gont/kd"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// target is kd.Machine.
type target struct {
	registers [hal.MaximumProcessors]kd.Registers
	loaded    [hal.MaximumProcessors]bool
	stopped   int64 // Nanotime when the processors were stopped
	ready     int64 // and when whoever is at the port was asked first; 0: not yet
	crash     *hal.TrapFrame
	requested bool              // the event is hal.DebugBreak's
	page      [mm.PageSize]byte // of a program's image, for table
}

var machine target

func (m *target) Processors() int { return hal.ProcessorCount() }

// load copies a processor's registers for the engine.
func (m *target) load(n int) {
	f := hal.StoppedFrame(n)
	m.loaded[n] = f != nil
	if f == nil {
		return
	}
	r := &m.registers[n]
	r.General = [16]uint64{f.Rax, f.Rcx, f.Rdx, f.Rbx, f.Rsp, f.Rbp, f.Rsi, f.Rdi, f.R8, f.R9, f.R10, f.R11, f.R12, f.R13, f.R14, f.R15}
	r.Rip, r.Rflags, r.Cs, r.Ss, r.FsBase, r.GsBase, r.Fx = f.Rip, f.Rflags, f.Cs, f.Ss, f.FsBase, f.GsBase, f.Fx
	if c := m.crash; c != nil && n == hal.ProcessorNumber() {
		r.General = [16]uint64{c.Rax, c.Rcx, c.Rdx, c.Rbx, c.Rsp, c.Rbp, c.Rsi, c.Rdi, c.R8, c.R9, c.R10, c.R11, c.R12, c.R13, c.R14, c.R15}
		r.Rip, r.Rflags, r.Cs = c.Rip, c.Rflags, c.Cs
	}
}

// store copies them back. Of a crash there is nothing to go back to.
func (m *target) store(n int) {
	f := hal.StoppedFrame(n)
	if f == nil || !m.loaded[n] || m.crash != nil && n == hal.ProcessorNumber() {
		return
	}
	r := &m.registers[n]
	f.Rax, f.Rcx, f.Rdx, f.Rbx, f.Rsp, f.Rbp, f.Rsi, f.Rdi = r.General[0], r.General[1], r.General[2], r.General[3], r.General[4], r.General[5], r.General[6], r.General[7]
	f.R8, f.R9, f.R10, f.R11, f.R12, f.R13, f.R14, f.R15 = r.General[8], r.General[9], r.General[10], r.General[11], r.General[12], r.General[13], r.General[14], r.General[15]
	f.Rip, f.Rflags, f.FsBase, f.Fx = r.Rip, r.Rflags, r.FsBase, r.Fx
}

func (m *target) Registers(n int) *kd.Registers {
	if n < 0 || n >= len(m.loaded) || !m.loaded[n] {
		return nil
	}
	return &m.registers[n]
}

func (m *target) Stop() (silent uint64) {
	m.stopped, m.ready = hal.Nanotime(), 0
	silent = hal.SilentProcessors()
	for n := range hal.ProcessorCount() {
		m.load(n)
	}
	return silent
}

func (m *target) Continue(meant uint64) {
	for n := range hal.ProcessorCount() {
		m.store(n)
	}
	if slip := hal.Nanotime() - m.stopped; slip > 0 {
		hal.SlipTime(slip)
		settings.Slipped(slip)
	}
	clear(m.loaded[:])
	hal.ContinueProcessors(meant)
}

func (m *target) Get() (c byte, ok, broken bool) { return port.Get() }
func (m *target) Put(c byte)                     { port.Put(c) }
func (m *target) Idle()                          { hal.Pause() }
func (m *target) Announce(text string)           { settings.Show(text, port.Base()) }
func (m *target) Reboot()                        { settings.Reboot() }

func (m *target) Forget() {
	if m.ready == 0 {
		m.ready = hal.Nanotime()
	}
	hal.ResetDebugMemory()
}

// idleID is the number of processor n's idle thread; client ids are multiples of 4.
func idleID(n int) uint64 { return uint64(4*n + 1) }

// idOf is a thread's number.
func idOf(t *ke.Thread) uint64 {
	if p, _ := t.Owner.(*ps.Thread); p != nil && p.ID != 0 {
		return p.ID
	}
	for n := range hal.ProcessorCount() {
		if ke.IdleThread(n) == t {
			return idleID(n)
		}
	}
	return 0
}

func (m *target) Running(n int) uint64 {
	if t := ke.RunningThread(n); t != nil {
		return idOf(t)
	}
	return idleID(n) // phase 0, or a processor on its way up
}

func (m *target) Threads() (list []kd.Thread) {
	for n := range hal.ProcessorCount() {
		t := kd.Thread{ID: idleID(n), Processor: -1, Name: "Processor", State: "Running"}
		if idle := ke.IdleThread(n); idle != nil {
			t.Name = "Idle"
			if ke.RunningThread(n) != idle {
				t.State = "Idle"
			}
		}
		if m.Running(n) == t.ID {
			t.Processor = n
		}
		list = append(list, t)
	}
	for _, p := range ps.DebugProcesses() {
		for _, t := range p.DebugThreads() {
			if t.ID != 0 {
				list = append(list, describe(p, t))
			}
		}
	}
	return list
}

func describe(p *ps.Process, t *ps.Thread) kd.Thread {
	d := kd.Thread{ID: t.ID, Process: p.ID, Processor: -1, Name: t.Name, State: stateText(t.Thread)}
	for n := range hal.ProcessorCount() {
		if ke.RunningThread(n) == t.Thread {
			d.Processor = n
		}
	}
	return d
}

var waitReasons = map[uint32]string{0: "Executive", 1: "FreePage", 2: "PageIn", 3: "PoolAllocation", 4: "DelayExecution", 5: "Suspended", 6: "UserRequest", 15: "WrQueue"}

func stateText(t *ke.Thread) string {
	switch s := t.State(); s {
	case ke.Initialized:
		return "Initialized"
	case ke.Ready:
		return "Ready"
	case ke.Running:
		return "Running"
	case ke.Terminated:
		return "Terminated"
	case ke.Waiting:
		if r := waitReasons[t.WaitReason()]; r != "" {
			return "Waiting: " + r
		}
		return "Waiting"
	}
	return "?"
}

// find returns the thread with a number, nil for none.
func find(id uint64) *ps.Thread {
	if id&3 == 1 {
		if t := ke.IdleThread(int(id / 4)); t != nil {
			p, _ := t.Owner.(*ps.Thread)
			return p
		}
		return nil
	}
	return ps.DebugThread(id)
}

func (m *target) Saved(id uint64) (r kd.Registers, ok bool) {
	t := find(id)
	if t == nil || t.Thread == nil {
		return r, false
	}
	r.Cs, r.Ss, r.Rflags = 0x10, 0x18, 0x202
	at := t.Thread.Parked()
	if at == 0 {
		return r, true // it has never run, or is on its way to or from a processor
	}
	var g hal.Goroutine
	hal.DescribeGoroutine(at, &g)
	r.Rip = uint64(g.PC)
	r.General[kd.Rsp], r.General[kd.Rbp] = uint64(g.SP), uint64(g.BP)
	return r, true
}

func (m *target) UserRegisters(id uint64) (r kd.Registers, ok bool) {
	t := find(id)
	if t == nil || t.Context == nil || t.Context.Rip == 0 {
		return r, false
	}
	c := t.Context
	r.General = [16]uint64{c.Rax, c.Rcx, c.Rdx, c.Rbx, c.Rsp, c.Rbp, c.Rsi, c.Rdi, c.R8, c.R9, c.R10, c.R11, c.R12, c.R13, c.R14, c.R15}
	r.Rip, r.Rflags, r.Cs, r.Ss = c.Rip, c.Rflags, nt.UserCS, nt.UserSS
	return r, true
}

// root is the top page table of what a thread or a process sees. A thread of the system's sees
// what is loaded on its processor.
func (m *target) root(id uint64) uint64 {
	if p := processOf(id); p != nil {
		return p.Space.Root()
	}
	for n := range hal.ProcessorCount() {
		if f := hal.StoppedFrame(n); f != nil && m.Running(n) == id {
			return f.Cr3
		}
	}
	if r := hal.KernelRoot(); r != 0 {
		return r
	}
	return hal.ReadCR3()
}

func (m *target) Read(thread, address uint64, b []byte) int {
	return m.copy(thread, address, b, false)
}

func (m *target) Write(thread, address uint64, b []byte) int {
	return m.copy(thread, address, b, true)
}

// copy goes by the page tables, and for pages of ring 3 that are not present by what the memory
// manager knows of them.
func (m *target) copy(thread, address uint64, b []byte, write bool) (n int) {
	root := m.root(thread)
	for {
		if write {
			n += hal.DebugWrite(root, address+uint64(n), b[n:])
		} else {
			n += hal.DebugRead(root, address+uint64(n), b[n:])
		}
		at := address + uint64(n)
		if n == len(b) || at >= userTop {
			return n
		}
		p := processOf(thread)
		if p == nil {
			return n
		}
		entry := uint64(0)
		if list, levels := hal.DebugEntry(root, at); levels > 0 {
			entry = list[levels-1]
		}
		frame, writable, ok := p.Space.DebugPage(at, entry)
		if !ok || write && !writable {
			return n
		}
		part := b[n:min(len(b), n+int(mm.PageSize-at%mm.PageSize))]
		page := (*[mm.PageSize]byte)(hal.Phys(uint64(frame) << mm.PageShift))[at%mm.PageSize:]
		if write {
			copy(page, part)
		} else {
			copy(part, page)
		}
		n += len(part)
	}
}

func (m *target) SetPoints(points *[4]kd.Point) {
	var at [4]uint64
	for i, p := range points {
		at[i] = p.Address
	}
	hal.SetDebugRegisters(at, kd.Control(points))
}

func (m *target) Command(w io.Writer, thread uint64, name, args string) bool {
	for i := range commands {
		if c := &commands[i]; c.name == name {
			c.do(w, thread, args)
			return true
		}
	}
	return false
}

func (m *target) Commands() (list [][2]string) {
	for _, c := range commands {
		list = append(list, [2]string{c.name, c.help})
	}
	return list
}
