package kd

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"golang.org/x/term"
)

// The console's face: a line is read with editing, history and completion
// (golang.org/x/term), and carried out.

var errGDB = errors.New("gdb speaks")

// lineReader gives the terminal what comes from the port, and notices gdb.
type lineReader struct {
	e     *Engine
	begun bool // a character of the line has come
}

func (l *lineReader) Read(b []byte) (int, error) {
	for {
		c := l.e.wait()
		if !l.begun && c == '$' {
			l.e.push(c)
			return 0, errGDB
		}
		if !l.begun && c == '+' {
			continue // gdb's first byte, and no command's
		}
		l.begun = c != '\r' && c != '\n'
		if c == '\n' {
			c = '\r'
		}
		b[0] = c
		return 1, nil
	}
}

func (l *lineReader) Write(b []byte) (int, error) {
	for _, c := range b {
		l.e.m.Put(c)
	}
	return len(b), nil
}

// announce tells people at the port, and at the other consoles, that the system waits.
func (e *Engine) announce() {
	e.printf("\r\n%s\r\n", e.headline())
	if e.face == nobody {
		e.m.Announce(e.headline() + "\nThe system waits for a debugger on " + e.where +
			": type g and Enter there, or attach gdb and continue, to go on.\n")
		e.printf("Type help for the commands, g to go on; or attach gdb.\r\n")
	}
	if r, _ := e.registers(e.current); r != nil {
		e.where1(e, r)
	}
}

// headline says why the system has stopped.
func (e *Engine) headline() string {
	ev := &e.event
	text := e.eventText()
	switch ev.Reason {
	case BreakIn:
		return fmt.Sprintf("Break-in on processor %d", ev.Processor)
	case Request:
		return fmt.Sprintf("Break on processor %d: %s", ev.Processor, text)
	case Crash:
		return fmt.Sprintf("STOP on processor %d: %s", ev.Processor, text)
	}
	switch {
	case ev.Vector == 3:
		if b := e.here1(ev.Processor, e.rip()); b != nil {
			return fmt.Sprintf("Breakpoint %d on processor %d", b.number, ev.Processor)
		}
		return fmt.Sprintf("Breakpoint instruction on processor %d", ev.Processor)
	case ev.Vector == 1 && ev.Dr6&dr6Points != 0:
		for i, p := range e.points {
			if p.Used && ev.Dr6>>i&1 != 0 {
				return fmt.Sprintf("Hardware breakpoint %d (%s %#x) on processor %d", i, kindNames[p.Kind], p.Address, ev.Processor)
			}
		}
	case ev.Vector == 1:
		return fmt.Sprintf("Step on processor %d", ev.Processor)
	}
	s := fmt.Sprintf("Exception %d (%s) on processor %d, error code %#x", ev.Vector, exceptionName(ev.Vector), ev.Processor, ev.Error)
	if ev.Vector == 14 {
		s += fmt.Sprintf(", address %#x", ev.Address)
	}
	return s
}

var kindNames = map[PointKind]string{Execute: "execution of", Write: "write to", Access: "access to"}

func exceptionName(v uint64) string {
	names := []string{"divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode", "no mathematics", "double fault",
		"", "invalid TSS", "segment not present", "stack fault", "general protection", "page fault", "", "x87 error", "alignment",
		"machine check", "SIMD error"}
	if v < uint64(len(names)) && names[v] != "" {
		return names[v]
	}
	return "unknown"
}

// prompt reads a line and carries it out. done is true when the system is to go on.
func (e *Engine) prompt() (r resumption, done bool) {
	t := term.NewTerminal(&lineReader{e: e}, "kd> ")
	t.History = &e.history
	t.AutoCompleteCallback = e.complete
	line, err := t.ReadLine()
	if err == errGDB {
		e.face, e.running = gdb, false
		return r, false
	}
	if err != nil { // Ctrl-C, Ctrl-D
		e.printf("\r\n")
		return r, false
	}
	e.face = person
	line = strings.TrimSpace(line)
	if line == "" {
		line = string(e.last[:e.lastN]) // an empty line repeats
	} else {
		e.lastN = copy(e.last[:], line)
	}
	return e.carryOut(e, line)
}

// monitorLine carries out a line for gdb; what lets the system go on is gdb's own
// business.
func (e *Engine) monitorLine(w io.Writer, line string) bool {
	name, _ := splitCommand(line)
	switch name {
	case "g", "gh", "gn", "t", "p", "gu", "q":
		fmt.Fprintf(w, "%s is for the console; use gdb's own command\n", name)
		return true
	}
	_, done := e.carryOut(w, line)
	return !done
}

// splitCommand splits a line: NT's names of commands may touch their arguments only by a
// blank here, but for ~ and ?.
func splitCommand(line string) (name, args string) {
	line = strings.TrimSpace(line)
	if line != "" && (line[0] == '~' || line[0] == '?') {
		return line[:1], strings.TrimSpace(line[1:])
	}
	name, args, _ = strings.Cut(line, " ")
	return name, strings.TrimSpace(args)
}

// carryOut carries out a line.
func (e *Engine) carryOut(w io.Writer, line string) (r resumption, done bool) {
	name, args := splitCommand(line)
	if name == "" {
		return r, false
	}
	for i := range commands {
		if c := &commands[i]; c.name == name {
			return c.do(e, w, args)
		}
	}
	if !e.command(w, name, args) {
		fmt.Fprintf(w, "%s is not a command; help lists them\n", name)
	}
	return r, false
}

// command carries out a command that the machine knows. Behind !thread, and behind !process with
// the flag 7, the engine shows stacks.
func (e *Engine) command(w io.Writer, name, args string) bool {
	stacks := name == "!thread"
	if name == "!process" {
		if id, ok := strings.CutSuffix(args, " 7"); ok {
			args, stacks = strings.TrimSpace(id), true
		}
	}
	if !e.m.Command(w, e.current, name, args) {
		return false
	}
	if !stacks {
		return true
	}
	id := e.current
	if args != "" {
		var err error
		if id, err = e.evaluate(args); err != nil {
			return true // the machine has said what is wrong
		}
	}
	for _, t := range e.m.Threads() {
		if name == "!thread" && t.ID != id || name == "!process" && id != 0 && t.Process != id {
			continue
		}
		if r, _ := e.registers(t.ID); r != nil {
			fmt.Fprintf(w, "stack of %x.%x %s:\n", t.Process, t.ID, t.Name)
			e.Stack(w, t.ID, r)
		}
	}
	return true
}

// complete is the Tab key: the names of commands, and in arguments those of symbols.
func (e *Engine) complete(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' || pos != len(line) {
		return "", 0, false
	}
	start := strings.LastIndexAny(line, " +-") + 1
	word := line[start:]
	if word == "" {
		return "", 0, false
	}
	var found []string
	if start == 0 {
		for i := range commands {
			if strings.HasPrefix(commands[i].name, word) {
				found = append(found, commands[i].name)
			}
		}
		for _, c := range e.m.Commands() {
			if strings.HasPrefix(c[0], word) {
				found = append(found, c[0])
			}
		}
	} else {
		e.m.Symbols(e.current, func(name string, _ uint64) bool {
			if strings.HasPrefix(name, word) {
				found = append(found, name)
			}
			return len(found) < 200
		})
	}
	if len(found) == 0 {
		return "", 0, false
	}
	sort.Strings(found)
	common := found[0]
	for _, f := range found {
		for !strings.HasPrefix(f, common) {
			common = common[:len(common)-1]
		}
	}
	if common == word && len(found) > 1 {
		e.printf("\r\n")
		for i, f := range found {
			if i == 20 {
				e.printf("...")
				break
			}
			e.printf("%s  ", f)
		}
		e.printf("\r\n")
	}
	if len(found) == 1 {
		common += " "
	}
	return line[:start] + common, start + len(common), true
}
