package kd

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// evaluate reads an expression as NT's debugger does: terms with + and - between them.
// A term is a number (hexadecimal; 0n decimal), a register (rip or @rip), a symbol, or
// poi(expression), the eight bytes at an address.
func (e *Engine) evaluate(s string) (uint64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, fmt.Errorf("an address is missing")
	}
	var sum uint64
	sign := byte('+')
	for s != "" {
		n := termLength(s)
		if n == 0 {
			return 0, fmt.Errorf("nothing before %q", s)
		}
		v, err := e.evaluateTerm(strings.TrimSpace(s[:n]))
		if err != nil {
			return 0, err
		}
		if sign == '+' {
			sum += v
		} else {
			sum -= v
		}
		if s = s[n:]; s != "" {
			if sign, s = s[0], strings.TrimSpace(s[1:]); s == "" {
				return 0, fmt.Errorf("nothing after %c", sign)
			}
		}
	}
	return sum, nil
}

// termLength is how much of s is its first term: + and - inside parentheses belong to it.
func termLength(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '+', '-':
			if depth <= 0 {
				return i
			}
		}
	}
	return len(s)
}

func (e *Engine) evaluateTerm(s string) (uint64, error) {
	if inner, ok := after(s, "poi("); ok && strings.HasSuffix(inner, ")") {
		at, err := e.evaluate(inner[:len(inner)-1])
		if err != nil {
			return 0, err
		}
		var b [8]byte
		if e.m.Read(e.current, at, b[:]) != 8 {
			return 0, fmt.Errorf("no memory at %#x", at)
		}
		return binary.LittleEndian.Uint64(b[:]), nil
	}
	name, named := strings.CutPrefix(s, "@")
	if r, _ := e.registers(e.current); r != nil {
		if p := register(r, strings.ToLower(name)); p != nil && (named || !hexadecimal(s)) {
			return *p, nil
		}
	}
	if named {
		return 0, fmt.Errorf("%s is not a register", s)
	}
	if v, ok := readNumber(s); ok {
		return v, nil
	}
	if a, ok := e.m.Lookup(e.current, s); ok {
		return a, nil
	}
	return 0, fmt.Errorf("%s is neither a number nor a symbol", s)
}

func hexadecimal(s string) bool {
	for i := range len(s) {
		if unhex(s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// readNumber reads 1f, 0x1f, 0n31, ffffffff`80200000.
func readNumber(s string) (v uint64, ok bool) {
	if d, is := after(s, "0n"); is {
		for i := range len(d) {
			if d[i] < '0' || d[i] > '9' {
				return 0, false
			}
			v = v*10 + uint64(d[i]-'0')
		}
		return v, d != ""
	}
	if h, is := after(strings.ToLower(s), "0x"); is {
		s = h
	}
	s = strings.ReplaceAll(s, "`", "")
	v, rest, ok := number(s)
	return v, ok && rest == ""
}

var registerNames = [16]string{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}

// register returns a register by its name, or nil.
func register(r *Registers, name string) *uint64 {
	for i, n := range registerNames {
		if n == name {
			return &r.General[i]
		}
	}
	switch name {
	case "rip":
		return &r.Rip
	case "efl", "rflags":
		return &r.Rflags
	}
	return nil
}

// symbolText is an address with what it belongs to; an inlined call comes before the function that
// it is in.
func (e *Engine) symbolText(thread, address uint64) string {
	s, ok := e.m.Symbol(thread, address)
	if !ok {
		return ""
	}
	text := s.text()
	if len(s.Inlined) > 0 {
		text = s.Inlined[0].text() + " in " + text
	}
	return text
}

func (c *Call) text() string { return fmt.Sprintf("%s (%s:%d)", c.Name, base(c.File), c.Line) }

// text is the symbol without its inlined calls.
func (s *Symbol) text() string {
	if s.Missing != "" {
		return fmt.Sprintf("%s+%#x (%s)", s.Module, s.Offset, s.Missing)
	}
	text := s.Name
	if text == "" {
		return fmt.Sprintf("%s+%#x", s.Module, s.Offset)
	}
	if s.Offset != 0 {
		text += fmt.Sprintf("+%#x", s.Offset)
	}
	if s.Module != "" {
		text = s.Module + "!" + text
	}
	if s.File != "" {
		text += fmt.Sprintf(" (%s:%d)", base(s.File), s.Line)
	}
	return text
}

// base is a path's last part.
func base(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
