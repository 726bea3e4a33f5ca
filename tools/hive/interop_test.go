package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gont/cm/regf"
)

// tool runs a program of Debian's.
func tool(t *testing.T, input, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("GONT_TEST") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PERL_UNICODE=SDA")
	cmd.Stdin = strings.NewReader(input)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	for _, l := range strings.Split(strings.TrimSpace(errs.String()), "\n") {
		// reglookup knows ASCII only, and it looks into resource lists.
		if l != "" && !strings.Contains(l, "encoding US-ASCII") && !strings.Contains(l, "quoting raw buffer") {
			t.Errorf("%s %q: %s", name, args, l)
		}
	}
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, out, errs.String())
	}
	return string(out)
}

// regedit is a hive as hivexregedit sees it.
func regedit(t *testing.T, name string) string {
	t.Helper()
	return ordered(strings.TrimPrefix(tool(t, "", "hivexregedit", "--export", name, `\`), header5+"\n\n"))
}

// ordered sorts keys and each key's values by their bytes; Perl has its own
// order.
func ordered(text string) string {
	keys := strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n")
	for i, k := range keys {
		lines := strings.Split(k, "\n")
		slices.Sort(lines[1:])
		keys[i] = strings.Join(lines, "\n")
	}
	slices.SortFunc(keys, func(a, b string) int {
		a, _, _ = strings.Cut(a, "]\n") // parents before their children
		b, _, _ = strings.Cut(b, "]\n")
		return strings.Compare(strings.TrimSuffix(a, "]"), strings.TrimSuffix(b, "]"))
	})
	return strings.Join(keys, "\n\n") + "\n"
}

// hive runs the program under test.
func hive(t *testing.T, want int, args ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	if got := run(args, &o, &e); got != want {
		t.Fatalf("hive %q: exit status %d, want %d\n%s%s", args, got, want, o.String(), e.String())
	}
	return o.String(), e.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// dump is a hive as hivexregedit prints it, data as hex, in the order of
// ordered.
func dump(h *regf.Hive) string {
	var w strings.Builder
	var key func(k regf.Cell, path string)
	key = func(k regf.Cell, path string) {
		if path == "" {
			fmt.Fprint(&w, "[\\]\n")
		} else {
			fmt.Fprintf(&w, "[%s]\n", path)
		}
		for i := uint32(0); ; i++ {
			v, ok := h.ValueAt(k, i)
			if !ok {
				break
			}
			data := h.AppendData(nil, v)
			line := "@="
			if name := h.ValueName(v); name != "" {
				line = quote(name) + "="
			}
			if v.Type == regf.Dword && len(data) == 4 {
				line += fmt.Sprintf("dword:%02x%02x%02x%02x", data[3], data[2], data[1], data[0])
			} else {
				hex := make([]string, len(data))
				for i, c := range data {
					hex[i] = fmt.Sprintf("%02x", c)
				}
				line += fmt.Sprintf("hex(%x):%s", v.Type, strings.Join(hex, ","))
			}
			fmt.Fprintln(&w, line)
		}
		fmt.Fprintln(&w)
		for i := uint32(0); h.Subkey(k, i) != regf.NoCell; i++ {
			key(h.Subkey(k, i), path+`\`+h.Name(h.Subkey(k, i)))
		}
	}
	key(h.Root(), "")
	return ordered(w.String())
}

func readHive(t *testing.T, name string) (*regf.Hive, *regf.Report) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	h, r, err := regf.Load(b, regf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h, r
}

// random makes a hive by random changes. Names are those that the other tools
// print without a change.
func random(t *testing.T, seed uint64) *regf.Hive {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 11))
	h, err := regf.New(regf.Options{Name: "RANDOM", Time: 1})
	if err != nil {
		t.Fatal(err)
	}
	name := func() []uint16 {
		letters := []rune("abcdeABCDE01 -_.äöÄéßжЖ漢")
		set := letters[:18]
		if rnd.IntN(4) == 0 {
			set = letters
		}
		n := 1 + rnd.IntN(14)
		s := make([]rune, n)
		for i := range s {
			s[i] = set[rnd.IntN(len(set))]
		}
		return regf.Encode(strings.TrimSpace("k" + string(s)))
	}
	pick := func() regf.Cell {
		key := h.Root()
		for rnd.IntN(4) > 0 {
			n := h.Key(key).Subkeys
			if n == 0 {
				break
			}
			key = h.Subkey(key, uint32(rnd.IntN(int(n))))
		}
		return key
	}
	for range 250 {
		key := pick()
		switch rnd.IntN(10) {
		case 0, 1, 2:
			_, err = h.Create(key, name(), regf.KeyOptions{Class: name(), Security: regf.DefaultSecurity()}, 2)
		case 3:
			if key != h.Root() && rnd.IntN(3) == 0 {
				err = h.DeleteTree(key, 2)
			}
		case 4:
			if key != h.Root() {
				_, err = h.Rename(key, name(), 2)
			}
		default:
			n := rnd.IntN(60)
			if rnd.IntN(40) == 0 {
				n = 10000 + rnd.IntN(60000)
			}
			data, typ := make([]byte, n), uint32(rnd.IntN(12))
			for i := range data {
				data[i] = byte(rnd.Uint32())
			}
			switch typ {
			case regf.String, regf.ExpandString, regf.MultiString, regf.Link:
				data = utf16Bytes(name()) // reglookup warns of other data
			case regf.Dword, regf.DwordBigEndian:
				data = append(data, 1, 2, 3, 4)[:4]
			case regf.Qword:
				data = append(data, 1, 2, 3, 4, 5, 6, 7, 8)[:8]
			}
			var v []uint16
			if rnd.IntN(8) > 0 {
				v = name()
			}
			err = h.SetValue(key, v, typ, data, 2)
		}
		if err != nil && err != regf.ErrExists {
			t.Fatal(err)
		}
	}
	if seed%3 == 0 {
		// A list of lists.
		for i := range 1300 {
			if _, err := h.Create(h.Root(), regf.Encode(fmt.Sprintf("many%d", i)), regf.KeyOptions{}, 3); err != nil {
				t.Fatal(err)
			}
		}
	}
	return h
}

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

// first returns some lines of a from where a and b differ.
func first(a, b string) string {
	al, bl := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i, l := range al {
		if i >= len(bl) || bl[i] != l {
			s := strings.Join(al[i:min(i+3, len(al))], "\n")
			return fmt.Sprintf("line %d, %d letters: %s", i, len(l), s[:min(len(s), 500)])
		}
	}
	return "(the end)"
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
