//go:build kernel

package debugger

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"

	"gont/hal"
	"gont/kd/system"
)

// A command that knows the system's structures.
type command struct {
	name, help string
	do         func(w io.Writer, thread uint64, args string)
}

var commands []command

// crashWanted is set by .crash.
var crashWanted atomic.Bool

// CrashWanted reports, once, that .crash was typed. The boot processor asks at clock ticks.
func CrashWanted() bool { return crashWanted.Load() && crashWanted.Swap(false) }

// makeCommands makes the list, before anybody can type.
func makeCommands() {
	for _, c := range system.Commands() {
		commands = append(commands, command{c.Name, c.Help, func(w io.Writer, thread uint64, args string) {
			c.Do(w, system.Context{Thread: thread, Trace: settings.Trace, Last: *settings.Last,
				Read: func(address uint64, b []byte) int { return machine.Read(thread, address, b) }}, args)
		}})
	}
	commands = append(commands,
		command{"lm", "images: the kernel's, and those of the current thread's process", images},
		command{"!pte", "address: the page-table entries that lead to it", pte},
		command{"!idt", "[vector]: where interrupts and exceptions go", idt},
		command{"!goroutines", "what the Go runtime runs", goroutines},
		command{"!gc", "the collector: whether it marks", collector},
		command{"!pci", "[bus:slot.function]: functions, or one's configuration space", pciCommand},
		command{"!apic", "this processor's local APIC", apicCommand},
		command{"!ioapic", "the open pins of the I/O APICs", ioapicCommand},
		command{"!acpi", "[signature]: the firmware's tables, or one", acpiCommand},
		command{".crash", "stop the system (MANUALLY_INITIATED_CRASH) as soon as it goes on", func(w io.Writer, _ uint64, _ string) {
			crashWanted.Store(true)
			fmt.Fprintln(w, "the system stops at its next clock tick: type g")
		}},
		command{"!kd", "the debugger's own state", state})
}

// images is lm; with the argument "programs" it leaves the kernel out.
func images(w io.Writer, thread uint64, args string) {
	if args != "programs" {
		kernelImage(w)
	}
	programs(thread, func(p program) bool {
		fmt.Fprintf(w, "%016x-%016x  %s  ", p.base, p.base+p.size, p.name)
		switch _, err := machine.table(thread, p); err {
		case nil:
			fmt.Fprintf(w, "program; in gdb: add-symbol-file build/%s-debug.elf (make makes it)\n", p.name)
		default:
			fmt.Fprintln(w, err)
		}
		return true
	})
}

func kernelImage(w io.Writer) {
	first, last := ^uint64(0), uint64(0)
	n := 0
	hal.Functions(func(entry, end uintptr, name string) bool {
		first, last = min(first, uint64(entry)), max(last, uint64(end))
		n++
		return true
	})
	fmt.Fprintf(w, "%016x-%016x  nt  code of ntoskrnl.exe, %d functions\n", first, last, n)
}

func pte(w io.Writer, thread uint64, args string) {
	va, err := strconv.ParseUint(strings.TrimPrefix(args, "0x"), 16, 64)
	if err != nil {
		fmt.Fprintf(w, "%s is not an address\n", args)
		return
	}
	entries, n := hal.DebugEntry(machine.root(thread), va)
	for i, name := range []string{"PML4E", "PDPTE", "PDE", "PTE"}[:n] {
		e := entries[i]
		fmt.Fprintf(w, "%-5s %016x", name, e)
		if e&1 == 0 {
			fmt.Fprint(w, "  not present")
		} else {
			fmt.Fprintf(w, "  frame %x", e>>12&0xFFFFFFFFFF)
			for _, b := range []struct {
				bit  uint
				text string
			}{{1, " write"}, {2, " user"}, {5, " accessed"}, {6, " dirty"}, {8, " global"}, {63, " nx"}} {
				if e>>b.bit&1 != 0 {
					fmt.Fprint(w, b.text)
				}
			}
			if i > 0 && i < 3 && e>>7&1 != 0 {
				fmt.Fprint(w, " large")
			}
		}
		fmt.Fprintln(w)
	}
}

func idt(w io.Writer, _ uint64, args string) {
	for v := range 256 {
		if args != "" {
			if n, err := strconv.ParseUint(args, 16, 8); err != nil || int(n) != v {
				continue
			}
		} else if v >= 0x30 && v < 0xD0 {
			continue
		}
		at := hal.GateOf(v)
		fmt.Fprintf(w, "%02x: %016x %s\n", v, at, symbolAt(at))
	}
}

var goStatus = map[uint32]string{0: "idle", 1: "runnable", 2: "running", 3: "ring 3", 4: "waiting", 6: "dead", 8: "copystack", 9: "preempted"}

func goroutines(w io.Writer, _ uint64, _ string) {
	n := 0
	hal.Goroutines(func(g *hal.Goroutine) bool {
		fmt.Fprintf(w, "%4d %-9s P%-2d %016x %s, made for %s\n", g.ID, goStatus[g.Status], g.Home-1, g.PC, symbolAt(uint64(g.PC)), symbolAt(uint64(g.StartPC)))
		n++
		return n < 2000
	})
	fmt.Fprintf(w, "%d goroutines\n", n)
}

func collector(w io.Writer, _ uint64, _ string) {
	_, _, pages := hal.Counters()
	fmt.Fprintf(w, "marks: %v; pages made for the heap: %d\n", hal.Collecting(), pages)
}

// assertTypes makes the Go runtime want to remember the answers of type assertions, which it does
// once in a thousand times, and fills memory that is forgotten behind this command with what is no
// answer. A second call of it reads what the first one has left, if it has left anything.
func assertTypes() (n int) {
	full := make([]byte, 64<<10)
	for i := range full {
		full[i] = 0xFF
	}
	for range 3000 {
		for _, v := range []any{n, "", full, hal.Goroutine{}, command{}, errNoTable, io.EOF} {
			if _, ok := v.(fmt.Formatter); !ok {
				n++
			}
			switch v.(type) {
			case fmt.GoStringer, io.Reader:
				n--
			}
		}
	}
	return n
}

func state(w io.Writer, _ uint64, args string) {
	if args == "recover" { // what Go's runtime cannot do on the debugger's stack
		defer func() { _ = recover() }()
		panic("asked for")
	}
	if args == "types" {
		fmt.Fprintf(w, "%d type assertions\n", assertTypes())
		return
	}
	fmt.Fprintf(w, "port %s, silent processors %#x, standing %#x of %d, memory left %d, %d us from the trap to the prompt\n", where, hal.SilentProcessors(), hal.StandingProcessors(), hal.ProcessorCount(), hal.DebugMemoryLeft(), (machine.ready-machine.stopped)/1000)
}
