package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gont/cm/regf"
)

// target is told what a .reg file says. Its errors get the line's number.
type target interface {
	openKey(path string) error
	deleteKey(path string) error
	setValue(name string, typ uint32, data []byte) error
	deleteValue(name string) error
}

// parser reads .reg text, of version 4 or 5.
type parser struct {
	text string // what is left
	line int
	old  bool // REGEDIT4: strings in hex are ANSI
	to   target
}

const (
	header5 = "Windows Registry Editor Version 5.00"
	header4 = "REGEDIT4"
)

// parseReg tells t what a .reg file says.
func parseReg(file []byte, t target) error {
	text, err := decodeText(file)
	if err != nil {
		return err
	}
	p := &parser{text: strings.ReplaceAll(text, "\r\n", "\n"), line: 1, to: t}
	if err := p.header(); err != nil {
		return fmt.Errorf("line %d: %w", p.line, err)
	}
	open := false
	for p.blank() {
		line := p.line // of the beginning: what follows may be long
		if err := p.statement(&open); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	return nil
}

// header reads the first line. hivexregedit writes none; then a key comes.
func (p *parser) header() error {
	if !p.blank() {
		return errors.New("the file is empty")
	}
	if p.text[0] == '[' {
		return nil
	}
	switch line := strings.TrimRight(p.toEnd(), " \t"); line {
	case header4:
		p.old = true
	case header5:
	default:
		p.line-- // the line that was read
		return fmt.Errorf("%q is not the first line of a .reg file: %q or %q", shorten(line), header5, header4)
	}
	return nil
}

func shorten(s string) string {
	if len(s) > 40 {
		s = s[:40] + "..."
	}
	return s
}

// blank skips blank lines and comments. It returns false at the end.
func (p *parser) blank() bool {
	for p.text != "" {
		switch p.text[0] {
		case '\n':
			p.line++
			p.text = p.text[1:]
		case ' ', '\t', '\r':
			p.text = p.text[1:]
		case ';':
			p.toEnd()
		default:
			return true
		}
	}
	return false
}

// toEnd takes the rest of the line.
func (p *parser) toEnd() string {
	line, rest, _ := strings.Cut(p.text, "\n")
	p.text = rest
	p.line++
	return line
}

// end expects nothing but a comment on the rest of the line.
func (p *parser) end() error {
	rest := strings.TrimSpace(p.toEnd())
	if rest != "" && rest[0] != ';' {
		return fmt.Errorf("%q is too much", shorten(rest))
	}
	return nil
}

// statement reads a key or a value; open says whether there is a key.
func (p *parser) statement(open *bool) error {
	switch p.text[0] {
	case '[':
		line := p.toEnd()
		i := strings.LastIndexByte(line, ']')
		if i < 0 {
			return errors.New("there is no ] behind the key")
		}
		if rest := strings.TrimSpace(line[i+1:]); rest != "" && rest[0] != ';' {
			return fmt.Errorf("%q is too much", shorten(rest))
		}
		// A comment may have brackets, too.
		if j := strings.Index(line, "] ;"); j >= 0 {
			i = j
		}
		if path := line[1:i]; strings.HasPrefix(path, "-") {
			*open = false
			return p.to.deleteKey(path[1:])
		} else {
			*open = true
			return p.to.openKey(path)
		}
	case '"', '@':
		if !*open {
			return errors.New("there is no key for this value")
		}
		return p.value()
	}
	return fmt.Errorf("%q is neither a key nor a value", shorten(strings.TrimSpace(p.toEnd())))
}

// quoted reads text in quotes, which may go over lines. With zeros, \0 is a
// zero.
func (p *parser) quoted(zeros bool) (string, error) {
	var b strings.Builder
	for i := 1; i < len(p.text); i++ {
		switch c := p.text[i]; c {
		case '"':
			p.text = p.text[i+1:]
			return b.String(), nil
		case '\\':
			i++
			if i == len(p.text) {
				break
			}
			switch c = p.text[i]; {
			case c == '0' && zeros:
				b.WriteByte(0)
			case c == '"' || c == '\\':
				b.WriteByte(c)
			default:
				return "", fmt.Errorf(`\%c in quotes: only \\ and \" may be there`, c)
			}
		default:
			if c == '\n' {
				p.line++
			}
			b.WriteByte(c)
		}
	}
	return "", errors.New("there is no quote at the end")
}

// value reads NAME=DATA.
func (p *parser) value() error {
	name := ""
	if p.text[0] == '@' {
		p.text = p.text[1:]
	} else {
		var err error
		if name, err = p.quoted(false); err != nil {
			return err
		}
	}
	p.text = strings.TrimLeft(p.text, " \t")
	if !strings.HasPrefix(p.text, "=") {
		return fmt.Errorf("there is no = behind the name of value %q", name)
	}
	p.text = strings.TrimLeft(p.text[1:], " \t")
	if strings.HasPrefix(p.text, "-") {
		p.text = p.text[1:]
		if err := p.end(); err != nil {
			return err
		}
		return p.to.deleteValue(name)
	}
	typ, data, err := p.data()
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return fmt.Errorf("value %q: %w", name, err)
	}
	return p.to.setValue(name, typ, data)
}

// data reads "text", str(n):"text", dword:n, hex:bytes or hex(n):bytes.
func (p *parser) data() (uint32, []byte, error) {
	if strings.HasPrefix(p.text, `"`) {
		s, err := p.quoted(false)
		return regf.String, utf16Bytes(regf.Encode(s)), err
	}
	kind, rest, ok := strings.Cut(p.text, ":")
	if !ok || strings.Contains(kind, "\n") {
		kind, _, _ = strings.Cut(p.text, "\n")
		return 0, nil, fmt.Errorf("%q is no data: \"text\", dword:, hex: and hex(type): are", shorten(strings.TrimSpace(kind)))
	}
	p.text = rest
	word, number, typed := strings.Cut(strings.TrimRight(kind, " \t"), "(")
	typ := uint64(regf.Binary)
	if typed {
		var err error
		number, ok = strings.CutSuffix(number, ")")
		if typ, err = strconv.ParseUint(number, 16, 32); err != nil || !ok {
			return 0, nil, fmt.Errorf("the type in %q is not a hexadecimal number", kind)
		}
	}
	switch word {
	case "dword":
		n := strings.IndexFunc(p.text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
		if n < 0 {
			n = len(p.text)
		}
		v, err := strconv.ParseUint(p.text[:n], 16, 32)
		if err != nil || typed {
			return 0, nil, errors.New("a dword is dword: and up to 8 hexadecimal digits")
		}
		p.text = p.text[n:]
		return regf.Dword, []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}, nil
	case "hex":
		b, err := p.hex()
		if p.old && (typ == regf.ExpandString || typ == regf.MultiString || typ == regf.String) {
			wide := utf16Bytes(fromANSI(b))
			b = wide[:len(wide)-2]
		}
		return uint32(typ), b, err
	case "str":
		if !typed {
			typ = regf.String
		}
		if !strings.HasPrefix(p.text, `"`) {
			return 0, nil, errors.New("str: without a quote behind it")
		}
		s, err := p.quoted(true)
		return uint32(typ), utf16Bytes(regf.Encode(s)), err
	}
	return 0, nil, fmt.Errorf("%q is no data: \"text\", dword:, hex: and hex(type): are", shorten(kind))
}

// hex reads bytes with commas between them. A backslash at a line's end goes on
// in the next line, and comments may stand there.
func (p *parser) hex() ([]byte, error) {
	var b []byte
	for {
		p.text = strings.TrimLeft(p.text, " \t")
		switch {
		case p.text == "" || p.text[0] == '\n' || p.text[0] == ';' || p.text[0] == '\r':
			return b, nil
		case p.text[0] == '\\':
			p.text = p.text[1:]
			if err := p.end(); err != nil {
				return nil, err
			}
			for strings.HasPrefix(strings.TrimLeft(p.text, " \t"), ";") {
				p.toEnd()
			}
			continue
		case p.text[0] == ',' && len(b) > 0:
			p.text = p.text[1:]
			continue
		}
		n := 0
		for n < len(p.text) && strings.IndexByte("0123456789abcdefABCDEF", p.text[n]) >= 0 {
			n++
		}
		v, err := strconv.ParseUint(p.text[:n], 16, 8)
		if err != nil || n > 2 {
			word, _, _ := strings.Cut(p.text, "\n")
			return nil, fmt.Errorf("%q is not a byte of two hexadecimal digits", shorten(strings.TrimSpace(word)))
		}
		b = append(b, byte(v))
		p.text = p.text[n:]
	}
}
