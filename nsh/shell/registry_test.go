package shell

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRegistry: a life of a key, each line with what it prints.
func TestRegistry(t *testing.T) {
	f := newFake()
	for _, c := range []struct {
		line string
		want []string
	}{
		{`reg query HKLM\SYSTEM\Select`, []string{`\Registry\Machine\SYSTEM\Select`, "Current REG_DWORD 0x1", "(default) REG_SZ nobody"}},
		{`reg query \registry\machine\system\select /v CURRENT`, []string{"Current REG_DWORD 0x1"}},
		{`reg query hklm\system\select /ve`, []string{"(default) REG_SZ nobody"}},
		{`reg query hklm /s`, []string{`\Registry\Machine`, `\SYSTEM\Select`, "Default REG_DWORD 0x1"}},
		{`reg query hklm /s /v default`, []string{"Default REG_DWORD 0x1"}},
		{`reg query HKLM\None`, []string{`reg: \Registry\Machine\None: STATUS_OBJECT_NAME_NOT_FOUND`}},
		{`reg query HKLM\SYSTEM\Select /v None`, []string{`reg: value "None": STATUS_OBJECT_NAME_NOT_FOUND`}},
		{`reg add HKLM\SYSTEM\Test\Below`, []string{`key \Registry\Machine\SYSTEM\Test\Below was made`}},
		{`reg add HKLM\SYSTEM\Test\Below`, []string{"was there already"}},
		{`reg add HKLM\SYSTEM\Test /v D /t reg_dword /d 0x10`, []string{"D REG_DWORD 0x10"}},
		{`reg add HKLM\SYSTEM\Test /v D /t REG_DWORD`, []string{"D REG_DWORD 0x0"}},
		{`reg add HKLM\SYSTEM\Test /v Q /t REG_QWORD /d 18446744073709551615`, []string{"Q REG_QWORD 0xffffffffffffffff"}},
		{`reg add HKLM\SYSTEM\Test /v E /t REG_DWORD_BIG_ENDIAN /d 258`, []string{"E REG_DWORD_BIG_ENDIAN 0x102"}},
		{`reg add HKLM\SYSTEM\Test /ve /d "two words"`, []string{"(default) REG_SZ two words"}},
		{`reg add HKLM\SYSTEM\Test /v X /t REG_EXPAND_SZ /d %SystemRoot%\x`, []string{`X REG_EXPAND_SZ %SystemRoot%\x`}},
		{`reg add HKLM\SYSTEM\Test /v M /t REG_MULTI_SZ /d a\0b`, []string{`M REG_MULTI_SZ a\0b`}},
		{`reg add HKLM\SYSTEM\Test /v M2 /t REG_MULTI_SZ /s , /d one,two,`, []string{`M2 REG_MULTI_SZ one\0two`}},
		{`reg add HKLM\SYSTEM\Test /v M3 /t REG_MULTI_SZ`, []string{`M3 REG_MULTI_SZ`}},
		{`reg add HKLM\SYSTEM\Test /v B /t REG_BINARY /d 00fF10 /f`, []string{"B REG_BINARY 00FF10"}},
		{`reg add HKLM\SYSTEM\Test /v N /t REG_NONE`, []string{"N REG_NONE"}},
		{`reg add HKLM\SYSTEM\Test\Vol /volatile`, []string{"was made"}},
		{`reg flush HKLM\SYSTEM\Test`, []string{"was flushed"}},
		{`reg save HKLM\SYSTEM\Test \??\C:\f`, []string{`was saved to \??\C:\f`}},
		{`reg load HKLM\Again \??\C:\f`, []string{`\Registry\Machine\Again is the hive \??\C:\f now`}},
		{`reg load HKLM\Again \??\C:\g`, []string{"STATUS_OBJECT_NAME_NOT_FOUND"}},
		{`reg unload HKLM\Again`, []string{"was unloaded"}},
		{`reg unload HKLM\Again`, []string{"STATUS_OBJECT_NAME_NOT_FOUND"}},
		{`reg delete HKLM\SYSTEM\Test /v D`, []string{`value "D" was deleted`}},
		{`reg delete HKLM\SYSTEM\Test /v D`, []string{`reg: value "D": STATUS_OBJECT_NAME_NOT_FOUND`}},
		{`reg delete HKLM\SYSTEM\Test /va`, []string{"9 values were deleted"}},
		{`reg delete HKLM\SYSTEM\Test /f`, []string{"3 keys were deleted"}},
		{`reg delete HKLM\SYSTEM\Test`, []string{"STATUS_OBJECT_NAME_NOT_FOUND"}},
	} {
		got := do(f, c.line)
		want(t, got, c.want...)
		if strings.Contains(got, "usage") {
			t.Errorf("%q: %s", c.line, got)
		}
	}
	if len(f.open) != 0 || f.flushed != 1 {
		t.Errorf("keys are open: %v; %d flushes", f.open, f.flushed)
	}
}

func TestRegistryWrongUse(t *testing.T) {
	f := newFake()
	before := len(f.keys)
	for line, text := range map[string]string{
		`reg query`:                                         "usage: reg",
		`reg query a b`:                                     "usage: reg",
		`reg query HKCU\x`:                                  "is no key",
		`reg query \Registryx`:                              "is no key",
		`reg query HKLM /x`:                                 "/x does not belong here",
		`reg query HKLM /d 1`:                               "/d does not belong here",
		`reg query HKLM /v`:                                 "something must follow /v",
		`reg query HKLM /v a /ve`:                           "one value at a time",
		`reg add HKLM\x /d 1`:                               "data is of a value",
		`reg add HKLM\x /t REG_SZ`:                          "data is of a value",
		`reg add HKLM\x /v a /t REG_FROB`:                   `there is no type "REG_FROB"`,
		`reg add HKLM\x /v a /t REG_LINK /d x`:              "reg does not make data of type REG_LINK",
		`reg add HKLM\x /v a /t REG_DWORD /d x`:             "is no number of 32 bits",
		`reg add HKLM\x /v a /t REG_DWORD /d 1000000000000`: "is no number of 32 bits",
		`reg add HKLM\x /v a /t REG_QWORD /d -1`:            "is no number of 64 bits",
		`reg add HKLM\x /v a /t REG_BINARY /d 123`:          "two hexadecimal digits",
		`reg add HKLM\x /v a /t REG_BINARY /d 12x4`:         "two hexadecimal digits",
		`reg add HKLM\x /v a /t REG_MULTI_SZ /d a\0\0b`:     "an empty string ends a list",
		`reg add HKLM\x /v a /t REG_MULTI_SZ /s "" /d a`:    "a separator has",
		`reg delete HKLM\x /v a /va`:                        "one value, or all",
		`reg save HKLM`:                                     "usage: reg",
		`reg load HKLM\x`:                                   "usage: reg",
		`reg load HKLM\x \f /v a`:                           "/v does not belong here",
		`reg flush`:                                         "usage: reg",
	} {
		if got := do(f, line); !strings.Contains(got, text) || !strings.Contains(got, "usage: reg") {
			t.Errorf("%q: %q", line, got)
		}
	}
	if len(f.keys) != before {
		t.Error("wrong use has made keys")
	}
}

// TestRegText: whatever a value's data, something is shown, and what was parsed is
// parsed to the same again.
func TestRegText(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		b := make([]byte, r.IntN(20))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		typ := uint32(r.IntN(14))
		text := regText(typ, b)
		if data, err := regData(typ, text, `\0`); err == nil && typ != regSz && typ != regExpandSz && typ != regMultiSz && len(data) == len(b) && !bytes.Equal(data, b) {
			t.Errorf("type %d, %x: %q is %x", typ, b, text, data)
		}
	}
	if got := regText(regSz, []byte{65}); got != "41" {
		t.Errorf("an odd string: %q", got)
	}
	if got := regTypeName(77); got != "REG_0x4d" {
		t.Error(got)
	}
}
