// Command mkservices writes what follows from the list of system services,
// svc/services.txt: numbers and names (nt), the numbers that assembly and package goos repeat, the raw
// stubs of ntdll, the kernel's dispatch table, the fuzzer's signatures, and the table in
// docs/system-service.md.
//
//	go run ./tools/mkservices ROOT
//
// ROOT is the folder of go.mod.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mkservices ROOT")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "mkservices:", err)
		os.Exit(1)
	}
}

// run writes the files that are not as they should be.
func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, want := range files {
		name = filepath.Join(root, name)
		if have, err := os.ReadFile(name); err == nil && bytes.Equal(have, want) {
			continue
		}
		if err := os.WriteFile(name, want, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the files' contents by their names below root.
func generate(root string) (map[string][]byte, error) {
	const list, page = "svc/services.txt", "docs/system-service.md"
	text, err := os.ReadFile(filepath.Join(root, list))
	if err != nil {
		return nil, err
	}
	services, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s %w", list, err)
	}
	doc, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"nt/servicelist.go":            numbers(services),
		"goos/service.h":               header(services),
		"nttest/guest/service.h":       header(services),
		"goos/service_ntuser.go":       repeated(services),
		"ntdll/stubs.go":               stubs(services),
		"nttest/fuzz/signatures.go":    signatures(services),
		"kernel/servicetable.go":       rows(services),
		"svc/svctest/routines_test.go": testRows(services),
	}
	if files[page], err = table(doc, services); err != nil {
		return nil, fmt.Errorf("%s: %w", page, err)
	}
	return files, nil
}
