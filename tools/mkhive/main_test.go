package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("GONT_TEST") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func write(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "SYSTEM")
	if err := run([]string{"-o", name}); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReglookup(t *testing.T) {
	out := tool(t, "reglookup", write(t))
	for _, want := range []string{
		"/Select/Current,DWORD,0x00000001",
		"/Select/Failed,DWORD,0x00000000",
		"/ControlSet001/Services,KEY,,2026-01-01 00:00:00",
		"/ControlSet001/Control/Session Manager,KEY",
	} {
		if !strings.Contains(strings.ReplaceAll(out, "%20", " "), want) {
			t.Errorf("reglookup does not print %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "WARN") || strings.Contains(out, "ERROR") {
		t.Errorf("reglookup complains:\n%s", out)
	}
}

func TestHivexsh(t *testing.T) {
	name := write(t)
	script := filepath.Join(t.TempDir(), "script")
	cmds := "cd \\Select\nlsval Current\ncd \\ControlSet001\nls\n" +
		"cd \\Select\nsetval 1\nDefault\ndword:2\ncommit\nlsval Default\n"
	if err := os.WriteFile(script, []byte(cmds), 0o600); err != nil {
		t.Fatal(err)
	}
	out := tool(t, "hivexsh", "-w", "-f", script, name)
	if want := "1\nControl\nServices\n2\n"; strings.ReplaceAll(out, "dword:0000000", "") != want {
		t.Errorf("hivexsh prints %q, want %q", out, want)
	}
	if out := tool(t, "reglookup", name); !strings.Contains(out, "Default,DWORD,0x00000002") {
		t.Errorf("after an edit by hivexsh:\n%s", out)
	}
}

func TestLayout(t *testing.T) {
	b, err := os.ReadFile(write(t))
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if len(b)%pageSize != 0 || int(le.Uint32(b[40:])) != len(b)-pageSize {
		t.Errorf("%d bytes, header says %d in bins", len(b), le.Uint32(b[40:]))
	}
	var sum uint32
	for i := 0; i < 508; i += 4 {
		sum ^= le.Uint32(b[i:])
	}
	if sum != le.Uint32(b[508:]) {
		t.Error("checksum is wrong")
	}
	// Cells fill the bin without a gap.
	at, bins := uint32(binHeader), b[pageSize:]
	for at < uint32(len(bins)) {
		n := int32(le.Uint32(bins[at:]))
		if n < 0 {
			n = -n
		}
		if n == 0 || n%8 != 0 {
			t.Fatalf("cell at %#x has size %d", at, n)
		}
		at += uint32(n)
	}
	if at != uint32(len(bins)) {
		t.Error("the last cell reaches beyond the bin")
	}
	c, err := os.ReadFile(write(t))
	if err != nil || !bytes.Equal(b, c) {
		t.Error("two hives differ")
	}
}

func TestErrors(t *testing.T) {
	if err := run(nil); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("without arguments: %v", err)
	}
	if err := run([]string{"-o", "/nowhere/x"}); err == nil {
		t.Error("no error for a wrong file name")
	}
	k := &key{name: "R"}
	k.set("big", regBinary, make([]byte, maxBig+1))
	if _, err := encode(k, "R"); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("big value: %v", err)
	}
	if _, err := encode(&key{name: "Schlüssel"}, "R"); err == nil || !strings.Contains(err.Error(), "ASCII") {
		t.Errorf("name: %v", err)
	}
}
