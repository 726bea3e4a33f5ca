package kd

import (
	"fmt"
	"io"
)

// face is who speaks at the port.
type face uint8

const (
	nobody face = iota
	person
	gdb
)

// maxProcessors is how many processors the engine keeps account of.
const maxProcessors = 64

// Engine is the debugger. NewEngine makes it; after that it allocates nothing that it
// keeps.
type Engine struct {
	m     Machine
	face  face
	where string // "COM2, 115200 baud"

	breakpoints
	event   Event
	text    [200]byte // event.Text's
	running bool      // gdb waits for the system to stop
	noAck   bool      // gdb needs no acknowledgements
	broke   bool      // somebody has asked to stop: Ctrl-C, a break of the line

	// For gdb: the threads of Hg and Hc, 0 for the one that has stopped.
	general, continued uint64
	current            uint64 // the thread that has stopped; for the console, that of ~ and .thread

	pushed  [2]byte // bytes that are read again
	pushedN int

	step    step
	outer   step                // the one that goes on when step, which is over a breakpoint, is done
	trapped [maxProcessors]bool // RFLAGS.TF of the processor is the engine's
	stale   [maxProcessors]bool // it was, until another processor stopped: the trap may have come already
	lost    int                 // processors that went on to something else with TF set

	line    [maxPacket]byte
	reply   [2*maxPacket + 8]byte // as it was sent, to be sent again
	replyN  int
	history history
	last    [256]byte // the line that an empty one repeats
	lastN   int
	dump    uint64 // where d and u go on
	code    uint64
	stopped bool // Stopped runs; for Failed
}

// step is a single step that is under way.
type step struct {
	active    bool
	processor int
	thread    uint64
	over      bool   // over a breakpoint of the console's: go on afterwards
	from, to  uint64 // gdb's range: steps go on while RIP is in it
	until     uint64 // the console's p: a breakpoint behind a call
}

// NewEngine makes the debugger of m; where names the port for people.
func NewEngine(m Machine, where string) *Engine { return &Engine{m: m, where: where} }

// Attached reports whether somebody has spoken at the port.
func (e *Engine) Attached() bool { return e.face != nobody }

// GDB reports whether gdb is at the port: text for it goes by packets.
func (e *Engine) GDB() bool { return e.face == gdb }

// resumption is how the system goes on.
type resumption struct {
	step      bool
	processor int
	from, to  uint64
	alone     bool // the other processors stay as they are
	pass      bool // the exception is not handled
	handled   bool
}

// Stopped is called with an event, by the processor that has it. It returns true when
// the event was the debugger's own, false when it is to go the way that it goes without
// a debugger.
func (e *Engine) Stopped(ev Event) bool {
	if ev.Reason == BreakIn && !e.asked() {
		return false
	}
	silent := e.m.Stop()
	e.stopped = true
	e.withdraw(e.m)
	clear(e.text[copy(e.text[:], ev.Text):])
	e.event = ev
	e.event.Text = "" // it may have been allocated for this stop
	e.untrap()
	if ev.Reason == ProcessEnds {
		e.forgetProcess(ev.Process)
		e.goOn(allProcessors)
		e.stopped = false
		return true
	}
	show, own := e.classify()
	if !show {
		e.stopped = false
		return own
	}
	e.current = e.m.Running(ev.Processor)
	e.general, e.continued = 0, 0
	e.breakpoints.forget(false)
	if silent != 0 {
		e.printf("processors %#x do not answer and run on\r\n", silent)
	}
	return e.talk(true)
}

// Failed goes on with the event of the last Stopped after the engine itself has gone
// wrong, or a command has.
func (e *Engine) Failed(what string) bool {
	if !e.stopped {
		return false
	}
	if e.face == gdb {
		e.send("E0f")
	} else {
		e.printf("\r\nkd: %s\r\n", what)
	}
	return e.talk(false)
}

// eventText is the text that came with the event.
func (e *Engine) eventText() string {
	n := 0
	for n < len(e.text) && e.text[n] != 0 {
		n++
	}
	return string(e.text[:n])
}

// talk lets whoever is at the port work until the system is to go on, and prepares that.
func (e *Engine) talk(tell bool) bool {
	if tell && e.face != gdb {
		e.announce()
	}
	if tell && e.face == gdb && e.running {
		e.running = false
		e.sendStop()
	}
	var r resumption
	for done := false; !done; {
		e.m.Forget()
		switch e.face {
		case gdb:
			r, done = e.serve()
		default:
			r, done = e.prompt()
		}
	}
	return e.resume(r)
}

// asked looks at what has come while the system runs: whether it is a wish to stop it.
func (e *Engine) asked() bool {
	for range 256 { // bounded, whatever the port says
		c, ok, broken := e.get()
		switch {
		case broken:
			e.broke = true
			return true
		case !ok:
			return false
		case c == 3:
			e.broke = true
			return true
		case c == '$':
			e.face, e.running = gdb, false
			e.push(c)
			return true
		case c == '+' || c == '-' || e.face == gdb:
		case e.face == nobody || c == '\r' || c == '\n':
			e.face = person
			e.printf("\r\nGoNT runs. Ctrl-C stops it for the debugger.\r\n")
		}
	}
	return false
}

// untrap takes RFLAGS.TF back where the engine has set it.
func (e *Engine) untrap() {
	for i := range min(e.m.Processors(), maxProcessors) {
		if !e.trapped[i] {
			continue
		}
		if i == e.event.Processor && e.event.Reason == Exception && e.event.Vector == 1 && e.event.Dr6&dr6Step != 0 {
			continue // classify does it
		}
		e.trapped[i] = false
		if r := e.m.Registers(i); r != nil && r.Rflags&FlagTrap != 0 {
			r.Rflags &^= FlagTrap
			e.stale[i] = true
		} else {
			e.lost++
		}
	}
}

// Bits of DR6 (SDM vol. 3, 17.2.3).
const (
	dr6Points = 15
	dr6Step   = 1 << 14
)

// classify decides whether the event is shown, and if not whether it is the engine's own
// all the same; then everything is prepared to go on.
func (e *Engine) classify() (show, own bool) {
	ev := &e.event
	r := e.m.Registers(ev.Processor)
	if ev.Reason != Exception || r == nil {
		e.step.active = false
		return true, false
	}
	switch ev.Vector {
	case 1:
		return e.classifyDebug(r)
	case 3:
		return e.classifyInt3(r)
	}
	if !ev.Last && r.User() {
		e.goOn(allProcessors)
		return false, false
	}
	e.step.active = false
	return true, false
}

func (e *Engine) classifyDebug(r *Registers) (show, own bool) {
	ev := &e.event
	stepped := ev.Dr6&dr6Step != 0
	if ev.Dr6&dr6Points != 0 && !e.hit(ev.Dr6) {
		// The trap of a hardware breakpoint that was cleared while another processor had the debugger.
		ev.Dr6 &^= dr6Points
		if !stepped {
			e.goOn(allProcessors)
			return false, true
		}
	}
	if stepped && e.trapped[ev.Processor] {
		e.trapped[ev.Processor] = false
		r.Rflags &^= FlagTrap
	} else if stepped && ev.Dr6&dr6Points == 0 && e.stale[ev.Processor] {
		// The trap of a step that has ended when another processor stopped.
		e.stale[ev.Processor] = false
		r.Rflags &^= FlagTrap
		e.goOn(allProcessors)
		return false, true
	} else if stepped && !e.step.active && e.lost > 0 {
		e.lost--
		r.Rflags &^= FlagTrap
		e.goOn(allProcessors)
		return false, true
	} else if stepped && e.step.active {
		r.Rflags &^= FlagTrap // it has come to another processor
	} else if stepped && ev.Dr6&dr6Points == 0 {
		// Ring 3's own wish; in ring 0 nobody else's.
		if r.User() {
			e.goOn(allProcessors)
			return false, false
		}
		r.Rflags &^= FlagTrap
	}
	if ev.Dr6&dr6Points != 0 {
		e.step.active = false
		return true, true
	}
	if e.step.active && e.step.over {
		e.step, e.outer = e.outer, step{}
		e.goOn(allProcessors)
		return false, true
	}
	if e.step.active && e.step.from != e.step.to && r.Rip >= e.step.from && r.Rip < e.step.to && e.m.Running(ev.Processor) == e.step.thread && !e.pending() {
		e.trap(ev.Processor, r)
		e.goOn(allProcessors)
		return false, true
	}
	e.step.active = false
	return true, true
}

// hit reports whether a hardware breakpoint that DR6 names is set.
func (e *Engine) hit(dr6 uint64) bool {
	for i, p := range e.points {
		if p.Used && dr6>>i&1 != 0 {
			return true
		}
	}
	return false
}

func (e *Engine) classifyInt3(r *Registers) (show, own bool) {
	at := r.Rip - 1
	if e.here1(e.event.Processor, at) != nil {
		r.Rip = at
		if s := e.step; s.active && s.until == at && s.thread != e.m.Running(e.event.Processor) {
			// The console's p: another thread has come by.
			e.outer = s
			e.stepOver(e.event.Processor, r, step{})
			return false, true
		}
		e.step.active = false
		return true, true
	}
	if at < userTop && r.User() && e.any(at) {
		// The memory is shared, and the breakpoint is another process's.
		r.Rip = at
		e.outer = e.step
		e.stepOver(e.event.Processor, r, step{})
		return false, true
	}
	var b [1]byte
	if e.m.Read(e.m.Running(e.event.Processor), at, b[:]) == 1 && b[0] != opcodeInt3 {
		r.Rip = at // a breakpoint that was taken away meanwhile
		e.goOn(allProcessors)
		return false, true
	}
	e.step.active = false
	return true, true
}

// pending reports whether a Ctrl-C has come.
func (e *Engine) pending() bool {
	c, ok, broken := e.get()
	if broken || ok && c == 3 {
		e.broke = true
		return true
	}
	if ok && c == '$' {
		e.push(c)
		return true
	}
	return false
}

const allProcessors = ^uint64(0)

// goOn lets the processors meant go on. A step that is still to be made on another processor than
// the one that has stopped stays so.
func (e *Engine) goOn(meant uint64) {
	if p := e.step.processor; e.step.active && p < maxProcessors && e.stale[p] {
		if r := e.m.Registers(p); r != nil {
			r.Rflags |= FlagTrap
			e.trapped[p], e.stale[p] = true, false
		}
	}
	e.insert(e.m, 0)
	e.m.SetPoints(&e.points)
	e.m.Continue(meant)
}

// trap makes a processor stop behind the next instruction.
func (e *Engine) trap(processor int, r *Registers) {
	r.Rflags |= FlagTrap
	e.trapReturn(processor, r)
	if processor < maxProcessors {
		e.trapped[processor], e.stale[processor] = true, false
	}
}

// stepOver lets a processor alone do the one instruction at which a breakpoint is, and
// then all go on.
func (e *Engine) stepOver(processor int, r *Registers, s step) {
	s.active, s.over, s.processor = true, true, processor
	e.step = s
	e.trap(processor, r)
	e.insert(e.m, r.Rip)
	e.m.SetPoints(&e.points)
	e.m.Continue(1 << processor)
}

// resume lets the system go on and returns what Stopped returns.
func (e *Engine) resume(r resumption) bool {
	e.stopped, e.broke = false, false
	processor := e.event.Processor
	regs := e.m.Registers(processor)
	own := e.event.Reason == Exception && (e.event.Vector == 1 || e.event.Vector == 3) || r.handled
	if r.pass {
		own = false
	}
	if e.event.Reason == BreakIn {
		own = false // the clock's interrupt is still to be served
	}
	e.step, e.outer = step{}, step{}
	if regs != nil {
		regs.Rflags |= FlagResume // an instruction breakpoint here has been seen
	}
	if r.step {
		p := r.processor
		if t := e.m.Registers(p); t != nil {
			e.step = step{active: true, processor: p, thread: e.m.Running(p), from: r.from, to: r.to}
			e.trap(p, t)
			if t.User() || own || e.event.Reason != BreakIn || p != processor {
				t.Rflags |= FlagResume
			}
		}
		mask := allProcessors
		if r.alone && !e.atService(p) {
			mask = 1 << p
		}
		var here uint64
		if t := e.m.Registers(p); t != nil {
			if b := e.here1(p, t.Rip); b != nil && !b.gdb {
				here, mask = t.Rip, 1<<p
			}
		}
		e.insert(e.m, here)
		e.m.SetPoints(&e.points)
		e.m.Continue(mask)
		return own
	}
	if regs != nil && own != r.pass {
		if b := e.here1(processor, regs.Rip); b != nil && !b.gdb {
			e.stepOver(processor, regs, step{})
			return own
		}
	}
	if regs != nil && e.event.Reason == BreakIn {
		if b := e.here1(processor, regs.Rip); b != nil && !b.gdb {
			e.stepOver(processor, regs, step{})
			return own
		}
	}
	e.goOn(allProcessors)
	return own
}

// get returns the next byte, if there is one.
func (e *Engine) get() (c byte, ok, broken bool) {
	if e.pushedN > 0 {
		e.pushedN--
		return e.pushed[e.pushedN], true, false
	}
	return e.m.Get()
}

// push lets a byte be read again.
func (e *Engine) push(c byte) {
	if e.pushedN < len(e.pushed) {
		e.pushed[e.pushedN] = c
		e.pushedN++
	}
}

// wait returns the next byte when it has come.
func (e *Engine) wait() byte {
	for {
		if c, ok, _ := e.get(); ok {
			return c
		}
		e.m.Idle()
	}
}

// Write sends text to a person; a newline becomes a carriage return and a newline.
func (e *Engine) Write(b []byte) (int, error) {
	for i, c := range b {
		if c == '\n' && (i == 0 || b[i-1] != '\r') {
			e.m.Put('\r')
		}
		e.m.Put(c)
	}
	return len(b), nil
}

func (e *Engine) printf(format string, a ...any) { fmt.Fprintf(io.Writer(e), format, a...) }
