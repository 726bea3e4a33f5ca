package nls

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"gont/cm/regf"
)

// single makes a code page table of one byte a character.
func single(number uint16, chars [256]uint16) []byte {
	w := []uint16{headerWords, number, 1, '?', '?', '?', '?', 0, 0, 0, 0, 0, 0, 256 + 1 + 1 + 1}
	w = append(w, chars[:]...)
	w = append(w, 0, 0, 0) // no glyphs, no lead bytes, bytes as values
	b := encode(w)
	wide := make([]byte, unicodeEntries)
	for i := range wide {
		wide[i] = '?'
	}
	for c := 255; c >= 0; c-- {
		wide[chars[c]] = byte(c)
	}
	return append(b, wide...)
}

// double makes one with lead byte 81h: 81h t is the character 3000h+t for t from 40h on.
func double() []byte {
	w := []uint16{headerWords, 932, 2, '?', 0x30FB, '?', 0x30FB, 0x8181, 0, 0, 0, 0, 0, 256 + 1 + 1 + 256 + 256 + 1}
	var chars, offsets, trail [256]uint16
	for i := range 0x80 {
		chars[i] = uint16(i)
	}
	offsets[0x81] = 256
	for i := range trail {
		if trail[i] = 0x30FB; i >= 0x40 {
			trail[i] = 0x3000 + uint16(i)
		}
	}
	w = append(w, chars[:]...)
	w = append(w, 0, 1)
	w = append(w, offsets[:]...)
	w = append(w, trail[:]...)
	w = append(w, 4)
	wide := make([]uint16, unicodeEntries)
	for i := range wide {
		wide[i] = '?'
	}
	for i := range 0x80 {
		wide[i] = uint16(i)
	}
	for i := 0x40; i < 0x100; i++ {
		wide[0x3000+i] = 0x8100 | uint16(i)
	}
	return encode(append(w, wide...))
}

// cases makes a case table of two rules.
func cases(upper, lower func(uint16) uint16) []byte {
	one := func(f func(uint16) uint16) []uint16 {
		w := make([]uint16, 256)
		at := map[[16]uint16]uint16{}
		third := map[[16]uint16]uint16{}
		for high := range 256 {
			var row [16]uint16
			for t := range 16 {
				var d [16]uint16
				for i := range 16 {
					c := uint16(high<<8 | t<<4 | i)
					d[i] = f(c) - c
				}
				p, ok := at[d]
				if !ok {
					p = uint16(len(w))
					at[d] = p
					w = append(w, d[:]...)
				}
				row[t] = p
			}
			p, ok := third[row]
			if !ok {
				p = uint16(len(w))
				third[row] = p
				w = append(w, row[:]...)
			}
			w[high] = p
		}
		return w
	}
	u := one(upper)
	w := append([]uint16{2, uint16(len(u))}, u...)
	return encode(append(w, one(lower)...))
}

func encode(w []uint16) (b []byte) {
	for _, v := range w {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// oem is a page whose upper half is not Latin-1.
func oem() [256]uint16 {
	var c [256]uint16
	for i := range c {
		c[i] = uint16(i)
	}
	copy(c[0x80:], utf16.Encode([]rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ")))
	c[0xDB] = 0x2588
	return c
}

// TestSingle (P0.3): all bytes there and back, characters that the page does not have, and
// too little room.
func TestSingle(t *testing.T) {
	chars := oem()
	c, err := ParseCodePage(single(437, chars))
	if err != nil || c.Number != 437 {
		t.Fatal(c, err)
	}
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	var u [256]uint16
	if n := c.ToUnicode(u[:], all[:]); n != 256 || u != chars {
		t.Error("ToUnicode")
	}
	var back [256]byte
	n := c.FromUnicode(back[:], u[:])
	for i := range back {
		if chars[back[i]] != chars[i] {
			t.Errorf("%02X comes back as %02X", i, back[i])
		}
	}
	if n != 256 || c.Size(u[:]) != 256 {
		t.Error("sizes")
	}
	if n := c.FromUnicode(back[:3], utf16.Encode([]rune("x☃€y"))); n != 3 || string(back[:3]) != "x??" {
		t.Errorf("%q", back[:n])
	}
	if n := c.ToUnicode(u[:2], all[:]); n != 2 {
		t.Error("more characters than room")
	}
}

// TestDouble: lead bytes, a lead byte at the end, and a character of two bytes for which
// there is room for one.
func TestDouble(t *testing.T) {
	c, err := ParseCodePage(double())
	if err != nil {
		t.Fatal(err)
	}
	u := make([]uint16, 10)
	n := c.ToUnicode(u, []byte{'a', 0x81, 0x42, 'b', 0x81, 0x20, 0x81})
	if want := []uint16{'a', 0x3042, 'b', 0x30FB, 0x30FB}; !slices.Equal(u[:n], want) {
		t.Errorf("%x", u[:n])
	}
	src := []uint16{'a', 0x3042, 0xFFFF, 0x30FF}
	b := make([]byte, 10)
	if n = c.FromUnicode(b, src); string(b[:n]) != "a\x81\x42?\x81\xFF" || c.Size(src) != 6 {
		t.Errorf("%x, size %d", b[:n], c.Size(src))
	}
	for room, want := range []int{0, 1, 1, 3, 4, 4, 6} {
		if n := c.FromUnicode(b[:room], src); n != want {
			t.Errorf("%d bytes of room: %d", room, n)
		}
	}
}

// TestCase: a table made of a rule says what the rule says, for every character; and
// without a table the built-in rule is the registry's.
func TestCase(t *testing.T) {
	defer Install(Tables{})
	b := cases(regf.Upcase, builtInLower)
	table, err := ParseCaseTable(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, tables := range []Tables{{}, {Case: table}} {
		Install(tables)
		for c := range unicodeEntries {
			if got := Upcase(uint16(c)); got != regf.Upcase(uint16(c)) {
				t.Fatalf("%04X becomes %04X, in the registry %04X (table %v)", c, got, regf.Upcase(uint16(c)), tables.Case != nil)
			}
			if got := Downcase(uint16(c)); got != builtInLower(uint16(c)) {
				t.Fatalf("%04X becomes %04X in lower case", c, got)
			}
		}
		if s := UpcaseString("straße ärger ǆ ı 𐐨 x"); s != "STRAßE ÄRGER Ǆ ı 𐐨 X" {
			t.Errorf("%q", s)
		}
	}
}

// TestCompare is RtlCompareUnicodeString.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b      string
		plain, in int
	}{{"", "", 0, 0}, {"a", "A", 1, 0}, {"ab", "a", 1, 1}, {"Ärger", "ärger", -1, 0}, {"_", "a", -1, 1}, {"z", "Ä", -1, -1}} {
		sign := func(n int) int { return max(min(n, 1), -1) }
		a, b := utf16.Encode([]rune(c.a)), utf16.Encode([]rune(c.b))
		if x, y := sign(Compare(a, b, false)), sign(Compare(a, b, true)); x != c.plain || y != c.in {
			t.Errorf("%q, %q: %d, %d", c.a, c.b, x, y)
		}
		if x := sign(Compare(b, a, true)); x != -c.in {
			t.Errorf("%q, %q: %d the other way round", c.a, c.b, x)
		}
	}
}

// TestBuiltIn: without tables the code pages are Latin-1, and with an OEM page text for the
// screen is in it.
func TestBuiltIn(t *testing.T) {
	defer Install(Tables{})
	if s := string(OemBytes("grün ☃")); s != "gr\xFCn ?" || OemString([]byte("gr\xFCn")) != "grün" {
		t.Errorf("%q", s)
	}
	c, err := ParseCodePage(single(437, oem()))
	if err != nil {
		t.Fatal(err)
	}
	Install(Tables{Oem: c})
	if s := string(OemBytes("grün █ 𐐨")); s != "gr\x81n \xDB ??" || OemString([]byte("gr\x81n")) != "grün" {
		t.Errorf("%q", s)
	}
	b := make([]byte, 9)
	if n := UpcaseUnicodeToOem(b, utf16.Encode([]rune("grün"))); string(b[:n]) != "GR\x9AN" {
		t.Errorf("%q", b[:n])
	}
	if n := UnicodeToMultiByte(b, utf16.Encode([]rune("grün"))); string(b[:n]) != "gr\xFCn" {
		t.Errorf("%q", b[:n])
	}
	var u [9]uint16
	if n := MultiByteToUnicode(u[:], []byte("gr\xFC")); n != 3 || u[2] != 'ü' {
		t.Errorf("%x", u)
	}
	if Current().Oem != c {
		t.Error("Current")
	}
}

// TestDamaged: files that end too early, or whose tables lead out of them, are refused by
// name; whatever is accepted can be used for every character.
func TestDamaged(t *testing.T) {
	defer Install(Tables{})
	use := func(c *CodePage) {
		u := make([]uint16, 2)
		b := make([]byte, 4)
		for i := range 256 {
			c.ToUnicode(u, []byte{byte(i), byte(i * 7)})
		}
		for i := range unicodeEntries {
			c.FromUnicode(b, []uint16{uint16(i)})
		}
	}
	rnd := rand.New(rand.NewPCG(1, 3))
	for name, file := range map[string][]byte{"single": single(1252, oem()), "double": double()} {
		for n := 0; n < len(file); n += max(1, n/64) {
			if _, err := ParseCodePage(file[:n]); err == nil || !strings.HasPrefix(err.Error(), "code page table: ") {
				t.Errorf("%s: %d bytes: %v", name, n, err)
			}
		}
		for range 300 {
			b := slices.Clone(file)
			for range 1 + rnd.IntN(3) {
				b[rnd.IntN(min(len(b), 2600))] = byte(rnd.Uint32())
			}
			if c, err := ParseCodePage(b); err == nil {
				use(c)
			}
		}
	}
	file := cases(builtInUpper, builtInLower)
	for n := 0; n < len(file); n += max(1, n/64) {
		if _, err := ParseCaseTable(file[:n]); err == nil || !strings.HasPrefix(err.Error(), "case table: ") {
			t.Errorf("case: %d bytes: %v", n, err)
		}
	}
	for range 300 {
		b := slices.Clone(file)
		for range 1 + rnd.IntN(3) {
			b[rnd.IntN(len(b))] = byte(rnd.Uint32())
		}
		if c, err := ParseCaseTable(b); err == nil {
			Install(Tables{Case: c})
			for i := range unicodeEntries {
				Upcase(uint16(i))
				Downcase(uint16(i))
			}
		}
	}
}

func BenchmarkUpcase(b *testing.B) {
	for b.Loop() {
		for c := uint16(0x80); c < 0x480; c++ {
			Upcase(c)
		}
	}
}
