package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCurrent: what is checked in follows from the list.
func TestCurrent(t *testing.T) {
	const root = "../.."
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if have, err := os.ReadFile(filepath.Join(root, name)); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not what svc/services.txt says; run go generate ./svc (%v)", name, err)
		}
	}
}

func TestParse(t *testing.T) {
	list, err := parse("# x\n\nNtA system\nNtB memory Process:process Base:base\n")
	if err != nil || len(list) != 2 || list[1].wing != "memory" || list[1].arguments[1] != (argument{"Base", "base"}) {
		t.Errorf("%v, %v", list, err)
	}
	list, err = parse("NtA system waits\nNtB system waits X:any\nNtC system X:any\n")
	if err != nil || !list[0].waits || !list[1].waits || len(list[1].arguments) != 1 || list[2].waits {
		t.Errorf("services that wait: %v, %v", list, err)
	}
	for text, want := range map[string]string{
		"":                         "names no service",
		"NtA":                      `line 1: "NtA" has no wing`,
		"\nZwA system":             `line 2: "ZwA" is no name`,
		"NtA system\nNtA system":   "line 2: NtA stands twice",
		"NtA cellar":               `there is no wing "cellar"`,
		"NtA system x:any":         `"x:any" is no argument`,
		"NtA system X:any Y:thing": `argument Y: there is no kind "thing"`,
		"NtA system X:any waits":   `"waits" is no argument`,
		"NtA system X":             `argument X: there is no kind ""`,
		"NtA system" + strings.Repeat(" X:any", 13): "more than 12 arguments",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := table([]byte("no place"), list); err == nil {
		t.Error("a document without a place for the table is accepted")
	}
}
