// Package kd is the kernel's debugger (SPEC K2) and the kernel's side of its serial
// ports: the way of text to them (Output).
//
// The debugger is one engine with two faces on one port, a console for people and GDB's
// remote protocol for gdb. Engine decides by the first byte that comes which of the two
// speaks. All that it knows of the machine comes through Machine, so that the engine runs
// on the host, where it is tested and fuzzed.
//
// The kernel calls Engine.Stopped with all processors stopped, at any IRQL, with any
// lock held, and with the Go runtime in any state. What the engine allocates then is
// forgotten when Stopped returns: Engine itself, made at the start, keeps nothing that
// was allocated meanwhile, but arrays of its own. It takes no lock, starts no goroutine,
// and recovers from no panic: Machine begins again (Engine.Failed).
package kd
