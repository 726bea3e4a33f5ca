package kerneltest

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// What `make fuzz` asks for; the last two are TestSoak's, too.
var (
	fuzzSeed  = flag.Uint64("seed", 1, "seed of TestFuzz")
	fuzzCalls = flag.Int("calls", 0, "service calls of TestFuzz; 0: 20,000, or 100,000 with -full")
	fuzzSMP   = flag.Int("smp", 0, "processors of TestFuzz; 0: its table")
	memory    = flag.Int("memory", 0, "MiB of memory; 0: the usual, or of the table")
	pageFile  = flag.Int("pagefile", 0, "MB of it that are a paging file, on a device that takes its time")
)

// paging is the option for a paging file of mb MB, "" for none.
func paging(mb int) string {
	if mb == 0 {
		return ""
	}
	return fmt.Sprintf(" /PAGEFILE=%d /PAGETEST=WAIT", mb)
}

// TestFuzz: processes that call every system service with arguments good, bad
// and changing under the kernel's eyes neither stop the system nor leave
// anything behind (nttest/fuzz).
func TestFuzz(t *testing.T) {
	t.Parallel()
	type row struct{ smp, memory, pageFile int }
	table := []row{{1, 0, 0}, {4, 0, 0}, {2, 72, 24}} // TestChecked has {2, 0, 0}
	if *fuzzSMP != 0 {
		table = []row{{*fuzzSMP, *memory, *pageFile}}
	}
	all := *fuzzCalls
	if all == 0 {
		if all = 20_000; *full {
			all = 100_000
		}
	}
	for _, r := range table {
		t.Run(fmt.Sprint(r.smp, strings.TrimSuffix(paging(r.pageFile), " /PAGETEST=WAIT")), func(t *testing.T) {
			t.Parallel()
			files, calls := 0, all
			if *fuzzSMP != 0 {
				files = 1
			} else if r.smp == 4 { // with a volume; what is done to it takes longer
				files, calls = 1, max(calls/3, 1)
			}
			options := fmt.Sprintf("/MMCHECK%s /SESSION=seed:%d,calls:%d,files:%d", paging(r.pageFile), *fuzzSeed, calls, files)
			g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, options), "nttest/fuzz.exe").Name, SMP: r.smp, Memory: r.memory,
				Limit: time.Hour + time.Duration(all)*20*time.Millisecond})
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
