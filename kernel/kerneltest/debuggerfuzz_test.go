package kerneltest

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gont/qemu"
)

// TestBreakIn (K2): a hundred break-ins, at moments that nobody chooses, on four processors
// while programs start and run; all four stand then; each within a second of the guest's time, and the system goes
// on after each. It is the guest's clock that counts: under TCG the host's is not the
// machine's.
func TestBreakIn(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/DEBUG"), 4)
	g.Line(`^P0\.19: `, stopLine) // from the first instruction with interrupts on
	l := dial(t, socket)
	r := rand.New(rand.NewPCG(1, 2))
	processors := map[string]bool{}
	var longest time.Duration
	var guest []int // microseconds of the guest's clock, from the trap to the prompt
	for i := range 100 {
		start := time.Now()
		l.send("\x03")
		text := l.expect(`kd> `)
		longest = max(longest, time.Since(start))
		at := strings.Index(text, "Break-in on processor ")
		if at < 0 {
			t.Fatalf("break-in %d: %s", i, text)
		}
		processors[text[at:at+len("Break-in on processor ")+1]] = true
		state := l.command("!kd")
		allStand(t, state)
		if m := regexp.MustCompile(`(\d+) us from the trap`).FindStringSubmatch(state); m != nil {
			us, _ := strconv.Atoi(m[1])
			guest = append(guest, us)
		}
		l.command1("g")
		// The system has gone on when its clock has: a random while of its work.
		for range r.IntN(3) {
			l.send("\x03")
			l.expect(`kd> `)
			l.command1("g")
		}
	}
	t.Logf("the longest break-in took %v of the host's time; on %d processors", longest, len(processors))
	// The byte waits for the next tick of a clock, 1/64 s at most; then it is:
	slices.Sort(guest)
	if len(guest) != 100 || guest[99] > 1_000_000-1_000_000/64 {
		t.Fatalf("the guest's times: %v us", guest)
	}
	t.Logf("from the trap to the prompt: median %d us, longest %d us of the guest's time, behind a tick of at most 15625 us", guest[50], guest[99])
	if longest > 10*time.Second {
		t.Errorf("a break-in took %v", longest)
	}
	g.Line(waiting, stopLine)
}

// TestBreakInBusy (K2): five thousand break-ins, with hardly a pause, on four processors that are all at
// work with memory, processes, waits and files, the collector among it. -full.
func TestBreakInBusy(t *testing.T) {
	t.Parallel()
	if !*full {
		t.Skip("only with -full: some minutes")
	}
	img := with(t, image(t, "/DEBUG /SESSION=seconds:3600"), "nttest/soak.exe")
	plainProgram(t, img)
	g, socket := debugBootWith(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, SMP: 4})
	g.Line(`^SOAK [0-9]+ s: `, stopLine, `^SOAK FAILED`)
	l := dial(t, socket)
	r := rand.New(rand.NewPCG(5, 6))
	var longest time.Duration
	for i := range 5000 {
		start := time.Now()
		l.send("\x03")
		has(t, "break-in", l.expect(`kd> `), `Break-in on processor \d`)
		longest = max(longest, time.Since(start))
		if i%20 == 0 {
			allStand(t, l.command("!kd"))
		}
		l.command1("g")
		if r.IntN(2) == 0 {
			time.Sleep(time.Duration(r.IntN(5000)) * time.Microsecond) // of the system's work
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("the longest break-in took %v of the host's time", longest)
}

// allStand fails unless what !kd says has all processors standing that have been started.
func allStand(t *testing.T, state string) {
	t.Helper()
	if m := regexp.MustCompile(`silent processors 0x0, standing 0x([0-9a-f]+) of (\d+),`).FindStringSubmatch(state); m != nil {
		mask, err1 := strconv.ParseUint(m[1], 16, 64)
		n, err2 := strconv.Atoi(m[2])
		if err1 == nil && err2 == nil && n > 0 && mask == 1<<n-1 {
			return
		}
	}
	t.Errorf("not all processors stand: %s", state)
}

// TestConsoleFuzz (K2): lines that are no commands, or commands with nonsense, neither stop
// nor hang the kernel; a command that fails in the Go runtime begins the console anew; the
// system goes on afterwards. The engine's own test has ten thousand of them.
func TestConsoleFuzz(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/DEBUG"), 2)
	g.Line(waiting, stopLine)
	l := dial(t, socket)
	l.send("\x03")
	l.expect(`kd> `)
	r := rand.New(rand.NewPCG(3, 4))
	names := strings.Fields("k r rx db dw dd dq dps da du s u x ln ? ~ .thread .process !threads !process !thread !ready !running !object !handle " +
		"!vad !vm !pfn !irql !bugcheck !trace !locks !token !poolused !timer !dpcs !irp !drvobj !devstack !devnode !reg dt lm !pte !idt !gc !pci " +
		"!apic !ioapic !acpi !analyze !kd help bl bp bogus")
	words := strings.Fields(`0 1 4 8 ffffffffffffffff ffff800000000000 ffffffff80201000 -1 zz rip rsp poi(0) poi(rsp) * \ \Device \Driver\Null \Registry\Machine ke.Timer ps.Process main.main l10 "x" -last 99999999999999999999 ::: %s%n +`)
	for i := range 150 {
		line := names[r.IntN(len(names))]
		for range r.IntN(3) {
			line += " " + words[r.IntN(len(words))]
		}
		l.send(line + "\r")
		l.expect(`kd> `)
		if i%50 == 49 {
			l.send(" \x1b[A\x1b[D\x7f\x15\x03\r")
			l.expect(`kd> `)
		}
	}
	l.send("bc *\r")
	l.expect(`bc \*[^\n]*\n(?s:.*)kd> `)
	said := l.command("!kd recover")
	has(t, "recover", said, `the command failed in the Go runtime: fatal error: cannot trace`)
	for range 3 {
		has(t, "types", l.command("!kd types"), `21000 type assertions`)
	}
	has(t, "after", l.command("!kd"), fmt.Sprintf("memory left [1-9][0-9]{%d}", 5))
	l.command1("q")
	g.Type("mem\r")
	g.Expect(`(?s)mem\r?\n(.*)\r?\nnt(?: [A-Z]:[^>\n]*)?> $`)
}

// TestBreakInHang (K2, P0.12): steps of phase 0 that hang with interrupts off, before and
// after the interrupt controllers are set up and the firmware is called, are broken into; the stack says where it hangs, the system goes on hanging, and is broken into again.
func TestBreakInHang(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"P0.1", "P0.4", "P0.12", "P0.19"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			g, socket := debugBoot(t, image(t, "/DEBUG /BOOTTRACE /HANG="+id), 2)
			g.Line(`^kernel debugger: on COM2`, stopLine)
			l := dial(t, socket)
			// hal.pause has no frame of its own, and hal.Pause, which calls it, is inlined. Where the
			// emulator lets an NMI in is its own business: one of the four has to be seen there.
			leaf := regexp.MustCompile(`gont/hal\.pause\+0x[0-9a-f]+ \(cpu_amd64\.s:\d+\)\n\(inlined\) +gont/hal\.Pause \(processor_kernel\.go:\d+\)\n[0-9a-f]{16} [0-9a-f]{16} main\.part\+0x[0-9a-f]+ \(steps\.go:\d+\)\n`)
			inside, leaves := 0, 0
			for tries := 0; inside < 3 || id == "P0.4" && leaves == 0; tries++ {
				if tries == 100 {
					t.Fatalf("of %d break-ins %d found the step that hangs, %d of them in hal.pause", tries, inside, leaves)
				}
				l.send("x\x03")
				has(t, "break-in", l.expect(`kd> `), `Break-in on processor 0`)
				stack := l.command("k")
				if leaf.MatchString(stack) {
					leaves++
				}
				if strings.Contains(stack, "main.part ") || strings.Contains(stack, "main.part+") {
					inside++
					has(t, "r", l.command("r"), `efl=[0-9a-f]{5}[014589cd]`) // IF is 0
				} else { // it is on its way there
					has(t, "k", stack, `main\.main`)
				}
				l.command1("g")
			}
		})
	}
}

// TestBreakInBios (K2, P0.20): bytes come to the debugger's port in all of phase 0, during calls of the
// BIOS, too, which have no place for an NMI; the system starts, and then stops for Ctrl-C. Where nothing holds the NMI
// back about one run in six ends in a reset.
func TestBreakInBios(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/DEBUG"), 1)
	g.Line(`^kernel debugger: on COM2`, stopLine)
	l := dial(t, socket)
	var end atomic.Bool
	sent := make(chan int)
	go func() {
		n := 0
		for !end.Load() {
			if _, err := l.conn.Write([]byte("x")); err != nil {
				break // the test says why
			}
			n++
			time.Sleep(100 * time.Microsecond)
		}
		sent <- n
	}()
	g.Line(`^P0\.19: `, stopLine)
	end.Store(true)
	n := <-sent
	l.expect(`GoNT runs\. Ctrl-C stops it`)
	g.Line(waiting, stopLine)
	l.send("\x03")
	has(t, "break-in", l.expect(`kd> `), `Break-in on processor 0`)
	if t.Logf("%d bytes came", n); n < 10 {
		t.Errorf("%d bytes are too few to come during a call of the BIOS", n)
	}
}
