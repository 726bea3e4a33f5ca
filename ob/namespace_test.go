package ob

import (
	"fmt"
	"strings"
	"testing"

	"gont/nt"
)

// TestRoot: what SPEC P1.9 promises is there.
func TestRoot(t *testing.T) {
	boot(t)
	root, s := Lookup(nil, `\`, false, DirectoryType)
	if s != nt.StatusSuccess || root != rootObject || root.Path() != `\` {
		t.Fatal(s)
	}
	expect(t, "the root", fmt.Sprint(root.Body.(*Directory).Entries()),
		`[{?? SymbolicLink} {DosDevices SymbolicLink} {GLOBAL?? Directory} {KernelObjects Directory} {ObjectTypes Directory}]`)
	global, _ := Lookup(nil, `\GLOBAL??`, false, nil)
	for _, name := range []string{`\??`, `\DosDevices`, `\dosdevices`, `\global??`} {
		o, s := Lookup(nil, name, true, nil)
		if s != nt.StatusSuccess || o != global {
			t.Errorf("%s: %v", name, s)
		}
	}
	if _, s := Lookup(nil, `\`, false, thingType); s != nt.StatusObjectTypeMismatch {
		t.Errorf("the root as a Thing: %v", s)
	}
}

// TestBeforePhase1 there are no names.
func TestBeforePhase1(t *testing.T) {
	if s := InitSystem0(); !s.OK() {
		t.Fatal(s)
	}
	for _, name := range []string{`\`, `\x`, `\x\y`} {
		if _, s := Lookup(nil, name, true, nil); s != nt.StatusObjectPathNotFound {
			t.Errorf("%s: %v", name, s)
		}
	}
	typ, s := CreateType(Type{Name: "Early"})
	if !s.OK() {
		t.Fatal(s)
	}
	if s := InitSystem1(); !s.OK() {
		t.Fatal(s)
	}
	o, s := Lookup(nil, `\ObjectTypes\Early`, false, TypeType)
	if s != nt.StatusSuccess || o.Body != any(typ) {
		t.Error(s)
	}
}

// TestNames: every form of a bad path has its status.
func TestNames(t *testing.T) {
	boot(t)
	if _, s := CreateDirectory(`\Dir`); !s.OK() {
		t.Fatal(s)
	}
	thing := New(thingType, nil)
	if s := Insert(nil, thing, `\Dir\Thing`, false, true); !s.OK() {
		t.Fatal(s)
	}
	dir, _ := Lookup(nil, `\Dir`, false, DirectoryType)
	for _, c := range []struct {
		base        *Object
		path        string
		insensitive bool
		typ         *Type
		want        nt.Status
	}{
		{nil, `\Dir\Thing`, false, nil, nt.StatusSuccess},
		{nil, `\Dir\Thing`, false, thingType, nt.StatusSuccess},
		{nil, `\dIR\tHING`, true, thingType, nt.StatusSuccess},
		{dir, `Thing`, false, thingType, nt.StatusSuccess},
		{dir, `thing`, true, thingType, nt.StatusSuccess},
		{nil, `\Dir\thing`, false, nil, nt.StatusObjectNameNotFound},
		{nil, `\dir\Thing`, false, nil, nt.StatusObjectPathNotFound},
		{nil, `\Dir\Thing`, false, DirectoryType, nt.StatusObjectTypeMismatch},
		{nil, `\Dir\Other`, true, nil, nt.StatusObjectNameNotFound},
		{nil, `\Other\Thing`, true, nil, nt.StatusObjectPathNotFound},
		{nil, `\Dir\Thing\More`, true, nil, nt.StatusObjectPathNotFound},
		{nil, ``, true, nil, nt.StatusObjectPathSyntaxBad},
		{nil, `Dir`, true, nil, nt.StatusObjectPathSyntaxBad},
		{nil, `Dir\Thing`, true, nil, nt.StatusObjectPathSyntaxBad},
		{dir, `\Thing`, true, nil, nt.StatusObjectPathSyntaxBad},
		{thing, `x`, true, nil, nt.StatusObjectTypeMismatch},
		{dir, ``, true, nil, nt.StatusObjectNameInvalid},
		{nil, `\Dir\`, true, nil, nt.StatusObjectNameInvalid},
		{nil, `\\Dir`, true, nil, nt.StatusObjectNameInvalid},
		{nil, `\\`, true, nil, nt.StatusObjectNameInvalid},
		{nil, `\Dir\\Thing`, true, nil, nt.StatusObjectNameInvalid},
		{nil, `\Dir\Thing\`, true, nil, nt.StatusObjectNameInvalid},
		{nil, `\` + strings.Repeat("x", MaximumName), true, nil, nt.StatusObjectNameInvalid},
		{nil, `\` + strings.Repeat("x", MaximumName-1), true, nil, nt.StatusObjectNameNotFound},
		{nil, strings.Repeat(`\Dir`, 8000), true, nil, nt.StatusObjectPathNotFound},
	} {
		name := c.path
		if len(name) > 40 {
			name = name[:40] + "..."
		}
		o, s := Lookup(c.base, c.path, c.insensitive, c.typ)
		expect(t, "Lookup "+name, s, c.want)
		if s.OK() {
			o.Dereference()
		} else if o != nil {
			t.Errorf("%s: a status and an object", name)
		}
	}
	counts(t, "the thing", thing, 2, 0)

	// The same for new names.
	for path, want := range map[string]nt.Status{
		`\Dir\Thing`: nt.StatusObjectNameCollision, `\dir\THING`: nt.StatusObjectNameCollision,
		`\Other\x`: nt.StatusObjectPathNotFound, `\Dir\Thing\x`: nt.StatusObjectPathNotFound,
		`x`: nt.StatusObjectPathSyntaxBad, ``: nt.StatusObjectPathSyntaxBad, `\`: nt.StatusObjectNameInvalid,
		`\Dir\`: nt.StatusObjectNameInvalid, `\Dir\\x`: nt.StatusObjectNameInvalid, `\??`: nt.StatusObjectNameCollision,
	} {
		o := New(thingType, nil)
		expect(t, "Insert "+path, Insert(nil, o, path, true, true), want)
		counts(t, "an object without a name", o, 1, 0)
		o.Dereference()
		expect(t, "deleted", deleted[o], 1)
	}
	if s := CreateSymbolicLink(`\Dir\Thing`, `\`); s != nt.StatusObjectNameCollision {
		t.Errorf("a link in the place of an object: %v", s)
	}
	if _, s := CreateDirectory(`\Dir`); s != nt.StatusObjectNameCollision {
		t.Errorf("a second directory: %v", s)
	}
}

// TestDeepPath: a thousand directories.
func TestDeepPath(t *testing.T) {
	boot(t)
	path := ""
	for i := range 1000 {
		path += fmt.Sprintf(`\%d`, i)
		if _, s := CreateDirectory(path); !s.OK() {
			t.Fatalf("directory %d: %v", i, s)
		}
	}
	o, s := Lookup(nil, path, true, DirectoryType)
	if s != nt.StatusSuccess || o.Path() != path || o.Name() != "999" {
		t.Errorf("%v, %s", s, o.Name())
	}
}

// TestLinks: through links, to links, and round in circles.
func TestLinks(t *testing.T) {
	boot(t)
	CreateDirectory(`\Dir`)
	thing := New(thingType, nil)
	Insert(nil, thing, `\Dir\Thing`, true, true)
	for path, target := range map[string]string{
		`\ToDir`: `\Dir`, `\ToDirSlash`: `\Dir\`, `\ToThing`: `\ToDir\Thing`, `\ToNothing`: `\None\x`, `\Relative`: `Dir`, `\Empty`: ``,
		`\A`: `\B`, `\B`: `\A`, `\Self`: `\Self\Self`, `\Grow`: `\Grow\x\Grow`,
	} {
		if s := CreateSymbolicLink(path, target); !s.OK() {
			t.Fatal(path, s)
		}
	}
	for i := range MaximumLinks + 2 {
		target := `\Dir`
		if i > 0 {
			target = fmt.Sprintf(`\Chain%d`, i-1)
		}
		CreateSymbolicLink(fmt.Sprintf(`\Chain%d`, i), target)
	}
	for _, c := range []struct {
		path string
		typ  *Type
		want nt.Status
	}{
		{`\ToDir`, DirectoryType, nt.StatusSuccess},
		{`\ToDir`, LinkType, nt.StatusSuccess},
		{`\ToDir\Thing`, thingType, nt.StatusSuccess},
		{`\todirslash\thing`, thingType, nt.StatusSuccess},
		{`\ToThing`, thingType, nt.StatusSuccess},
		{`\ToThing`, DirectoryType, nt.StatusObjectTypeMismatch},
		{`\Dir\Thing`, LinkType, nt.StatusObjectTypeMismatch},
		{`\ToThing\x`, nil, nt.StatusObjectPathNotFound},
		{`\ToNothing`, nil, nt.StatusObjectPathNotFound},
		{`\ToNothing`, LinkType, nt.StatusSuccess},
		{`\ToDir\None`, nil, nt.StatusObjectNameNotFound},
		{`\Relative`, nil, nt.StatusObjectPathSyntaxBad},
		{`\Relative\Thing`, nil, nt.StatusObjectPathSyntaxBad},
		{`\Empty`, nil, nt.StatusObjectPathSyntaxBad},
		{`\Empty\Dir\Thing`, thingType, nt.StatusSuccess},
		{`\A`, nil, nt.StatusObjectNameInvalid},
		{`\A\x`, nil, nt.StatusObjectNameInvalid},
		{`\A`, LinkType, nt.StatusSuccess},
		{`\Self`, nil, nt.StatusObjectNameInvalid},
		{`\Grow\x`, nil, nt.StatusObjectNameInvalid},
		{fmt.Sprintf(`\Chain%d`, MaximumLinks-1), DirectoryType, nt.StatusSuccess},
		{fmt.Sprintf(`\Chain%d\Thing`, MaximumLinks-1), thingType, nt.StatusSuccess},
		{fmt.Sprintf(`\Chain%d`, MaximumLinks+1), DirectoryType, nt.StatusObjectNameInvalid},
		{fmt.Sprintf(`\Chain%d\Thing`, MaximumLinks+1), thingType, nt.StatusObjectNameInvalid},
	} {
		o, s := Lookup(nil, c.path, true, c.typ)
		expect(t, "Lookup "+c.path, s, c.want)
		if s.OK() {
			o.Dereference()
		}
	}
	// New names go through links as well.
	o := New(thingType, nil)
	expect(t, "Insert", Insert(nil, o, `\ToDir\New`, true, true), nt.StatusSuccess)
	expect(t, "path", o.Path(), `\Dir\New`)
	expect(t, "Insert", Insert(nil, New(thingType, nil), `\A\New`, true, true), nt.StatusObjectNameInvalid)
	counts(t, "the thing", thing, 2, 0)
}

// TestEntries come in order, whatever the case of their names.
func TestEntries(t *testing.T) {
	boot(t)
	d, _ := CreateDirectory(`\E`)
	for _, n := range []string{"b", "C", "a", "_", "B2", "ä"} {
		CreateSymbolicLink(`\E\`+n, `\`)
	}
	got := ""
	for _, e := range d.Body.(*Directory).Entries() {
		got += e.Name + " "
	}
	expect(t, "entries", got, "a b B2 C _ ä ")
}

// TestNestedDirectories: directories nest until the path is as long as a path can
// be, whatever they are inserted relative to.
func TestNestedDirectories(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	nest := func(name string) (deepest *Object, n int) {
		for base := rootObject; ; n++ {
			d := NewDirectory()
			s := Insert(base, d, name, true, false)
			if s == nt.StatusNameTooLong {
				d.Dereference()
				return base, n
			}
			if !s.OK() {
				t.Fatal(s)
			}
			h.Insert(d, 1, 0)
			d.Dereference()
			base = d
		}
	}
	for name, want := range map[string]int{"x": MaximumName / 2, strings.Repeat("y", 1000): MaximumName / 1001} {
		d, n := nest(name)
		expect(t, "directories", n, want)
		expect(t, "the path", d.Path() == strings.Repeat(`\`+name, n), true)
		o := New(thingType, nil)
		expect(t, "an object in the deepest", Insert(d, o, name, true, false), nt.StatusNameTooLong)
		o.Dereference()
	}
	h.CloseAll()
	if n, _ := DirectoryType.Counts(); n != 4 {
		t.Errorf("%d directories are left", n)
	}
}

// TestList: parts of a directory's list, and how much a directory takes.
func TestList(t *testing.T) {
	boot(t)
	h := NewHandleTable()
	d := NewDirectory()
	for i := range MaximumEntries {
		o := New(thingType, nil)
		if s := Insert(d, o, fmt.Sprintf("e%05d", i), true, false); !s.OK() {
			t.Fatal(i, s)
		}
		h.Insert(o, 1, 0)
		o.Dereference()
	}
	o := New(thingType, nil)
	expect(t, "one too many", Insert(d, o, "z", true, false), nt.StatusInsufficientResources)
	expect(t, "one that is there", Insert(d, o, "E00007", true, false), nt.StatusObjectNameCollision)
	o.Dereference()
	for _, c := range []struct {
		from, most int
		first      string
		n          int
	}{{0, 3, "e00000", 3}, {7, 1, "e00007", 1}, {MaximumEntries - 2, 10, "e65534", 2}} {
		list, total := d.Body.(*Directory).List(c.from, c.most)
		expect(t, "in all", total, MaximumEntries)
		expect(t, "entries", len(list), c.n)
		expect(t, "the first", list[0], Entry{c.first, "Thing"})
	}
	for _, from := range []int{MaximumEntries, 1<<32 - 1} {
		list, total := d.Body.(*Directory).List(from, 1)
		expect(t, "behind the end", fmt.Sprint(len(list), total), fmt.Sprint(0, MaximumEntries))
	}
	h.CloseAll()
	d.Dereference()
}
