package ex

import (
	"fmt"
	"slices"
	"strings"
)

// Part is a part of the start, of which all steps' ids begin with Prefix.
type Part struct{ Prefix, Name string }

// parts of the start, in their order.
var parts = []Part{{"B", "OSLDR"}, {"P0.", "phase 0"}, {"P1.", "phase 1"}}

// longest is how many steps a summary names.
const longest = 5

// Summary says where the time of the start went: a line for each part of it, with the time
// and memory of its steps and the time between them, and one with the longest steps.
func Summary(records []Record) (lines []string) {
	for _, p := range parts {
		var n, inside, memory, begin, end int64
		for _, r := range records {
			if !strings.HasPrefix(r.ID, p.Prefix) {
				continue
			}
			if n++; n == 1 {
				begin = r.Start
			}
			inside, memory, end = inside+r.Duration, memory+r.Memory, max(end, r.Start+r.Duration)
		}
		if n == 0 {
			continue
		}
		lines = append(lines, fmt.Sprintf("SUMMARY %s: %d steps, %s ms, %s ms between steps, %d KB taken",
			p.Name, n, millis(inside), millis(max(0, end-begin-inside)), memory/1024))
	}
	if len(records) == 0 {
		return lines
	}
	all := records[len(records)-1].Start + records[len(records)-1].Duration
	by := slices.Clone(records)
	slices.SortStableFunc(by, func(a, b Record) int { return int(min(1, max(-1, b.Duration-a.Duration))) })
	line := fmt.Sprintf("SUMMARY %s ms since OSLDR's first instruction; longest:", millis(all))
	for i, r := range by[:min(longest, len(by))] {
		if i > 0 {
			line += ","
		}
		line += " " + r.ID + " " + millis(r.Duration) + " ms"
	}
	return append(lines, line)
}

// millis writes nanoseconds as milliseconds with one digit behind the point.
func millis(ns int64) string { return fmt.Sprintf("%.1f", float64(ns)/1e6) }
