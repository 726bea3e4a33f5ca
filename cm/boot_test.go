package cm

import (
	"errors"
	"slices"
	"testing"

	"gont/cm/regf"
)

// TestBootView reads the image's hive where it lies.
func TestBootView(t *testing.T) {
	b := imageHive(t)
	r, err := OpenBootHive(b, 0)
	if err != nil || r.Faults != 0 {
		t.Fatal(err, r)
	}
	expect(t, "control set", BootControlSet(), 1)
	v, ok := BootValue(`Control\ProductOptions`, "ProductType")
	text, _ := v.Text()
	expect(t, "found", ok, true)
	expect(t, "product", text, "WinNT")
	if v, ok := BootValue(`control\WINDOWS`, "csdversion"); !ok {
		t.Error("no CSDVersion")
	} else if n, ok := v.Uint32(); !ok || n != 0x100 {
		t.Error("CSDVersion", n, ok)
	}
	v, _ = BootValue(`Control\ServiceGroupOrder`, "List")
	if list, ok := v.MultiText(); !ok || len(list) < 20 || list[0] != "System Reserved" {
		t.Error(list)
	}
	for _, bad := range [][2]string{{`Control\Nothing`, ""}, {`Control`, "Nothing"}, {`Nothing\Control`, "CurrentUser"}} {
		if _, ok := BootValue(bad[0], bad[1]); ok {
			t.Error("there is", bad)
		}
	}
	v, _ = BootRootValue("Select", "Default")
	n, _ := v.Uint32()
	expect(t, "Select", n, 1)
	expect(t, "subkeys", slices.Contains(BootSubkeys("Control"), "Session Manager"), true)
	expect(t, "values", slices.Contains(BootValues(`Control\Windows`), "CSDVersion"), true)
	expect(t, "none", BootSubkeys("x") == nil && BootValues("x") == nil, true)
}

// TestControlSet: what Select says, what the loader says, and neither.
func TestControlSet(t *testing.T) {
	h := systemHive(t)
	sel := h.Open(h.Root(), "Select")
	set := func(name string, v uint32) { h.SetValue(sel, regf.Encode(name), regf.Dword, Uint32Data(v), 1) }
	check := func(want, said uint32, name string) {
		t.Helper()
		if _, err := OpenBootHive(file(t, h), said); err != nil {
			t.Fatal(err)
		}
		expect(t, "control set", BootControlSet(), want)
		v, _ := BootValue("Control", "Name")
		text, _ := v.Text()
		expect(t, "name", text, name)
	}
	check(1, 0, "ControlSet001")
	check(2, 2, "ControlSet002")
	set("Current", 7)
	check(1, 0, "ControlSet001") // Default
	set("Default", 0)
	check(2, 0, "ControlSet002") // LastKnownGood
	h.SetValue(sel, regf.Encode("LastKnownGood"), regf.Binary, []byte{2}, 1)
	for _, said := range []uint32{0, 9, 1000, 1 << 31} {
		if _, err := OpenBootHive(file(t, h), said); !errors.Is(err, ErrNoControlSet) {
			t.Errorf("set %d: %v", said, err)
		}
	}
	_, ok := BootValue("Control", "Name")
	expect(t, "a value without a control set", ok, false)
	_, ok = BootRootValue("Select", "Current")
	expect(t, "a value of Select", ok, true)
	if _, err := OpenBootHive([]byte("no hive"), 0); err == nil {
		t.Error("something is a hive")
	}
	_, ok = BootRootValue("Select", "Current")
	expect(t, "a value without a hive", ok, false)
	if err := InitSystem1(false); err == nil {
		t.Error("a registry without a hive")
	}
}
