//go:build ntuser

// Reboot is a session manager that restarts the machine (SPEC X1).
package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

func main() {
	fmt.Println("GoNT Session Manager (restarts)")
	fmt.Println("NtShutdownSystem:", ntdll.NtShutdownSystem(nt.ShutdownReboot))
}
