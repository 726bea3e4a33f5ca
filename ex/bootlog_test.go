package ex

import (
	"fmt"
	"slices"
	"testing"

	"gont/nt"
	"gont/ob"
)

// TestBootLog (P1.31): nothing before it is enabled; lines as NT's; a full log says so.
func TestBootLog(t *testing.T) {
	var b BootLog
	b.Image("early", true)
	var printed []string
	b.Enable(func(s string) { printed = append(printed, s) })
	b.Header("GoNT")
	b.Image(`\Windows\System32\ntoskrnl.exe`, true)
	b.Image("bad.sys", false)
	want := []string{"GoNT", `Loaded driver \Windows\System32\ntoskrnl.exe`, "Did not load driver bad.sys"}
	if !b.Enabled() || !slices.Equal(b.Lines(), want) || !slices.Equal(printed, want) {
		t.Errorf("%q, printed %q", b.Lines(), printed)
	}
	if f := b.File(); len(f) != 2+2*(len(want[0])+len(want[1])+len(want[2])+6) || string(f[:6]) != "\xFF\xFEG\x00o\x00" {
		t.Errorf("%q", f)
	}
	for i := range 2 * maximumBootLog {
		b.Image(fmt.Sprint(i), true)
	}
	if l := b.Lines(); len(l) != maximumBootLog || l[len(l)-1] != "The log is full: it has 4096 lines." {
		t.Errorf("%d lines, the last %q", len(l), l[len(l)-1])
	}
}

// TestSystemRootLink (P1.17): the link and its failures.
func TestSystemRootLink(t *testing.T) {
	for _, s := range []nt.Status{ob.InitSystem0(), ob.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	const arc = "multi(0)disk(0)rdisk(0)partition(1)"
	for _, c := range []struct {
		arc, root string
		want      nt.Status
	}{
		{"", `\Windows\`, nt.StatusObjectNameInvalid},
		{arc, ``, nt.StatusObjectNameInvalid},
		{arc, `Windows\`, nt.StatusObjectNameInvalid},
		{`a\b`, `\Windows\`, nt.StatusObjectNameInvalid},
		{arc, `\Windows\`, nt.StatusSuccess},
		{arc, `\Windows`, nt.StatusObjectNameCollision},
	} {
		if s := CreateSystemRootLink(c.arc, c.root); s != c.want {
			t.Errorf("%q %q: %v, want %v", c.arc, c.root, s, c.want)
		}
	}
	o, s := ob.Lookup(nil, `\SystemRoot`, true, ob.LinkType)
	if !s.OK() || o.Body.(*ob.SymbolicLink).Target != `\ArcName\`+arc+`\Windows` {
		t.Error(s, o)
	}
}
