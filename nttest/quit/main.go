//go:build ntuser

// Quit is a session manager that returns at once: the system has to stop with
// SESSION5_INITIALIZATION_FAILED (SPEC P1.45).
package main

import (
	"fmt"

	_ "gont/ntdll"
)

func main() { fmt.Println("GoNT Session Manager (returns at once)") }
