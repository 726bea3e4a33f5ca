package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A figure of the peer: Debian's Linux 6.1 (cloud kernel) in the same QEMU, with
// the same processor and memory, in instructions (-icount shift=0); measured on
// 2026-11-22. target is what GoNT's figure may be at most, as a part of it; 0
// where none was set.
type peer struct {
	ours, theirs string
	min, med     float64
	target       float64
}

// peers has what both measure. process.spawn_wait of the peer is posix_spawn of a
// static program of three instructions (exit_group), as ours is of null.exe;
// process.spawn_go_wait stands beside the peer's own 770 KB C program.
var peers = []peer{
	{"clock.gettime", "clock.gettime", 73.0, 73.1, 0},
	{"syscall.null", "syscall.null", 325, 325, 1.0},
	{"syscall.yield", "syscall.yield", 808, 809, 0},
	{"event.same_cpu", "event.futex.same_cpu", 7374, 10115, 0.6},
	{"reg.open_query_close", "file.open_read4k_close", 7777, 7777, 0.5},
	{"fault.zero4k", "fault.zero4k", 3309, 3309, 0.8},
	{"fault.unmap4k", "fault.unmap4k", 1301, 1301, 0},
	{"vm.map_touch_unmap4k", "vm.map_touch_unmap4k", 19624, 20643, 0},
	{"zero4k_hot.stosb", "zero4k_hot.stosb", 4101, 4106, 0},
	{"thread.create_join", "thread.create_join", 50856, 52501, 0.5},
	{"process.spawn_wait", "process.spawn_wait (minimal program)", 306038, 316736, 0.5},
	{"process.spawn_go_wait", "process.spawn_wait", 555472, 576434, 0},
}

// ratio is the larger of the ratios of two figures, least and median.
func (p peer) ratio(lo, med float64) float64 { return max(lo/p.min, med/p.med) }

// zeroTarget is how near the zero-page thread shall come to the best loop.
const zeroTarget = 0.9

// figures collects BENCH lines: values by "name.stat".
type figures map[string]float64

// add takes one line; others than "BENCH name.stat value ..." are left out.
func (f figures) add(line string) {
	w := strings.Fields(line)
	if len(w) < 3 || w[0] != "BENCH" {
		return
	}
	if v, err := strconv.ParseFloat(w[2], 64); err == nil {
		f[w[1]] = v
	}
}

// verdict says whether a target is reached.
func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "NOT reached"
}

// compare returns a line for every figure that the peer has too: the ratio, of
// what, and the target. f was counted in instructions.
func (f figures) compare() (lines []string) {
	for _, p := range peers {
		lo, ok1 := f[p.ours+".min"]
		med, ok2 := f[p.ours+".med"]
		if !ok1 || !ok2 {
			continue
		}
		l := fmt.Sprintf("RATIO %s %.2f (%.0f of %.0f insn, %s)", p.ours, p.ratio(lo, med), lo, p.min, p.theirs)
		if p.target != 0 {
			l += fmt.Sprintf(", to be at most %.2f: %s", p.target, verdict(p.ratio(lo, med) <= p.target))
		}
		lines = append(lines, l)
	}
	return lines
}

// compareZeroing is the same for the zero-page thread.
func (f figures) compareZeroing() (lines []string) {
	if v, ok := f["zero.thread_to_best.med"]; ok {
		lines = append(lines, fmt.Sprintf("RATIO zero.thread %.2f of the best loop of the machine, to be at least %.2f: %s",
			v, zeroTarget, verdict(v >= zeroTarget)))
	}
	return lines
}
