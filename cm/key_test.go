package cm

import (
	"fmt"
	"slices"
	"testing"

	"gont/cm/regf"
	"gont/nt"
	"gont/ob"
)

// TestRegistry: what is there after P1.22.
func TestRegistry(t *testing.T) {
	start(t)
	for path, want := range map[string]string{
		`\Registry`: "[Machine User]", `\REGISTRY\machine`: "[HARDWARE SYSTEM]", `\Registry\User`: "[]", `\Registry\Machine\HARDWARE\`: "[]",
		`\Registry\Machine\System`:                             "[ControlSet001 ControlSet002 Select Clone CurrentControlSet]",
		`\Registry\Machine\SYSTEM\CurrentControlSet`:           "[Control Services]",
		`\Registry\Machine\SYSTEM\\CurrentControlSet\services`: "[Beep Null]",
		`\Registry\Machine\SYSTEM\Clone\Services`:              "[Beep Null]",
	} {
		k := must(t, path)
		expect(t, path, fmt.Sprint(k.Subkeys()), want)
		k.Close()
	}
	k := must(t, `\registry\machine\system\currentcontrolset\control\list`)
	expect(t, "path", k.Path(), `\Registry\Machine\SYSTEM\ControlSet001\Control\List`)
	list, _ := k.MultiText("LIST")
	expect(t, "list", fmt.Sprintf("%q", list), `["a" "b c" "ä"]`)
	k.Close()
	k = must(t, `\Registry\Machine\SYSTEM\Clone\Control`)
	name, _ := k.Text("Name")
	expect(t, "the clone", name, "ControlSet001")
	k.Close()
	for path, want := range map[string]nt.Status{
		``: nt.StatusObjectPathNotFound, `\`: nt.StatusObjectPathNotFound, `\Registr`: nt.StatusObjectPathNotFound, `\RegistryX`: nt.StatusObjectPathNotFound,
		`\Registry\x`: nt.StatusObjectNameNotFound, `\Registry\Machine\SYSTEM\x\y`: nt.StatusObjectNameNotFound,
	} {
		_, s := OpenKey(path)
		expect(t, path, s, want)
	}
	nothingOpen(t)
}

// TestKey: make, set, read, list, delete.
func TestKey(t *testing.T) {
	start(t)
	k, s := CreateKey(`\Registry\Machine\HARDWARE\DEVICEMAP\SERIALCOMM`, true)
	expect(t, "create", s, nt.StatusSuccess)
	expect(t, "set", k.SetText(`\Device\Serial0`, "COM1"), nt.StatusSuccess)
	expect(t, "set", k.SetUint32("N", 7), nt.StatusSuccess)
	expect(t, "set", k.SetMultiText("", []string{"x"}), nt.StatusSuccess)
	expect(t, "values", fmt.Sprintf("%q", k.Values()), `["\\Device\\Serial0" "N" ""]`)
	n, ok := k.Uint32("n")
	expect(t, "N", fmt.Sprint(n, ok), "7 true")
	_, ok = k.Uint32("none")
	expect(t, "none", ok, false)
	expect(t, "delete a value", k.DeleteValue("N"), nt.StatusSuccess)
	expect(t, "delete it again", k.DeleteValue("N"), nt.StatusObjectNameNotFound)
	_, s = CreateKey(`\Registry\Machine\HARDWARE\x`, false)
	expect(t, "a stable key of HARDWARE", s, nt.StatusChildMustBeVolatile)
	_, s = CreateKey(`\Registry\Machine\x`, false)
	expect(t, "a stable key of Machine", s, nt.StatusInvalidParameter)
	v, s := CreateKey(`\Registry\Machine\SYSTEM\V`, true)
	expect(t, "a volatile key", s, nt.StatusSuccess)
	_, s = v.Create("S", false)
	expect(t, "a stable key of a volatile one", s, nt.StatusChildMustBeVolatile)
	second, _ := v.Open("")
	expect(t, "delete", v.Delete(), nt.StatusSuccess)
	for what, s := range map[string]nt.Status{"delete": second.Delete(), "set": second.SetUint32("", 1), "delete a value": second.DeleteValue(""),
		"rename": second.Rename([]uint16{'x'}), "notify": second.Notify(1, false, &Post{})} {
		expect(t, what+" when deleted", s, nt.StatusKeyDeleted)
	}
	_, s = second.Open("")
	expect(t, "open from a deleted one", s, nt.StatusKeyDeleted)
	v.Close()
	second.Close()
	for _, path := range []string{`\Registry`, `\Registry\User`, `\Registry\Machine\SYSTEM`, `\Registry\Machine\HARDWARE`, `\Registry\Machine\SYSTEM\ControlSet001`} {
		x := must(t, path)
		expect(t, "delete "+path, x.Delete(), nt.StatusCannotDelete)
		x.Close()
	}
	k.Close()
	x := must(t, `\Registry\Machine\SYSTEM\ControlSet002`)
	expect(t, "delete all", x.DeleteTree(), nt.StatusSuccess)
	x.Close()
	_, s = OpenKey(`\Registry\Machine\SYSTEM\ControlSet002`)
	expect(t, "gone", s, nt.StatusObjectNameNotFound)
	nothingOpen(t)
}

// TestLinks: to a key, on the way, to nothing, in a circle.
func TestLinks(t *testing.T) {
	start(t)
	sys := must(t, `\Registry\Machine\SYSTEM`)
	for name, target := range map[string]string{"Good": `\Registry\Machine\SYSTEM\ControlSet002`, "Dead": `\Registry\Machine\x`, "Out": `\Device\x`,
		"A": `\Registry\Machine\SYSTEM\B`, "B": `\Registry\Machine\SYSTEM\A`, "Root": `\REGISTRY`} {
		expect(t, name, sys.CreateLink(name, target, false), nt.StatusSuccess)
	}
	expect(t, "again", sys.CreateLink("Good", `\Registry`, true), nt.StatusObjectNameCollision)
	expect(t, "where a key is", sys.CreateLink("Select", `\Registry`, true), nt.StatusObjectNameCollision)
	for name, want := range map[string]nt.Status{"Good": 0, `Good\Control\List`: 0, "Dead": nt.StatusObjectNameNotFound, "Out": nt.StatusObjectNameNotFound,
		"A": nt.StatusObjectNameInvalid, `A\x`: nt.StatusObjectNameInvalid, `Root\Machine\SYSTEM\Good`: 0} {
		k, s := sys.Open(name)
		expect(t, name, s, want)
		if s.OK() {
			k.Close()
		}
	}
	for _, name := range []string{"Good", "Dead"} {
		o, s := ob.OpenByName(nil, `\Registry\Machine\SYSTEM\`+name, true, KeyType, &Opening{OpenLink: true})
		expect(t, "the link itself", s, nt.StatusSuccess)
		k := o.Body.(*Key)
		expect(t, "its path", k.Path(), `\Registry\Machine\SYSTEM\`+name)
		expect(t, "another value", k.SetText("x", ""), nt.StatusAccessDenied)
		expect(t, "another type", k.SetText("SymbolicLinkValue", ""), nt.StatusAccessDenied)
		expect(t, "another target", k.SetValue("symboliclinkvalue", regf.Link, bytes(regf.Encode(`\Registry\User`))), nt.StatusSuccess)
		expect(t, "delete", k.Delete(), nt.StatusSuccess)
		_, s = o.QueryName()
		expect(t, "name of a deleted key", s, nt.StatusKeyDeleted)
		o.Dereference()
	}
	expect(t, "a target is not deleted", slices.Contains(sys.Subkeys(), "ControlSet002"), true)
	sys.Close()
	nothingOpen(t)
}

// TestObjects: keys as objects of ob.
func TestObjects(t *testing.T) {
	start(t)
	expectLookup := func(base *ob.Object, path string, typ *ob.Type, want nt.Status) *ob.Object {
		t.Helper()
		o, s := ob.Lookup(base, path, true, typ)
		expect(t, path, s, want)
		return o
	}
	a := expectLookup(nil, `\REGISTRY\Machine\SYSTEM\CurrentControlSet`, nil, nt.StatusSuccess)
	name, s := a.QueryName()
	expect(t, "name", name, `\Registry\Machine\SYSTEM\ControlSet001`)
	expect(t, "status", s, nt.StatusSuccess)
	b := expectLookup(a, `Control\List`, KeyType, nt.StatusSuccess)
	expectLookup(a, `\Control`, KeyType, nt.StatusObjectPathSyntaxBad)
	expectLookup(a, `Control`, ob.DirectoryType, nt.StatusObjectTypeMismatch)
	expectLookup(nil, `\Registry\Machine\x\y`, nil, nt.StatusObjectNameNotFound)
	again := expectLookup(a, ``, KeyType, nt.StatusSuccess)
	expect(t, "a new thing", ob.Insert(nil, ob.New(ob.LinkType, nil), `\Registry\x`, true, true), nt.StatusObjectPathNotFound)
	h := ob.NewHandleTable()
	x, _ := h.Insert(again, 1, 0)
	told := nt.StatusSuccess
	expect(t, "notify", again.Body.(*Key).Notify(notifyAll, true, &Post{Complete: func(s nt.Status) { told = s }}), nt.StatusPending)
	h.Close(x)
	expect(t, "told at the close", told, nt.StatusNotifyCleanup)
	for _, o := range []*ob.Object{a, b, again} {
		o.Dereference()
	}
	nothingOpen(t)
}
