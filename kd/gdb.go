package kd

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// serve answers one packet of gdb's. done is true when the system is to go on.
func (e *Engine) serve() (r resumption, done bool) {
	switch c := e.wait(); c {
	case '$':
	case 3:
		// It is stopped already; but gdb may not know.
		return r, false
	case '-':
		e.sendAgain()
		return r, false
	default:
		return r, false
	}
	data, ok := e.readPacket()
	if !ok {
		return r, false
	}
	if len(data) == 0 {
		e.send("")
		return r, false
	}
	return e.packet(data)
}

// errors of replies.
const (
	badRequest = "E01"
	noMemory   = "E0e" // EFAULT
	noThread   = "E03"
	noRoom     = "E1c"
)

func (e *Engine) packet(data []byte) (r resumption, done bool) {
	s := string(data)
	switch data[0] {
	case '?':
		e.send(e.stopReply())
	case 'g':
		e.send(e.readRegisters())
	case 'G':
		e.send(e.writeRegisters(s[1:]))
	case 'p':
		e.send(e.readRegister(s[1:]))
	case 'P':
		e.send(e.writeRegister(s[1:]))
	case 'm':
		e.send(e.readMemory(s[1:]))
	case 'M', 'X':
		e.send(e.writeMemory(data))
	case 'H':
		e.send(e.chooseThread(s[1:]))
	case 'T':
		id, ok := e.threadID(s[1:])
		if !ok || !e.exists(id) {
			e.send(noThread)
		} else {
			e.send("OK")
		}
	case 'Z', 'z':
		e.send(e.breakpoint(s))
	case 'q', 'Q':
		e.query(s)
	case 'v':
		return e.verbose(s)
	case 'c', 'C', 's', 'S':
		return e.oldResume(s)
	case 'D':
		e.send("OK")
		e.leave()
		return r, true
	case 'k':
		// gdb ends: the system goes on.
		e.leave()
		return r, true
	default:
		e.send("")
	}
	return r, false
}

// leave forgets gdb.
func (e *Engine) leave() {
	e.breakpoints.forget(true)
	e.face, e.running, e.noAck = nobody, false, false
}

// signal is why the system has stopped, in gdb's numbers.
func (e *Engine) signal() int {
	switch e.event.Reason {
	case BreakIn:
		return 2 // SIGINT
	case Request:
		return 5
	case Crash:
		return 6 // SIGABRT
	}
	switch e.event.Vector {
	case 1, 3:
		return 5 // SIGTRAP
	case 0, 16, 19:
		return 8 // SIGFPE
	case 6:
		return 4 // SIGILL
	case 2, 18:
		return 7
	}
	return 11 // SIGSEGV
}

func (e *Engine) stopReply() string {
	why := ""
	if ev := e.event; ev.Reason == Exception {
		switch {
		case ev.Vector == 3 && e.breakpoints.at(e.m.ProcessOf(e.m.Running(ev.Processor)), e.rip()) != nil:
			why = "swbreak:;"
		case ev.Vector == 1 && ev.Dr6&dr6Points != 0:
			for i, p := range e.points {
				if p.Used && ev.Dr6>>i&1 != 0 {
					switch p.Kind {
					case Execute:
						why = "hwbreak:;"
					case Write:
						why = fmt.Sprintf("watch:%x;", p.Address)
					case Access:
						why = fmt.Sprintf("awatch:%x;", p.Address)
					}
				}
			}
		}
	}
	return fmt.Sprintf("T%02x%sthread:%x;core:%x;", e.signal(), why, e.current, e.event.Processor)
}

func (e *Engine) rip() uint64 {
	if r := e.m.Registers(e.event.Processor); r != nil {
		return r.Rip
	}
	return 0
}

// sendStop tells gdb that the system has stopped.
func (e *Engine) sendStop() {
	if t := e.eventText(); t != "" {
		e.sendOutput([]byte(t + "\n"))
	}
	e.send(e.stopReply())
}

// threadID reads a thread's number: hexadecimal, -1 for all, 0 for any.
func (e *Engine) threadID(s string) (uint64, bool) {
	if s == "-1" || s == "0" {
		return e.current, true
	}
	id, rest, ok := number(s)
	return id, ok && rest == ""
}

func (e *Engine) exists(id uint64) bool {
	for _, t := range e.m.Threads() {
		if t.ID == id {
			return true
		}
	}
	return false
}

// thread is the one that Hg has chosen.
func (e *Engine) thread() uint64 {
	if e.general != 0 {
		return e.general
	}
	return e.current
}

func (e *Engine) chooseThread(s string) string {
	if s == "" {
		return badRequest
	}
	id, ok := e.threadID(s[1:])
	if !ok || !e.exists(id) {
		return noThread
	}
	switch s[0] {
	case 'g':
		e.general = id
	case 'c':
		e.continued = id
	default:
		return ""
	}
	return "OK"
}

// processorOf returns the processor that runs a thread, or -1.
func (e *Engine) processorOf(id uint64) int {
	for p := range e.m.Processors() {
		if e.m.Registers(p) != nil && e.m.Running(p) == id {
			return p
		}
	}
	return -1
}

// registers returns a thread's; they can be changed where live is true.
func (e *Engine) registers(id uint64) (r *Registers, live bool) {
	if p := e.processorOf(id); p >= 0 {
		return e.m.Registers(p), true
	}
	s, ok := e.m.Saved(id)
	if !ok {
		return nil, false
	}
	return &s, false
}

func (e *Engine) readRegisters() string {
	r, _ := e.registers(e.thread())
	if r == nil {
		return noThread
	}
	b := make([]byte, 0, 2*registerBytes)
	for i := range numRegisters {
		b = appendRegister(b, r, i)
	}
	return string(b)
}

func (e *Engine) writeRegisters(s string) string {
	r, live := e.registers(e.thread())
	if r == nil || !live || len(s) < 2*registerBytes {
		return badRequest
	}
	for i := range numRegisters {
		n := 2 * registerSize(i)
		b, err := hex.DecodeString(s[:n])
		if err != nil {
			return badRequest
		}
		setRegister(r, i, b)
		s = s[n:]
	}
	return "OK"
}

func (e *Engine) readRegister(s string) string {
	n, _, ok := number(s)
	r, _ := e.registers(e.thread())
	if !ok || r == nil || n >= numRegisters {
		return badRequest
	}
	return string(appendRegister(nil, r, int(n)))
}

func (e *Engine) writeRegister(s string) string {
	n, rest, ok := number(s)
	value, is := after(rest, "=")
	r, live := e.registers(e.thread())
	if !ok || !is || r == nil || !live || n >= numRegisters {
		return badRequest
	}
	b, err := hex.DecodeString(value)
	if err != nil || len(b) != registerSize(int(n)) {
		return badRequest
	}
	setRegister(r, int(n), b)
	return "OK"
}

// span reads "address,length".
func span(s string) (address, length uint64, rest string, ok bool) {
	address, rest, ok = number(s)
	if !ok {
		return 0, 0, "", false
	}
	if rest, ok = after(rest, ","); !ok {
		return 0, 0, "", false
	}
	length, rest, ok = number(rest)
	return address, length, rest, ok
}

func (e *Engine) readMemory(s string) string {
	address, length, rest, ok := span(s)
	if !ok || rest != "" {
		return badRequest
	}
	b := make([]byte, min(length, maxPacket/2-8))
	n := e.m.Read(e.thread(), address, b)
	if n == 0 && length > 0 {
		return noMemory
	}
	return hex.EncodeToString(b[:n])
}

func (e *Engine) writeMemory(data []byte) string {
	head := strings.IndexByte(string(data), ':')
	if head < 0 {
		return badRequest
	}
	address, length, rest, ok := span(string(data[1:head]))
	if !ok || rest != "" || length > maxPacket {
		return badRequest
	}
	var b []byte
	if data[0] == 'X' {
		b = unescape(data[head+1:])
	} else {
		var err error
		if b, err = hex.DecodeString(string(data[head+1:])); err != nil {
			return badRequest
		}
	}
	if uint64(len(b)) != length {
		return badRequest
	}
	if e.m.Write(e.thread(), address, b) != len(b) {
		return noMemory
	}
	return "OK"
}

// breakpoint is Z and z: kind, address, length.
func (e *Engine) breakpoint(s string) string {
	if len(s) < 3 || s[2] != ',' {
		return badRequest
	}
	address, length, _, ok := span(s[3:])
	if !ok || length > 64 {
		return badRequest
	}
	var kind PointKind
	switch s[1] {
	case '0':
		if s[0] == 'z' {
			e.remove(address, true)
			return "OK"
		}
		process := e.m.ProcessOf(e.thread())
		if was := e.placed(address); was != 0 && address < userTop {
			process = was
		}
		var b [1]byte
		if e.m.Read(process, address, b[:]) != 1 && e.m.Read(e.thread(), address, b[:]) != 1 {
			return noMemory
		}
		if _, err := e.add(process, address, true, false); err != nil {
			return noRoom
		}
		return "OK"
	case '1':
		kind = Execute
	case '2':
		kind = Write
	case '4':
		kind = Access
	default:
		return ""
	}
	if s[0] == 'z' {
		e.removePoint(kind, address, int(length), true)
		return "OK"
	}
	if _, err := e.addPoint(kind, address, int(length), true); err != nil {
		return noRoom
	}
	return "OK"
}

// oldResume is c, C, s and S, with or without an address.
func (e *Engine) oldResume(s string) (r resumption, done bool) {
	rest := s[1:]
	if s[0] == 'C' || s[0] == 'S' {
		if len(rest) < 2 {
			e.send(badRequest)
			return r, false
		}
		r.pass = e.event.Reason == Exception
		rest = strings.TrimPrefix(rest[2:], ";")
	}
	id := e.continued
	if id == 0 {
		id = e.current
	}
	p := e.processorOf(id)
	if p < 0 {
		p = e.event.Processor
	}
	if rest != "" {
		at, left, ok := number(rest)
		regs := e.m.Registers(p)
		if !ok || left != "" || regs == nil {
			e.send(badRequest)
			return r, false
		}
		regs.Rip = at
		r.handled = true
	}
	r.processor, r.step = p, s[0] == 's' || s[0] == 'S'
	e.running = true
	return r, true
}

// verbose is vCont, and vMustReplyEmpty and all that there is not.
func (e *Engine) verbose(s string) (r resumption, done bool) {
	if s == "vCont?" {
		e.send("vCont;c;C;s;S;r")
		return r, false
	}
	rest, ok := after(s, "vCont;")
	if !ok {
		e.send("")
		return r, false
	}
	r.alone = true
	seen := map[int]bool{}
	for action := range strings.SplitSeq(rest, ";") {
		what, id, named := strings.Cut(action, ":")
		if what == "" {
			e.send(badRequest)
			return r, false
		}
		p := -1
		if named && id != "-1" {
			t, ok := e.threadID(id)
			if !ok {
				e.send(badRequest)
				return r, false
			}
			if p = e.processorOf(t); p < 0 {
				continue // a thread that waits can only go on waiting
			}
			if seen[p] {
				continue
			}
			seen[p] = true
		}
		switch what[0] {
		case 'c', 'C':
			if p < 0 || e.m.Processors() > 1 && p != r.processor {
				r.alone = false
			}
			if what[0] == 'C' {
				r.pass = e.event.Reason == Exception
			}
		case 's', 'S', 'r':
			if r.step {
				continue // one at a time
			}
			if p < 0 {
				p = e.event.Processor
			}
			r.step, r.processor = true, p
			if what[0] == 'r' {
				var ok bool
				if r.from, r.to, _, ok = span(what[1:]); !ok {
					e.send(badRequest)
					return r, false
				}
			}
		default:
			e.send(badRequest)
			return r, false
		}
	}
	if !r.step {
		r.alone = false
	}
	e.running = true
	return r, true
}
