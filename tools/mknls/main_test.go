package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"gont/cm/regf"
)

type words []byte

func (w words) at(i int) uint16 { return binary.LittleEndian.Uint16(w[2*i:]) }

func made(t *testing.T, name string) words {
	t.Helper()
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCodePages (P0.3): the files have the sizes of NT's; each byte comes back from its
// character; a letter that the code page lacks becomes the nearest one.
func TestCodePages(t *testing.T) {
	for name, c := range map[string]struct {
		number uint16
		size   int
		wide   int // words to the table of Unicode characters
		to     map[byte]rune
		from   map[rune]byte
	}{
		"c_1252.nls": {1252, 66082, 13 + 1 + 259, map[byte]rune{'A': 'A', 0x80: '€', 0x81: 0x81, 0x9F: 'Ÿ', 0xE4: 'ä', 0xFF: 'ÿ'},
			map[rune]byte{'€': 0x80, 'ä': 0xE4, 'Ā': 'A', 'ż': 'z', 'Ａ': 'A', '①': '1', 'Я': '?', 0xD800: '?', 0xFFFF: '?', 0: 0}},
		"c_437.nls": {437, 66594, 13 + 1 + 515, map[byte]rune{'A': 'A', 0x81: 'ü', 0xB0: '░', 0xDB: '█', 0xE1: 'ß', 1: 1, 127: 127},
			map[rune]byte{'ü': 0x81, '█': 0xDB, '☺': 1, '⌂': 127, 'Ā': 'A', '€': '?', 'ł': '?'}},
	} {
		w := made(t, name)
		if len(w) != c.size || w.at(0) != headerWords || w.at(1) != c.number || w.at(2) != 1 || w.at(3) != '?' {
			t.Errorf("%s: %d bytes, header %x", name, len(w), w[:26])
		}
		if at := 14 + int(w.at(13)); at != c.wide {
			t.Fatalf("%s: the Unicode table is at word %d", name, at)
		}
		chars, wide := w[2*14:], w[2*c.wide:]
		if len(wide) != 1<<16 {
			t.Fatalf("%s: the Unicode table has %d bytes", name, len(wide))
		}
		for b, r := range c.to {
			if got := chars.at(int(b)); got != uint16(r) {
				t.Errorf("%s: %#x is %U", name, b, got)
			}
		}
		for r, b := range c.from {
			if wide[r] != b {
				t.Errorf("%s: %U is %#x", name, r, wide[r])
			}
		}
		for b := range 256 {
			if got := wide[chars.at(b)]; got != byte(b) {
				t.Errorf("%s: %#x comes back as %#x", name, b, got)
			}
		}
	}
}

// TestCase: l_intl.nls has the registry's rule for upper case, for every character, and
// lower case is its inverse where there is one.
func TestCase(t *testing.T) {
	w := made(t, "l_intl.nls")
	upper := w[4:]
	lower := w[2*(int(w.at(1))+2):]
	mapped := func(t words, c uint16) uint16 {
		return c + t.at(int(t.at(int(t.at(int(c>>8)))+int(c>>4&15)))+int(c&15))
	}
	cased := 0
	for i := range 1 << 16 {
		c := uint16(i)
		u, l := mapped(upper, c), mapped(lower, c)
		if u != regf.Upcase(c) {
			t.Fatalf("%U: upper case %U, the registry's is %U", c, u, regf.Upcase(c))
		}
		if l != c && mapped(upper, l) != c {
			t.Fatalf("%U: lower case %U does not come back", c, l)
		}
		if u != c {
			cased++
			if c != 0x3C2 && mapped(lower, u) != c {
				t.Fatalf("%U: upper case %U does not come back", c, u)
			}
		}
	}
	if cased < 900 {
		t.Errorf("only %d characters have an upper case", cased)
	}
	for _, p := range []string{"aA", "äÄ", "σΣ", "яЯ"} {
		r := []rune(p)
		if mapped(upper, uint16(r[0])) != uint16(r[1]) || mapped(lower, uint16(r[1])) != uint16(r[0]) {
			t.Errorf("%s: %U %U", p, mapped(upper, uint16(r[0])), mapped(lower, uint16(r[1])))
		}
	}
}
