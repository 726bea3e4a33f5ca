package qemu

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gont/tools/fatimg"
)

func TestImageEditing(t *testing.T) {
	need(t, "mcopy")
	content := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	name := filepath.Join(t.TempDir(), "a.img")
	err := fatimg.Create(name, fatimg.Options{Size: 40 << 20, Label: "TEST", Files: []fatimg.File{
		{Path: `\boot.ini`, Data: []byte("old")},
		{Path: `\Windows\System32\ntoskrnl.exe`, Data: content},
	}})
	if err != nil {
		t.Fatal(err)
	}
	original, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := TestImage(t, name)
	if b, err := os.ReadFile(m.Name); err != nil || !bytes.Equal(b, original) {
		t.Fatalf("the copy differs (%v)", err)
	}
	read := func(path, want string) {
		t.Helper()
		if b, err := m.Read(path); err != nil || string(b) != want {
			t.Errorf("%s: %d bytes, %v; want %d", path, len(b), err, len(want))
		}
	}
	const kernel = `\Windows\System32\ntoskrnl.exe`
	read(kernel, string(content))
	if err := m.Fragment(kernel); err != nil {
		t.Fatal(err)
	}
	read(kernel, string(content))
	if err := m.FlipInFile(kernel, 600, 2); err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(content)
	flipped[600] ^= 0xff
	flipped[601] ^= 0xff
	read(kernel, string(flipped))
	if err := m.Write(`\boot.ini`, []byte("new text")); err != nil {
		t.Fatal(err)
	}
	read(`\boot.ini`, "new text")
	if err := m.Delete(`\boot.ini`); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Read(`\boot.ini`); err == nil {
		t.Error("a deleted file is still there")
	}
	if err := m.WriteSector(1, bytes.Repeat([]byte{7}, 512)); err != nil {
		t.Fatal(err)
	}
	if err := m.Flip(512, 1); err != nil {
		t.Fatal(err)
	}
	if err := m.Truncate(8 << 20); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(m.Name)
	if err != nil || len(b) != 8<<20 || b[512] != 0xf8 || b[513] != 7 {
		t.Errorf("raw image: %d bytes, %v", len(b), err)
	}
	for what, f := range map[string]func() error{
		"half a sector":   func() error { return m.WriteSector(1, []byte{1}) },
		"no such file":    func() error { return m.Delete(`\nothing`) },
		"beyond the file": func() error { return m.FlipInFile(kernel, 1<<20, 1) },
		"beyond the end":  func() error { return m.Flip(9<<20, 1) },
		"no image":        func() error { return (&Image{"/nowhere"}).Fragment(kernel) },
	} {
		if f() == nil {
			t.Errorf("%s gives no error", what)
		}
	}
	if b, err := os.ReadFile(name); err != nil || !bytes.Equal(b, original) {
		t.Errorf("the original has changed (%v)", err)
	}
}
