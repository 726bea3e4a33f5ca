package svctest

import (
	"sync"
	"testing"

	"gont/cm"
	"gont/cm/regf"
	"gont/nt"
)

// hiveBytes is a SYSTEM hive with one control set.
var hiveBytes = sync.OnceValue(func() []byte {
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	check(err)
	create := func(parent regf.Cell, name string) regf.Cell {
		c, err := h.Create(parent, regf.Encode(name), regf.KeyOptions{}, 1)
		check(err)
		return c
	}
	check(h.SetValue(create(h.Root(), "Select"), regf.Encode("Current"), regf.Dword, []byte{1, 0, 0, 0}, 1))
	set := create(h.Root(), "ControlSet001")
	control := create(set, "Control")
	check(h.SetValue(control, regf.Encode("Name"), regf.String, []byte("x\x00y\x00\x00\x00"), 1))
	create(set, "Services")
	var b hiveFile
	_, err = h.WriteTo(&b)
	check(err)
	return b
})

type hiveFile []byte

func (b *hiveFile) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }

// startRegistry is P1.22.
func startRegistry(t testing.TB) {
	t.Helper()
	if _, err := cm.OpenBootHive(append([]byte(nil), hiveBytes()...), 0); err != nil {
		t.Fatal(err)
	}
	if err := cm.InitSystem1(false); err != nil {
		t.Fatal(err)
	}
	if k, s := cm.CreateKey(`\Registry\User\Test`, true); s != nt.StatusSuccess {
		t.Fatal(s)
	} else {
		k.Close()
	}
}
