package ob

import (
	"strings"
	"testing"

	"gont/nt"
)

// TestFindParser: the first half of an open by name.
func TestFindParser(t *testing.T) {
	boot(t)
	typ, s := CreateType(Type{Name: "Parsing", Parse: func(o *Object, p *Parse) nt.Status { return nt.StatusNotSupported }})
	if !s.OK() {
		t.Fatal(s)
	}
	o := New(typ, nil)
	Insert(nil, o, `\Thing`, true, true)
	CreateSymbolicLink(`\Link`, `\Thing\a`)
	for _, c := range []struct {
		base *Object
		path string
		rest string
		want nt.Status
	}{
		{nil, `\Thing`, ``, 0}, {nil, `\thing\a\b`, `\a\b`, 0}, {nil, `\Thing\`, `\`, 0}, {nil, `\Link\b`, `\a\b`, 0}, {o, `x\y`, `x\y`, 0}, {o, ``, ``, 0},
		{nil, `\`, ``, nt.StatusObjectTypeMismatch}, {nil, `\ObjectTypes`, ``, nt.StatusObjectTypeMismatch}, {nil, `\None`, ``, nt.StatusObjectNameNotFound},
		{nil, `Thing`, ``, nt.StatusObjectPathSyntaxBad},
	} {
		p, rest, s := FindParser(c.base, c.path, true, typ)
		expect(t, c.path, s, c.want)
		expect(t, c.path+" rest", rest, c.rest)
		if s.OK() {
			expect(t, c.path+" object", p, o)
			p.Dereference()
		}
	}
	if _, _, s := FindParser(nil, `\Thing`, true, thingType); s != nt.StatusObjectTypeMismatch {
		t.Error(s)
	}
	counts(t, "the object", o, 2, 0)
}

// TestFoldShort: what fits and is ASCII is what fold makes of it.
func TestFoldShort(t *testing.T) {
	for _, name := range []string{"", "a", "Registry", "REGISTRY", "{a-Z}@[`", strings.Repeat("x", 64)} {
		var few [64]byte
		b, ok := foldShort(few[:0], name)
		expect(t, name, ok, true)
		expect(t, name, string(b), fold(name))
	}
	for _, name := range []string{strings.Repeat("x", 65), "ä", "a\xff"} {
		var few [64]byte
		_, ok := foldShort(few[:0], name)
		expect(t, name, ok, false)
	}
	boot(t)
	CreateDirectory(`\ärger`)
	CreateDirectory(`\` + strings.Repeat("Long", 30))
	for _, path := range []string{`\ÄRGER`, `\` + strings.Repeat("lONG", 30)} {
		if _, s := Lookup(nil, path, true, DirectoryType); !s.OK() {
			t.Error(path, s)
		}
	}
}
