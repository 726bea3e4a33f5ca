package shell

import (
	"reflect"
	"strings"
	"testing"

	"gont/nt"
)

// do executes lines and returns what they have printed.
func do(f *fake, lines ...string) string {
	var b strings.Builder
	s := New(f, &b)
	for _, l := range lines {
		s.Execute(l)
	}
	return b.String()
}

// want fails where one of the lines is not in got, whatever the blanks between words.
func want(t *testing.T, got string, lines ...string) {
	t.Helper()
	squeezed := strings.Join(strings.Fields(got), " ")
	for _, l := range lines {
		if !strings.Contains(squeezed, l) {
			t.Errorf("no %q in\n%s", l, got)
		}
	}
}

// TestCommands: right use prints what the system has said.
func TestCommands(t *testing.T) {
	f := newFake()
	for line, lines := range map[string][]string{
		"":                      nil,
		"help":                  {"help list the commands", "reg look into the registry", "exit end this shell"},
		"HELP kill":             {"usage: kill PID", "End a process."},
		"help reg":              {"reg add KEY [/v NAME | /ve]", "REG_QWORD"},
		"ver":                   {"GoNT of the test", "version 6.1, build 7601", "2 processors: Test CPU?[2J", "2000 MHz"},
		"ps":                    {"PID Parent Threads Handles Prio", "0 0 0 0 0 0 0 0 0 Idle", "4 0 1 0 0 64 0 12 0 System", "100 4 0 9"},
		"threads 4":             {"8 31 0 77 0 0 0 Waiting: WrQueue"},
		"threads 100":           {"no threads"},
		"kill 100":              {"process 100 was ended"},
		"run null a b":          {"process 200 ended with STATUS_ACCESS_VIOLATION"},
		"run null.exe &":        {"process 200 was started"},
		"mem":                   {"physical memory 4000", "available 2000", "standby 24", "page tables 28", `\??\C:\pagefile.sys 0`},
		"cache":                 {"in use or mapped 40", "kept, free at once 60", "dirty 5", "reads of files 40", "hits 32", "misses 8", "hits of a hundred 80.0"},
		"obj":                   {"BootImages Directory", `DosDevices SymbolicLink -> \??`, "Two Words Event"},
		`obj \device\`:          {"Null Device", "Serial1 Device"},
		`obj \Device\Null`:      {`\Device\Null is a Device`, "2 handles, 3 pointers"},
		`obj "\two words"`:      {`\two words is a Event`},
		`obj \DosDevices`:       {`\DosDevices is a SymbolicLink -> \??`, "no objects"},
		`obj \Dangling`:         {`\Dangling is a SymbolicLink -> \Device\Null`},
		"handles 100":           {`4 001f0003 I Event \Two Words`},
		"handles 4":             {"no handles"},
		"date":                  {"2026-11-30 10:00:00 UTC", "booted 2026-11-30 09:58:55 UTC, 1m5s ago"},
		"drivers":               {"Null Base 2 boot STATUS_SUCCESS", "Later demand not started", "Absent Port system STATUS_OBJECT_NAME_NOT_FOUND: no image"},
		"devices":               {`HTREE\ROOT\0`, `ACPI\PNP0501\0 COM1 [serial] ports 3f8-3ff interrupt 4`, `found: no driver is known for it (STATUS_NO_MEMORY) memory fd000000-fd000fff`, "resource 99: 1, 2"},
		"irq":                   {"4 51 0 12 11 line level, low, polled serial", "1 9999 9999 all processor"},
		"steps":                 {"P0.1 0.010 2.500 0 STATUS_SUCCESS", "P1.9 3.000 0.017 1 STATUS_NO_MEMORY"},
		"steps p1.9":            {"P1.9"},
		"opt":                   {"SOS messages", "YEAR=2030", "boot option MAXMEM=4 is not a number from 16"},
		"tune":                  {`Executive\Workers 8 4 registry ex 1 to 64`, `Kernel\Quantum 4 4 ke 0 to 9`},
		"tune QUANT":            {`Kernel\Quantum`},
		`reg query hklm\SYSTEM`: {`\Registry\Machine\SYSTEM\ControlSet001`, `\Registry\Machine\SYSTEM\Select`},
	} {
		got := do(f, line)
		want(t, got, lines...)
		if strings.Contains(got, "usage: ") && !strings.HasPrefix(strings.ToLower(line), "help") {
			t.Errorf("%q is refused:\n%s", line, got)
		}
	}
	if !reflect.DeepEqual(f.started, []string{"null.exe a b", "null.exe"}) && !reflect.DeepEqual(f.started, []string{"null.exe", "null.exe a b"}) {
		t.Errorf("started: %q", f.started)
	}
	if len(f.open) != 0 {
		t.Errorf("keys are open: %v", f.open)
	}
	if got := do(&fake{noTables: true}, "opt", "drivers", "devices"); got != "no boot options\nno drivers\nno devices\n" {
		t.Errorf("empty tables: %q", got)
	}
}

// TestWrongUse: every command says how it is used.
func TestWrongUse(t *testing.T) {
	f := newFake()
	for line, lines := range map[string][]string{
		"frob":                 {"frob: there is no such command"},
		"\x1b[2J":              {"?[2J: there is no such command"},
		`obj "\Two`:            {`a quotation mark (") is not closed`},
		"help a b":             {"usage: help [COMMAND]"},
		"help frob":            {`there is no command "frob"`, "usage: help"},
		"ver x":                {"usage: ver"},
		"ps x":                 {"usage: ps"},
		"threads":              {"usage: threads PID"},
		"threads x":            {`"x" is no process id`, "usage: threads PID"},
		"threads 5":            {"process 5: STATUS_INVALID_CID"},
		"kill":                 {"usage: kill PID"},
		"kill 1 2":             {"usage: kill PID"},
		"kill 0x":              {`"0x" is no process id`},
		"kill 99999999999":     {`"99999999999" is no process id`},
		"kill 4":               {"kill: process 4: STATUS_INVALID_CID"},
		"run":                  {"usage: run IMAGE"},
		"run &":                {"usage: run IMAGE"},
		`run \a\b.exe`:         {"no volumes"},
		"run absent":           {"run: absent.exe: STATUS_OBJECT_NAME_NOT_FOUND"},
		"mem x":                {"usage: mem"},
		"cache x":              {"usage: cache"},
		"obj x":                {`does not start at \`},
		`obj \ \`:              {"usage: obj"},
		`obj \absent`:          {`obj: \absent: STATUS_OBJECT_NAME_NOT_FOUND`},
		"handles":              {"usage: handles PID"},
		"handles 5":            {"handles: process 5: STATUS_INVALID_CID"},
		"date 1":               {`"1" is no time of 1980 to 2099`},
		"date 1 2 3":           {"usage: date"},
		"date 1970-01-01 1:00": {"is no time"},
		"drivers x":            {"usage: drivers"},
		"devices x":            {"usage: devices"},
		"irq x":                {"usage: irq"},
		"steps 1 2":            {"usage: steps"},
		"steps P9.9":           {`no step "P9.9" was recorded`},
		"opt x":                {"usage: opt"},
		"tune x y":             {"usage: tune"},
		"tune frob":            {"nothing in the control vector"},
		"shutdown now":         {"usage: shutdown"},
		"reboot 1 2":           {"usage: reboot"},
		"reboot 0":             {`"0" is neither LKG nor the number of an entry`},
		"reboot twice":         {"neither LKG nor"},
		"crash 1 2":            {"usage: crash"},
		"crash 5":              {"is no status of an error"},
		"exit now":             {"usage: exit"},
		"reg":                  {"usage: reg"},
		"reg frob X":           {`"frob" is nothing that reg does`},
	} {
		want(t, do(f, line), lines...)
	}
	if f.actions != nil || f.next != nil || f.crashed != 0 || f.killed != nil || f.started != nil {
		t.Errorf("wrong use has done something: %+v", f)
	}
}

// TestRefused: a service's refusal is shown by its name, whatever the command.
func TestRefused(t *testing.T) {
	for _, line := range []string{"ver", "ps", "threads 4", "kill 4", "run null", "mem", "cache", "obj", "handles 100", "date", "date 2026-01-01 00:00:00", "drivers",
		"devices", "irq", "steps", "opt", "tune", "shutdown", "reboot", "reboot LKG", "reboot 2", "crash", "reg query HKLM", "reg add HKLM\\x",
		"reg delete HKLM\\SYSTEM", "reg save HKLM\\SYSTEM \\??\\C:\\f", "reg flush HKLM"} {
		f := newFake()
		f.refuse = nt.StatusInvalidInfoClass
		got := do(f, line)
		if !strings.Contains(got, "STATUS_INVALID_INFO_CLASS") || strings.Count(got, "\n") != 1 {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func TestEnds(t *testing.T) {
	f := newFake()
	do(f, "shutdown", "reboot", "reboot lkg", "reboot 2", "crash 0xC0000005", "crash")
	if !reflect.DeepEqual(f.actions, []uint32{nt.ShutdownPowerOff, nt.ShutdownReboot, nt.ShutdownReboot, nt.ShutdownReboot}) ||
		!reflect.DeepEqual(f.next, []uint32{1000, 2}) || f.crashed != nt.StatusSystemProcessTerminated {
		t.Errorf("%+v", f)
	}
	f.refuse = nt.StatusNotImplemented // the choice is refused: no restart into another system than the one meant
	if do(f, "reboot 2"); len(f.actions) != 4 {
		t.Errorf("%+v", f.actions)
	}
	var b strings.Builder
	s := New(newFake(), &b)
	if s.Execute("exit"); !s.Done() {
		t.Error("exit does not end the shell")
	}
	for line, ok := range map[string]bool{"": true, "ver": true, "frob": false, "ver x": false, "kill x": false, `"`: false} {
		if s.Execute(line) != ok {
			t.Errorf("%q has gone well: %v", line, !ok)
		}
	}
	f = newFake()
	want(t, do(f, "date 2030-02-03 04:05:06"), "2030-02-03 04:05:06 UTC")
}

func TestSplit(t *testing.T) {
	for line, words := range map[string][]string{
		"":                      nil,
		" a\tb  c ":             {"a", "b", "c"},
		`reg add "a b\c" /d ""`: {"reg", "add", `a b\c`, "/d", ""},
		`x"y z"w`:               {"xy zw"},
		`"say ""hello"""`:       {`say "hello"`},
		`a\`:                    {`a\`},
	} {
		if got, err := Split(line); err != nil || !reflect.DeepEqual(got, words) {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	if _, err := Split(`a "b`); err == nil {
		t.Error("an open quotation mark is accepted")
	}
}

// TestTable: no command that the table has is without help, and names are unique.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range commands {
		if seen[c.name] || c.run == nil || c.about == "" || !strings.HasPrefix(c.usage, c.name) || c.more != "" && !strings.HasSuffix(c.more, "\n") {
			t.Errorf("%+v", c)
		}
		seen[c.name] = true
		for _, l := range strings.Split(do(newFake(), "help "+c.name), "\n") {
			if len(l) > 79 {
				t.Errorf("help %s: %d characters: %q", c.name, len(l), l)
			}
		}
	}
}
