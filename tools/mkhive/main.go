// Command mkhive writes the SYSTEM hive of a new installation in the regf
// format that the registry tools of other systems read too.
//
//	mkhive -o SYSTEM
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mkhive:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("mkhive", flag.ContinueOnError)
	out := fs.String("o", "", "output `file`")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *out == "" || fs.NArg() != 0 {
		return fmt.Errorf("usage: mkhive -o SYSTEM")
	}
	b, err := encode(system(), "SYSTEM")
	if err != nil {
		return err
	}
	return os.WriteFile(*out, b, 0o644)
}

// system is the SYSTEM hive: which control set counts, and that set with the
// session manager's key and an empty list of services.
func system() *key {
	root := &key{name: "SYSTEM"}
	sel := root.open("Select")
	for _, v := range []struct {
		name string
		set  uint32
	}{{"Current", 1}, {"Default", 1}, {"Failed", 0}, {"LastKnownGood", 1}} {
		sel.set(v.name, regDword, dword(v.set))
	}
	root.open(`ControlSet001\Control`).set("SystemStartOptions", regSZ, text(""))
	root.open(`ControlSet001\Control\Session Manager`).set("BootExecute", regMultiSZ, text(""))
	root.open(`ControlSet001\Services`)
	return root
}
