// Command mkdriver makes the file of a driver that is linked into the kernel: a PE32+
// image of subsystem native that imports the driver's entry from ntoskrnl.exe, and jumps
// there. The loader and the I/O manager find the driver by that name.
//
//	mkdriver -o null.sys null.DriverEntry
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "", "file to write")
	module := flag.String("from", "ntoskrnl.exe", "image that has the entry")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: mkdriver -o FILE [-from IMAGE] ENTRY")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *out == "" || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	b, err := image(*module, flag.Arg(0))
	if err == nil {
		err = os.WriteFile(*out, b, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mkdriver:", err)
		os.Exit(1)
	}
}
