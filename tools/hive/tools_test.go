package main

import (
	"bytes"
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
