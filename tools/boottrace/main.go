// Command boottrace makes Chrome's trace format of the BOOTTRACE lines in a transcript of
// the serial port (SPEC K3, docs/boot-trace.md).
//
//	boottrace [-o FILE] [TRANSCRIPT]
//
// Without TRANSCRIPT, or with "-", it reads standard input. When the transcript has several
// starts, the last one counts.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

// Exit statuses.
const (
	exitGood   = 0
	exitFailed = 1 // the transcript has no trace, or a line of it is damaged; a file cannot be read or written
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	fs := flag.NewFlagSet("boottrace", flag.ContinueOnError)
	fs.SetOutput(errs)
	output := fs.String("o", "", "write to `FILE`, which is made or overwritten")
	usage := func(w io.Writer) {
		fmt.Fprintln(w, "usage: boottrace [-o FILE] [TRANSCRIPT]\nmakes Chrome trace JSON of the TRACE lines that the option BOOTTRACE prints on the serial port")
		fs.SetOutput(w)
		fs.PrintDefaults()
	}
	fs.Usage = func() { usage(errs) }
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" {
			usage(out)
			return exitGood
		}
	}
	if err := fs.Parse(args); err != nil {
		return exitUsage
	}
	if fs.NArg() > 1 {
		usage(errs)
		return exitUsage
	}
	fail := func(err error) int {
		fmt.Fprintln(errs, "boottrace:", err)
		return exitFailed
	}
	if name := fs.Arg(0); name != "" && name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fail(err)
		}
		defer f.Close()
		in = f
	}
	t, err := parse(in)
	if err != nil {
		return fail(err)
	}
	text, err := json.MarshalIndent(t.chrome(), "", " ")
	if err != nil {
		return fail(err)
	}
	text = append(text, '\n')
	if *output != "" {
		err = os.WriteFile(*output, text, 0o666)
	} else {
		_, err = out.Write(text)
	}
	if err != nil {
		return fail(err)
	}
	return exitGood
}
