package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const transcript = "GoNT Loader\r\nBEGIN P0.4 123\r\nTRACE B4.1 0 1500 0 STATUS_SUCCESS 900\r\nTRACE P0.4 2000 30 0 STATUS_SUCCESS 0\r\n" +
	"NOTE P1.8 boot screen: 5.00 %\r\nTRACE P1.8 2100 7 1 STATUS_NO_MEMORY -4\r\nSUMMARY phase 0: 1 steps\r\n"

// events runs the command on a transcript and reads what it writes.
func events(t *testing.T, text string) []event {
	t.Helper()
	var out, errs bytes.Buffer
	if rc := run(nil, strings.NewReader(text), &out, &errs); rc != exitGood {
		t.Fatalf("%d %s", rc, errs.String())
	}
	var f file
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	return f.Events
}

func TestChrome(t *testing.T) {
	var steps, notes, rows []string
	for _, e := range events(t, transcript) {
		switch e.Phase {
		case "X":
			steps = append(steps, e.Name)
			if e.Name == "P1.8" && (e.Start != 2100 || *e.Duration != 7 || e.Thread != 2 || e.Category != "P1" || e.Args["status"] != "STATUS_NO_MEMORY" || e.Args["memory (KB)"] != -4.0) {
				t.Errorf("%+v", e)
			}
		case "i":
			notes = append(notes, e.Name)
		case "M":
			rows = append(rows, e.Args["name"].(string))
		}
	}
	if got := strings.Join(steps, " "); got != "B4.1 P0.4 P1.8" {
		t.Error(got)
	}
	if got := strings.Join(notes, "|"); got != "P1.8 boot screen: 5.00 %" {
		t.Error(got)
	}
	if got := strings.Join(rows, "|"); got != "GoNT's start|OSLDR|processor 0|processor 1" {
		t.Error(got)
	}
}

// TestLastStart: of several starts the last one counts.
func TestLastStart(t *testing.T) {
	n := 0
	for _, e := range events(t, transcript+"TRACE B4.1 0 7 0 STATUS_SUCCESS 1\n") {
		if e.Phase == "X" {
			if n++; *e.Duration != 7 {
				t.Errorf("%+v", e)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d steps", n)
	}
}

// TestBadInput: what is no trace is an error that names the line, and nothing is written.
func TestBadInput(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "no TRACE lines",
		"GoNT kernel\n":                          "no TRACE lines",
		"BEGIN P0.3 1\nBEGIN P0.4 2\n":           "hung in P0.4",
		"TRACE P0.1 1 2 0 STATUS_SUCCESS\n":      "line 1",
		"\nTRACE P0.1 x 2 0 STATUS_SUCCESS 0\n":  `line 2`,
		"TRACE P0.1 -1 2 0 STATUS_SUCCESS 0\n":   "negative",
		"TRACE P0.1 1 2 0 STATUS_SUCCESS none\n": `memory "none"`,
	} {
		var out, errs bytes.Buffer
		if rc := run(nil, strings.NewReader(text), &out, &errs); rc != exitFailed || !strings.Contains(errs.String(), want) || out.Len() != 0 {
			t.Errorf("%q: %d %q %q", text, rc, errs.String(), out.String())
		}
	}
}

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "log")
	if err := os.WriteFile(name, []byte(transcript), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		rc   int
		want string
	}{
		{[]string{"--help"}, exitGood, "usage: boottrace"},
		{[]string{"-x"}, exitUsage, "usage: boottrace"},
		{[]string{name, name}, exitUsage, "usage: boottrace"},
		{[]string{filepath.Join(dir, "none")}, exitFailed, "none"},
		{[]string{"-o", filepath.Join(dir, "no", "file"), name}, exitFailed, "no/file"},
		{[]string{"-o", filepath.Join(dir, "json"), name}, exitGood, ""},
	} {
		var out, errs bytes.Buffer
		if rc := run(c.args, strings.NewReader(""), &out, &errs); rc != c.rc || !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("%q: %d %q %q", c.args, rc, out.String(), errs.String())
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "json")); err != nil || !json.Valid(b) {
		t.Error(err)
	}
}
