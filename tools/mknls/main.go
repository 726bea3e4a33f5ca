// Command mknls makes the files with character tables that the loader hands to the
// kernel (SPEC P0.3), in the layout of NT's .nls files: c_1252.nls and c_437.nls, the
// ANSI and the OEM code page, and l_intl.nls, upper and lower case. The characters are
// those of golang.org/x/text and of Go's Unicode tables.
//
//	mknls DIRECTORY
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/text/encoding/charmap"
)

func main() {
	flag.Usage = func() { fmt.Fprintln(os.Stderr, "usage: mknls DIRECTORY") }
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "mknls:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	ansi, err := codePage(1252, characters(charmap.Windows1252), nil)
	if err != nil {
		return err
	}
	chars := characters(charmap.CodePage437)
	oem, err := codePage(437, chars, glyphs(chars))
	if err != nil {
		return err
	}
	for name, words := range map[string][]byte{"c_1252.nls": ansi, "c_437.nls": oem, "l_intl.nls": caseTables()} {
		if err := os.WriteFile(filepath.Join(dir, name), words, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func encode(words []uint16) []byte {
	b := make([]byte, 0, 2*len(words))
	for _, w := range words {
		b = binary.LittleEndian.AppendUint16(b, w)
	}
	return b
}
