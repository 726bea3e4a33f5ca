//go:build ntuser

package main

import (
	"gont/nsh/shell"
	"gont/nt"
)

// openConsole opens the devices that the command line names.
func openConsole(devices []string) (shell.Console, nt.Status) {
	return nil, nt.StatusNotImplemented
}

// consoleStatus is the status in an error of a console.
func consoleStatus(err error) nt.Status {
	if s, ok := err.(nt.Status); ok {
		return s
	}
	return nt.StatusUnsuccessful
}
