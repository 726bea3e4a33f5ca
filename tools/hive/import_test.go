package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// imported is what a .reg file makes, in the form of dump.
func imported(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hive")
	hive(t, exitGood, "import", write(t, "x.reg", text), name)
	h, r := readHive(t, name)
	if len(r.List) != 0 {
		t.Error(r.List)
	}
	return dump(h)
}

// TestImport: everything that .reg text has.
func TestImport(t *testing.T) {
	got := imported(t, `Windows Registry Editor Version 5.00

; a comment
[HKEY_LOCAL_MACHINE\Test]
@="the default"
"a \"quote\" and a \\"="b \\ \" c"   ; and a comment
"d"=dword:1F
"bin"=hex:01,02,\
  03,04 ; in the middle
"broken"=hex:0a,\ ; a comment
  ; a whole line of it
  0b
"multi"=hex(7):61,00,00,00,00,00
"none"=hex(0):
"q"=hex(b):01,00,00,00,00,00,00,00
"big number"=hex(80000001):ff
"wine"=str(7):"a\0b\0"
"expand"=str(2):"%x%"
"two
lines"="x
y"
[HKEY_LOCAL_MACHINE\TEST\Sub\Deep ; not a comment] ; a comment ]
"gone"="x"
"kept"="y"
"gone"=-
@=-
"never there"=-
[-HKEY_LOCAL_MACHINE\Test\Sub\Gone]
[HKEY_LOCAL_MACHINE\Test\Away\Below]
[-HKEY_LOCAL_MACHINE\Test\Away]
[HKEY_LOCAL_MACHINE\Test\Link]
"SymbolicLinkValue"=hex(6):5c,00
`)
	want := ordered(`[\]
@=hex(1):74,00,68,00,65,00,20,00,64,00,65,00,66,00,61,00,75,00,6c,00,74,00,00,00
"a \"quote\" and a \\"=hex(1):62,00,20,00,5c,00,20,00,22,00,20,00,63,00,00,00
"d"=dword:0000001f
"bin"=hex(3):01,02,03,04
"broken"=hex(3):0a,0b
"multi"=hex(7):61,00,00,00,00,00
"none"=hex(0):
"q"=hex(b):01,00,00,00,00,00,00,00
"big number"=hex(80000001):ff
"wine"=hex(7):61,00,00,00,62,00,00,00,00,00
"expand"=hex(2):25,00,78,00,25,00,00,00
"two
lines"=hex(1):78,00,0a,00,79,00,00,00

[\Link]
"SymbolicLinkValue"=hex(6):5c,00

[\Sub]

[\Sub\Deep ; not a comment]
"kept"=hex(1):79,00,00,00

`)
	if got != want {
		t.Errorf("%s\nwant\n%s", first(got, want), first(want, got))
	}
}

// TestEncodings: UTF-8 and UTF-16 with their marks, and REGEDIT4, whose strings
// are of code page 1252.
func TestEncodings(t *testing.T) {
	text := header5 + "\r\n\r\n[\\Schlüssel €]\r\n\"漢\"=\"\U0001F600\"\r\n"
	want := "[\\]\n\n[\\Schlüssel €]\n\"漢\"=hex(1):3d,d8,00,de,00,00\n"
	wide := func(order binary.AppendByteOrder, mark bool) string {
		u := utf16.Encode([]rune(text))
		if mark {
			u = append([]uint16{0xfeff}, u...)
		}
		var b []byte
		for _, c := range u {
			b = order.AppendUint16(b, c)
		}
		return string(b)
	}
	for name, s := range map[string]string{
		"UTF-8": text, "UTF-8 with mark": "\xef\xbb\xbf" + text,
		"UTF-16LE": wide(binary.LittleEndian, true), "UTF-16BE": wide(binary.BigEndian, true), "UTF-16LE without mark": wide(binary.LittleEndian, false),
	} {
		if got := imported(t, s); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	old := "REGEDIT4\n[\\Schl\xfcssel \x80]\n\"x\"=\"\x84\"\n\"e\"=hex(2):80,00\n\"m\"=hex(7):61,00,00\n\"b\"=hex:80\n"
	want = ordered("[\\]\n\n[\\Schlüssel €]\n\"x\"=hex(1):1e,20,00,00\n\"e\"=hex(2):ac,20,00,00\n\"m\"=hex(7):61,00,00,00,00,00\n\"b\"=hex(3):80\n\n")
	if got := imported(t, old); got != want {
		t.Errorf("REGEDIT4: %q, want %q", got, want)
	}
	// Lone surrogates, as NT allows them in names, survive.
	lone := "[\\\xed\xa0\x80]\n"
	if got := imported(t, lone); !strings.Contains(got, lone) {
		t.Errorf("%q", got)
	}
}

// TestImportErrors: what is wrong is told with its line, and the hive stays what
// it was.
func TestImportErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "the file is empty"},
		{"hello\n", `line 1: "hello" is not the first line`},
		{header5 + "\n\n\"a\"=\"b\"\n", "line 3: there is no key for this value"},
		{header5 + "\n[\\A\n", "line 2: there is no ]"},
		{header5 + "\n[\\A] x\n", `line 2: "x" is too much`},
		{header5 + "\n[\\A]\nnonsense\n", `line 3: "nonsense" is neither a key nor a value`},
		{header5 + "\n[\\A]\n\"a=1\n\n", "line 3: there is no quote at the end"},
		{header5 + "\n[\\A]\n\"a\"\"b\"\n", `there is no = behind the name of value "a"`},
		{header5 + "\n[\\A]\n\"a\"=1\n", `line 3: value "a": "1" is no data`},
		{header5 + "\n[\\A]\n\"a\"=dword:123456789\n", `line 3: value "a": a dword is`},
		{header5 + "\n[\\A]\n\"a\"=dword:x\n", `line 3: value "a": a dword is`},
		{header5 + "\n[\\A]\n\"a\"=dword:1 2\n", `line 3: value "a": "2" is too much`},
		{header5 + "\n[\\A]\n\n\"a\"=hex:1,\\\n  2,xy\n", `line 4: value "a": "xy" is not a byte`},
		{header5 + "\n[\\A]\n\"a\"=hex:123\n", `"123" is not a byte`},
		{header5 + "\n[\\A]\n\"a\"=hex(q):12\n", `the type in "hex(q)" is not`},
		{header5 + "\n[\\A]\n\"a\"=hex(1:12\n", "is not a hexadecimal number"},
		{header5 + "\n[\\A]\n\"a\"=float:12\n", `"float" is no data`},
		{header5 + "\n[\\A]\n\"a\"=str:12\n", "str: without a quote"},
		{header5 + "\n[\\A]\n\"a\"=\"b\\n\"\n", `line 3: value "a": \n in quotes`},
		{header5 + "\n[\\A]\n\"a\"=\"b\" c\n", `"c" is too much`},
		{header5 + "\n[HKEY_LOCAL_MACHINE\\X\\A]\n[HKEY_LOCAL_MACHINE\\Y]\n", `line 3: key HKEY_LOCAL_MACHINE\Y does not begin with HKEY_LOCAL_MACHINE\X`},
		{header5 + "\n[HKEY_LOCAL_MACHINE\\X\\A]\n[HKEY_LOCAL_MACHINE\\XY]\n", "line 3: key"},
		{header5 + "\n[-HKEY_LOCAL_MACHINE\\X]\n", "line 2: the root of a hive cannot be deleted"},
		{header5 + "\n[\\A\\\\B]\n", `line 2: key \A\\B: "": a name of this kind`},
		{header5 + "\n[\\" + strings.Repeat("x", 257) + "]\n", "a name of this kind is not allowed"},
		{header5 + "\n[\\" + strings.Repeat("x\\", 600) + "x]\n", "512 levels"},
		{header5 + "\n[\\A]\n\"\xff\"=\"\"\n", "line 3: byte 0xff is no UTF-8"},
		{"\xff\xfea", "half a letter"},
		{header5 + "\n", "there is no key in it"},
	} {
		name := filepath.Join(t.TempDir(), "hive")
		reg := write(t, "x.reg", c.text)
		_, errs := hive(t, exitFailed, "import", reg, name)
		if !strings.Contains(errs, c.want) || !strings.Contains(errs, reg) {
			t.Errorf("%q: %q, want %q", c.text, errs, c.want)
		}
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%q: a hive was written", c.text)
		}
		if f, err := os.ReadDir(filepath.Dir(name)); err != nil || len(f) != 0 {
			t.Errorf("%q: files are left: %v %v", c.text, f, err)
		}
	}
	// A hive that is there stays byte for byte.
	name := filepath.Join(t.TempDir(), "hive")
	hive(t, exitGood, "import", "../../hives/SYSTEM.reg", name)
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	hive(t, exitFailed, "import", write(t, "x.reg", "[\\New]\n\"a\"=dword:1\n[\\Bad\n"), name)
	if after, err := os.ReadFile(name); err != nil || !bytes.Equal(before, after) {
		t.Error("the hive was changed by an import that failed")
	}
}

// TestMerge: an import goes on with the hive that is there, -new does not.
func TestMerge(t *testing.T) {
	name := filepath.Join(t.TempDir(), "hive")
	one, two := write(t, "1.reg", "[HKEY_LOCAL_MACHINE\\H\\One]\n"), write(t, "2.reg", "[HKEY_USERS\\Other\\Two]\n")
	hive(t, exitGood, "import", one, name)
	hive(t, exitGood, "import", two, name)
	h, _ := readHive(t, name)
	if got := dump(h); got != "[\\]\n\n[\\One]\n\n[\\Two]\n" || h.Name(h.Root()) != "H" {
		t.Errorf("%q, root %q", got, h.Name(h.Root()))
	}
	if err := os.Chmod(name, 0o600); err != nil {
		t.Fatal(err)
	}
	hive(t, exitGood, "import", "-new", two, name)
	h, _ = readHive(t, name)
	if got := dump(h); got != "[\\]\n\n[\\Two]\n" || h.Name(h.Root()) != "Other" {
		t.Errorf("-new: %q, root %q", got, h.Name(h.Root()))
	}
	if i, err := os.Stat(name); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", i.Mode(), err)
	}
	hive(t, exitGood, "import", "-prefix", `HKEY_USERS\Other\Two`, two, name)
	if h, _ = readHive(t, name); h.Name(h.Root()) != "Other" {
		t.Error("root's name")
	}
}

// TestReproducible: the same source and time make the same bytes.
func TestReproducible(t *testing.T) {
	var files [][]byte
	for i := range 3 {
		name := filepath.Join(t.TempDir(), fmt.Sprint("hive", i))
		if i == 2 {
			t.Setenv("SOURCE_DATE_EPOCH", "1767225600")
			hive(t, exitGood, "import", "../../hives/SYSTEM.reg", name)
		} else {
			hive(t, exitGood, "import", "-time", "2026-01-01T00:00:00Z", "../../hives/SYSTEM.reg", name)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
		t.Error("hives differ")
	}
	out := tool(t, "", "reglookup", write(t, "SYSTEM", string(files[0])))
	for _, want := range []string{"/Select/Current,DWORD,0x00000001", "/ControlSet001/Services,KEY,,2026-01-01 00:00:00", "/ControlSet001/Control/Windows/CSDVersion,DWORD,0x00000100"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	hive(t, exitFailed, "import", "-time", "yesterday", "../../hives/SYSTEM.reg", filepath.Join(t.TempDir(), "x"))
}

func FuzzParse(f *testing.F) {
	b, err := os.ReadFile("../../hives/SYSTEM.reg")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("REGEDIT4\n[\\A]\n@=hex(2):61,\\\n 00\n\"b\"=-\n[-\\A]\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = parseReg(b, &merger{file: "x"}) // an error is as good
	})
}
