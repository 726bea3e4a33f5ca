package ob

import (
	"strings"
	"testing"

	"gont/nt"
)

// TestLately: a path that begins as one before leads where the names lead now.
func TestLately(t *testing.T) {
	boot(t)
	typ, s := CreateType(Type{Name: "Parsing", Parse: func(o *Object, p *Parse) nt.Status { return nt.StatusNotSupported }})
	if !s.OK() {
		t.Fatal(s)
	}
	at := func(path string, insensitive bool, want *Object, wantRest string, wantStatus nt.Status) {
		t.Helper()
		for range 2 { // the second time as it was found before
			o, rest, s := FindParser(nil, path, insensitive, typ)
			if o != want || rest != wantRest || s != wantStatus {
				t.Errorf("%s: %v %q %v", path, o, rest, s)
			}
			if o != nil {
				o.Dereference()
			}
		}
	}
	CreateDirectory(`\Device`)
	CreateDirectory(`\q`)
	one, two := New(typ, nil), New(typ, nil)
	Insert(nil, one, `\Device\One`, true, true)
	Insert(nil, two, `\Device\Two`, true, true)
	CreateSymbolicLink(`\??\C:`, `\Device\One`)
	CreateSymbolicLink(`\q\x`, `\Device\One\x`)
	at(`\??\C:\a`, true, one, `\a`, 0)
	at(`\??\C:\b\c`, true, one, `\b\c`, 0)
	at(`\??\c:\b`, true, one, `\b`, 0)
	at(`\??\C:`, true, one, ``, 0)
	at(`\??\C:\`, true, one, `\`, 0)
	at(`\??\C:x\b`, true, nil, ``, nt.StatusObjectPathNotFound)
	at(`\??\C:\b`, false, one, `\b`, 0)
	at(`\??\c:\b`, false, nil, ``, nt.StatusObjectPathNotFound)
	at(`\??\C:\`+strings.Repeat("x", MaximumName), true, nil, ``, nt.StatusObjectNameInvalid)
	at(`\Device\Two\z`, true, two, `\z`, 0)

	// What is left begins with a part of the link's target.
	at(`\q\x\x`, true, one, `\x\x`, 0)
	at(`\q\y\x`, true, nil, ``, nt.StatusObjectPathNotFound)
	at(`\q\x`, true, one, `\x`, 0)

	// The link goes, and comes again with another target; the object loses its name.
	l, s := Lookup(nil, `\??\C:`, true, LinkType)
	if !s.OK() {
		t.Fatal(s)
	}
	at(`\??\C:\b`, true, one, `\b`, 0)
	l.MakeTemporary()
	l.Dereference()
	at(`\??\C:\b`, true, nil, ``, nt.StatusObjectPathNotFound)
	CreateSymbolicLink(`\??\C:`, `\Device\Two`)
	at(`\??\C:\b`, true, two, `\b`, 0)
	two.MakeTemporary()
	at(`\??\C:\b`, true, nil, ``, nt.StatusObjectPathNotFound)
	at(`\Device\Two\b`, true, nil, ``, nt.StatusObjectPathNotFound)

	// A name that does not fit is found each time.
	long := `\` + strings.Repeat("y", 100)
	Insert(nil, New(typ, nil), long, true, true)
	o, _, s := FindParser(nil, long+`\b`, true, typ)
	if !s.OK() {
		t.Fatal(s)
	}
	at(long+`\b`, true, o, `\b`, 0)
}
