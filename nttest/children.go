//go:build ntuser

package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

// children are what this image does as another process, by the first word of its
// command line. Each file enters its own, in init.
var children = map[string]func(args []string) nt.Status{}

// register enters a child; args are the words after its name. It may end the process
// itself, or return the status that ends it.
func register(name string, run func(args []string) nt.Status) {
	if children[name] != nil {
		panic("two children are called " + name)
	}
	children[name] = run
}

// child is a process with arguments.
func child(args []string) {
	status := nt.StatusInvalidParameter
	if run := children[args[0]]; run != nil {
		status = run(args[1:])
	} else {
		fmt.Printf("nttest: there is no child %q\n", args[0])
	}
	ntdll.NtTerminateProcess(nt.CurrentProcess, status)
}
