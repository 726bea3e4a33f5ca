//go:build ntuser

// Nsh is the native prompt: a program that works on system services alone, before
// there is a session. The session manager starts it for a console:
//
//	nsh.exe \Device\Serial0                   a terminal at a serial port
//	nsh.exe \Device\KeyboardClass0 \Device\... a keyboard, and the screen's text device
//	nsh.exe /C COMMAND [/C COMMAND ...]        no console: carry out, and end; with
//	                                          STATUS_UNSUCCESSFUL when the last one failed
package main

import (
	"fmt"
	"os"
	"strings"

	"gont/nsh/shell"
	"gont/nt"
	"gont/ntdll"
)

func main() {
	_, rest, _ := strings.Cut(ntdll.CommandLine(), " ")
	rest = strings.TrimSpace(rest)
	if commands, ok := strings.CutPrefix(rest, "/C "); ok {
		s := shell.New(services{}, os.Stdout)
		status := nt.StatusSuccess
		for _, c := range strings.Split(commands, " /C ") {
			fmt.Printf("> %s\n", c)
			if status = nt.StatusSuccess; !s.Execute(c) {
				status = nt.StatusUnsuccessful
			}
		}
		ntdll.NtTerminateProcess(nt.CurrentProcess, status)
	}
	c, status := openConsole(strings.Fields(rest))
	if status.OK() {
		if err := shell.Run(c, services{}, banner()); err != nil {
			status = consoleStatus(err)
		}
	}
	if status == nt.StatusObjectNameNotFound {
		status = nt.StatusNoSuchDevice
	} else if !status.OK() {
		fmt.Printf("nsh: %s: %v\n", rest, status)
	}
	ntdll.NtTerminateProcess(nt.CurrentProcess, status)
}

// banner is what a console shows first.
func banner() string {
	var v nt.VersionInformation
	name := "nsh"
	if s := ntdll.QuerySystem(nt.SystemVersionInformationClass, &v); s.OK() {
		name, _, _ = strings.Cut(string(v.Product[:]), "\x00")
	}
	return "\n" + name + ", native prompt. \"help\" lists the commands.\n"
}
