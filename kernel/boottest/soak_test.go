package boottest

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// What `make soak` asks for; seed and processors are TestFuzz's.
var soakSeconds = flag.Int("seconds", 15, "how long TestSoak works")

// TestSoak: processes, threads, waits, memory, sections and faults on four
// processors for a while. Nobody stands still, and nothing is left behind
// (nttest/soak).
func TestSoak(t *testing.T) {
	t.Parallel()
	smp := 4
	if *fuzzSMP != 0 {
		smp = *fuzzSMP
	}
	options := fmt.Sprintf("/MMCHECK /SESSION=seconds:%d,seed:%d", *soakSeconds, *fuzzSeed)
	g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, options), "nttest/soak.exe").Name, SMP: smp, Disk: qemu.Virtio,
		Limit: 4*time.Minute + time.Duration(*soakSeconds)*time.Second*3/2})
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
