package ob

import (
	"testing"

	"gont/nt"
)

// TestParse: a name goes on inside an object whose type can parse, wherever links
// lead, and what the procedure says is the answer.
func TestParse(t *testing.T) {
	boot(t)
	var asked []string
	var inner *Object
	box, s := CreateType(Type{Name: "Box", Parse: func(o *Object, p *Parse) nt.Status {
		asked = append(asked, p.Name)
		switch {
		case p.Name == `\again`:
			p.Path = `\??\C:\there`
			return nt.StatusReparse
		case p.Name == `\round`:
			p.Path = `\Box\round`
			return nt.StatusReparse
		case p.Name == "" && p.Context == nil:
			p.Object = o.Reference()
			return nt.StatusSuccess
		case p.Context == "make":
			p.Object = inner.Reference()
			return nt.StatusSuccess
		}
		return nt.StatusObjectNameNotFound
	}})
	if !s.OK() {
		t.Fatal(s)
	}
	o := New(box, nil)
	inner = New(thingType, nil)
	if s := Insert(nil, o, `\Box`, true, true); !s.OK() {
		t.Fatal(s)
	}
	for name, target := range map[string]string{`\??\C:`: `\Box`, `\??\D:`: `\??\C:\deep`, `\??\Empty`: `\ObjectTypes`} {
		if s := CreateSymbolicLink(name, target); !s.OK() {
			t.Fatal(s)
		}
	}
	for _, c := range []struct {
		base    *Object
		name    string
		typ     *Type
		context any
		status  nt.Status
		asked   string
		found   *Object
	}{
		{nil, `\Box`, nil, nil, nt.StatusSuccess, "", o},
		{nil, `\box`, box, nil, nt.StatusSuccess, "", o},
		{nil, `\Box`, thingType, nil, nt.StatusObjectTypeMismatch, "", nil},
		{nil, `\Box\`, thingType, "make", nt.StatusSuccess, `\`, inner},
		{nil, `\Box\a\b`, nil, "make", nt.StatusSuccess, `\a\b`, inner},
		{nil, `\Box\a\\b\`, nil, "make", nt.StatusSuccess, `\a\\b\`, inner},
		{nil, `\Box\a`, nil, nil, nt.StatusObjectNameNotFound, `\a`, nil},
		{nil, `\??\C:`, nil, "make", nt.StatusSuccess, "", inner},
		{nil, `\??\C:\`, nil, "make", nt.StatusSuccess, `\`, inner},
		{nil, `\DosDevices\C:\x`, nil, "make", nt.StatusSuccess, `\x`, inner},
		{nil, `\??\D:\x`, nil, "make", nt.StatusSuccess, `\deep\x`, inner},
		{nil, `\??\D:`, nil, "make", nt.StatusSuccess, `\deep`, inner},
		{nil, `\??\Empty\`, nil, "make", nt.StatusObjectNameInvalid, "none", nil},
		{o, `x\y`, nil, "make", nt.StatusSuccess, `x\y`, inner},
		{o, "", nil, "make", nt.StatusSuccess, "", inner},
		{o, `\x`, nil, "make", nt.StatusObjectPathSyntaxBad, "none", nil},
		{nil, `\Box\again`, nil, "make", nt.StatusSuccess, `\there`, inner},
		{nil, `\Box\round`, nil, nil, nt.StatusObjectNameInvalid, `\round`, nil},
	} {
		asked = []string{"none"}
		found, s := OpenByName(c.base, c.name, true, c.typ, c.context)
		if s != c.status || found != c.found || asked[len(asked)-1] != c.asked {
			t.Errorf("%q: %v, %v, the procedure saw %q; want %v, %v, %q", c.name, s, found, asked, c.status, c.found, c.asked)
		}
		if found != nil {
			found.Dereference()
		}
	}
	if s := Insert(nil, inner, `\Box\x`, true, false); s != nt.StatusObjectPathNotFound {
		t.Errorf("an object is put inside: %v", s)
	}
	if p, _ := o.Counts(); p != 2 {
		t.Errorf("%d references to the object, want 2: its maker's and its name's", p)
	}
	if p, _ := inner.Counts(); p != 1 {
		t.Errorf("%d references to what is inside, want its maker's", p)
	}
}
