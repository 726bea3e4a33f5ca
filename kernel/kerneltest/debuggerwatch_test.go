package kerneltest

import (
	"regexp"
	"testing"

	"gont/qemu"
)

// TestDebuggerWatch (K2): a hardware breakpoint stops where it is set, gu goes on to the caller
// that k has shown, s finds what db shows, !pfn tells a frame's use; .reboot starts the machine again. The
// debugger is at a port that is not the one that DEBUG takes by itself.
func TestDebuggerWatch(t *testing.T) {
	t.Parallel()
	img := image(t, "/DEBUG /DEBUGPORT=COM3 /BAUDRATE=57600")
	g, socket := debugBootAt(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, SMP: 2, Reboot: true}, 3)
	g.Line(`COM3.*57600`)
	g.Line(waiting, stopLine)
	g.Expect(prompt + `$`)
	l := dial(t, socket)
	l.send("\x03")
	l.expect(`kd> `)

	has(t, "ba without an address", l.command("ba e"), `an address is missing`)
	l.command("ba e gont/hal.TakeTicks")
	at := regexp.MustCompile(`h0 e ([0-9a-f]{16}) execution of, 1 bytes`).FindStringSubmatch(l.command("bl"))
	if at == nil {
		t.Fatal("bl does not list the breakpoint")
	}
	has(t, "ba", l.command2("g"), `Hardware breakpoint 0 \(execution of 0x`+at[1]+`\) on processor \d`, `(?m)^gont/hal\.TakeTicks:$`)
	code := regexp.MustCompile(`(?m)^` + at[1] + ` ((?: [0-9a-f]{2}){4})`).FindStringSubmatch(l.command("db " + at[1] + " 10"))
	if code == nil {
		t.Fatal("db does not show the function")
	}
	has(t, "s", l.command("s "+at[1]+" 100"+code[1]), `(?m)^ *(0x)?`+at[1])
	frames := regexp.MustCompile(`(?m)^ *\S*[0-9a-f]{16} (\S+)`).FindAllStringSubmatch(l.command("k"), -1)
	l.command("bc *")
	if len(frames) < 2 {
		t.Fatalf("k shows %d frames", len(frames))
	}
	has(t, "gu", l.command2("gu"), regexp.QuoteMeta(frames[1][1]))

	has(t, "s of what is not there", l.command("s "+at[1]+` 100 "no such text"`), `not found`)
	has(t, "!pfn", l.command("!pfn 200"), `(?i)frame|pfn|page`)
	has(t, "!pfn of none", l.command("!pfn 99999999"), `there is no|not`)

	l.send(".reboot\r")
	g.Line(`^P0\.19: phase 0 complete`, stopLine) // of the next start
}
