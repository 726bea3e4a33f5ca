package kd

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// instruction decodes the one at an address.
func (e *Engine) instruction(at uint64) (x86asm.Inst, []byte, error) {
	var b [15]byte
	n := e.m.Read(e.current, at, b[:])
	if n == 0 {
		return x86asm.Inst{}, nil, fmt.Errorf("no memory at %#x", at)
	}
	i, err := x86asm.Decode(b[:n], 64)
	if err != nil {
		return i, b[:1], nil
	}
	return i, b[:i.Len], nil
}

// callLength is the length of the instruction at an address if that is a call, or
// repeats; 0 otherwise.
func (e *Engine) callLength(at uint64) int {
	i, b, err := e.instruction(at)
	if err != nil || i.Op == 0 {
		return 0
	}
	if i.Op == x86asm.CALL || i.Op == x86asm.LCALL {
		return len(b)
	}
	for _, p := range i.Prefix {
		if p&0xFF == 0xF2 || p&0xFF == 0xF3 {
			if p&x86asm.PrefixImplicit == 0 && strings.HasPrefix(i.Op.String(), "MOVS") || strings.HasPrefix(i.Op.String(), "STOS") {
				return len(b)
			}
		}
	}
	return 0
}

// disassembleCommand is u.
func (e *Engine) disassembleCommand(w io.Writer, args string) error {
	at, n := e.code, uint64(8)
	if args != "" {
		first, last := splitLast(args)
		if last != "" {
			var ok bool
			if n, ok = readNumber(strings.TrimPrefix(strings.ToLower(last), "l")); !ok || n > 1000 {
				return fmt.Errorf("%s is not a count", last)
			}
		}
		var err error
		if at, err = e.evaluate(first); err != nil {
			return err
		}
	} else if at == 0 {
		if r, _ := e.registers(e.current); r != nil {
			at = r.Rip
		}
	}
	for range n {
		i, b, err := e.instruction(at)
		if err != nil {
			return err
		}
		e.printInstruction(w, at, i, b)
		at += uint64(len(b))
	}
	e.code = at
	return nil
}

func (e *Engine) printInstruction(w io.Writer, at uint64, i x86asm.Inst, b []byte) {
	text := "??"
	if i.Op != 0 {
		text = x86asm.IntelSyntax(i, at, func(a uint64) (string, uint64) {
			s, ok := e.m.Symbol(e.current, a)
			if !ok || s.Name == "" {
				return "", 0
			}
			return s.Name, a - s.Offset
		})
	}
	line := ""
	if s, ok := e.m.Symbol(e.current, at); ok && s.Name != "" {
		if s.Offset == 0 {
			if s.Module != "" {
				fmt.Fprintf(w, "%s!", s.Module)
			}
			fmt.Fprintf(w, "%s:\n", s.Name)
		}
		if c := s.innermost(); c.File != "" {
			line = fmt.Sprintf(" ; %s:%d", base(c.File), c.Line)
		}
	}
	fmt.Fprintf(w, "%016x %-20x %s%s\n", at, b, text, line)
}

// where1 shows where a thread is: symbol and instruction.
func (e *Engine) where1(w io.Writer, r *Registers) {
	fmt.Fprintf(w, "thread %x, %s\n", e.current, e.symbolText(e.current, r.Rip))
	if i, b, err := e.instruction(r.Rip); err == nil {
		e.printInstruction(w, r.Rip, i, b)
	}
	e.code, e.dump = r.Rip, r.General[Rsp]
}

// registersCommand is r.
func (e *Engine) registersCommand(w io.Writer, args string) error {
	r, live := e.registers(e.current)
	if r == nil {
		return fmt.Errorf("thread %x has no registers", e.current)
	}
	if args != "" {
		name, value, set := strings.Cut(args, "=")
		p := register(r, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "@"))))
		if p == nil {
			return fmt.Errorf("%s is not a register", name)
		}
		if set {
			v, err := e.evaluate(value)
			if err != nil {
				return err
			}
			if !live {
				return fmt.Errorf("thread %x does not run: its registers cannot be set", e.current)
			}
			*p = v
			if p == &r.Rflags {
				*p = v&0x3F7FD5 | 2
			}
		}
		fmt.Fprintf(w, "%s=%016x\n", strings.TrimSpace(name), *p)
		return nil
	}
	for i, n := range registerNames {
		fmt.Fprintf(w, "%-3s=%016x", n, r.General[i])
		if i%4 == 3 {
			fmt.Fprintf(w, "\n")
		} else {
			fmt.Fprintf(w, " ")
		}
	}
	fmt.Fprintf(w, "rip=%016x efl=%08x cs=%04x ss=%04x fs=%016x gs=%016x\n", r.Rip, r.Rflags, r.Cs, r.Ss, r.FsBase, r.GsBase)
	e.where1(w, r)
	return nil
}

func (e *Engine) sseCommand(w io.Writer, _ string) error {
	r, _ := e.registers(e.current)
	if r == nil {
		return fmt.Errorf("thread %x has no registers", e.current)
	}
	for i := range 16 {
		b := r.Fx[160+16*i:][:16]
		fmt.Fprintf(w, "xmm%-2d=", i)
		for j := 15; j >= 0; j-- {
			fmt.Fprintf(w, "%02x", b[j])
		}
		fmt.Fprintf(w, "\n")
	}
	return nil
}

func (e *Engine) bpCommand(w io.Writer, args string) error {
	at, err := e.evaluate(args)
	if err != nil {
		return err
	}
	var b [1]byte
	if e.m.Read(e.current, at, b[:]) != 1 {
		return fmt.Errorf("no memory at %#x", at)
	}
	p, err := e.add(e.m.ProcessOf(e.current), at, false, false)
	if err == nil {
		fmt.Fprintf(w, "breakpoint %d at %016x %s\n", p.number, at, e.symbolText(e.current, at))
	}
	return err
}

func (e *Engine) baCommand(w io.Writer, args string) error {
	how, address, _ := strings.Cut(args, " ")
	if how == "" {
		return fmt.Errorf("ba e|w|r[length] address")
	}
	kind, ok := map[byte]PointKind{'e': Execute, 'w': Write, 'r': Access}[how[0]]
	length := uint64(1)
	if len(how) > 1 {
		var is bool
		if length, is = readNumber(how[1:]); !is {
			ok = false
		}
	}
	if !ok {
		return fmt.Errorf("%s is not e, w or r with a length", how)
	}
	at, err := e.evaluate(address)
	if err != nil {
		return err
	}
	n, err := e.addPoint(kind, at, int(min(length, 16)), false)
	if err == nil {
		fmt.Fprintf(w, "hardware breakpoint h%d: %s %016x\n", n, kindNames[kind], at)
	}
	return err
}

func (e *Engine) blCommand(w io.Writer, _ string) error {
	for _, p := range e.list {
		if p.used {
			state := "e"
			if p.disabled {
				state = "d"
			}
			if p.gdb {
				state += " gdb"
			}
			if p.process != 0 {
				state += fmt.Sprintf(" process %x", p.process)
			}
			fmt.Fprintf(w, "%3d %s %016x %s\n", p.number, state, p.address, e.symbolText(p.process, p.address))
		}
	}
	for i, p := range e.points {
		if p.Used {
			fmt.Fprintf(w, " h%d e %016x %s, %d bytes\n", i, p.Address, kindNames[p.Kind], p.Length)
		}
	}
	return nil
}

// changer makes bc, bd, be.
func changer(how string) func(*Engine, io.Writer, string) error {
	return func(e *Engine, w io.Writer, args string) error {
		done := false
		for i := range e.list {
			p := &e.list[i]
			if p.used && (args == "*" || args == fmt.Sprint(p.number)) {
				p.used, p.disabled, done = how != "clear", how == "disable", true
			}
		}
		for i := range e.points {
			if e.points[i].Used && how == "clear" && (args == "*" || args == fmt.Sprintf("h%d", i)) {
				e.points[i], done = Point{}, true
			}
		}
		if !done && args != "*" {
			return fmt.Errorf("there is no breakpoint %s", args)
		}
		return nil
	}
}
