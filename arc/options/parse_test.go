package options

import (
	"strings"
	"testing"
)

// TestOptions: what is given is in force, whatever its form.
func TestOptions(t *testing.T) {
	o := Parse("  /SOS /maxmem=64 BURNMEMORY:0x10\tYEAR=2031 /fail=P1.7 FAIL=p0.2,P1.43.2 //MMCHECK KERNEL=Test.exe / CRASH=null ")
	if len(o.Problems) != 0 {
		t.Errorf("problems: %q", o.Problems)
	}
	for name, want := range map[string]bool{"SOS": true, "MAXMEM": true, "MMCHECK": true, "BOOTTRACE": false, "sos": false, "": false} {
		if o.Has(name) != want {
			t.Errorf("Has(%q) is %v", name, !want)
		}
	}
	for name, want := range map[string]uint64{"MAXMEM": 64, "BURNMEMORY": 16, "YEAR": 2031, "SOS": 7, "BAUDRATE": 7, "KERNEL": 7} {
		if n := o.Number(name, 7); n != want {
			t.Errorf("Number(%q) is %d, want %d", name, n, want)
		}
	}
	if s := o.Text("KERNEL"); s != "Test.exe" {
		t.Errorf("KERNEL is %q", s)
	}
	for id, want := range map[string]bool{"P1.7": true, "P0.2": true, "p1.43.2": true, "P1.43": false, "P1": false, "": false} {
		if o.Fails(id) != want {
			t.Errorf("Fails(%q) is %v", id, !want)
		}
	}
	if s := o.String(); s != "BURNMEMORY=0x10 CRASH=null FAIL=P1.7,p0.2,P1.43.2 KERNEL=Test.exe MAXMEM=64 MMCHECK SOS YEAR=2031" {
		t.Errorf("String is %q", s)
	}
	// What is in force, given again, is the same.
	if s := Parse(o.String()).String(); s != o.String() {
		t.Errorf("again: %q", s)
	}
}

// TestNoOptions is the usual case.
func TestNoOptions(t *testing.T) {
	for _, line := range []string{"", " ", "/", " / // \t"} {
		o := Parse(line)
		if o.String() != "" || len(o.Problems) != 0 || o.Fails("P0.1") || o.Has("SOS") || o.Number("YEAR", 3) != 3 || o.Text("KERNEL") != "" {
			t.Errorf("%q: %q, %q", line, o.String(), o.Problems)
		}
	}
}

// TestOptionProblems: every mistake has its sentence, and the option is not in
// force.
func TestOptionProblems(t *testing.T) {
	for line, want := range map[string]string{
		"NONSENSE":                  "unknown boot option NONSENSE",
		"/=7":                       "boot option =7 has no name",
		"\x1b[31m":                  "unknown boot option ?[31M",
		"BASEVIDEO=1":               "boot option BASEVIDEO takes no value",
		"SAFEBOOT":                  "boot option SAFEBOOT needs a value, one of MINIMAL, NETWORK, DSREPAIR, MINIMAL(ALTERNATESHELL), NETWORK(ALTERNATESHELL), DSREPAIR(ALTERNATESHELL)",
		"DEBUGPORT=LPT1":            "boot option DEBUGPORT=LPT1 is not one of COM1, COM2, COM3, COM4, PCI",
		"REDIRECT=COM9":             "boot option REDIRECT=COM9 is not one of COM1, COM2, COM3, COM4, USEBIOSSETTINGS",
		"EMSBAUDRATE=9601":          "boot option EMSBAUDRATE=9601 is not one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200",
		"/fastdetect=com1":          "boot option FASTDETECT does nothing: no ports are searched for devices",
		"/noexecute=optin":          "boot option NOEXECUTE does nothing: data are never executable",
		"/nonsense=7":               "unknown boot option NONSENSE",
		"SOS=1":                     "boot option SOS takes no value",
		"SOS:":                      "boot option SOS takes no value",
		"MAXMEM":                    "boot option MAXMEM needs a value, a number from 16 to 16777216",
		"MAXMEM=":                   "boot option MAXMEM needs a value, a number from 16 to 16777216",
		"FAIL":                      "boot option FAIL needs a value",
		"MAXMEM=15":                 "boot option MAXMEM=15 is not a number from 16 to 16777216",
		"MAXMEM=16777217":           "boot option MAXMEM=16777217 is not a number from 16 to 16777216",
		"MAXMEM=-20":                "boot option MAXMEM=-20 is not a number from 16 to 16777216",
		"MAXMEM=64M":                "boot option MAXMEM=64M is not a number from 16 to 16777216",
		"YEAR=1979":                 "boot option YEAR=1979 is not a number from 1980 to 2099",
		"YEAR=99999999999999999999": "boot option YEAR=99999999999999999999 is not a number from 1980 to 2099",
		"BURNMEMORY=0":              "boot option BURNMEMORY=0 is not a number from 1 to 1048576",
	} {
		o := Parse(line)
		if len(o.Problems) != 1 || o.Problems[0] != want || o.String() != "" {
			t.Errorf("%s: %q, in force %q", line, o.Problems, o)
		}
	}
	// One mistake does not take the others away.
	o := Parse("BAD SOS MAXMEM=1 MMCHECK YEAR=2000")
	if o.String() != "MMCHECK SOS YEAR=2000" || len(o.Problems) != 2 {
		t.Errorf("%q, %q", o.String(), o.Problems)
	}
}

// FuzzParse: any line is read without a panic, each word is in force or a
// problem, and what is in force reads back as itself.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "/SOS", "MAXMEM=64 FAIL=a FAIL=b", "=", ":=/", "DEBUG=1=2", "FAIL=,", "KERNEL=a:b", "\x00\xff SOS"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		o := Parse(line)
		again := Parse(o.String())
		if again.String() != o.String() || len(again.Problems) != 0 {
			t.Errorf("%q: %q reads as %q, %q", line, o.String(), again.String(), again.Problems)
		}
		if words := strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t/\r\n", c) }); len(o.Problems)+len(o.values) > len(words) {
			t.Errorf("%q: %q, %q", line, o.Problems, o.String())
		}
	})
}

// TestTable: names are upper case and there once; each entry says who reads it and what
// it does, or why it does nothing.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Table {
		if e.Name == "" || e.Name != strings.ToUpper(e.Name) || strings.ContainsAny(e.Name, " =:/") || seen[e.Name] {
			t.Errorf("name %q", e.Name)
		}
		seen[e.Name] = true
		if e.Nothing == "" && (e.Help == "" || e.Reader == "") {
			t.Errorf("%s: help %q, reader %q", e.Name, e.Help, e.Reader)
		}
		word := e.Form == Word || e.Form == OptionalWord
		if word != (len(e.Words) > 0) || (e.Form == Numeric) != (e.High > 0) || e.Low > e.High {
			t.Errorf("%s: range %d to %d, words %q", e.Name, e.Low, e.High, e.Words)
		}
		// Every accepted value is accepted, whatever its case, and its neighbours are not.
		for _, w := range e.Words {
			if o := Parse(e.Name + "=" + strings.ToLower(w)); o.Text(e.Name) != w || len(o.Problems) != 0 {
				t.Errorf("%s=%s: %q", e.Name, w, o.Problems)
			}
		}
		if e.Form == Numeric {
			for _, n := range []uint64{e.Low - 1, e.Low, e.High, e.High + 1} {
				o := Parse(e.Name + "=" + decimal(n))
				if in := e.Low <= n && n <= e.High; o.Has(e.Name) != in || in != (len(o.Problems) == 0) {
					t.Errorf("%s=%d: %q", e.Name, n, o.Problems)
				}
			}
		}
	}
}

// TestSafeMode (P1.35): the three kinds, with and without the alternate shell.
func TestSafeMode(t *testing.T) {
	for line, want := range map[string]struct {
		option uint32
		shell  bool
	}{
		"": {}, "SOS": {}, "SAFEBOOT=nonsense": {}, "safeboot:minimal": {1, false}, "SAFEBOOT=NETWORK": {2, false},
		"/SafeBoot:DsRepair": {3, false}, "/SAFEBOOT:MINIMAL(ALTERNATESHELL)": {1, true}, "SAFEBOOT:network(alternateshell)": {2, true},
	} {
		if option, shell := Parse(line).SafeMode(); option != want.option || shell != want.shell {
			t.Errorf("%q: %d, %v", line, option, shell)
		}
	}
}

// TestCheckFails: a step that is not there is named, whatever its case.
func TestCheckFails(t *testing.T) {
	o := Parse("FAIL=p1.9,zz FAIL=P0.4")
	o.CheckFails(func(id string) bool { return id == "P1.9" || id == "P0.4" })
	if want := []string{"boot option FAIL=ZZ names no step"}; strings.Join(o.Problems, "|") != want[0] {
		t.Errorf("%q", o.Problems)
	}
	Parse("").CheckFails(func(string) bool { t.Error("asked without FAIL="); return false })
}
