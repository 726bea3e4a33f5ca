package selftest

import (
	"bytes"
	"strings"
	"testing"

	"gont/cm/regf"
)

// TestDamageHive: each kind of damage is one that a load finds, and what is no hive is let be.
func TestDamageHive(t *testing.T) {
	for what, refused := range map[string]bool{"value": false, "PARENT": false, "select": false, "root": true, "base": true} {
		h, err := regf.New(regf.Options{Name: "SYSTEM"})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Select", "Setup"} {
			k, err := h.Create(h.Root(), regf.Encode(name), regf.KeyOptions{}, 1)
			if err == nil {
				err = h.SetValue(k, regf.Encode("Current"), regf.Dword, []byte{1, 0, 0, 0}, 1)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if _, err := h.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if text := DamageHive(what, b.Bytes()); !strings.HasPrefix(text, "HIVETEST: "+strings.ToLower(what)+" is damaged at ") {
			t.Error(what, text)
		}
		_, report, err := regf.Load(b.Bytes(), regf.Options{})
		if refused != (err != nil) || err == nil && report.Faults == 0 {
			t.Error(what, err, report)
		}
	}
	b := make([]byte, 8192)
	for what, want := range map[string]string{"frob": "boot option HIVETEST=frob is unknown", "select": "there is no Select", "value": "there is no value", "parent": "there is no parent"} {
		if text := DamageHive(what, b); text != want {
			t.Errorf("%s: %s", what, text)
		}
	}
	if text := DamageHive("base", b[:100]); text != "there is no hive" || !bytes.Equal(b, make([]byte, 8192)) {
		t.Error(text)
	}
}
