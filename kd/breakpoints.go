package kd

import "fmt"

// maxBreakpoints is how many software breakpoints there may be.
const maxBreakpoints = 64

// breakpoint is a software breakpoint: an INT3 in the code while the system runs.
type breakpoint struct {
	used     bool
	disabled bool
	gdb      bool // gdb's, which takes it away itself
	once     bool // until the next stop
	inserted bool
	address  uint64
	process  uint64 // the one in which it stops; 0: it is the kernel's
	old      byte
	number   int // for the console
}

const opcodeInt3 = 0xCC

// userTop is where ring 3's addresses end.
const userTop = 1 << 47

// breakpoints are the engine's. One at an address of the kernel stops every thread; one at an
// address of ring 3 the threads of one process. Others may share the memory, and are taken over
// it (Engine.classifyInt3).
type breakpoints struct {
	list   [maxBreakpoints]breakpoint
	points [4]Point
	owners [4]bool // points: true for gdb's
	last   int     // the number that was given last
}

// add makes a software breakpoint, or returns the one that is there. process counts for an
// address of ring 3 alone.
func (b *breakpoints) add(process, address uint64, gdb, once bool) (*breakpoint, error) {
	if address >= userTop {
		process = 0
	}
	if p := b.at(process, address); p != nil && p.gdb == gdb {
		p.disabled = false
		p.once = p.once && once
		return p, nil
	}
	var free *breakpoint
	for i := range b.list {
		// One that gdb has taken away is kept as long as there is room: see placed.
		p := &b.list[i]
		if !p.used && (free == nil || p.gdb && p.address == address || free.gdb && free.address != address && !p.gdb) {
			free = p
		}
	}
	if free != nil {
		b.last++
		*free = breakpoint{used: true, gdb: gdb, once: once, address: address, process: process, number: b.last}
		return free, nil
	}
	return nil, fmt.Errorf("there are %d breakpoints already", maxBreakpoints)
}

// at returns a breakpoint at an address that stops a process's threads, or nil.
func (b *breakpoints) at(process, address uint64) *breakpoint {
	for i := range b.list {
		if p := &b.list[i]; p.used && !p.disabled && p.address == address && (p.process == 0 || p.process == process) {
			return p
		}
	}
	return nil
}

// any reports whether there is a breakpoint at an address, whosever it is.
func (b *breakpoints) any(address uint64) bool {
	for i := range b.list {
		if p := &b.list[i]; p.used && !p.disabled && p.address == address {
			return true
		}
	}
	return false
}

// placed returns the process in which gdb has had a breakpoint at an address of ring 3: it takes
// all away at each stop and sets them again, whatever thread has stopped. 0: in none.
func (b *breakpoints) placed(address uint64) uint64 {
	for i := range b.list {
		if p := &b.list[i]; p.gdb && p.address == address {
			return p.process
		}
	}
	return 0
}

// inProcess reports whether a process has breakpoints of its own.
func (b *breakpoints) inProcess(process uint64) bool {
	for i := range b.list {
		if p := &b.list[i]; p.used && p.process == process {
			return true
		}
	}
	return false
}

// forgetProcess takes a process's breakpoints away.
func (b *breakpoints) forgetProcess(process uint64) {
	for i := range b.list {
		if p := &b.list[i]; p.process == process && process != 0 {
			*p = breakpoint{}
		}
	}
}

// remove takes away what add made; it reports whether it was there.
func (b *breakpoints) remove(address uint64, gdb bool) bool {
	for i := range b.list {
		if p := &b.list[i]; p.used && p.gdb == gdb && p.address == address {
			p.used = false
			return true
		}
	}
	return false
}

// insert writes INT3 where the breakpoints are, but for one address that is to be
// stepped over (0: none). Where there is no memory one stays out.
func (b *breakpoints) insert(m Machine, but uint64) {
	for i := range b.list {
		p := &b.list[i]
		if !p.used || p.disabled || p.inserted || p.address == but && but != 0 {
			continue
		}
		var old [1]byte
		if m.Read(p.process, p.address, old[:]) != 1 {
			continue
		}
		// Two breakpoints at one address: the second finds the first one's INT3.
		if old[0] == opcodeInt3 {
			for j := range b.list {
				if q := &b.list[j]; q.used && q.inserted && q.address == p.address {
					old[0] = q.old
				}
			}
		}
		if m.Write(p.process, p.address, []byte{opcodeInt3}) == 1 {
			p.old, p.inserted = old[0], true
		}
	}
}

// withdraw puts the code back as it was.
func (b *breakpoints) withdraw(m Machine) {
	for i := range b.list {
		if p := &b.list[i]; p.inserted {
			m.Write(p.process, p.address, []byte{p.old})
			p.inserted = false
		}
	}
}

// addPoint makes a hardware breakpoint.
func (b *breakpoints) addPoint(kind PointKind, address uint64, length int, gdb bool) (int, error) {
	switch {
	case kind == Execute:
		length = 1
	case length != 1 && length != 2 && length != 4 && length != 8:
		return 0, fmt.Errorf("a hardware breakpoint watches 1, 2, 4 or 8 bytes")
	case address&uint64(length-1) != 0:
		return 0, fmt.Errorf("%#x is not a multiple of %d", address, length)
	}
	for i, p := range b.points {
		if !p.Used {
			b.points[i], b.owners[i] = Point{true, kind, address, length}, gdb
			return i, nil
		}
	}
	return 0, fmt.Errorf("the processor has four hardware breakpoints, which are in use")
}

func (b *breakpoints) removePoint(kind PointKind, address uint64, length int, gdb bool) bool {
	if kind == Execute {
		length = 1
	}
	for i, p := range b.points {
		if p.Used && p.Kind == kind && p.Address == address && p.Length == length && b.owners[i] == gdb {
			b.points[i] = Point{}
			return true
		}
	}
	return false
}

// forget takes all of gdb's away, or all of the console's that last until the next stop.
func (b *breakpoints) forget(gdb bool) {
	for i := range b.list {
		if p := &b.list[i]; gdb && p.gdb || p.used && !gdb && p.once {
			*p = breakpoint{}
		}
	}
	if !gdb {
		return
	}
	for i := range b.points {
		if b.owners[i] {
			b.points[i] = Point{}
		}
	}
}
