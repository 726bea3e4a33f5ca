package bootini

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
)

const good = `; a comment
[boot loader]
timeout=5
default=multi(0)disk(0)rdisk(0)partition(2)\GoNT
[operating systems]
multi(0)disk(0)rdisk(0)partition(1)\Windows="GoNT" /BOOTTRACE /MAXMEM=64
MULTI(0)DISK(0)RDISK(0)PARTITION(2)\gont\ = "Second, a = b" 
multi(0)disk(0)rdisk(1)partition(1)\W=No quotes /kernel=a.exe
`

func TestParse(t *testing.T) {
	dos := strings.ReplaceAll(good, "\n", "\r\n")
	for name, text := range map[string]string{
		"unix": good, "dos": dos + "\x1a", "mac": strings.ReplaceAll(good, "\n", "\r"), "bom": "\xEF\xBB\xBF" + good,
		"UTF-16LE": wide(binary.LittleEndian, "\uFEFF"+dos), "UTF-16BE": wide(binary.BigEndian, "\uFEFF"+dos),
		"UTF-16LE without a mark": wide(binary.LittleEndian, good), "UTF-16BE without a mark": wide(binary.BigEndian, good),
		"UTF-16 and an odd byte": wide(binary.LittleEndian, "\uFEFF"+good) + "x",
	} {
		c := Parse([]byte(text))
		if len(c.Problems) != 0 {
			t.Errorf("%s: %v", name, c.Problems)
		}
		want := Config{Timeout: 5, Default: 1, Entries: []Entry{
			{Path{0, 1, `\Windows`}, "GoNT", "/BOOTTRACE /MAXMEM=64", 0},
			{Path{0, 2, `\gont`}, "Second, a = b", "", 1},
			{Path{1, 1, `\W`}, "No quotes", "/kernel=a.exe", 2},
		}}
		if !reflect.DeepEqual(c, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, c, want)
		}
	}
}

// wide is a text in UTF-16.
func wide(o binary.AppendByteOrder, s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = o.AppendUint16(b, u)
	}
	return string(b)
}

// TestLineNumbers: whatever ends a line, the numbers are an editor's.
func TestLineNumbers(t *testing.T) {
	const text = "\n; one\n[boot loader]\n\nbad\n[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\W=\"A\"\nworse"
	for _, end := range []string{"\n", "\r\n", "\r"} {
		s := strings.ReplaceAll(text, "\n", end)
		for _, s := range []string{s, wide(binary.LittleEndian, "\uFEFF"+s)} {
			c := Parse([]byte(s))
			if len(c.Entries) != 1 || len(c.Problems) != 2 || c.Problems[0].Line != 5 || c.Problems[1].Line != 8 {
				t.Errorf("%q: %+v", end, c)
			}
		}
	}
}

// TestOnlyAscii: one question mark for every character that is not, whatever it
// was written in.
func TestOnlyAscii(t *testing.T) {
	const line = "[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"A \x1b[2J\u00c4\u20ac\U0001F600\x07B\tC\" /a=\u00e9\n"
	latin := strings.NewReplacer("\u00c4", "\xE4", "\u20ac", "\x80", "\U0001F600", "\xFF", "\u00e9", "\xE9").Replace(line)
	for name, text := range map[string]string{"UTF-8": line, "UTF-16": wide(binary.BigEndian, "\uFEFF"+line), "8 bit": latin} {
		c := Parse([]byte(text))
		if len(c.Entries) != 1 || c.Entries[0].Title != "A ?[2J????B C" || c.Entries[0].Options != "/a=?" || len(c.Problems) != 0 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	c := Parse([]byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\W\u00ef=\"A\"\n"))
	if len(c.Problems) != 2 || !strings.Contains(c.Problems[0].Text, "besides ASCII") {
		t.Errorf("%+v", c)
	}
}

// TestManyProblems: those that are not named are counted.
func TestManyProblems(t *testing.T) {
	c := Parse([]byte("[boot loader]\n" + strings.Repeat("bad\n", 1000)))
	if len(c.Problems) != MaxProblems || c.Unnamed != 1000+1-MaxProblems || c.LastLine != 0 {
		t.Errorf("%d named, %d not, last %d", len(c.Problems), c.Unnamed, c.LastLine)
	}
	c = Parse([]byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\W=\"A\"\n" + strings.Repeat("bad\n", 1000)))
	if len(c.Entries) != 1 || len(c.Problems) != MaxProblems || c.Unnamed != 1000-MaxProblems || c.LastLine != 1002 {
		t.Errorf("%d named, %d not, last %d", len(c.Problems), c.Unnamed, c.LastLine)
	}
}

// TestRandomBytes: from any file something can be started, every text is
// printable, every problem has a line of the file.
func TestRandomBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 9))
	pieces := []string{"[boot loader]", "[operating systems]", "timeout=", "default=", "multi(0)disk(0)rdisk(0)partition(1)\\Windows",
		"=\"", "\"", "/SOS", "\r", "\n", "\r\n", ";", "\x1b", "\x00", "\xFF\xFE", "\xFE\xFF", "\xEF\xBB\xBF", "\x1A", " ", "7"}
	printable := func(s string) bool {
		for _, c := range []byte(s) {
			if c < ' ' || c > '~' {
				return false
			}
		}
		return true
	}
	for range 5000 {
		var b []byte
		for range r.IntN(60) {
			if r.IntN(4) == 0 {
				b = append(b, byte(r.Uint32()))
			} else {
				b = append(b, pieces[r.IntN(len(pieces))]...)
			}
		}
		if r.IntN(3) == 0 {
			b = []byte(wide(binary.LittleEndian, "\uFEFF"+string(b)))
		}
		c := Parse(b)
		if len(c.Entries) == 0 || len(c.Entries) > MaxEntries || c.Default >= len(c.Entries) || c.Timeout < -1 {
			t.Fatalf("%q: %+v", b, c)
		}
		for _, e := range c.Entries {
			if e.Title == "" || !printable(e.Title) || !printable(e.Options) || !printable(e.Path.Directory) {
				t.Fatalf("%q: %+v", b, e)
			}
		}
		for _, p := range c.Problems {
			if !printable(p.Text) || p.Line < 0 || p.Line > len(b)+1 {
				t.Fatalf("%q: %+v", b, p)
			}
		}
	}
}

// TestProblems: each bad line is reported with its number, the others are used.
func TestProblems(t *testing.T) {
	const arc = `multi(0)disk(0)rdisk(0)partition(1)\Windows`
	for name, c := range map[string]struct {
		text    string
		line    int
		want    string
		entries int
	}{
		"empty file":        {"", 0, "no usable entry", 1},
		"binary":            {"\x00\xFF\x80\x01", 1, "before the first section", 1},
		"no section":        {"timeout=5\n[operating systems]\n" + arc + "=\"A\"", 1, "before the first section", 1},
		"unknown section":   {"[boot]\nx=y\n[operating systems]\n" + arc + "=\"A\"", 1, "unknown section", 1},
		"unknown setting":   {"[boot loader]\ntimeouts=5\n[operating systems]\n" + arc + "=\"A\"", 2, "unknown setting", 1},
		"no equals":         {"[boot loader]\ntimeout 5\n[operating systems]\n" + arc + "=\"A\"", 2, `no "="`, 1},
		"timeout":           {"[boot loader]\ntimeout=soon\n[operating systems]\n" + arc + "=\"A\"", 2, "not a number", 1},
		"timeout too long":  {"[boot loader]\ntimeout=1234567\n[operating systems]\n" + arc + "=\"A\"", 2, "not a number", 1},
		"timeout negative":  {"[boot loader]\ntimeout=-2\n[operating systems]\n" + arc + "=\"A\"", 2, "not a number", 1},
		"path":              {"[operating systems]\nC:\\Windows=\"A\"\n" + arc + "=\"A\"", 2, "does not begin with", 1},
		"path number":       {"[operating systems]\nmulti(x)disk(0)rdisk(0)partition(1)\\W=\"A\"\n" + arc + "=\"A\"", 2, "no number", 1},
		"path cut":          {"[operating systems]\n" + arc + "=\"A\"\nmulti(0)disk(0)rdisk(0)partition(1", 3, "no number", 1},
		"path multi":        {"[operating systems]\nmulti(1)disk(0)rdisk(0)partition(1)\\W=\"A\"\n" + arc + "=\"A\"", 2, "only multi(0)", 1},
		"partition 0":       {"[operating systems]\nmulti(0)disk(0)rdisk(0)partition(0)\\W=\"A\"\n" + arc + "=\"A\"", 2, "counts from 1", 1},
		"no directory":      {"[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)=\"A\"\n" + arc + "=\"A\"", 2, "no \\directory", 1},
		"root directory":    {"[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\=\"A\"\n" + arc + "=\"A\"", 2, "no \\directory", 1},
		"no title":          {"[operating systems]\n" + arc + "\n" + arc + "=\"A\"", 2, `no "=" after the path`, 1},
		"open quote":        {"[operating systems]\n" + arc + "=\"A\n" + arc + "=\"A\"", 2, "closing quote", 1},
		"options":           {"[operating systems]\n" + arc + "=\"A\" debug\n" + arc + "=\"A\"", 2, "begin with a slash", 1},
		"default elsewhere": {"[boot loader]\ndefault=multi(0)disk(0)rdisk(0)partition(3)\\W\n[operating systems]\n" + arc + "=\"A\"", 2, "none of the entries", 1},
		"default broken":    {"[boot loader]\ndefault=C:\\\n[operating systems]\n" + arc + "=\"A\"", 2, "does not begin", 1},
		"default and more":  {"[boot loader]\ndefault=" + arc + "=x\n[operating systems]\n" + arc + "=\"A\"", 2, "follows the path", 1},
		"UTF-32":            {"\xFF\xFE\x00\x00[\x00\x00\x00", 0, "UTF-32", 1},
		"only bad entries":  {"[operating systems]\nnonsense", 2, "does not begin", 1},
		"eleven":            {"[operating systems]\n" + strings.Repeat(arc+"=\"A\"\n", 11), 12, "more than 10", 10},
	} {
		got := Parse([]byte(c.text))
		if len(got.Entries) != c.entries || got.Default != 0 {
			t.Errorf("%s: %d entries, default %d", name, len(got.Entries), got.Default)
		}
		if len(got.Problems) == 0 || got.Problems[0].Line != c.line || !strings.Contains(got.Problems[0].Text, c.want) {
			t.Errorf("%s: %v", name, got.Problems)
		}
	}
}

func TestBuiltIn(t *testing.T) {
	c := BuiltIn()
	if len(c.Entries) != 1 || c.Timeout != 0 || c.Entries[0].Path.Arc() != "multi(0)disk(0)rdisk(0)partition(1)" {
		t.Errorf("%+v", c)
	}
	if got := Parse([]byte("[operating systems]\nx")); !reflect.DeepEqual(got.Entries, c.Entries) {
		t.Errorf("without a usable entry: %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Parse(b)
		if len(c.Entries) == 0 || c.Default >= len(c.Entries) || len(c.Entries) > MaxEntries {
			t.Errorf("%+v", c)
		}
	})
}
