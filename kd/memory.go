package kd

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// dumper makes db, dw, dd, dq, dps, da, du. Without an address a dump goes on.
func dumper(kind byte) func(*Engine, io.Writer, string) error {
	return func(e *Engine, w io.Writer, args string) error {
		at, n := e.dump, uint64(0x80)
		if args != "" {
			w1, w2 := splitLast(args)
			var err error
			if w2 != "" {
				l, ok := readNumber(strings.TrimPrefix(strings.ToLower(w2), "l"))
				if !ok {
					return fmt.Errorf("%s is not a length", w2)
				}
				n = min(l, 64<<10)
			}
			if at, err = e.evaluate(w1); err != nil {
				return err
			}
		}
		end, err := e.dumpMemory(w, kind, at, n)
		e.dump = end
		return err
	}
}

// splitLast splits "address length" where the length is a word of its own.
func splitLast(s string) (first, last string) {
	if i := strings.LastIndexByte(s, ' '); i > 0 {
		before := strings.TrimSpace(s[:i])
		if !strings.HasSuffix(before, "+") && !strings.HasSuffix(before, "-") && s[i+1] != '+' && s[i+1] != '-' {
			return before, s[i+1:]
		}
	}
	return s, ""
}

func (e *Engine) dumpMemory(w io.Writer, kind byte, at, n uint64) (end uint64, err error) {
	if kind == 'a' || kind == 'u' {
		return e.dumpText(w, kind, at, n)
	}
	size := map[byte]uint64{'b': 1, 'w': 2, 'd': 4, 'q': 8, 's': 8}[kind]
	line := uint64(16)
	if kind == 's' {
		line = 8
	}
	for end = at + n; at < end; at += line {
		var b [16]byte
		got := uint64(e.m.Read(e.current, at, b[:min(line, end-at)]))
		fmt.Fprintf(w, "%016x ", at)
		for i := uint64(0); i < min(line, end-at); i += size {
			if i+size > got {
				fmt.Fprintf(w, " %s", strings.Repeat("?", int(2*size)))
				continue
			}
			var v [8]byte
			copy(v[:], b[i:i+size])
			fmt.Fprintf(w, " %0*x", 2*size, binary.LittleEndian.Uint64(v[:]))
		}
		switch kind {
		case 'b':
			text := [16]byte{}
			for i := range got {
				text[i] = printable(b[i])
			}
			fmt.Fprintf(w, "  %s", text[:got])
		case 's':
			if got == 8 {
				fmt.Fprintf(w, " %s", e.symbolText(e.current, binary.LittleEndian.Uint64(b[:])))
			}
		}
		fmt.Fprintf(w, "\n")
		if got == 0 {
			return at, fmt.Errorf("no memory at %#x", at)
		}
	}
	return end, nil
}

func printable(c byte) byte {
	if c < 32 || c > 126 {
		return '.'
	}
	return c
}

func (e *Engine) dumpText(w io.Writer, kind byte, at, n uint64) (uint64, error) {
	var text []byte
	step := uint64(1)
	if kind == 'u' {
		step = 2
	}
	for len(text) < int(n) {
		var b [2]byte
		if e.m.Read(e.current, at, b[:step]) != int(step) {
			if len(text) == 0 {
				return at, fmt.Errorf("no memory at %#x", at)
			}
			break
		}
		at += step
		if b[0] == 0 && b[1] == 0 {
			break
		}
		if b[1] != 0 {
			b[0] = '?'
		}
		text = append(text, printable(b[0]))
	}
	fmt.Fprintf(w, "%q\n", text)
	return at, nil
}

// editor makes eb, ew, ed, eq.
func editor(size int) func(*Engine, io.Writer, string) error {
	return func(e *Engine, w io.Writer, args string) error {
		first, rest, _ := strings.Cut(args, " ")
		at, err := e.evaluate(first)
		if err != nil {
			return err
		}
		words := strings.Fields(rest)
		if len(words) == 0 {
			return fmt.Errorf("values are missing")
		}
		for _, s := range words {
			v, err := e.evaluate(s)
			if err != nil {
				return err
			}
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], v)
			if e.m.Write(e.current, at, b[:size]) != size {
				return fmt.Errorf("no memory at %#x", at)
			}
			at += uint64(size)
		}
		return nil
	}
}

// searchCommand finds bytes or a text.
func (e *Engine) searchCommand(w io.Writer, args string) error {
	words := strings.SplitN(args, " ", 3)
	if len(words) != 3 {
		return fmt.Errorf("s address length, and what is looked for")
	}
	at, err := e.evaluate(words[0])
	if err != nil {
		return err
	}
	n, ok := readNumber(strings.TrimPrefix(strings.ToLower(words[1]), "l"))
	if !ok || n > 1<<30 {
		return fmt.Errorf("%s is not a length", words[1])
	}
	var want []byte
	if s := words[2]; len(s) > 2 && s[0] == '"' && s[len(s)-1] == '"' {
		want = []byte(s[1 : len(s)-1])
	} else if want, err = hex.DecodeString(strings.ReplaceAll(s, " ", "")); err != nil || len(want) == 0 {
		return fmt.Errorf("%s is neither a text in quotes nor bytes", s)
	}
	if len(want) > 256 {
		return fmt.Errorf("at most 256 bytes are looked for")
	}
	found := 0
	var b [4096 + 256]byte
	for end := at + n; at < end; {
		got := e.m.Read(e.current, at, b[:min(uint64(len(b)), end-at)])
		for i := 0; i+len(want) <= got && i < 4096; i++ {
			if string(b[i:i+len(want)]) == string(want) {
				fmt.Fprintf(w, "%016x\n", at+uint64(i))
				if found++; found == 100 {
					return fmt.Errorf("and more")
				}
			}
		}
		if got < 4096 && uint64(got) < end-at {
			at = (at + uint64(got) + 4096) &^ 4095 // a page that is not there
		} else {
			at += 4096
		}
	}
	if found == 0 {
		return fmt.Errorf("not found")
	}
	return nil
}
