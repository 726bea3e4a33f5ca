package kerneltest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gont/arc"
	"gont/boot/badbios"
	"gont/qemu"
)

// TestProcessors: models with and without what the kernel could use, and one
// processor more than it does. What else users have (controllers, memory sizes,
// Bochs) is in package qemu/systemtest.
func TestProcessors(t *testing.T) {
	t.Parallel()
	for _, c := range []qemu.Config{{SMP: 2}, {CPU: "max"}, {CPU: "Haswell-noTSX"}, {CPU: "EPYC"}, {Machine: qemu.Q35, CPU: "qemu64,+x2apic"}} {
		t.Run(strings.ReplaceAll(fmt.Sprintf("%d-%s", c.SMP, c.CPU), ",", ""), func(t *testing.T) {
			t.Parallel()
			c.Image = image(t, "/SOS").Name
			g := qemu.Boot(t, c)
			g.Line(firstLine, stopLine)
			g.Line(`^    ObjectTypes +Directory$`, stopLine)
		})
	}
}

// TestNoSerial: without COM1 the screen is enough.
func TestNoSerial(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/SOS").Name, NoSerial: true})
	deadline := time.Now().Add(4 * time.Minute)
	for !strings.Contains(g.ScreenText(), "ObjectTypes") {
		if time.Now().After(deadline) {
			t.Fatalf("the screen shows\n%s", g.ScreenText())
		}
	}
}

// TestNttest: the table of tests in ring 3, with little memory and with a paging file.
// TestVerifier has it in 256 MB, TestProcessorsNttest and TestChecked have it on several
// processors. -full: in 256 MB without the verifier, too.
func TestNttest(t *testing.T) {
	t.Parallel()
	table := []struct{ memory, pageFile int }{{72, 24}} // TestChecked and TestVerifier run it without a paging file
	if *full {
		table = append(table, struct{ memory, pageFile int }{64, 0}, struct{ memory, pageFile int }{256, 0})
	}
	for _, c := range table {
		t.Run(fmt.Sprint(c.memory, paging(c.pageFile)), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, "/MMCHECK"+paging(c.pageFile)), "nttest.exe").Name, Memory: c.memory})
			if c.pageFile > 0 {
				g.Line(`^P1\.18: [0-9]+ MB of memory are the paging file `, stopLine, `^boot option`)
			}
			line := g.Line(`^NTTEST done: `, stopLine)
			if !regexp.MustCompile(`: [1-9][0-9]* passed, 0 failed$`).MatchString(line) {
				for _, l := range g.Lines() {
					if strings.HasPrefix(l, "NTTEST") && !strings.HasSuffix(l, " ok") {
						t.Error(l)
					}
				}
			}
			// S9: the session manager's end after phase 1.
			if text := stopped(t, g); !strings.Contains(text, "CRITICAL_PROCESS_DIED") || !strings.Contains(text, "ended with 0x600d") {
				t.Error(text)
			}
		})
	}
}

// TestRuntime: the Go runtime in ring 0; and interrupts that nobody owns are counted,
// named once, and masked (P0.4).
func TestRuntime(t *testing.T) {
	t.Parallel()
	g := boot(t, "/SELFTEST=runtime")
	if l := g.Line(`^SELFTEST done: `, stopLine); !strings.HasSuffix(l, " 0 failed") {
		t.Error(l)
	}
	for _, l := range []string{`vector 55h \(1 time so far\); no I/O APIC sends it, so that nothing could be masked`, `vector 56h \([12] times? so far\); interrupt 2 of the I/O APICs, which is masked`} {
		g.Line(`^HAL: an interrupt that nobody owns: `+l+`$`, stopLine)
	}
	g.Line(`^HAL: a local APIC reports errors \(none is shown\); its error interrupt is masked \(1 time so far\)$`, stopLine)
	g.Line(firstLine, stopLine)
	if n := strings.Count(g.Text(), "nobody owns"); n != 2 {
		t.Errorf("%d lines about interrupts that nobody owns", n)
	}
}

// TestBench: the kernel's measurements of itself end, and its zero-page thread
// works afterwards.
func TestBench(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/SELFTEST=bench").Name, Memory: 1024})
	g.Line(`^BENCH zero\.thread_to_best\.med 0\.[1-9]|^BENCH zero\.thread_to_best\.med 1`, stopLine, `^BENCH failed`)
	g.Line(`^BENCH gc\.live64mb\.share [0-9.]+ %$`, stopLine, `^BENCH failed`)
	g.Line(`^BENCH done$`, stopLine)
	g.Line(`the zero-page thread runs`, stopLine)
}

// TestOptions: what is unknown or out of range is said; BURNMEMORY, MAXMEM and
// YEAR do what they say (P0.2, P0.10, P1.7).
func TestOptions(t *testing.T) {
	t.Parallel()
	g := boot(t, "/SOS /NONSENSE /YEAR=3000 /BURNMEMORY=100 /FAIL=P9.9 /DebugPort=LPT1 /FastDetect /NoExecute=OptIn")
	g.Line(`^unknown boot option NONSENSE$`, stopLine)
	g.Line(`^boot option YEAR=3000 is not a number from 1980 to 2099$`, stopLine)
	g.Line(`^boot option DEBUGPORT=LPT1 is not one of COM1, COM2, COM3, COM4, PCI$`, stopLine)
	g.Line(`^boot option FASTDETECT does nothing: no ports are searched for devices$`, stopLine)
	g.Line(`^boot option NOEXECUTE does nothing: data are never executable$`, stopLine)
	g.Line(`^boot option FAIL=P9\.9 names no step$`, stopLine)
	g.Line(`\[15[5-6] MB Memory\]`, stopLine)
	g = boot(t, "/SOS /MAXMEM=64 /YEAR=2031")
	g.Line(`\[6[34] MB Memory\]`, stopLine)
	g.Line(`^  booted: +2031-`, stopLine)
}

// TestNoLowMemory (P1.8): without free memory below 1 MiB no processor can be
// started, and the boot processor goes on alone.
func TestNoLowMemory(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	program, err := os.ReadFile(filepath.Join(root, "build", "boot", "badbios.bin"))
	if err != nil {
		t.Fatal(err)
	}
	img := image(t, "/SOS")
	b := badbios.Bios{Rows: []arc.E820Entry{badbios.Reserved(0, 0x9FC00), badbios.Ram(mb, 254*mb), badbios.Reserved(255*mb, mb)}}
	if err := b.Install(img, program); err != nil {
		t.Fatal(err)
	}
	g := qemu.Boot(t, qemu.Config{Image: img.Name, SMP: 2, Disk: qemu.Virtio})
	g.Line(`^No memory below 1 MB is free to start processors with: only one of 2 is used$`, stopLine)
	g.Line(`^1 System Processor \[25[34] MB Memory\]`, stopLine)
	g.Line(waiting, stopLine)
}

// TestClockNonsense (P1.7): a CMOS clock before the system's time is noticed.
func TestClockNonsense(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/SOS").Name, Args: []string{"-rtc", "base=1985-03-04T05:06:07"}})
	g.Line(`^The real-time clock shows 1985-03-04 05:06:[01][0-9], which cannot be; 2026-01-01 is assumed\.$`, stopLine)
	g.Line(`^  booted: +2026-01-01`, stopLine)
}

// TestProtection: in the address spaces of a running system nothing is both
// writable and executable, and the first page is not mapped. The IDE controller has no
// registers in memory, so that the devices are those of every PC.
func TestProtection(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "").Name, Disk: qemu.IDE})
	g.Line(waiting, stopLine)
	out, err := g.HMP("info tlb")
	if err != nil {
		t.Fatal(err)
	}
	// virtual: physical XGPDACTUW; X stands for no-execute.
	re := regexp.MustCompile(`([0-9a-f]{16}): ([0-9a-f]{16}) ([XGPDACTUW-]{9})`)
	pages, user, devices := 0, 0, 0
	for _, m := range re.FindAllStringSubmatch(out, -1) {
		pages++
		va, flags := m[1], m[3]
		if flags[0] != 'X' && flags[8] == 'W' {
			t.Errorf("%s is writable and executable: %s", va, flags)
		}
		if strings.HasPrefix(va, "000000000000") {
			t.Errorf("%s is mapped", va)
		}
		// Device space (P0.10): the physical map shows memory only, and what is
		// mapped elsewhere is not cached. 256 MB of memory, QEMU's devices from C0000000h
		// on.
		if pa := m[2]; strings.HasPrefix(va, "ffff8") && (pa >= "0000000010000000" || pa >= "00000000000a0000" && pa < "0000000000100000") {
			t.Errorf("the physical map shows %s at %s", pa, va)
		} else if pa >= "00000000fd000000" && pa < "00000000fe000000" { // the frame buffer
			if flags[5] == 'C' || flags[6] != 'T' {
				t.Errorf("%s at %s is %s, not write-combining", va, pa, flags)
			}
		} else if pa < "0000000000001000" || pa >= "00000000000f0000" && pa < "0000000000100000" { // the BIOS, read for its tables
			if flags[5] != 'C' {
				t.Errorf("%s at %s is %s: firmware, and cached", pa, va, flags)
			}
		} else if device := pa == "00000000000b8000" || pa >= "00000000c0000000"; device != (flags[5] == 'C') {
			t.Errorf("%s at %s is %s", pa, va, flags)
		} else if device {
			devices++
		}
		if flags[7] == 'U' {
			user++
			if va > "00007fffffffffff" {
				t.Errorf("%s is open to ring 3: %s", va, flags)
			}
		}
	}
	if pages < 1000 || devices != 4 { // VGA, local APIC, HPET, I/O APIC
		t.Errorf("%d pages seen, %d of ring 3, %d of devices", pages, user, devices)
	}
}
