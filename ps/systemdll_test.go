package ps

import (
	"bytes"
	"debug/pe"
	"fmt"
	"testing"

	"gont/mm"
	"gont/nt"
	"gont/ob"
)

// TestSystemDll (P1.20, P1.40): the image is one that the standard library reads, too, its
// exports are found by name, and lead to the stubs.
func TestSystemDll(t *testing.T) {
	var names []string
	for n := range nt.NumServices {
		names = append(names, nt.Service(n).String())
	}
	file := buildSystemDll(names)
	f, err := pe.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.Section(".text").Data()
	if err != nil || len(text) < stubSize*len(names) {
		t.Fatal(err, len(text))
	}
	for n := range names {
		want := fmt.Sprintf("4c8bd1b8%02x%02x00000f05c3cccccccccc", n&255, n>>8)
		if got := fmt.Sprintf("%x", text[stubSize*n:][:stubSize]); got[:30] != want[:30] {
			t.Fatalf("stub %d is %s", n, got)
		}
	}
	simulate(t, func(w *world) {
		mm.SectionType = w.section
		w.expect("create", CreateSystemDll(names), nt.StatusSuccess)
		w.expect("again", CreateSystemDll(names), nt.StatusObjectNameCollision)
		for _, name := range names {
			if va, ok := LookupSystemDll(name); !ok || va < systemDllBase {
				t.Errorf("%s: %#x", name, va)
			}
		}
		for _, name := range []string{"", "NtNothing", "A", "z"} {
			if _, ok := LookupSystemDll(name); ok {
				t.Errorf("%q was found", name)
			}
		}
		o, _ := ob.Lookup(nil, `\KnownDlls\ntdll.dll`, true, w.section)
		o.Dereference()
	})
}
