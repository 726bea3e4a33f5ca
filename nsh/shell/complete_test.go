package shell

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestComplete: "|" is the cursor.
func TestComplete(t *testing.T) {
	f := newFake()
	for line, want := range map[string]string{
		"|":                                      "|",
		"ve|":                                    "ver |",
		"VE|":                                    "ver |",
		"d|":                                     "d|",
		"ha|":                                    "handles |",
		"frob|":                                  "frob|",
		"frob x|":                                "frob x|",
		"ver |":                                  "ver |",
		"ve| x":                                  "ver| x",
		"help re|":                               "help re|",
		"help reg|":                              "help reg |",
		"obj |":                                  `obj \|`,
		`obj \b|`:                                `obj \BootImages\|`,
		`obj \Device\ser|`:                       `obj \Device\Serial|`,
		`obj \Device\serial1|`:                   `obj \Device\Serial1 |`,
		`obj \Device\Serial|`:                    `obj \Device\Serial|`,
		`obj \t|`:                                `obj "\Two Words" |`,
		`obj "\two w|`:                           `obj "\Two Words" |`,
		`obj \absent\x|`:                         `obj \absent\x|`,
		`obj \registry\ma|`:                      `obj \registry\Machine\|`,
		"run n|":                                 "run null.exe |",
		"reg q|":                                 "reg query |",
		"reg query hk|":                          `reg query hk|`,
		"reg query hkl|":                         `reg query HKLM\|`,
		`reg query \|`:                           `reg query \Registry\|`,
		`reg query HKLM\s|`:                      `reg query HKLM\SYSTEM\|`,
		`reg query HKLM\SYSTEM\se|`:              `reg query HKLM\SYSTEM\Select |`,
		`reg query hkcu\x|`:                      `reg query hkcu\x|`,
		`reg query HKLM\system\controlset001\s|`: `reg query "HKLM\system\controlset001\Session Manager" |`,
		`reg query HKLM\SYSTEM\Select /v cu|`:    `reg query HKLM\SYSTEM\Select /v Current |`,
		`reg add HKLM\SYSTEM\Select /v x /t reg_dword_|`: `reg add HKLM\SYSTEM\Select /v x /t REG_DWORD_BIG_ENDIAN |`,
		`"obj" \b|`: `"obj" \BootImages\|`,
	} {
		at := strings.Index(line, "|")
		got, pos, _ := New(f, nil).Complete(strings.Replace(line, "|", "", 1), at)
		if got := got[:pos] + "|" + got[pos:]; got != want {
			t.Errorf("%q becomes %q, not %q", line, got, want)
		}
	}
	if _, _, list := New(f, nil).Complete("d", 1); !reflect.DeepEqual(list, []string{"date", "del", "devices", "dir", "disk", "drivers"}) {
		t.Errorf("candidates: %q", list)
	}
	if _, _, list := New(f, nil).Complete(`obj \Device\Serial`, 18); !reflect.DeepEqual(list, []string{`\Device\Serial0`, `\Device\Serial1`}) {
		t.Errorf("candidates: %q", list)
	}
	if len(f.open) != 0 {
		t.Errorf("keys are open: %v", f.open)
	}
}

// TestCompleteAnything: no line and no place in it is a panic, and what was typed
// behind the cursor stays.
func TestCompleteAnything(t *testing.T) {
	f := newFake()
	r := rand.New(rand.NewPCG(5, 6))
	parts := []string{"obj", "reg", "query", "add", " ", `\`, `"`, "Registry", "HKLM", "Machine", "SYSTEM", "/v", "ä", "d", "Two", "Device", "/t"}
	for range 20000 {
		var b strings.Builder
		for range r.IntN(8) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		line := b.String()
		pos := r.IntN(len(line) + 1)
		got, at, _ := New(f, nil).Complete(line, pos)
		if at < 0 || at > len(got) || got[at:] != line[pos:] {
			t.Fatalf("%q at %d becomes %q at %d", line, pos, got, at)
		}
	}
}
