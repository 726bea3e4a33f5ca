package main

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gont/cm/regf"
)

// TestOthersRead: hivexregedit and reglookup read what we wrote, and see the
// same.
func TestOthersRead(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := random(t, seed)
			name := filepath.Join(t.TempDir(), "hive")
			if err := replaceHive(name, h); err != nil {
				t.Fatal(err)
			}
			if got, want := regedit(t, name), dump(h); got != want {
				t.Errorf("hivexregedit prints\n%s\nwant\n%s", first(got, want), first(want, got))
			}
			sameAsReglookup(t, h, tool(t, "", "reglookup", "-H", name))
		})
	}
}

// sameAsReglookup compares a hive with what reglookup prints of it: all keys and
// values with their types, and data where it prints them as they are.
func sameAsReglookup(t *testing.T, h *regf.Hive, out string) {
	t.Helper()
	unquote := func(s string) string {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			var c byte
			if s[i] == '%' && i+2 < len(s) {
				if _, err := fmt.Sscanf(s[i+1:i+3], "%02x", &c); err != nil {
					t.Fatal(err)
				}
				b.WriteByte(c)
				i += 2
				continue
			}
			b.WriteByte(s[i])
		}
		return b.String()
	}
	seen := map[string]bool{}
	for _, l := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		f := strings.SplitN(l, ",", 4)
		if len(f) != 4 {
			t.Fatalf("reglookup prints %q", l)
		}
		data := ""
		if f[1] == "BINARY" || f[1] == "DWORD" || f[1] == "QWORD" {
			data = unquote(f[2])
		}
		seen[unquote(f[0])+","+f[1]+","+data] = true
	}
	// Names as reglookup has them: their bytes in the cell.
	name := func(u []uint16) string {
		var one, two []byte
		for _, c := range u {
			one, two = append(one, byte(c)), append(two, byte(c), byte(c>>8))
		}
		if slices.ContainsFunc(u, func(c uint16) bool { return c > 0xff }) {
			return string(two)
		}
		return string(one)
	}
	types := []string{"NONE", "SZ", "EXPAND_SZ", "BINARY", "DWORD", "DWORD_BE", "LINK", "MULTI_SZ", "RSRC_LIST", "RSRC_DESC", "RSRC_REQ_LIST", "QWORD"}
	want := map[string]bool{}
	path := []string{""}
	_ = h.Walk(h.Root(), func(k regf.Cell, level int) error { // the function returns no error
		if level > 0 {
			path = append(path[:level], "/"+name(h.AppendName(nil, k)))
		}
		full := strings.Join(path[:level+1], "")
		if level == 0 {
			full = "/"
		}
		want[full+",KEY,"] = true
		for i := uint32(0); ; i++ {
			v, ok := h.ValueAt(k, i)
			if !ok {
				return nil
			}
			data := ""
			switch b := h.AppendData(nil, v); v.Type {
			case regf.Binary:
				data = string(b)
			case regf.Dword:
				data = fmt.Sprintf("0x%08X", binary.LittleEndian.Uint32(b))
			case regf.Qword:
				data = fmt.Sprintf("0x%016X", binary.LittleEndian.Uint64(b))
			}
			want[full+"/"+name(h.AppendValueName(nil, v))+","+types[v.Type]+","+data] = true
		}
	})
	for l := range want {
		if !seen[l] {
			t.Errorf("reglookup does not print %.300q", l)
		}
	}
	for l := range seen {
		if !want[l] {
			t.Errorf("reglookup prints %.300q", l)
		}
	}
}

// TestHivexsh: hivexsh walks through our hive and changes it.
func TestHivexsh(t *testing.T) {
	name := filepath.Join(t.TempDir(), "SYSTEM")
	hive(t, exitGood, "import", "-new", "../../hives/SYSTEM.reg", name)
	script := write(t, "script", "cd \\Select\nlsval Current\ncd \\ControlSet001\nls\ncd \\Select\n"+
		"setval 2\nDefault\ndword:2\nName\nstring:text\ncd \\ControlSet001\\Services\nadd Driver\ncd Driver\nsetval 1\nStart\ndword:0\ncd \\ControlSet001\\Control\\hivelist\ndel\ncommit\n")
	out := tool(t, "", "hivexsh", "-w", "-f", script, name)
	if want := "dword:00000001\nControl\nServices\n"; out != want && strings.ReplaceAll(out, "\n", "") != "1ControlServices" {
		t.Errorf("hivexsh prints %q, want %q", out, want)
	}
	h, r := readHive(t, name)
	if r.Faults != 0 {
		t.Logf("what hivexsh leaves: %v", r.List)
	}
	text := dump(h)
	for _, want := range []string{"[\\ControlSet001\\Services\\Driver]\n\"Start\"=dword:00000000\n", "\"Default\"=dword:00000002\n\"Name\"=hex(1):74,00"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "hivelist") {
		t.Error("the key that hivexsh has deleted is there")
	}
	hive(t, min(r.Faults, 1), "check", "-repair", name)
	hive(t, exitGood, "check", name)
	if after, _ := readHive(t, name); dump(after) != text {
		t.Error("repair has changed what is in the hive")
	}
}

// TestOthersWrite: random hives that hivexregedit merges are read alike, are
// sound or can be made so without a loss, and can be gone on with.
func TestOthersWrite(t *testing.T) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			a, b := random(t, 100+seed), random(t, 200+seed)
			name := filepath.Join(t.TempDir(), "hive")
			if err := replaceHive(name, a); err != nil {
				t.Fatal(err)
			}
			// Two hives in one: b's keys and values over a's, by hivex.
			tool(t, "", "hivexregedit", "--merge", name, write(t, "b.reg", dump(b)))
			theirs := regedit(t, name)
			h, r := readHive(t, name)
			if got := dump(h); got != theirs {
				t.Fatalf("we read\n%s\nhivexregedit\n%s\n%v", first(got, theirs), first(theirs, got), r.List)
			}
			for _, f := range r.List {
				t.Log("hivex leaves: ", f)
			}
			hive(t, min(r.Faults, 1), "check", "-repair", name)
			hive(t, exitGood, "check", name)
			if after := regedit(t, name); after != theirs {
				t.Error("repair has changed what hivexregedit sees")
			}
			// The same by our own program.
			ours := filepath.Join(t.TempDir(), "hive")
			if err := replaceHive(ours, random(t, 100+seed)); err != nil {
				t.Fatal(err)
			}
			hive(t, exitGood, "import", write(t, "b.reg", dump(b)), ours)
			h, _ = readHive(t, ours)
			if got := dump(h); lower(got) != lower(theirs) {
				t.Errorf("our import makes\n%s\nhivexregedit's\n%s", first(got, theirs), first(theirs, got))
			}
			// And ours goes on in theirs.
			h, _ = readHive(t, name)
			if err := h.DeleteTree(h.Subkey(h.Root(), 0), 5); err != nil {
				t.Fatal(err)
			}
			if err := replaceHive(name, h); err != nil {
				t.Fatal(err)
			}
			if got, want := regedit(t, name), dump(h); got != want {
				t.Errorf("after a change of ours hivexregedit prints\n%s\nwant\n%s", first(got, want), first(want, got))
			}
		})
	}
}

// lower forgets the case of value names: hivexregedit takes the new one's.
func lower(s string) string {
	lines := strings.Split(strings.ToLower(s), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestExportImport: what is exported and imported again is the same, and
// hivexregedit takes it, too.
func TestExportImport(t *testing.T) {
	for seed := range uint64(2) {
		h := random(t, 300+seed)
		one := filepath.Join(t.TempDir(), "one")
		if err := replaceHive(one, h); err != nil {
			t.Fatal(err)
		}
		text, _ := hive(t, exitGood, "export", one)
		two := filepath.Join(t.TempDir(), "two")
		hive(t, exitGood, "import", write(t, "x.reg", text), two)
		again, r := readHive(t, two)
		if r.Faults != 0 || len(r.List) != 0 {
			t.Error(r.List)
		}
		if got, want := dump(again), dump(h); got != want {
			t.Errorf("exported and imported it is\n%s\nwant\n%s", first(got, want), first(want, got))
		}
		three := filepath.Join(t.TempDir(), "three")
		hive(t, exitGood, "import", write(t, "y.reg", "[\\]\n"), three)
		tool(t, "", "hivexregedit", "--merge", "--prefix", `HKEY_LOCAL_MACHINE\RANDOM`, three, write(t, "x.reg", text))
		other, _ := readHive(t, three)
		if got, want := dump(other), dump(h); got != want {
			t.Errorf("hivexregedit makes of our export\n%s\nwant\n%s", first(got, want), first(want, got))
		}
	}
}
