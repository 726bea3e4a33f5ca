package kd

import (
	"fmt"
	"io"
	"strings"
)

// A command of the console: NT's name, and what it does. It returns true when the system
// is to go on.
type command struct {
	name, args, help string
	do               func(e *Engine, w io.Writer, args string) (resumption, bool)
}

// plain makes a command of one after which the system stays stopped.
func plain(f func(e *Engine, w io.Writer, args string) error) func(*Engine, io.Writer, string) (resumption, bool) {
	return func(e *Engine, w io.Writer, args string) (resumption, bool) {
		if err := f(e, w, args); err != nil {
			fmt.Fprintf(w, "%v\n", err)
		}
		return resumption{}, false
	}
}

var commands []command

func init() {
	commands = []command{
		{"k", "[thread]", "stack of the current thread, or of another one", plain((*Engine).stackCommand)},
		{"r", "[register[=value]]", "show or set registers", plain((*Engine).registersCommand)},
		{"rx", "", "show the SSE registers", plain((*Engine).sseCommand)},
		{"db", "address [length]", "dump bytes; dw, dd, dq: words of 2, 4, 8 bytes; da, du: text", plain(dumper('b'))},
		{"dw", "", "", plain(dumper('w'))},
		{"dd", "", "", plain(dumper('d'))},
		{"dq", "", "", plain(dumper('q'))},
		{"dp", "", "", plain(dumper('q'))},
		{"dps", "address [length]", "dump words of 8 bytes with symbols", plain(dumper('s'))},
		{"da", "", "", plain(dumper('a'))},
		{"du", "", "", plain(dumper('u'))},
		{"eb", "address values", "write bytes; ew, ed, eq: words of 2, 4, 8 bytes", plain(editor(1))},
		{"ew", "", "", plain(editor(2))},
		{"ed", "", "", plain(editor(4))},
		{"eq", "", "", plain(editor(8))},
		{"s", "address length bytes or \"text\"", "search memory", plain((*Engine).searchCommand)},
		{"u", "[address [count]]", "disassemble", plain((*Engine).disassembleCommand)},
		{"bp", "address", "set a breakpoint", plain((*Engine).bpCommand)},
		{"ba", "e|w|r[length] address", "set a hardware breakpoint: execution, writes, accesses", plain((*Engine).baCommand)},
		{"bl", "", "list breakpoints", plain((*Engine).blCommand)},
		{"bc", "number|*", "clear a breakpoint; bd, be: disable, enable; h0 to h3 are hardware's", plain(changer("clear"))},
		{"bd", "", "", plain(changer("disable"))},
		{"be", "", "", plain(changer("enable"))},
		{"g", "[address]", "go on, until an address", (*Engine).goCommand},
		{"gh", "", "go on, the exception is handled", func(e *Engine, w io.Writer, a string) (resumption, bool) {
			return resumption{handled: true}, true
		}},
		{"gn", "", "go on, the exception is not handled", func(e *Engine, w io.Writer, a string) (resumption, bool) {
			return resumption{pass: true}, true
		}},
		{"t", "", "one instruction", (*Engine).traceCommand},
		{"p", "", "one instruction, calls as one", (*Engine).stepCommand},
		{"gu", "", "go on to the caller", (*Engine).upCommand},
		{"x", "part of a name", "symbols", plain((*Engine).findCommand)},
		{"ln", "address", "the symbol at an address", plain((*Engine).nearCommand)},
		{"?", "expression", "evaluate", plain((*Engine).evaluateCommand)},
		{"~", "[n s]", "threads that processors run; ~1s: go to processor 1's", plain((*Engine).processorCommand)},
		{".thread", "[id]", "go to a thread, for k, r, d and u", plain((*Engine).threadCommand)},
		{".process", "[id]", "go to a process's first thread", plain((*Engine).processCommand)},
		{"!analyze", "", "what can be said at first about why the system has stopped", plain((*Engine).analyzeCommand)},
		{"!threads", "", "all threads", plain((*Engine).threadsCommand)},
		{".reboot", "", "start the machine again", plain(func(e *Engine, w io.Writer, a string) error { e.m.Reboot(); return nil })},
		{"q", "", "the debugger lets go: breakpoints are cleared, and the system goes on", (*Engine).quitCommand},
		{"help", "", "this list", plain((*Engine).helpCommand)},
	}
}

func (e *Engine) helpCommand(w io.Writer, _ string) error {
	for _, c := range commands {
		if c.help != "" {
			fmt.Fprintf(w, "%-28s %s\n", c.name+" "+c.args, c.help)
		}
	}
	for _, c := range e.m.Commands() {
		if c[1] != "" {
			fmt.Fprintf(w, "%-28s %s\n", c[0], c[1])
		}
	}
	fmt.Fprintf(w, "Numbers are hexadecimal (0n10 is ten). An address is a number, a register, a symbol,\npoi(address), and sums of these. An empty line repeats the last command.\n")
	return nil
}

func (e *Engine) goCommand(w io.Writer, args string) (r resumption, done bool) {
	if args != "" {
		at, err := e.evaluate(args)
		if err == nil {
			_, err = e.add(e.m.ProcessOf(e.current), at, false, true)
		}
		if err != nil {
			fmt.Fprintf(w, "%v\n", err)
			return r, false
		}
	}
	return r, true
}

// here returns the processor of the current thread, or says that it does not run.
func (e *Engine) here(w io.Writer) (int, *Registers, bool) {
	p := e.processorOf(e.current)
	if p < 0 {
		fmt.Fprintf(w, "thread %x does not run\n", e.current)
		return 0, nil, false
	}
	return p, e.m.Registers(p), true
}

func (e *Engine) traceCommand(w io.Writer, _ string) (r resumption, done bool) {
	p, _, ok := e.here(w)
	return resumption{step: true, processor: p, alone: true}, ok
}

func (e *Engine) stepCommand(w io.Writer, _ string) (r resumption, done bool) {
	p, regs, ok := e.here(w)
	if !ok {
		return r, false
	}
	if n := e.callLength(regs.Rip); n > 0 {
		if _, err := e.add(e.m.ProcessOf(e.current), regs.Rip+uint64(n), false, true); err != nil {
			fmt.Fprintf(w, "%v\n", err)
			return r, false
		}
		return resumption{}, true
	}
	return resumption{step: true, processor: p, alone: true}, true
}

func (e *Engine) upCommand(w io.Writer, _ string) (r resumption, done bool) {
	_, regs, ok := e.here(w)
	if !ok {
		return r, false
	}
	caller := uint64(0)
	n := 0
	e.walk(e.current, regs, func(f Frame) bool {
		caller = f.PC
		n++
		return n < 2
	})
	if n < 2 {
		fmt.Fprintf(w, "there is no caller\n")
		return r, false
	}
	if _, err := e.add(e.m.ProcessOf(e.current), caller, false, true); err != nil {
		fmt.Fprintf(w, "%v\n", err)
		return r, false
	}
	return r, true
}

func (e *Engine) quitCommand(w io.Writer, _ string) (r resumption, done bool) {
	for i := range e.list {
		e.list[i].used = false
	}
	clear(e.points[:])
	e.face = nobody
	return r, true
}

func (e *Engine) processorCommand(w io.Writer, args string) error {
	if s, ok := strings.CutSuffix(args, "s"); ok {
		n, ok := readNumber(strings.TrimSpace(s))
		if !ok || n >= uint64(e.m.Processors()) || e.m.Registers(int(n)) == nil {
			return fmt.Errorf("%s is not the number of a processor that has stopped", s)
		}
		e.current = e.m.Running(int(n))
	}
	for p := range e.m.Processors() {
		r := e.m.Registers(p)
		if r == nil {
			fmt.Fprintf(w, "  %d has not stopped\n", p)
			continue
		}
		id, mark := e.m.Running(p), ' '
		if id == e.current {
			mark = '*'
		}
		ring := 0
		if r.User() {
			ring = 3
		}
		fmt.Fprintf(w, "%c %d thread %x, ring %d, %016x %s\n", mark, p, id, ring, r.Rip, e.symbolText(id, r.Rip))
	}
	return nil
}

func (e *Engine) threadCommand(w io.Writer, args string) error {
	if args != "" {
		id, err := e.evaluate(args)
		if err != nil {
			return err
		}
		if !e.exists(id) {
			return fmt.Errorf("there is no thread %x", id)
		}
		e.current = id
	}
	fmt.Fprintf(w, "thread %x\n", e.current)
	return nil
}

func (e *Engine) threadsCommand(w io.Writer, _ string) error {
	for _, t := range e.m.Threads() {
		mark := ' '
		if t.ID == e.current {
			mark = '*'
		}
		fmt.Fprintf(w, "%c %6x.%-6x %-24s %s\n", mark, t.Process, t.ID, t.Name, t.State)
	}
	return nil
}

func (e *Engine) findCommand(w io.Writer, args string) error {
	args, _ = strings.CutSuffix(args, "*")
	if args == "" {
		return fmt.Errorf("a part of a name is missing")
	}
	n := 0
	absent := e.m.Symbols(e.current, func(name string, address uint64) bool {
		if strings.Contains(name, args) {
			fmt.Fprintf(w, "%016x %s\n", address, name)
			n++
		}
		return n < 100
	})
	if absent > 0 {
		fmt.Fprintf(w, "%d names of the program are not in memory\n", absent)
	}
	if n == 100 {
		fmt.Fprintf(w, "...\n")
	} else if n == 0 {
		return fmt.Errorf("no symbol has %s in its name", args)
	}
	return nil
}

func (e *Engine) nearCommand(w io.Writer, args string) error {
	at, err := e.evaluate(args)
	if err != nil {
		return err
	}
	text := e.symbolText(e.current, at)
	if text == "" {
		return fmt.Errorf("%#x belongs to no symbol", at)
	}
	fmt.Fprintf(w, "%016x %s\n", at, text)
	return nil
}

func (e *Engine) evaluateCommand(w io.Writer, args string) error {
	if args == "" {
		return e.helpCommand(w, "")
	}
	v, err := e.evaluate(args)
	if err == nil {
		fmt.Fprintf(w, "%#x = 0n%d\n", v, v)
	}
	return err
}
