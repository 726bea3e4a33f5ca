package kerneltest

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestDebuggerStructures (K2): what the console says of devices, drivers, registry, pool,
// timers and the machine is what services and QEMU say, and each command says what it
// cannot find.
func TestDebuggerStructures(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/DEBUG"), 2)
	g.Line(waiting, stopLine)
	g.Expect(`(?s)\nnt(?: [A-Z]:[^>\n]*)?> $`)
	g.Type("devices\r")
	devices := strings.Join(g.Expect(`(?s)devices\r?\n(.*)\r?\nnt(?: [A-Z]:[^>\n]*)?> $`), "")
	g.Type("drivers\r")
	drivers := strings.Join(g.Expect(`(?s)drivers\r?\n(.*)\r?\nnt(?: [A-Z]:[^>\n]*)?> $`), "")
	g.Type("opt\r")
	g.Expect(`(?s)opt\r?\n(.*)\r?\nnt(?: [A-Z]:[^>\n]*)?> $`)
	l := dial(t, socket)
	l.send("\x03")
	l.expect(`kd> `)

	nodes := l.command("!devnode")
	n := 0
	for _, path := range regexp.MustCompile(`(?:ACPI|PCI|ROOT|Root|HTREE|ACPI_HAL)\\[^\s,]+\\[^\s,]+`).FindAllString(devices, -1) {
		n++
		has(t, "!devnode", nodes, regexp.QuoteMeta(path))
	}
	if n < 5 {
		t.Errorf("the devices' service tells of %d devices only:\n%s", n, devices)
	}
	list := l.command("!drvobj")
	for _, name := range []string{"null", "beep", "i8042prt"} {
		has(t, "drivers", strings.ToLower(drivers), name)
		has(t, "!drvobj", strings.ToLower(list), `(?m)^0xf[0-9a-f]+ +`+name+` `)
	}
	has(t, "!drvobj Null", l.command(`!drvobj \Driver\Null`), `\\Device\\Null`, `major function 00`, `of Null|of null`)
	has(t, "!drvobj none", l.command(`!drvobj \Driver\None`), `there is no driver`)
	has(t, "!devstack", l.command(`!devstack \Device\Null`), `\\Device\\Null`)
	has(t, "!devstack none", l.command(`!devstack \Device`), `there is no device`)

	pci := l.command("!pci")
	out, err := g.HMP("info pci")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range regexp.MustCompile(`(?s)Bus +(\d+), device +(\d+), function (\d+):.*?PCI device ([0-9a-f]{4}:[0-9a-f]{4})`).FindAllStringSubmatch(out, -1) {
		found++
		bus, _ := strconv.Atoi(m[1])
		slot, _ := strconv.Atoi(m[2])
		has(t, "!pci", pci, strconv.FormatInt(int64(bus), 16)+":"+hex2(slot)+`\.`+m[3]+` +`+m[4])
	}
	has(t, "!pci", pci, strconv.Itoa(found)+" functions")
	has(t, "!pci 0:0.0", l.command("!pci 0:0.0"), `00: 12378086|00: 29c08086`)
	has(t, "!pci none", l.command("!pci 0:1f.7"), `there is no function`)
	has(t, "!pci x", l.command("!pci x"), `is not a function`)
	has(t, "!apic", l.command("!apic"), `spurious vector`, `local APIC of processor \d`)
	has(t, "!ioapic", l.command("!ioapic"), `I/O APIC 0: interrupts 0 to 23`, `pin +\d+: vector`)
	has(t, "!acpi", l.command("!acpi"), `APIC +\d+ bytes, revision \d, BOCHS`, `FACP`)
	has(t, "!acpi facp", l.command("!acpi facp"), `0000: 46 41 43 50`)
	has(t, "!acpi none", l.command("!acpi none"), `there is no table none`)

	has(t, "!reg", l.command(`!reg \Registry\Machine\SYSTEM\Select`), `Current +0x1`, `Default +0x1`)
	has(t, "!reg link", l.command(`!reg \Registry\Machine\SYSTEM\CurrentControlSet\Services\Null`), `Start +0x[01]`)
	has(t, "!reg none", l.command(`!reg \Registry\Machine\None`), `there is no key`)
	has(t, "!token", l.command("!token 4"), `user  S-1-5-18`, `group S-1-5-32-544`)
	has(t, "!poolused", l.command("!poolused"), `nonpaged pool [1-9]\d* bytes`)
	timers := l.command("!timer")
	has(t, "!timer", timers, `(?m)^\d+ timers are set$`)
	has(t, "!dpcs", l.command("!dpcs"), `processor 0: [1-9]\d* have run`, `processor 1: \d+ have run`)
	has(t, "!irp", l.command("!irp"), `requests of threads have not come back`)
	has(t, "!locks", l.command("!locks"), `\d of 4 locks are held`)

	// A structure by its address: the timer that the list has.
	if m := regexp.MustCompile(`(0x[0-9a-f]+)  in +-?\d+ ms  wait of thread`).FindStringSubmatch(timers); m != nil {
		has(t, "dt", l.command("dt ke.Timer "+m[1]), `due +uint64 : 0x[1-9a-f]`, `waiter +\*ke\.Thread : 0xf`)
	} else {
		t.Errorf("no thread's wait has a timer:\n%s", timers)
	}
	has(t, "dt none", l.command("dt ke.Timer 10"), `there are 0 of \d+ bytes of memory`)
	has(t, "dt", l.command("dt ps.Process"), `ps\.Process has \d+ bytes`)

	// Another process's memory and stacks.
	id := regexp.MustCompile(`PROCESS +([0-9a-f]+) .* nsh\.exe`).FindStringSubmatch(l.command("!process"))
	if id == nil {
		t.Fatal("there is no prompt's process")
	}
	has(t, ".process", l.command(".process "+id[1]), `process `+id[1]+`, thread`)
	has(t, "!vad", l.command("!vad"), `section`)
	has(t, ".process none", l.command(".process 4321"), `there is no thread of a process`)
	has(t, "!analyze", l.command("!analyze"), `Break-in on processor \d`)
	l.command1("q")
	g.Type("mem\r")
	g.Expect(`(?s)mem\r?\n(.*)\r?\nnt(?: [A-Z]:[^>\n]*)?> $`)
}

// hex2 writes two hexadecimal digits.
func hex2(n int) string {
	return strconv.FormatInt(int64(n>>4), 16) + strconv.FormatInt(int64(n&15), 16)
}
