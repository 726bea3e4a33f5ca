package system

import (
	"os"
	"strings"
	"testing"
)

// TestManual: the manual names every command.
func TestManual(t *testing.T) {
	b, err := os.ReadFile("../../docs/debugging.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Commands() {
		if !strings.Contains(string(b), c.Name) {
			t.Errorf("docs/debugging.md does not name %s", c.Name)
		}
	}
}
