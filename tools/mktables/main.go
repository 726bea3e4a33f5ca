// Command mktables writes the manual's tables from what the kernel declares:
// docs/options.md from arc/options, docs/tuning.md from cm/control.
//
//	go run ./tools/mktables ROOT
//
// ROOT is the folder of go.mod. Text around the tables stays as it is.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gont/arc/options"
	"gont/cm/control"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mktables ROOT")
		os.Exit(2)
	}
	for name, table := range tables {
		if err := update(filepath.Join(os.Args[1], name), table()); err != nil {
			fmt.Fprintln(os.Stderr, "mktables:", err)
			os.Exit(1)
		}
	}
}

var tables = map[string]func() string{"docs/options.md": optionTable, "docs/tuning.md": controlTable}

// Marks around the table.
const (
	begin = "<!-- table: written by tools/mktables -->\n"
	end   = "<!-- end of table -->\n"
)

func update(name, table string) error {
	have, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	want, err := replace(have, table)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if bytes.Equal(have, want) {
		return nil
	}
	return os.WriteFile(name, want, 0o644)
}

// replace puts the table between the marks.
func replace(page []byte, table string) ([]byte, error) {
	head, rest, ok := strings.Cut(string(page), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return nil, fmt.Errorf("it has no line %q with %q after it", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return []byte(head + begin + table + end + tail), nil
}

func optionTable() string {
	var b strings.Builder
	b.WriteString("| option | accepted | what it does | who reads it |\n|---|---|---|---|\n")
	for i := range options.Table {
		e := &options.Table[i]
		help, reader := e.Help, e.Reader
		if e.Nothing != "" {
			help, reader = "nothing: "+e.Nothing, "-"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.Syntax(), e.Accepted(), help, reader)
	}
	return b.String()
}

func controlTable() string {
	var b strings.Builder
	b.WriteString("| value | accepted | default | what it does | who uses it |\n|---|---|---|---|---|\n")
	key := ""
	for i := range control.Table {
		e := &control.Table[i]
		if e.Key != key {
			key = e.Key
			fmt.Fprintf(&b, "| **%s** | | | | |\n", key)
		}
		accepted := e.Accepted()
		if e.Unit != "" {
			accepted += " " + e.Unit
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", e.Name, accepted, e.PresetText(), e.Meaning, e.User)
	}
	return b.String()
}
