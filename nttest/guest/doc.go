//go:build ntuser

// Package guest is the machine code of threads that have no Go: bytes that tests put
// together (machinecode.go), and routines in assembly whose addresses are the same in each
// process that has the program's image.
package guest

// OwnEnd is the status with which the routines end their thread.
const OwnEnd = 7

// Calls are the fuzzer's routines (calls_amd64.s): List goes through a list of calls,
// Exception and Apc are where exceptions and user APCs go on with it, Racer writes over other
// threads' arguments, Pause does nothing for a while and ends.
type Calls struct{ List, Exception, Apc, Racer, Pause uint64 }

// CallCode returns the fuzzer's routines.
func CallCode() (c Calls) {
	c.List, c.Exception, c.Apc, c.Racer, c.Pause = callCode()
	return c
}

// Threads are routines of short threads (threads_amd64.s): Count goes down from R12, Spin
// never ends, Echo sets one event for each time that it has waited for another, Push goes
// down the stack by R12 words.
type Threads struct{ Count, Spin, Echo, Push uint64 }

// ThreadCode returns the routines of short threads.
func ThreadCode() (t Threads) {
	t.Count, t.Spin, t.Echo, t.Push = threadCode()
	return t
}

// Processors are routines of threads that are watched on several processors
// (processors_amd64.s): See asks where it is, Busy never calls the kernel, Token waits for
// its turn, Write and Read touch a page for ever, Fault is the exception dispatcher of both.
type Processors struct{ See, Busy, Token, Write, Read, Fault uint64 }

// ProcessorCode returns the routines of threads on several processors.
func ProcessorCode() (p Processors) {
	p.See, p.Busy, p.Token, p.Write, p.Read, p.Fault = processorCode()
	return p
}

// ApicID is the number of the local APIC of the processor that the caller runs on.
func ApicID() uint64 { return apicID() }

func callCode() (list, exception, apc, racer, pause uint64)
func threadCode() (count, spin, echo, push uint64)
func processorCode() (see, busy, token, write, read, fault uint64)
func apicID() uint64
