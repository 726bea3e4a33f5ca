package cm

import (
	gobytes "bytes"
	"strings"
	"testing"

	"gont/cm/regf"
	"gont/nt"
)

// TestRestoreVolatile: a volatile hive made of a file.
func TestRestoreVolatile(t *testing.T) {
	fs := startFiles(t)
	open := func(path string) File {
		f, s := fs.Open(path, true)
		expect(t, path, s, nt.StatusSuccess)
		return f
	}
	machine, set := must(t, `\Registry\Machine`), must(t, `\Registry\Machine\SYSTEM\ControlSet001`)
	expect(t, "save", set.Save(open(`\S`)), nt.StatusSuccess)
	was := string(fs.get(`\S`))
	expect(t, "below a key of a hive", set.RestoreVolatile(open(`\S`)), nt.StatusInvalidParameter)
	root := must(t, `\Registry`)
	expect(t, "below the root", root.RestoreVolatile(open(`\S`)), nt.StatusInvalidParameter)
	root.Close()
	set.Close()

	told := nt.StatusPending
	machine.Notify(NotifyName, false, &Post{Complete: func(s nt.Status) { told = s }})
	expect(t, "restore", machine.RestoreVolatile(open(`\S`)), nt.StatusSuccess)
	expect(t, "told", told, nt.StatusNotifyEnumDir)
	expect(t, "restore again", machine.RestoreVolatile(open(`\S`)), nt.StatusObjectNameCollision)
	const path = `\Registry\Machine\ControlSet001`
	k := must(t, path+`\Control`)
	text, _ := k.Text("Name")
	expect(t, "what the file held", text, "ControlSet001")
	i, s := k.Query(nil, nil)
	expect(t, "query", s, nt.StatusSuccess)
	expect(t, "volatile", i.Volatile, true)
	_, s = k.Create("stable", false)
	expect(t, "a key that is to be stable", s, nt.StatusChildMustBeVolatile)
	below, s := k.Create("new", true)
	expect(t, "a volatile key", s, nt.StatusSuccess)
	expect(t, "a value", below.SetText("x", "y"), nt.StatusSuccess)
	expect(t, "flush", below.Flush(), nt.StatusSuccess)
	expect(t, "flush all", FlushAll(), nt.StatusSuccess)
	expect(t, "the file is as it was", string(fs.get(`\S`)) == was, true)
	expect(t, "unload while a key is open", Unload(nil, path), nt.StatusCannotDelete)
	below.Close()
	k.Close()
	expect(t, "unload", Unload(nil, path), nt.StatusSuccess)
	_, s = OpenKey(path)
	expect(t, "it has gone", s, nt.StatusObjectNameNotFound)

	// Files that are no such hive.
	for name, c := range map[string]struct {
		content []byte
		want    nt.Status
	}{
		`\Empty`: {nil, nt.StatusNotRegistryFile},
		`\Bad`:   {[]byte("no hive"), nt.StatusNotRegistryFile},
	} {
		fs.put(name, c.content)
		expect(t, name, machine.RestoreVolatile(open(name)), c.want)
	}
	fs.fail = "size"
	expect(t, "no disk", machine.RestoreVolatile(open(`\S`)), nt.StatusRegistryIoFailed)
	fs.fail = ""
	fs.put(`\Name`, hiveNamed(t, `a\b`))
	expect(t, "a name that is healed", machine.RestoreVolatile(open(`\Name`)), nt.StatusSuccess)
	expect(t, "unload it", Unload(nil, `\Registry\Machine\a_b`), nt.StatusSuccess)
	expect(t, "subkeys", strings.Join(machine.Subkeys(), ","), "HARDWARE,SYSTEM")
	machine.Close()
	nothingOpen(t)
}

// hiveNamed is the file of a hive whose root key has a name of three characters that no
// program can give it.
func hiveNamed(t *testing.T, name string) []byte {
	r, err := regf.New(regf.Options{Name: "xyz", Time: now()})
	if err != nil {
		t.Fatal(err)
	}
	return gobytes.Replace(file(t, r), []byte("xyz"), []byte(name), 1)
}
