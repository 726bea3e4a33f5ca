package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The packages above the runtime follow the wasip1 port of the distribution:
// its files are copied under the name of tamago, and lines that name it name
// tamago beside it.

// wasmFiles are named for the processor of wasip1 but are about the system.
// They are copied like the ones named for the system.
var wasmFiles = []string{
	"crypto/internal/fips140/drbg/entropy_wasm.go",
	"crypto/x509/root_wasm.go",
	"os/exec/lp_wasm.go",
	"os/executable_wasm.go",
	"os/pipe_wasm.go",
	"testing/run_example_wasm.go",
}

var (
	wordWasip1 = regexp.MustCompile(`\bwasip1\b`)
	equalGOOS  = regexp.MustCompile(`(runtime\.)?GOOS == "wasip1"`)
	otherGOOS  = regexp.MustCompile(`(runtime\.)?GOOS != "wasip1"`)
	caseGOOS   = regexp.MustCompile(`(?m)^(\s*case .*"wasip1")`)
	wasmImport = regexp.MustCompile(`(?m)^//go:wasmimport wasi_snapshot_preview1 (\w+)\n(?://go:noescape\n)?(func .*)\n`)
	buildLine  = regexp.MustCompile(`(?m)^//go:build .*$`)
	ioVectors  = regexp.MustCompile(`makeIOVec\(b\), 1, `)
	makeVector = regexp.MustCompile(`(?s)func makeIOVec\(.*?\n}\n`)
)

// followWasip1 derives the port of everything above the runtime, below src.
func followWasip1(src string) error {
	return filepath.WalkDir(src, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(src, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			switch rel {
			case "cmd", "runtime", "internal/syslist", "internal/platform", "internal/buildcfg":
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_tamago.go") {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text := string(data)
		switch {
		case strings.HasPrefix(rel, "internal/goos/zgoos_"):
			return followGOOS(name, rel, text)
		case strings.HasSuffix(rel, "_wasip1.go"):
			return os.WriteFile(strings.TrimSuffix(name, "_wasip1.go")+"_tamago.go", []byte(portFile(rel, text)), 0o644)
		}
		for _, w := range wasmFiles {
			if rel == w {
				return os.WriteFile(strings.TrimSuffix(name, "_wasm.go")+"_tamago.go", []byte(portFile(rel, text)), 0o644)
			}
		}
		if strings.HasSuffix(rel, "_wasm.go") || !strings.Contains(text, "wasip1") {
			return nil
		}
		if out := nameTamago(text); out != text {
			return os.WriteFile(name, []byte(out), 0o644)
		}
		return nil
	})
}

// nameTamago adds tamago wherever text treats wasip1 in a special way.
func nameTamago(text string) string {
	text = buildLine.ReplaceAllStringFunc(text, func(line string) string {
		return wordWasip1.ReplaceAllString(line, "(wasip1 || tamago)")
	})
	text = equalGOOS.ReplaceAllString(text, `(${1}GOOS == "wasip1" || ${1}GOOS == "tamago")`)
	text = otherGOOS.ReplaceAllString(text, `(${1}GOOS != "wasip1" && ${1}GOOS != "tamago")`)
	return caseGOOS.ReplaceAllString(text, `${1}, "tamago"`)
}

// portFile turns a file of wasip1 into one of tamago. What it imports from the
// WebAssembly host is in syscall/host_tamago.go.
func portFile(rel, text string) string {
	if buildLine.MatchString(text) {
		text = buildLine.ReplaceAllString(text, "//go:build tamago")
	} else {
		// The installed go command, which builds the tools, does not know
		// the name in the file name.
		text = "//go:build tamago\n\n" + text
	}
	if strings.HasPrefix(rel, "syscall/") {
		text = wasmImport.ReplaceAllString(text, "")
		text = ioVectors.ReplaceAllString(text, "b, ")
		text = makeVector.ReplaceAllString(text, "")
		text = strings.Replace(text, "func ProcExit(code int32)\n", "", 1)
	} else {
		text = wasmImport.ReplaceAllString(text, "//go:linkname $1 syscall.$1\n$2\n")
	}
	return text
}

// followGOOS adds IsTamago to the constants of every system, and the file for
// tamago.
func followGOOS(name, rel, text string) error {
	if strings.HasSuffix(rel, "_wasip1.go") {
		t := buildLine.ReplaceAllString(text, "//go:build tamago")
		t = strings.Replace(t, "const GOOS = `wasip1`", "const GOOS = `tamago`", 1)
		t = strings.Replace(t, "const IsWasip1 = 1", "const IsWasip1 = 0", 1)
		tamago := filepath.Join(filepath.Dir(name), "zgoos_tamago.go")
		if err := os.WriteFile(tamago, []byte(t+"const IsTamago = 1\n"), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(name, []byte(text+"const IsTamago = 0\n"), 0o644)
}
