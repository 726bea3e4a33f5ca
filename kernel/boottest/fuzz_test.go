package boottest

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// What `make fuzz` asks for.
var (
	fuzzSeed  = flag.Uint64("seed", 1, "seed of TestFuzz")
	fuzzCalls = flag.Int("calls", 20000, "service calls of TestFuzz")
	fuzzSMP   = flag.Int("smp", 0, "processors of TestFuzz; 0: its table")
)

// TestFuzz: processes that call every system service with arguments good, bad
// and changing under the kernel's eyes neither stop the system nor leave
// anything behind (nttest/fuzz).
func TestFuzz(t *testing.T) {
	table := []qemu.Config{{SMP: 1}, {SMP: 2}, {SMP: 4}}
	if *fuzzSMP != 0 {
		table = []qemu.Config{{SMP: *fuzzSMP}}
	}
	for _, c := range table {
		t.Run(fmt.Sprint(c.SMP), func(t *testing.T) {
			t.Parallel()
			options := fmt.Sprintf("/MMCHECK /SESSION=seed:%d,calls:%d", *fuzzSeed, *fuzzCalls)
			c.Image = with(t, image(t, options), "nttest/fuzz.exe").Name
			c.Limit = 2*time.Minute + time.Duration(*fuzzCalls)*5*time.Millisecond
			g := qemu.Boot(t, c)
			line := g.Line(`^FUZZ done: `, stopLine)
			if !strings.HasSuffix(line, " 0 failed") {
				for _, l := range g.Lines() {
					if strings.HasPrefix(l, "FUZZ") {
						t.Error(l)
					}
				}
			}
			t.Log(line)
		})
	}
}
