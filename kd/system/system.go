// Package system has the debugger's commands that show the system's structures: processes
// and threads, objects and handles, memory. They have the names of NT's debugger.
//
// All processors are stopped while a command runs. It takes no lock, waits for nothing and
// changes nothing; what another processor was changing may be shown half done.
package system

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/ob"
	"gont/ps"
)

// Context is what a command is given besides its arguments.
type Context struct {
	Thread uint64 // the debugger's current thread
	Trace  *ex.Trace
	Last   string // the report that the last start has left, "" for none
	// Read copies memory as the thread sees it and returns how much of it was there.
	Read func(address uint64, b []byte) int
}

// Command is one of the debugger's.
type Command struct {
	Name, Help string
	Do         func(w io.Writer, c Context, args string)
}

// Commands are all of them.
func Commands() []Command {
	return []Command{
		{"!process", "[id [7]]: processes; a process and its threads, with 7 their stacks", process},
		{"!thread", "[id]: a thread and its stack", thread},
		{"!ready", "threads that are ready to run", ready},
		{"!running", "what the processors run", running},
		{"!object", `\path: an object, and what is in a directory`, object},
		{"!handle", "[process id]: open handles", handle},
		{"!vad", "[process id]: the allocations of an address space", vad},
		{"!vm", "memory: the page lists, and what is in use", vm},
		{"!memusage", "", vm},
		{"!pfn", "frame: a row of the PFN database", pfn},
		{"!irql", "the processors' levels, and the dispatcher lock", irql},
		{"!bugcheck", "code: a stop code's name; -last: the report of the last start's stop", bugcheck},
		{"!trace", "the boot trace", trace},
		{"!locks", "locks that are held", locks},
		{"!token", "[process id]: whom a process acts for", token},
		{"!poolused", "pool by tag", poolUsed},
		{"!timer", "timers that are set", timers},
		{"!dpcs", "DPCs of the processors", dpcs},
		{"!irp", "[thread id]: requests that have not come back, of all threads or one", irps},
		{"!drvobj", `[\Driver\Name]: drivers, or one with its devices and routines`, drivers},
		{"!devstack", `\Device\Name: the stack that a device belongs to`, devstack},
		{"!devnode", "the tree of devices", devnode},
		{"!reg", `\Registry\path: a key's values and subkeys`, registry},
		{"dt", "[type [address]]: the fields of a structure", displayType},
	}
}

// hex reads a number, hexadecimal as in all of the debugger's commands.
func hex(s string) (uint64, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(s), "0x"), 16, 64)
	return n, err == nil
}

// current is the process of the debugger's current thread, or the one with the id that
// args has.
func current(w io.Writer, c Context, args string) *ps.Process {
	if args == "" {
		if t := ps.DebugThread(c.Thread); t != nil {
			return t.Process
		}
		return ps.System
	}
	id, ok := hex(args)
	if p := ps.DebugProcess(id); ok && p != nil {
		return p
	}
	fmt.Fprintf(w, "there is no process %s\n", args)
	return nil
}

func process(w io.Writer, c Context, args string) {
	if args != "" && args != "0" {
		p := current(w, c, args)
		if p == nil {
			return
		}
		processLine(w, p)
		for _, t := range p.DebugThreads() {
			threadLine(w, t)
		}
		return
	}
	for _, p := range ps.DebugProcesses() {
		processLine(w, p)
	}
}

func processLine(w io.Writer, p *ps.Process) {
	handles, root := 0, uint64(0)
	if p.Handles != nil {
		p.Handles.DebugHandles(func(ob.Open) bool { handles++; return true })
	}
	if p.Space != nil {
		root = p.Space.Root()
	}
	fmt.Fprintf(w, "PROCESS %4x  parent %4x  peb %x  root %x  threads %d  handles %d  %s\n",
		p.ID, p.Parent, p.Peb, root, len(p.DebugThreads()), handles, p.Name)
}

var states = map[ke.State]string{ke.Initialized: "Initialized", ke.Ready: "Ready", ke.Running: "Running", ke.Terminated: "Terminated", ke.Waiting: "Waiting"}

func threadLine(w io.Writer, t *ps.Thread) {
	fmt.Fprintf(w, "  THREAD %x.%x  %-24s %s", t.Process.ID, t.ID, t.Name, states[t.State()])
	if t.State() == ke.Waiting {
		fmt.Fprintf(w, " (reason %d)", t.WaitReason())
	}
	fmt.Fprintf(w, "  priority %d  teb %x\n", t.DebugPriority(), t.Teb)
}

func thread(w io.Writer, c Context, args string) {
	id := c.Thread
	if args != "" {
		id, _ = hex(args)
	}
	t := ps.DebugThread(id)
	if t == nil {
		fmt.Fprintf(w, "there is no thread %x of a process\n", id)
		return
	}
	threadLine(w, t)
	fmt.Fprintf(w, "  process %s, start %x, switches %d, processor %d\n", t.Process.Name, t.Start, t.Switches, t.DebugProcessor())
	if t.Context != nil {
		fmt.Fprintf(w, "  ring 3: rip %x rsp %x rax %x\n", t.Context.Rip, t.Context.Rsp, t.Context.Rax)
	}
}

func ready(w io.Writer, _ Context, _ string) {
	n := 0
	ke.ReadyThreads(func(priority int, t *ke.Thread) bool {
		id := uint64(0)
		if p, _ := t.Owner.(*ps.Thread); p != nil {
			id = p.ID
		}
		fmt.Fprintf(w, "  priority %2d  thread %x  %s\n", priority, id, t.Name)
		n++
		return n < 1000
	})
	if n == 0 {
		fmt.Fprintln(w, "no thread is ready")
	}
}

func running(w io.Writer, _ Context, _ string) {
	for n := range ke.MaximumProcessors {
		t := ke.RunningThread(n)
		if t == nil {
			continue
		}
		id := uint64(0)
		if p, _ := t.Owner.(*ps.Thread); p != nil {
			id = p.ID
		}
		fmt.Fprintf(w, "  processor %d  priority %2d  thread %x  %s\n", n, t.DebugPriority(), id, t.Name)
	}
}

func object(w io.Writer, _ Context, path string) {
	if path == "" {
		path = `\`
	}
	o := ob.DebugLookup(path)
	if o == nil {
		fmt.Fprintf(w, "there is no object %s\n", path)
		return
	}
	pointers, handles := o.DebugCounts()
	fmt.Fprintf(w, "%s: %s, %d pointers, %d handles\n", path, o.Type.Name, pointers, handles)
	for _, e := range o.DebugEntries() {
		fmt.Fprintf(w, "  %-24s %s", e.Name, e.Object.Type.Name)
		if e.Target != "" {
			fmt.Fprintf(w, " -> %s", e.Target)
		}
		fmt.Fprintln(w)
	}
}

func handle(w io.Writer, c Context, args string) {
	p := current(w, c, args)
	if p == nil || p.Handles == nil {
		return
	}
	n := 0
	p.Handles.DebugHandles(func(h ob.Open) bool {
		fmt.Fprintf(w, "  %4x  access %08x  %-14s %s\n", uint64(h.Handle), uint32(h.Access), h.Object.Type.Name, h.Object.DebugName())
		n++
		return n < 1000
	})
	fmt.Fprintf(w, "%d handles of %s\n", n, p.Name)
}

func vad(w io.Writer, c Context, args string) {
	p := current(w, c, args)
	if p == nil {
		return
	}
	if p.Space == nil {
		fmt.Fprintf(w, "%s has no address space of its own\n", p.Name)
		return
	}
	n := 0
	p.Space.DebugVads(func(v *mm.Vad) bool {
		kind := "private"
		if v.Section != nil {
			kind = "section"
		}
		fmt.Fprintf(w, "  %012x-%012x  protect %3x  %s\n", v.Start, v.End, v.Protect, kind)
		n++
		return n < 1000
	})
}

func vm(w io.Writer, _ Context, _ string) {
	c := mm.DebugCounts()
	fmt.Fprintf(w, "memory %d KB, available %d KB\n", c.Ram*4, c.Available()*4)
	for l, n := range c.Lists {
		fmt.Fprintf(w, "  %-12v %8d pages\n", mm.List(l), n)
	}
	for u, n := range c.Uses {
		if n != 0 {
			fmt.Fprintf(w, "  in use: %-14v %8d pages\n", mm.Use(u), n)
		}
	}
}

func pfn(w io.Writer, _ Context, args string) {
	n, ok := hex(args)
	f, there := mm.DebugPfn(uint32(n))
	if !ok || !there || n >= 1<<32 {
		fmt.Fprintf(w, "there is no page frame %s\n", args)
		return
	}
	fmt.Fprintf(w, "frame %x: %v", n, f.List)
	if f.List == mm.Active {
		fmt.Fprintf(w, ", %v, %d mappings", f.Use, f.Share)
	}
	fmt.Fprintf(w, ", modified %v, pte %x, original %x\n", f.Modified, f.Pte, f.Original)
}

func irql(w io.Writer, _ Context, _ string) {
	for n := range ke.MaximumProcessors {
		if ke.RunningThread(n) != nil {
			fmt.Fprintf(w, "  processor %d: IRQL %d\n", n, ke.ProcessorIrql(n))
		}
	}
	if ke.DispatcherLocked() {
		fmt.Fprintln(w, "  the dispatcher lock is held")
	}
}

func bugcheck(w io.Writer, c Context, args string) {
	if args == "-last" {
		if c.Last == "" {
			fmt.Fprintln(w, "the last start has left no report")
		} else {
			fmt.Fprintln(w, strings.Trim(c.Last, "\n"))
		}
		return
	}
	n, ok := hex(args)
	if !ok || n >= 1<<32 {
		fmt.Fprintf(w, "%s is not a stop code\n", args)
		return
	}
	fmt.Fprintf(w, "%08x %s\n", n, ex.BugCode(n))
}

func trace(w io.Writer, c Context, _ string) {
	if c.Trace == nil {
		return
	}
	for _, r := range c.Trace.Records() {
		fmt.Fprintln(w, r.String())
	}
}
