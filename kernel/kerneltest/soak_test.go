package kerneltest

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// What `make soak` asks for; seed and processors are TestFuzz's.
var soakSeconds = flag.Int("seconds", 0, "how long TestSoak and TestPagedSoak work; 0: 6, or 15 with -full")

// TestSoak: processes, threads, waits, memory, sections and faults on four
// processors for a while. Nobody stands still, and nothing is left behind
// (nttest/soak).
func TestSoak(t *testing.T) {
	t.Parallel()
	soak(t, *memory, *pageFile)
}

// TestPagedSoak does it with little memory and a paging file.
func TestPagedSoak(t *testing.T) {
	t.Parallel()
	soak(t, 104, 48)
}

func soak(t *testing.T, memory, pageFile int) {
	smp := 4
	if *fuzzSMP != 0 {
		smp = *fuzzSMP
	}
	seconds := *soakSeconds
	if seconds == 0 {
		if seconds = 6; *full {
			seconds = 15
		}
	}
	options := fmt.Sprintf("/MMCHECK%s /SESSION=seconds:%d,seed:%d", paging(pageFile), seconds, *fuzzSeed)
	g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, options), "nttest/soak.exe").Name, SMP: smp, Memory: memory, Disk: qemu.Virtio,
		Limit: time.Hour + time.Duration(seconds)*time.Second*3})
	for {
		line := g.Line(`^SOAK `, stopLine)
		t.Log(line)
		if strings.HasPrefix(line, "SOAK FAILED") {
			t.Error(line)
		}
		if strings.HasPrefix(line, "SOAK done: ") {
			break
		}
	}
}

// TestSoakStands: a worker that does not go on is named, with its threads.
func TestSoakStands(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, "/SESSION=seconds:100,patience:20,stand:waits"), "nttest/soak.exe").Name})
	g.Line(`^SOAK FAILED: worker waits has not moved for 20s; round 10, step 5; thread [0-9]+: state `, stopLine, `^SOAK done: `)
}
