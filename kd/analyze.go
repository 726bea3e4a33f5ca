package kd

import (
	"fmt"
	"io"
	"strings"
)

// reporters are packages that only tell of what others have done: a frame of theirs is not
// where a stop comes from.
var reporters = []string{"runtime.", "gont/hal.", "gont/kernel/bugcheck.", "gont/kernel/debugger."}

// reports reports whether a function is one of reporters'.
func reports(name string) bool {
	for _, p := range reporters {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// analyzeCommand is !analyze: what can be said at first about why the system has stopped.
func (e *Engine) analyzeCommand(w io.Writer, _ string) error {
	fmt.Fprintln(w, e.headline())
	for _, t := range e.m.Threads() {
		if t.ID == e.current {
			fmt.Fprintf(w, "thread %x.%x %s, %s\n", t.Process, t.ID, t.Name, t.State)
		}
	}
	r, _ := e.registers(e.current)
	if r == nil {
		return fmt.Errorf("thread %x has no registers", e.current)
	}
	var b [1]byte
	switch {
	case e.m.Read(e.current, r.Rip, b[:]) == 0:
		fmt.Fprintf(w, "rip %#x is no memory: something has called or returned to nowhere\n", r.Rip)
	case e.event.Reason == Exception && e.event.Vector == 14 && e.event.Address < 0x10000:
		fmt.Fprintf(w, "address %#x: a field behind a nil pointer, probably\n", e.event.Address)
	case e.event.Reason == Exception && e.event.Vector == 14 && e.event.Error&1 != 0:
		fmt.Fprintf(w, "address %#x is there: its protection has been violated\n", e.event.Address)
	}
	if r.User() {
		fmt.Fprintln(w, "ring 3: the program's code was running")
	}
	found, named := "", 0
	e.walk(e.current, r, func(f Frame) bool {
		look := f.PC
		if !f.Exact {
			look--
		}
		s, ok := e.m.Symbol(e.current, look)
		if !ok {
			return true
		}
		named++
		for i := range s.Inlined {
			if !reports(s.Inlined[i].Name) {
				found = s.Inlined[i].text()
				return false
			}
		}
		if reports(s.Name) {
			return true
		}
		found = fmt.Sprintf("%s+%#x (%s:%d)", s.Name, s.Offset, s.File, s.Line)
		return false
	})
	switch {
	case found != "":
		fmt.Fprintf(w, "probably caused by %s\n", found)
	case named > 0:
		fmt.Fprintln(w, "the stack has only functions that report what others do")
	default:
		fmt.Fprintln(w, "no function of the stack has a name")
	}
	return nil
}

// processCommand is .process: its first thread becomes the current one, so that memory and
// stacks are that process's.
func (e *Engine) processCommand(w io.Writer, args string) error {
	if args != "" {
		id, err := e.evaluate(args)
		if err != nil {
			return err
		}
		found := false
		for _, t := range e.m.Threads() {
			if t.Process == id && (!found || t.ID < e.current) {
				e.current, found = t.ID, true
			}
		}
		if !found {
			return fmt.Errorf("there is no thread of a process %x", id)
		}
	}
	for _, t := range e.m.Threads() {
		if t.ID == e.current {
			fmt.Fprintf(w, "process %x, thread %x %s\n", t.Process, t.ID, t.Name)
		}
	}
	e.m.Command(w, e.current, "lm", "programs") // and where gdb has their symbols from
	return nil
}
