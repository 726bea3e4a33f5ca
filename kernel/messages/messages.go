// Package messages carries the kernel's message table: the resource section of ntoskrnl.exe.
// The kernel does not read Section but finds the table by its own image's headers, as
// every other program would (rtl/message); elf2pe has written there where it lies.
package messages

import _ "embed"

//go:generate go run gont/tools/mkmessages kernel.mc messages.bin ids.go

// Section is the resource section with elf2pe's mark before it (tools/mkmessages). Whoever
// refers to it has it in the program.
//
//go:embed messages.bin
var Section string
