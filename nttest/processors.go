//go:build ntuser

package main

import (
	"fmt"
	"math/bits"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/guest"
)

// Several processors, seen from ring 3 (P1.8). With one processor there is nothing
// to see, and the rows pass at once.

// mark is what a thread of guest.Processors works with.
type mark struct {
	stop    atomic.Uint64
	apics   atomic.Uint64 // bits: APIC ids of the processors it ran on
	numbers atomic.Uint64 // bits: what NtGetCurrentProcessorNumber said
	rounds  atomic.Uint64
	faults  atomic.Uint64
	page    uint64
	expect  atomic.Uint64
	bad     atomic.Uint64 // what it should not have read
	apic    atomic.Uint64 // where it is
	stack   uint64
	again   uint64 // where it goes on after a fault
	token   uint64
	me      uint64
}

const (
	crewStride = 0x1000 // a thread's mark at the start, its stack's top at the end
	patience   = 60 * time.Second
)

// crew are threads in machine code, and the memory that they have for
// themselves, out of the collector's sight.
type crew struct {
	base    uint64
	marks   []*mark
	threads []nt.Handle
}

// newCrew makes n threads that are to begin at code; prepare fills in what
// their marks say. They run at priority.
func newCrew(n int, code uint64, priority int32, prepare func(i int, m *mark)) (*crew, error) {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, uint64(n)*crewStride, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return nil, expect("NtAllocateVirtualMemory", s, 0)
	}
	c := &crew{base: base}
	for i := range n {
		at := base + uint64(i)*crewStride
		m := (*mark)(unsafe.Pointer(pointerAt(at)))
		m.stack, m.again = at+crewStride-0x100, code
		if prepare != nil {
			prepare(i, m)
		}
		c.marks = append(c.marks, m)
		x := nt.Context{ContextFlags: nt.ContextFull, Rip: code, Rsp: m.stack, R13: at}
		h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &x, &ntdll.InitialTeb{StackBase: at + crewStride, StackLimit: at, Allocation: base}, true)
		if !s.OK() {
			c.end()
			return nil, expect("NtCreateThread", s, 0)
		}
		c.threads = append(c.threads, h)
		ntdll.NtSetPriorityThread(h, priority)
	}
	for _, h := range c.threads {
		ntdll.NtResumeThread(h)
	}
	return c, nil
}

func pointerAt(a uint64) unsafe.Pointer { return unsafe.Pointer(at(uintptr(a))) }

// end tells the threads to end and waits for that.
func (c *crew) end() (err error) {
	for _, m := range c.marks {
		m.stop.Store(1)
	}
	for i, h := range c.threads {
		limit := -int64(patience / 100)
		if s := ntdll.NtWaitForSingleObject(h, false, &limit); s != nt.StatusSuccess && err == nil {
			err = fmt.Errorf("thread %d does not end: %v", i, s)
		}
		ntdll.NtClose(h)
	}
	if err == nil { // or it is somebody's stack still
		ntdll.NtFreeVirtualMemory(nt.CurrentProcess, c.base, 0, nt.MemRelease)
	}
	return err
}

// until waits, without working, for something to become true.
func until(what string, done func() bool) error {
	for begin := time.Now(); !done(); delay(5 * time.Millisecond) {
		if time.Since(begin) > patience {
			return fmt.Errorf("after %v: %s", patience, what)
		}
	}
	return nil
}

// apics are the processors that the threads were on; each has gone a round.
func (c *crew) apics() (all uint64, everybody bool) {
	everybody = true
	for _, m := range c.marks {
		all |= m.apics.Load()
		everybody = everybody && m.rounds.Load() > 0
	}
	return all, everybody
}

// processorCount is what the kernel says.
func processorCount() int {
	var b nt.SystemBasicInformation
	ntdll.QuerySystem(nt.SystemBasicInformationClass, &b)
	return int(b.NumberOfProcessors)
}

// several makes a row that needs more than one processor.
func several(name string, run func(n int) error) test {
	return test{name, func() error {
		if n := processorCount(); n > 1 {
			return run(n)
		}
		return nil
	}}
}

// processorTimes is SystemProcessorPerformanceInformation.
func processorTimes() ([]nt.SystemProcessorPerformanceInformation, error) {
	var rows [32]nt.SystemProcessorPerformanceInformation
	var n uint32
	s := ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemProcessorPerformanceClass, uintptr(unsafe.Pointer(&rows)), unsafe.Sizeof(rows), uintptr(unsafe.Pointer(&n)))
	return rows[:uintptr(n)/unsafe.Sizeof(rows[0])], expect("SystemProcessorPerformanceInformation", s, 0)
}

var processorTests = []test{
	// A processor with nothing to do stops its clock, and is idle all the same.
	{"processors-idle-time", func() error {
		before, err := processorTimes()
		if err != nil {
			return err
		}
		start := time.Now()
		ntdll.NtDelayExecution(false, -10_000_000)
		after, err := processorTimes()
		if err != nil {
			return err
		}
		took := uint64(time.Since(start).Nanoseconds() / 100)
		for i, b := range before {
			// Ticks may be lost or late where the machine below is busy.
			const late = 2_000_000
			all, idle := after[i].KernelTime+after[i].UserTime-b.KernelTime-b.UserTime, after[i].IdleTime-b.IdleTime
			if all > took+late || all < took/4 || idle < all/4 {
				return fmt.Errorf("in %d ms, processor %d has counted %d ms, %d ms idle", took/10_000, i, all/10_000, idle/10_000)
			}
		}
		return nil
	}},
	// The kernel's numbers and the hardware's ids are of the same processors.
	several("processors-used", func(n int) error {
		see := guest.ProcessorCode().See
		c, err := newCrew(n, see, 8, nil)
		if err != nil {
			return err
		}
		numbers := uint64(0)
		err = until("not all processors have been seen", func() bool {
			for _, m := range c.marks {
				numbers |= m.numbers.Load()
			}
			apics, everybody := c.apics()
			return everybody && bits.OnesCount64(apics) == n && numbers == 1<<n-1
		})
		if apics, _ := c.apics(); err != nil {
			err = fmt.Errorf("%w: APIC ids %#x, numbers %#x of %d", err, apics, numbers, n)
		}
		if e := c.end(); err == nil {
			err = e
		}
		var b nt.SystemBasicInformation
		if ntdll.QuerySystem(nt.SystemBasicInformationClass, &b); err == nil && b.ActiveProcessorsAffinityMask != 1<<n-1 {
			err = fmt.Errorf("the system's affinity mask is %#x", b.ActiveProcessorsAffinityMask)
		}
		return err
	}),
	// Twice as many threads as processors, which never call the kernel: each
	// processor's own clock makes them share it.
	several("processors-clock", func(n int) error {
		busy := guest.ProcessorCode().Busy
		c, err := newCrew(2*n+1, busy, 8, nil)
		if err != nil {
			return err
		}
		err = until("not every thread has run", func() bool {
			apics, everybody := c.apics()
			return everybody && bits.OnesCount64(apics) == n
		})
		if apics, _ := c.apics(); err != nil {
			err = fmt.Errorf("%w: APIC ids %#x of %d", err, apics, n)
		}
		if e := c.end(); err == nil {
			err = e
		}
		return err
	}),
	// Two threads that hand a word to and fro without the kernel. On one
	// processor each time would take a quantum, all of them some minutes.
	several("processors-at-once", func(n int) error {
		token := guest.ProcessorCode().Token
		page, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtAllocateVirtualMemory", s, 0)
		}
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, page, 0, nt.MemRelease)
		c, err := newCrew(2, token, 8, func(i int, m *mark) { m.token, m.me = page, uint64(i) })
		if err != nil {
			return err
		}
		err = until("the threads do not run at once", func() bool { return c.marks[1].rounds.Load() > 2000 })
		if e := c.end(); err == nil {
			err = e
		}
		return err
	}),
	// The kernel's collector does not wait for ring 3: a child makes garbage in
	// ring 0, more than the kernel could keep, while every other processor is
	// in a loop in ring 3, and it does not come to an end by their leave.
	several("processors-collections", func(n int) error {
		busy := guest.ProcessorCode().Busy
		c, err := newCrew(n, busy, 4, nil)
		if err != nil {
			return err
		}
		err = until("not every processor is busy", func() bool {
			apics, everybody := c.apics()
			return everybody && bits.OnesCount64(apics) == n
		})
		before := c.rounds()
		if err == nil {
			var s nt.Status
			if s, err = run(2*patience, "drop", "75000"); err == nil {
				err = expect("the child", s, survived)
			}
		}
		if moved := c.rounds() - before; err == nil && moved < 1000 {
			err = fmt.Errorf("the loops in ring 3 have gone %d rounds meanwhile", moved)
		}
		if e := c.end(); err == nil {
			err = e
		}
		return err
	}),
	several("shootdown-private", func(n int) error { return shootdown("private") }),
	several("shootdown-view", func(n int) error { return shootdown("view") }),
	several("shootdown-decommit", func(n int) error { return shootdown("decommit") }),
	several("shootdown-release", func(n int) error { return shootdown("release") }),
	several("shootdown-foreign", func(n int) error { return shootdown("foreign") }),
}

func (c *crew) rounds() (sum uint64) {
	for _, m := range c.marks {
		sum += m.rounds.Load()
	}
	return sum
}
