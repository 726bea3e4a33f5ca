package main

// toolEdits make the go command, the compiler, the assembler and the linker
// know tamago. The built tools depend on these only.
var toolEdits = []edit{
	// The list of systems.
	{"internal/syslist/syslist.go", "\t\"solaris\":   true,\n\t\"wasip1\":    true,\n", "\t\"solaris\":   true,\n\t\"tamago\":    true,\n\t\"wasip1\":    true,\n"},
	{"internal/platform/zosarch.go", "\t{\"wasip1\", \"wasm\"},\n", "\t{\"tamago\", \"amd64\"},\n\t{\"wasip1\", \"wasm\"},\n"},
	{"internal/platform/zosarch.go", "\t{\"wasip1\", \"wasm\"}:     {},\n", "\t{\"tamago\", \"amd64\"}:    {},\n\t{\"wasip1\", \"wasm\"}:     {},\n"},

	// Compiler, assembler and linker treat tamago as linux: ELF, and g at
	// -8(FS).
	{"cmd/internal/objabi/head.go", `case "linux", "android":`, `case "linux", "android", "tamago":`},

	// The go command finds itself and its cache beside its own files, whatever
	// a go command further up has put into the environment.
	{"cmd/go/internal/cfg/cfg.go", "\t\tenv = os.Getenv(\"GOROOT\")\n", "\t\tenv = os.Getenv(\"GONT_GOROOT\")\n"},
	{"cmd/go/internal/cache/default.go", "\t\tnewDir := cfg.Getenv(\"GOCACHE\")\n", "\t\tnewDir := filepath.Join(filepath.Dir(filepath.Dir(cfg.GOROOT)), \"gocache\")\n"},

	// GOOSPKG: another folder stands in for runtime/goos.
	{"cmd/go/internal/load/pkg.go",
		"\t\tif newPath, dir, ok := fips140.ResolveImport(path); ok {\n",
		"\t\tif dir, ok := goosDir(loaderstate, ctx, path); ok {\n\t\t\tr.path, r.dir = path, dir\n\t\t} else if newPath, dir, ok := fips140.ResolveImport(path); ok {\n"},
	{"cmd/go/internal/load/pkg.go",
		"\t\tdata.p.ImportPath = r.path\n\n\t\t// Set data.p.BinDir",
		"\t\tdata.p.ImportPath = r.path\n\t\tif r.path == goosPath {\n\t\t\tdata.p.Goroot = true\n\t\t}\n\n\t\t// Set data.p.BinDir"},
}
