//go:build kernel

package debugger

import "io"

// A command that knows the system's structures.
type command struct {
	name, help string
	do         func(w io.Writer, thread uint64, args string)
}

var commands []command
