// Command elf2pe turns a statically linked amd64 ELF program, as the Go linker
// writes it, into a PE32+ image with a fixed base.
//
//	elf2pe [-base 0x140000000] [-subsystem native] [-exports] [-lz4] -o out.exe in.elf
//
// Every loadable segment becomes one section with the segment's own rights, so
// nothing is both writable and executable; memory beyond the file's bytes
// stays VirtualSize without raw data. With -exports the image exports the entries of the
// drivers that are linked into it. With -lz4 the image is wrapped in a
// standard LZ4 frame, which OSLDR unpacks.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "elf2pe:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("elf2pe", flag.ContinueOnError)
	out := fs.String("o", "", "output `file`")
	base := fs.String("base", "", "expected ImageBase; an image linked elsewhere is refused")
	subsystem := fs.String("subsystem", "native", "native, console or gui")
	reserve := fs.Uint64("stack-reserve", 1<<20, "SizeOfStackReserve in `bytes`")
	commit := fs.Uint64("stack-commit", 1<<16, "SizeOfStackCommit in `bytes`")
	exports := fs.Bool("exports", false, "export the entries of the drivers that are linked in")
	lz := fs.Bool("lz4", false, "wrap the image in an LZ4 frame")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *out == "" || fs.NArg() != 1 {
		return fmt.Errorf("usage: elf2pe [flags] -o out.exe in.elf")
	}
	opt := options{stackReserve: *reserve, stackCommit: *commit, exports: *exports, module: "ntoskrnl.exe"}
	if *commit > *reserve {
		return fmt.Errorf("-stack-commit %d is more than -stack-reserve %d", *commit, *reserve)
	}
	var ok bool
	if opt.subsystem, ok = subsystems[*subsystem]; !ok {
		return fmt.Errorf("unknown subsystem %q (native, console or gui)", *subsystem)
	}
	if *base != "" {
		b, err := strconv.ParseUint(*base, 0, 64)
		if err != nil {
			return fmt.Errorf("-base %q is not a number", *base)
		}
		opt.base, opt.checkBase = b, true
	}
	in := fs.Arg(0)
	data, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	pe, err := convert(data, opt)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	if *lz {
		if pe, err = frame(pe); err != nil {
			return fmt.Errorf("%s: %w", *out, err)
		}
	}
	return writeFile(*out, pe)
}

// writeFile replaces path in one step, so that a failed run leaves no half file.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Chmod(0o644)
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
