//go:build ntuser

// Off is a session manager that switches the machine off (SPEC X1).
package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

func main() {
	fmt.Println("GoNT Session Manager (switches off)")
	fmt.Println("NtShutdownSystem:", ntdll.NtShutdownSystem(nt.ShutdownPowerOff))
}
