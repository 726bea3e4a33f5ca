package io

import (
	"testing"

	"gont/mm"
	"gont/nt"
	"gont/ob"
)

// TestImages (P1.34): files that were kept are found without case; the loader's memory can
// go; what cannot be kept is not found.
func TestImages(t *testing.T) {
	simulate(t, func(w *world) {
		var k Images
		file := []byte("MZ one")
		k.Keep(`\Windows\System32\drivers\One.sys`, Image{Bytes: file, InMemory: true})
		k.Keep(`\Windows\System32\drivers\one.sys`, Image{Bytes: []byte("another")})
		k.Keep(`\empty.sys`, Image{})
		k.Keep(`\large.sys`, Image{Bytes: make([]byte, mm.MaximumPoolBlock+1)})
		clear(file)
		i, s := k.Read(`\WINDOWS\system32\DRIVERS\one.SYS`)
		if !s.OK() || string(i.Bytes) != "MZ one" || !i.InMemory {
			t.Errorf("%q, %v", i.Bytes, s)
		}
		for _, name := range []string{`\empty.sys`, `\large.sys`, `one.sys`, ``} {
			if _, s := k.Read(name); s != nt.StatusObjectNameNotFound {
				t.Errorf("%q: %v", name, s)
			}
		}
		if !IsDriverFile("A.SYS") || IsDriverFile("a.exe") || IsDriverFile("sys") {
			t.Error("names of drivers' files")
		}
	})
}

// TestDosDevices (P1.34): links are made; names that cannot be links are told of; without
// the key there is nothing to do.
func TestDosDevices(t *testing.T) {
	simulate(t, func(w *world) {
		if p, s := CreateDosDevices(); !s.OK() || p != nil {
			t.Errorf("without a registry: %q, %v", p, s)
		}
		w.registry(nil, nil)
		if p, s := CreateDosDevices(); !s.OK() || p != nil {
			t.Errorf("without the key: %q, %v", p, s)
		}
		if l := SafeDrivers(1); l == nil || len(l) != 0 {
			t.Errorf("safe mode without its key: %q", l)
		}
		w.key(ControlKey+`\SafeBoot`, nil)
		w.key(ControlKey+`\SafeBoot\Minimal`, nil)
		w.key(ControlKey+`\SafeBoot\Minimal\null`, nil)
		if l := SafeDrivers(1); len(l) != 1 || l[0] != "null" {
			t.Errorf("safe mode: %q", l)
		}
		w.key(ControlKey+`\Session Manager`, nil)
		w.key(ControlKey+`\Session Manager\DOS Devices`, map[string]any{"NUL": `\Device\Null`, `A\B`: `\Device\Null`, "NUMBER": 5, "": "default"})
		p, s := CreateDosDevices()
		if !s.OK() || len(p) != 3 {
			t.Errorf("%q, %v", p, s)
		}
		if again, s := CreateDosDevices(); !s.OK() || len(again) != 3 {
			t.Errorf("links that are there: %q, %v", again, s)
		}
		if s := ob.CreateSymbolicLink(`\??\NUL`, `\Device\Other`); s != nt.StatusObjectNameCollision {
			t.Errorf("the link is not there: %v", s)
		}
	})
}

// TestFailureText (I6): name, status, and what else is known.
func TestFailureText(t *testing.T) {
	f := Failure{}
	f.Name, f.Status = "one", nt.StatusNoMemory
	if s := f.String(); s != "the driver one was not started: STATUS_NO_MEMORY" {
		t.Errorf("%q", s)
	}
	f.Reason, f.File = "no room", `\one.sys`
	if s := f.String(); s != `the driver one was not started: STATUS_NO_MEMORY, no room (\one.sys)` {
		t.Errorf("%q", s)
	}
}
