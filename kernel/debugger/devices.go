//go:build kernel

package debugger

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"gont/hal"
	"gont/hal/acpi"
)

// Commands that show the machine.

// pciCommand lists functions, or the first 256 bytes of one's configuration space.
func pciCommand(w io.Writer, _ uint64, args string) {
	if args != "" {
		bus, slot, function, ok := parseFunction(args)
		if !ok {
			fmt.Fprintf(w, "%s is not a function: bus:slot.function\n", args)
			return
		}
		if hal.DebugPci(bus, slot, function, 0) == 0xFFFFFFFF {
			fmt.Fprintf(w, "there is no function %s\n", args)
			return
		}
		for at := 0; at < 256; at += 16 {
			fmt.Fprintf(w, "%02x:", at)
			for i := 0; i < 16; i += 4 {
				fmt.Fprintf(w, " %08x", hal.DebugPci(bus, slot, function, uint8(at+i)))
			}
			fmt.Fprintln(w)
		}
		return
	}
	n := 0
	for bus := 0; bus <= lastBus(); bus++ {
		for slot := range 32 {
			for function := range 8 {
				id := hal.DebugPci(uint8(bus), uint8(slot), uint8(function), 0)
				if id&0xFFFF == 0xFFFF || id&0xFFFF == 0 {
					if function == 0 {
						break
					}
					continue
				}
				n++
				class := hal.DebugPci(uint8(bus), uint8(slot), uint8(function), 8)
				command := hal.DebugPci(uint8(bus), uint8(slot), uint8(function), 4)
				fmt.Fprintf(w, "  %02x:%02x.%d  %04x:%04x  class %06x  command %04x\n", bus, slot, function, id&0xFFFF, id>>16, class>>8, command&0xFFFF)
				if function == 0 && hal.DebugPci(uint8(bus), uint8(slot), 0, 0xC)>>23&1 == 0 {
					break // it has one function
				}
			}
		}
	}
	fmt.Fprintf(w, "%d functions\n", n)
}

// parseFunction reads "bus:slot.function", hexadecimal. It does without fmt's scanning,
// which panics and recovers: that cannot be done on the debugger's stack.
func parseFunction(s string) (bus, slot, function uint8, ok bool) {
	b, rest, ok1 := strings.Cut(s, ":")
	d, f, ok2 := strings.Cut(rest, ".")
	n1, err1 := strconv.ParseUint(b, 16, 8)
	n2, err2 := strconv.ParseUint(d, 16, 5)
	n3, err3 := strconv.ParseUint(f, 16, 3)
	return uint8(n1), uint8(n2), uint8(n3), ok1 && ok2 && err1 == nil && err2 == nil && err3 == nil
}

// lastBus is the highest number that a bridge leads to (PCI-to-PCI bridges 1.2, 3.2.5.4).
func lastBus() int {
	last := 0
	for bus := 0; bus <= last; bus++ {
		for slot := range uint8(32) {
			for function := range uint8(8) {
				if id := hal.DebugPci(uint8(bus), slot, function, 0); id&0xFFFF == 0xFFFF {
					continue
				}
				if hal.DebugPci(uint8(bus), slot, function, 0xC)>>16&0x7F == 1 {
					last = max(last, int(hal.DebugPci(uint8(bus), slot, function, 0x18)>>16&0xFF))
				}
			}
		}
	}
	return last
}

func apicCommand(w io.Writer, _ uint64, _ string) {
	for _, r := range []struct {
		at   uint32
		name string
	}{{0x20, "id"}, {0x30, "version"}, {0x80, "task priority"}, {0xA0, "processor priority"}, {0xF0, "spurious vector"}, {0x280, "errors"},
		{0x320, "timer"}, {0x340, "performance"}, {0x350, "LINT0"}, {0x360, "LINT1"}, {0x370, "error"}, {0x380, "initial count"}, {0x390, "count"}, {0x3E0, "divisor"}} {
		v, ok := hal.DebugApic(r.at)
		if !ok {
			fmt.Fprintln(w, "the clock is not a local APIC's: there is none in use")
			return
		}
		fmt.Fprintf(w, "  %03x %-18s %08x\n", r.at, r.name, v)
	}
	for i := range uint32(8) {
		served, _ := hal.DebugApic(0x100 + 16*i)
		wanted, _ := hal.DebugApic(0x200 + 16*i)
		if served|wanted != 0 {
			fmt.Fprintf(w, "  vectors %02x to %02x: in service %08x, requested %08x\n", 32*i, 32*i+31, served, wanted)
		}
	}
	fmt.Fprintf(w, "local APIC of processor %d\n", hal.ProcessorNumber())
}

func ioapicCommand(w io.Writer, _ uint64, _ string) {
	n := hal.DebugIoApics()
	if n == 0 {
		fmt.Fprintln(w, "there is no I/O APIC in use")
	}
	for i := range n {
		base, entries := hal.DebugIoApic(i)
		fmt.Fprintf(w, "I/O APIC %d: interrupts %d to %d\n", i, base, int(base)+len(entries)-1)
		for pin, e := range entries {
			if e>>16&1 != 0 {
				continue // masked
			}
			level, low := "edge", "high"
			if e>>15&1 != 0 {
				level = "level"
			}
			if e>>13&1 != 0 {
				low = "low"
			}
			fmt.Fprintf(w, "  pin %2d: vector %02x, %s, %s, mode %d, destination %x\n", pin, e&0xFF, level, low, e>>8&7, e>>56)
		}
	}
}

func acpiCommand(w io.Writer, _ uint64, args string) {
	tables := hal.DebugAcpiTables()
	if tables == nil {
		fmt.Fprintln(w, "the firmware has no tables")
		return
	}
	found := args == ""
	for _, x := range tables {
		if args == "" {
			acpiLine(w, x)
			continue
		}
		if !strings.EqualFold(x.Signature(), args) {
			continue
		}
		found = true
		for at := 0; at < min(len(x), 1024); at += 16 {
			fmt.Fprintf(w, "%04x: % x\n", at, []byte(x[at:min(at+16, len(x))]))
		}
	}
	if !found {
		fmt.Fprintf(w, "there is no table %s\n", args)
	}
}

func acpiLine(w io.Writer, x acpi.Table) {
	fmt.Fprintf(w, "  %-4s %6d bytes, revision %d, %s %s\n", x.Signature(), len(x), x[8], printable(x[10:16]), printable(x[16:24]))
}

// printable is the text of a field of fixed length.
func printable(b []byte) string {
	return strings.Trim(strconv.QuoteToASCII(strings.TrimRight(string(b), "\x00 ")), `"`)
}
