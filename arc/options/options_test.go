package options

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestLine (O): what the kernel gets of what somebody wrote.
func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "/debug": "DEBUG", " /a  /b=c/d": "A B=c D", "/KERNEL=x.exe /": "KERNEL=x.exe", "noslash": "NOSLASH",
		"/Session=-test.run=TestX/y,-test.v  /b=c": "SESSION=-test.run=TestX/y,-test.v B=c", "session:a/b /sos": "SESSION=a/b SOS",
		"/xsession=a/b session=": "XSESSION=a B SESSION=", "session/a": "SESSION A",
		"/KERNEL:Test.exe": "KERNEL=Test.exe", "/SESSION=-run:A=b": "SESSION=-run:A=b", "\tsos\t": "SOS", "SOS:": "SOS=",
		"/a\x1b[2J=\x80x\x7f": "A?[2J=?x?", "=3": "=3",
	} {
		if got := Line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestValue: the last value counts; a name is the whole name.
func TestValue(t *testing.T) {
	const line = "A KERNEL=One KERNEL:two.exe KERNEL= KERNELS=x SOS MAXMEM=64 /maxmem=8 maxmem=0x20 MAXMEM=64M"
	for name, want := range map[string]string{"KERNEL": "two.exe", "A": "", "HAL": "", "": "", "kernel": ""} {
		if got := Value(line, name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if n := Number(line, "MAXMEM", LeastMaxmem, MostMaxmem); n != 32 {
		t.Errorf("MAXMEM is %d", n)
	}
	if n := Number(line, "YEAR", 0, 9999); n != 0 {
		t.Errorf("YEAR is %d", n)
	}
}

// TestParseNumber against strconv.
func TestParseNumber(t *testing.T) {
	for _, s := range []string{"", "0", "007", "12", "-1", "+1", "1 ", "0x", "0x10", "0XfF", "0xg", "1_0", "18446744073709551615",
		"18446744073709551616", "0xFFFFFFFFFFFFFFFF", "0x10000000000000000", "99999999999999999999", "64M"} {
		want, err := strconv.ParseUint(s, 10, 64)
		if len(s) > 2 && strings.EqualFold(s[:2], "0x") {
			want, err = strconv.ParseUint(s[2:], 16, 64)
		}
		if got, ok := ParseNumber(s); ok != (err == nil) || ok && got != want {
			t.Errorf("%q: %d %v, want %d %v", s, got, ok, want, err)
		}
	}
}

// TestRandomLines: nothing but printable ASCII comes out, the normal form is its
// own normal form, and every word of it was in the line.
func TestRandomLines(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 13))
	const likely = "ab=:/ \tXY\x1b\xff"
	for range 20000 {
		b := make([]byte, r.IntN(40))
		for i := range b {
			if b[i] = likely[r.IntN(len(likely))]; r.IntN(8) == 0 {
				b[i] = byte(r.Uint32())
			}
		}
		line := Line(string(b))
		for _, c := range []byte(line) {
			if c < ' ' || c > '~' || c == '/' {
				t.Fatalf("%q: %q", b, line)
			}
		}
		if again := Line(line); again != line {
			t.Fatalf("%q: %q, again %q", b, line, again)
		}
		words := strings.FieldsFunc(string(b), func(c rune) bool { return strings.ContainsRune(" \t/\r\n", c) })
		if got := strings.Fields(line); len(got) != len(words) {
			t.Fatalf("%q: %q", b, line)
		}
		for o, rest, ok := Next(line); ok; o, rest, ok = Next(rest) {
			if o.Name != strings.ToUpper(o.Name) || strings.ContainsAny(o.Name, "=: ") {
				t.Fatalf("%q: %+v", b, o)
			}
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("/KERNEL:a.exe /SESSION=a=b")
	f.Fuzz(func(t *testing.T, s string) {
		if l := Line(s); Line(l) != l {
			t.Errorf("%q: %q", s, l)
		}
	})
}
