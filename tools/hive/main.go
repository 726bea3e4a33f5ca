// Command hive works on registry hives from outside of the system.
//
//	hive import SOURCE.reg HIVE       put the keys of a .reg file into a hive
//	hive export HIVE [KEY]            print a hive, or one key of it, as .reg text
//	hive check [-repair] HIVE         look for faults, and mend them
//	hive recover HIVE LOG1 [LOG2]     finish a flush that was cut off
//
// It reads hives of versions 1.3 to 1.6 and writes 1.5 (docs/registry.md). A
// hive is written to a file beside it that then takes its name: when something
// goes wrong, the hive is what it was.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gont/cm/regf"
)

// Exit statuses.
const (
	exitGood   = 0
	exitFailed = 1 // and for check: there were faults
	exitNoHive = 2 // check: this is no hive, or one that cannot be used
	exitUsage  = 3 // wrong arguments; for check also: the file cannot be read or written
)

type command struct {
	name, args, what string
	run              func(c *call) int
}

var commands = []command{
	{"import", "[-new] [-prefix P] [-time T] SOURCE.reg HIVE", "put the keys of a .reg file into a hive, which is made if it is not there", importReg},
	{"export", "[-prefix P] [-o FILE] HIVE [KEY]", "print a hive, or one key of it with all below, as .reg text (UTF-8)", exportReg},
	{"check", "[-repair] HIVE", "list the faults of a hive; exit status 0: none, 1: some, 2: not a hive", check},
	{"recover", "HIVE LOG1 [LOG2]", "finish a flush that was cut off, with the hive's logs", recoverHive},
}

// call is one run of a command.
type call struct {
	command
	flags    *flag.FlagSet
	argv     []string
	out, err io.Writer
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		usage(errs)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(out)
		return exitGood
	}
	for _, c := range commands {
		if c.name == args[0] {
			k := &call{command: c, argv: args[1:], out: out, err: errs}
			k.flags = flag.NewFlagSet("hive "+c.name, flag.ContinueOnError)
			k.flags.SetOutput(errs)
			k.flags.Usage = func() {
				fmt.Fprintf(errs, "usage: hive %s %s\n%s\n", c.name, c.args, c.what)
				k.flags.PrintDefaults()
			}
			return c.run(k)
		}
	}
	fmt.Fprintf(errs, "hive: there is no command %q\n", args[0])
	usage(errs)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: hive COMMAND ...")
	for _, c := range commands {
		fmt.Fprintf(w, "  hive %s %s\n        %s\n", c.name, c.args, c.what)
	}
	fmt.Fprintln(w, "hive COMMAND -h tells of a command's flags. A hive that cannot be written stays as it was.")
}

// parse reads the flags and returns the other arguments. ok is false when the
// command is to end with the status.
func (c *call) parse(least, most int) (args []string, status int, ok bool) {
	switch err := c.flags.Parse(c.argv); {
	case errors.Is(err, flag.ErrHelp):
		return nil, exitGood, false
	case err != nil:
		return nil, exitUsage, false
	}
	if n := c.flags.NArg(); n < least || n > most {
		c.flags.Usage()
		return nil, exitUsage, false
	}
	return c.flags.Args(), 0, true
}

// fail says what is wrong.
func (c *call) fail(err error) int {
	fmt.Fprintf(c.err, "hive %s: %v\n", c.name, err)
	return exitFailed
}

// replaceHive writes the hive to a file beside its own, which then takes the
// name.
func replaceHive(name string, h *regf.Hive) error {
	return replace(name, func(w io.Writer) error {
		_, err := h.WriteTo(w)
		return err
	})
}

// replace does this for any file, with what write writes.
func replace(name string, write func(io.Writer) error) (err error) {
	mode := os.FileMode(0o644)
	if i, err := os.Stat(name); err == nil {
		mode = i.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".new*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = write(f); err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// fileTime is a time in the registry's units.
func fileTime(t time.Time) uint64 {
	return uint64(t.Unix()+11644473600)*10_000_000 + uint64(t.Nanosecond()/100)
}

// stamp is the time for the keys that are made: that of the -time flag, else
// SOURCE_DATE_EPOCH, else now.
func stamp(text string) (uint64, error) {
	if text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return 0, fmt.Errorf("-time %s is not of the form 2026-01-01T00:00:00Z", text)
		}
		return fileTime(t), nil
	}
	if e := os.Getenv("SOURCE_DATE_EPOCH"); e != "" {
		n, err := strconv.ParseInt(e, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("SOURCE_DATE_EPOCH=%s is not a number of seconds", e)
		}
		return fileTime(time.Unix(n, 0)), nil
	}
	return fileTime(time.Now()), nil
}

// printFaults lists what Load has found.
func printFaults(w io.Writer, name string, r *regf.Report) {
	for _, f := range r.List {
		kind := "fault"
		if f.Note {
			kind = "note"
		}
		fmt.Fprintf(w, "%s: %s: %v\n", name, kind, f)
	}
	if listed := len(r.List); r.Faults > listed {
		fmt.Fprintf(w, "%s: %d faults in all\n", name, r.Faults)
	}
}
