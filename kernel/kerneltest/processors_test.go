package kerneltest

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// Machines with several processors (P1.8, P1.37).

// lastEntry is the end of what smss shows at its start.
const lastEntry = `^    ObjectTypes +Directory$`

// systemProcessors is phase 1's line about n processors.
func systemProcessors(n int) string {
	if n == 1 {
		return `^1 System Processor \[[0-9]+ MB Memory\] Uniprocessor Kernel$`
	}
	return fmt.Sprintf(`^%d System Processors \[[0-9]+ MB Memory\] MultiProcessor Kernel$`, n)
}

// TestProcessorCount: all processors are used, or as many as the options say, and
// ring 3 is told how many.
func TestProcessorCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		smp     int
		options string
		used    int
	}{{1, "", 1}, {2, "", 2}, {4, "", 4}, {8, "", 8}, {4, "/NUMPROC=2", 2}, {4, "/NUMPROC=1", 1}, {2, "/NUMPROC=7", 2}, {4, "/ONECPU", 1}} {
		t.Run(fmt.Sprint(c.smp, c.options), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, c.options).Name, SMP: c.smp, Disk: qemu.Virtio})
			g.Line(systemProcessors(c.used), stopLine)
			g.Line(fmt.Sprintf(`^  processors: +%d,`, c.used), stopLine)
			g.Line(lastEntry, stopLine)
		})
	}
}

// TestProcessorsNttest: the table of tests in ring 3 on four processors; on two TestChecked has
// them.
func TestProcessorsNttest(t *testing.T) {
	onlyFull(t)
	t.Parallel()
	for _, smp := range []int{4} {
		t.Run(fmt.Sprint(smp), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, "/MMCHECK"), "nttest.exe").Name, SMP: smp})
			if line := g.Line(`^NTTEST done: `, stopLine); !regexp.MustCompile(`: [1-9][0-9]* passed, 0 failed$`).MatchString(line) {
				for _, l := range g.Lines() {
					if strings.HasPrefix(l, "NTTEST") && !strings.HasSuffix(l, " ok") {
						t.Error(l)
					}
				}
			}
			oneStop(t, g, smp, "CRITICAL_PROCESS_DIED")
		})
	}
}

// oneStop expects one stop screen, whole, with these words on it, and then
// silence from all processors.
func oneStop(t *testing.T, g *qemu.Guest, processors int, words ...string) {
	t.Helper()
	stopped(t, g)
	halted := 0
	for begin := time.Now(); halted != processors; {
		registers, err := g.HMP("info registers -a")
		if err != nil {
			t.Fatal(err)
		}
		if halted = strings.Count(registers, "HLT=1"); time.Since(begin) > 4*time.Minute {
			t.Errorf("%d of %d processors are halted", halted, processors)
			break
		}
	}
	text := strings.ReplaceAll(g.Text(), "\r", "")
	for what, n := range map[string]int{"*** STOP: ": 1, "*** phase ": 1, "\nStack:\n": 1, "\nThe system has been halted.\n": 1, "second stop": 0} {
		if strings.Count(text, what) != n {
			t.Errorf("%q is not there %d times:\n%s", what, n, text[max(0, strings.Index(text, "*** ")):])
		}
	}
	if !strings.HasSuffix(text, "\nThe system has been halted.\n") {
		t.Errorf("something follows the end:\n%s", g.Tail(20))
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text[strings.Index(text, "*** STOP"):])
		}
	}
}

// TestProcessorsCrash: with four processors there is one stop screen, and nobody
// goes on.
func TestProcessorsCrash(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ options, word string }{
		{"/CRASH=null", "0x00000050 (0x0000000000000008,"}, {"/CRASH=panic", "0x0000001e"}, {"/CRASH=manual", "0x000000e2"},
		{"/CRASH=deadlock", "of Go's (processor "}, {"/CRASH=irql", "0x0000000a"}, {"/CRASH=stack", "0x0000007f"}, {"/CRASH=heap", "0x0000004d"},
		{"/FAIL=P1.8", "*** P1.8 "}, {"/FAIL=P1.37", "MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED"}, {"/FAIL=P1.43", "SESSION1_INITIALIZATION_FAILED"},
	} {
		t.Run(strings.NewReplacer("/", "", "=", "-").Replace(c.options), func(t *testing.T) {
			t.Parallel()
			oneStop(t, qemu.Boot(t, qemu.Config{Image: image(t, c.options).Name, SMP: 4, Disk: qemu.Virtio}), 4, c.word)
		})
	}
}

// TestProcessorsNMI: QEMU's NMI goes to all processors at once; one of them makes
// the stop screen.
func TestProcessorsNMI(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "").Name, SMP: 4, Disk: qemu.Virtio})
	g.Line(firstLine, stopLine)
	if _, err := g.HMP("nmi"); err != nil {
		t.Fatal(err)
	}
	oneStop(t, g, 4, "NMI_HARDWARE_FAILURE")
}

// TestProcessorsDiffer (P1.37): a second processor without SSE3 stops the start,
// and both sets of features are shown.
func TestProcessorsDiffer(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "").Name, Args: []string{"-smp", "1,maxcpus=2,sockets=2,cores=1",
		"-device", "qemu64-x86_64-cpu,socket-id=1,core-id=0,thread-id=0,pni=off"}})
	oneStop(t, g, 2, "MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED", "P1.37", "processor 1 has the features [80002000 ", "processor 0 has [80002001 ")
}

// TestProcessorsIdle: a system with nothing to do halts its processors, and only the
// boot processor's clock goes on, which takes about a hundredth of one of the host's
// processors in QEMU. All together stay below a twentieth. The prompts on the serial port
// and on the screen have been started and wait for keys then.
func TestProcessorsIdle(t *testing.T) {
	guests, before := map[int]*qemu.Guest{}, map[int]float64{}
	for _, smp := range []int{4, 8} {
		guests[smp] = qemu.Boot(t, qemu.Config{Image: image(t, "/BASEVIDEO").Name, SMP: smp, Disk: qemu.Virtio})
	}
	for smp, g := range guests {
		g.Line(systemProcessors(smp), stopLine)
		g.Line(waiting, stopLine)
		g.Expect(prompt)
		for deadline := time.Now().Add(4 * time.Minute); !strings.Contains(g.ScreenText(), "nt>") && !strings.Contains(g.ScreenText(), "nt C:"); {
			if time.Now().After(deadline) {
				t.Fatalf("no prompt on the screen, which shows\n%s", g.ScreenText())
			}
		}
	}
	// What else the host does makes these guests dearer for a while; what wakes processors
	// of an idle guest does so in each of the spans.
	const seconds, spans = 5, 6
	for n := 1; ; n++ {
		for smp, g := range guests {
			before[smp] = processorTime(t, g.Pid())
		}
		time.Sleep(seconds * time.Second)
		rest := true
		for smp, g := range guests {
			used := processorTime(t, g.Pid()) - before[smp]
			t.Logf("%d processors: %.1f %% of one of the host's", smp, used/seconds*100)
			rest = rest && used <= 0.05*seconds
		}
		if rest {
			return
		}
		if n == spans {
			t.Fatalf("in none of %d spans of %d s has each idle guest used less than 5 %% of a processor", spans, seconds)
		}
	}
}

// processorTime is what a process of the host has used, in seconds (proc(5)).
func processorTime(t *testing.T, pid int) float64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, err1 := strconv.ParseFloat(f[11], 64)
	system, err2 := strconv.ParseFloat(f[12], 64)
	if err1 != nil || err2 != nil {
		t.Fatalf("/proc/%d/stat: %q", pid, b)
	}
	return (user + system) / 100
}

// TestFirmwareLies: what the MADT says and what there is differ. What is wrong is
// named and left out, and the rest starts.
func TestFirmwareLies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		smp     int
		tables  map[string][]byte
		damaged []string
		used    int
		said    []string
	}{
		{"listed twice", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true), apic(1, true), apic(0, true))}, nil, 2,
			[]string{`^HAL: ACPI: entries for processors that are left out: 2 listed again \(APIC id 0, 1\)$`}},
		{"one id for eight places", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true), x2apic(0x17161514), x2apic(0x17161514), x2apic(0x17161514), apic(1, false))}, nil, 2,
			[]string{`^HAL: ACPI Multiprocessor PC, .*; 2 processors$`, `^HAL: ACPI: .* left out: 3 with an APIC id above 254 \(387323156\)`}},
		{"disabled places first", 2, map[string][]byte{"APIC": madt(apic(0, false), apic(1, false), apic(0xFF, true), apic(0, true), apic(1, true))}, nil, 2,
			[]string{`^HAL: ACPI Multiprocessor PC, .*; 2 processors$`}},
		{"disabled", 4, map[string][]byte{"APIC": madt(apic(0, true), apic(1, false), apic(2, true), apic(3, false))}, nil, 2, nil},
		{"no answer", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(9, true), apic(1, true), apic(200, true))}, nil, 2,
			[]string{`^The processor with APIC id 9 is left out: it does not answer$`, `^The processor with APIC id 200 is left out: it does not answer$`}},
		{"boot processor missing", 2, map[string][]byte{"APIC": madt(apic(1, true))}, nil, 2, nil},
		{"nobody", 2, map[string][]byte{"APIC": madt()}, nil, 1, nil},
		{"id 300", 2, map[string][]byte{"APIC": madt(apic(0, true), x2apic(300), apic(1, true))}, nil, 2,
			[]string{`^HAL: ACPI Multiprocessor PC, .*; 2 processors$`, `^HAL: ACPI: entries for processors that are left out: 1 with an APIC id above 254 \(300\), which needs the x2APIC mode`}},
		{"cut", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true), []byte{0, 8, 5})}, nil, 2,
			[]string{`^HAL: ACPI: an entry 3 bytes before the end has a wrong length$`}},
		{"checksum", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true))}, []string{"APIC"}, 1,
			[]string{`^HAL: ACPI: table at 0x[0-9a-f]+: "APIC": wrong checksum`}},
		{"XSDT", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true))}, []string{"XSDT"}, 2,
			[]string{`^HAL: ACPI: root table XSDT at 0x[0-9a-f]+: "XSDT": wrong checksum; the RSDT is used$`}},
		{"RSDT", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true))}, []string{"RSDT"}, 2,
			[]string{`^HAL: ACPI: root table RSDT at 0x[0-9a-f]+: "RSDT": wrong checksum; the XSDT is used$`}},
		{"RSDP's second part", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true))}, []string{"RSDP"}, 2,
			[]string{`^HAL: ACPI: the root pointer's second part is damaged; its first part is used$`}},
		{"RSDT and XSDT", 2, map[string][]byte{"APIC": madt(apic(0, true), apic(1, true))}, []string{"RSDT", "XSDT"}, 1,
			[]string{`^HAL: Standard PC: acpi: root table XSDT at 0x[0-9a-f]+: "XSDT": wrong checksum$`}},
		{"no MADT", 2, map[string][]byte{"ABCD": {1, 2, 3}}, nil, 1, nil},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, "/SOS").Name, SMP: c.smp, Disk: qemu.Virtio, Args: firmware(t, c.tables, c.damaged...)})
			for _, l := range c.said {
				g.Line(l, stopLine)
			}
			g.Line(systemProcessors(c.used), stopLine)
			g.Line(lastEntry, stopLine)
		})
	}
}

// TestFirmwareFlags (P0.4, P1.7): the FADT says that there is no VGA and no CMOS clock:
// neither is touched.
func TestFirmwareFlags(t *testing.T) {
	t.Parallel()
	const noVGA, noRTC = 1 << 2, 1 << 5
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/SOS").Name, Disk: qemu.Virtio,
		Args: firmware(t, map[string][]byte{"APIC": madt(apic(0, true)), "FACP": fadtFlags(noVGA | noRTC)})})
	g.Line(`^The firmware says that there is no real-time clock; 2026-01-01 is assumed\.$`, stopLine)
	g.Line(`^  booted: +2026-01-01`, stopLine)
	g.Line(lastEntry, stopLine)
	if s := g.ScreenText(); strings.Contains(s, "GoNT Session Manager") || !strings.Contains(s, "Starting GoNT") {
		t.Errorf("the screen shows\n%s", s)
	}
}

// TestFirmwareLess: empty places for processors, no HPET, no ACPI at all.
func TestFirmwareLess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, processors string
		args             []string
	}{
		{"empty places", systemProcessors(2), []string{"-smp", "2,maxcpus=4"}},
		{"no HPET", systemProcessors(2), []string{"-machine", "hpet=off"}},
		{"no ACPI", `^[12] System Processors? `, []string{"-machine", "acpi=off"}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, "/SOS").Name, SMP: 2, Disk: qemu.Virtio, Args: c.args})
			g.Line(c.processors, stopLine)
			g.Line(lastEntry, stopLine)
		})
	}
}
