package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCurrent (O, P0.7): the manual's tables are those that the source declares.
func TestCurrent(t *testing.T) {
	for name, table := range tables {
		have, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if want, err := replace(have, table()); err != nil || string(have) != string(want) {
			t.Errorf("%s is not current (%v): go run ./tools/mktables .", name, err)
		}
	}
}

// TestReplace: text around the table stays; a page without marks is refused.
func TestReplace(t *testing.T) {
	got, err := replace([]byte("a\n"+begin+"old\n"+end+"z\n"), "new\n")
	if err != nil || string(got) != "a\n"+begin+"new\n"+end+"z\n" {
		t.Errorf("%q, %v", got, err)
	}
	for _, page := range []string{"", begin, end + begin} {
		if _, err := replace([]byte(page), "x"); err == nil || !strings.Contains(err.Error(), "mktables") {
			t.Errorf("%q: %v", page, err)
		}
	}
}
