package ex

import (
	"strings"
	"testing"
)

// TestOptions: what is given is in force, whatever its form.
func TestOptions(t *testing.T) {
	o := ParseOptions("  /SOS /maxmem=64 BURNMEMORY:0x10\tYEAR=2031 /fail=P1.7 FAIL=p0.2,P1.43.2 //MMCHECK KERNEL=Test.exe / CRASH=null ")
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
	if s := ParseOptions(o.String()).String(); s != o.String() {
		t.Errorf("again: %q", s)
	}
}

// TestNoOptions is the usual case.
func TestNoOptions(t *testing.T) {
	for _, line := range []string{"", " ", "/", " / // \t"} {
		o := ParseOptions(line)
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
		"/BASEVIDEO":                "boot option BASEVIDEO does nothing: the screen is always in text mode",
		"/NoDebug":                  "boot option NODEBUG does nothing: there is no kernel debugger",
		"/fastdetect=com1":          "boot option FASTDETECT does nothing: no ports are searched for devices",
		"/noexecute=optin":          "boot option NOEXECUTE does nothing: data are never executable",
		"/nonsense=7":               "unknown boot option NONSENSE",
		"SOS=1":                     "boot option SOS takes no value",
		"SOS:":                      "boot option SOS takes no value",
		"MAXMEM":                    "boot option MAXMEM needs a value",
		"MAXMEM=":                   "boot option MAXMEM needs a value",
		"FAIL":                      "boot option FAIL needs a value",
		"MAXMEM=15":                 "boot option MAXMEM=15 is not a number from 16 to 16777216",
		"MAXMEM=16777217":           "boot option MAXMEM=16777217 is not a number from 16 to 16777216",
		"MAXMEM=-20":                "boot option MAXMEM=-20 is not a number from 16 to 16777216",
		"MAXMEM=64M":                "boot option MAXMEM=64M is not a number from 16 to 16777216",
		"YEAR=1979":                 "boot option YEAR=1979 is not a number from 1980 to 2099",
		"YEAR=99999999999999999999": "boot option YEAR=99999999999999999999 is not a number from 1980 to 2099",
		"BURNMEMORY=0":              "boot option BURNMEMORY=0 is not a number from 1 to 1048576",
	} {
		o := ParseOptions(line)
		if len(o.Problems) != 1 || o.Problems[0] != want || o.String() != "" {
			t.Errorf("%s: %q, in force %q", line, o.Problems, o)
		}
	}
	for name := range notYet {
		k, ok := knownOptions[name]
		if !ok {
			t.Errorf("%s is not supported yet and not known", name)
		}
		line := name
		switch k.value {
		case 'n':
			line += "=4096"
			if k.high < 4096 {
				line = name + "=1"
			}
		case 's':
			line += "=x"
		}
		if o := ParseOptions(line); len(o.Problems) != 1 || !strings.HasSuffix(o.Problems[0], name+" is not supported yet") || o.Has(name) {
			t.Errorf("%s: %q", line, o.Problems)
		}
	}
	// One mistake does not take the others away.
	o := ParseOptions("BAD SOS MAXMEM=1 MMCHECK YEAR=2000")
	if o.String() != "MMCHECK SOS YEAR=2000" || len(o.Problems) != 2 {
		t.Errorf("%q, %q", o.String(), o.Problems)
	}
}

// FuzzOptions: any line is read without a panic, each word is in force or a
// problem, and what is in force reads back as itself.
func FuzzOptions(f *testing.F) {
	for _, s := range []string{"", "/SOS", "MAXMEM=64 FAIL=a FAIL=b", "=", ":=/", "DEBUG=1=2", "FAIL=,", "KERNEL=a:b", "\x00\xff SOS"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		o := ParseOptions(line)
		again := ParseOptions(o.String())
		if again.String() != o.String() || len(again.Problems) != 0 {
			t.Errorf("%q: %q reads as %q, %q", line, o.String(), again.String(), again.Problems)
		}
		if words := strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t/\r\n", c) }); len(o.Problems)+len(o.values) > len(words) {
			t.Errorf("%q: %q, %q", line, o.Problems, o.String())
		}
	})
}
