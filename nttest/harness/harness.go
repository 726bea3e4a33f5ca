//go:build ntuser

// Package harness is what the test programs of ring 3 share: the line that ends a run,
// counts at rest, the choice of one row.
package harness

import (
	"fmt"
	"strings"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/counts"
)

// Second is in units of 100 ns.
const Second = 10_000_000

// Done prints the line that ends a run: "NAME done: SUMMARY, N failed".
func Done(name, summary string, failed int) {
	if summary != "" {
		summary += ", "
	}
	fmt.Printf("%s done: %s%d failed\n", name, summary, failed)
}

// Rows is Done for a table of tests.
func Rows(name string, passed, failed int) { Done(name, fmt.Sprint(passed, " passed"), failed) }

// Only returns the row that SESSION=only:ROW asks for, "" for all, and the other
// arguments.
func Only(args []string) (row string, others []string) {
	for _, a := range args {
		if r, ok := strings.CutPrefix(a, "only:"); ok {
			row = r
			continue
		}
		others = append(others, a)
	}
	return row, others
}

// WaitForPhase1 waits until the system has freed what it started with.
func WaitForPhase1() {
	for {
		var m nt.SystemZeroPageInformation
		if ntdll.QuerySystem(nt.SystemZeroPageInformationClass, &m); m.ZeroPageThreadRunning != 0 {
			return
		}
		ntdll.NtDelayExecution(false, -Second/10)
	}
}

// tries is how often counts are taken until they are as they should be.
const tries = 40

// AtRest counts until two counts in a row are the same. What the calling process
// itself holds, whose id is self, is taken out.
func AtRest(self uint64) (counts.Counts, error) {
	var last counts.Counts
	for range tries {
		now, err := counts.Take(self)
		if err != nil || last != nil && now.Differs(last) == "" {
			return now, err
		}
		last = now
		ntdll.NtDelayExecution(false, -Second/5)
	}
	return nil, fmt.Errorf("the counts do not come to rest")
}

// Back waits for the counts to be as before.
func Back(self uint64, before counts.Counts) error {
	for try := 0; ; try++ {
		now, err := counts.Take(self)
		if err != nil {
			return err
		}
		d := now.Differs(before)
		if d == "" {
			return nil
		}
		if try == tries {
			return fmt.Errorf("left behind: %s", d)
		}
		ntdll.NtDelayExecution(false, -Second/5)
	}
}
