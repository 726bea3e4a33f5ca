package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"gont/cm/regf"
)

func exportReg(c *call) int {
	prefix := c.flags.String("prefix", "", "path that stands for the hive's root `key`; without it HKEY_LOCAL_MACHINE\\ and the root's name")
	out := c.flags.String("o", "", "write to this `file`")
	args, status, ok := c.parse(1, 2)
	if !ok {
		return status
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return c.fail(err)
	}
	h, r, err := regf.Load(data, regf.Options{Adopt: true})
	if err != nil {
		return c.fail(fmt.Errorf("%s: %w", args[0], err))
	}
	printFaults(c.err, args[0], r)
	if *prefix == "" {
		*prefix = `HKEY_LOCAL_MACHINE\` + h.Name(h.Root())
	}
	*prefix = strings.TrimSuffix(*prefix, `\`)
	key := h.Root()
	if len(args) == 2 {
		if key = findKey(h, *prefix, args[1]); key == regf.NoCell {
			return c.fail(fmt.Errorf("%s: there is no key %s", args[0], args[1]))
		}
	}
	var b bytes.Buffer
	skipped, err := writeReg(&b, h, key, *prefix)
	if err == nil && *out != "" {
		err = replace(*out, func(w io.Writer) error { _, err := b.WriteTo(w); return err })
	} else if err == nil {
		_, err = b.WriteTo(c.out)
	}
	if err != nil {
		return c.fail(err)
	}
	for _, s := range skipped {
		fmt.Fprintf(c.err, "hive export: left out: %s\n", s)
	}
	if len(skipped) > 0 {
		return exitFailed
	}
	return exitGood
}

// findKey looks a path up, from the root or with the prefix before it.
func findKey(h *regf.Hive, prefix, path string) regf.Cell {
	if key := h.Open(h.Root(), path); key != regf.NoCell {
		return key
	}
	if n := len(prefix); len(path) >= n && strings.EqualFold(path[:n], prefix) && (len(path) == n || path[n] == '\\') {
		return h.Open(h.Root(), path[n:])
	}
	if p, _ := splitPrefix(path); p != "" {
		return h.Open(h.Root(), path[len(p):])
	}
	return regf.NoCell
}

// writeReg writes a key with all below as .reg text. It returns what cannot be
// written so: keys with a line's end in their names.
func writeReg(out io.Writer, h *regf.Hive, top regf.Cell, prefix string) (skipped []string, err error) {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\n", header5)
	// Names of the keys from the root to the one being written.
	var path []string
	for key := top; key != h.Root(); key = h.Parent(key) {
		path = append([]string{h.Name(key)}, path...)
	}
	above := len(path)
	badLevel := -1
	err = h.Walk(top, func(key regf.Cell, level int) error {
		if badLevel >= 0 && level > badLevel {
			return nil // below a key that cannot be written
		}
		badLevel = -1
		if level > 0 {
			path = append(path[:above+level-1], h.Name(key))
		}
		full := strings.Join(append([]string{prefix}, path...), `\`)
		if full == "" {
			full = `\`
		}
		if level > 0 && strings.ContainsAny(h.Name(key), "\n\r") {
			skipped = append(skipped, fmt.Sprintf("key %q, whose name has an end of line in it", full))
			badLevel = level
			return nil
		}
		fmt.Fprintf(w, "\n[%s]\n", full)
		writeValues(w, h, key)
		return nil
	})
	if err == nil {
		err = w.Flush()
	}
	return skipped, err
}

func writeValues(w io.Writer, h *regf.Hive, key regf.Cell) {
	for i := uint32(0); ; i++ {
		v, ok := h.ValueAt(key, i)
		if !ok {
			return
		}
		name := "@"
		if n := h.ValueName(v); n != "" {
			name = quote(n)
		}
		fmt.Fprintf(w, "%s=", name)
		data := h.AppendData(nil, v)
		text, isText := plainText(data)
		switch {
		case v.Type == regf.String && isText:
			fmt.Fprintln(w, quote(text))
		case v.Type == regf.Dword && len(data) == 4:
			fmt.Fprintf(w, "dword:%02x%02x%02x%02x\n", data[3], data[2], data[1], data[0])
		case v.Type == regf.Binary:
			writeHex(w, len(name)+1, "hex:", data)
		default:
			writeHex(w, len(name)+1, fmt.Sprintf("hex(%x):", v.Type), data)
		}
	}
}

// plainText returns the text of a string that ends with its one zero and has
// nothing in it that an editor could harm.
func plainText(data []byte) (string, bool) {
	n := len(data)
	if n < 2 || n%2 != 0 || data[n-1] != 0 || data[n-2] != 0 {
		return "", false
	}
	u := make([]uint16, n/2-1)
	for i := range u {
		u[i] = uint16(data[2*i]) | uint16(data[2*i+1])<<8
	}
	s := regf.Decode(u)
	for _, r := range s {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || r == 0xfeff || r == 0x2028 || r == 0x2029 {
			return "", false
		}
	}
	return s, true
}

// writeHex writes bytes in lines of at most 80 letters, as regedit does.
func writeHex(w io.Writer, column int, kind string, data []byte) {
	fmt.Fprint(w, kind)
	column += len(kind)
	for i, c := range data {
		last := i == len(data)-1
		fmt.Fprintf(w, "%02x", c)
		if column += 2; !last {
			fmt.Fprint(w, ",")
			if column++; column > 76 {
				fmt.Fprint(w, "\\\n  ")
				column = 2
			}
		}
	}
	fmt.Fprintln(w)
}
