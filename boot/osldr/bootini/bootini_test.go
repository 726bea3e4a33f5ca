package bootini

import (
	"reflect"
	"strings"
	"testing"
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
	for name, text := range map[string]string{
		"unix": good, "dos": strings.ReplaceAll(good, "\n", "\r\n") + "\x1a", "bom": "\xEF\xBB\xBF" + good,
	} {
		c := Parse([]byte(text))
		if len(c.Problems) != 0 {
			t.Errorf("%s: %v", name, c.Problems)
		}
		want := Config{Timeout: 5, Default: 1, Entries: []Entry{
			{Path{0, 1, `\Windows`}, "GoNT", "/BOOTTRACE /MAXMEM=64"},
			{Path{0, 2, `\gont`}, "Second, a = b", ""},
			{Path{1, 1, `\W`}, "No quotes", "/kernel=a.exe"},
		}}
		if !reflect.DeepEqual(c, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, c, want)
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

func TestLoadOptions(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "/debug": "DEBUG", " /a  /b=c/d": "A B=C D", "/KERNEL=x.exe /": "KERNEL=X.EXE", "noslash": "NOSLASH",
		"/Session=-test.run=TestX/y,-test.v  /b=c": "SESSION=-test.run=TestX/y,-test.v B=C", "session=a": "SESSION=a", "/xsession=a session=": "XSESSION=A SESSION=",
	} {
		if got := LoadOptions(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for name, want := range map[string]string{"KERNEL": "X.EXE", "A": "", "B": "", "HAL": "", "": ""} {
		if got := Option("A KERNEL=X.EXE B=", name); got != want {
			t.Errorf("option %q: %q, want %q", name, got, want)
		}
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
