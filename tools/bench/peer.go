package main

import (
	"fmt"
	"slices"
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
	unit         string // "" is insn
}

// peers has what both measure. process.spawn_wait of the peer is posix_spawn of a
// static program of three instructions (exit_group), as ours is of null.exe; exec.hot starts a program of 1 MB
// from the volume, theirs one of 0.9 MB;
// process.spawn_go_wait stands beside the peer's own 770 KB C program.
//
// A boot is counted from reset to the first line of user mode; theirs is GRUB's and the
// kernel's. What a registry key does stands beside what a file does: of tmpfs, and for
// reg.set_value of FAT32 with all of it in the page cache.
var peers = []peer{
	{"boot.disk_ide", "boot, MBR disk, IDE", 1932, 1932, 0.12, "Minsn"},
	{"boot.disk_virtio", "boot, MBR disk, virtio", 1919, 1919, 0, "Minsn"},
	{"clock.gettime", "clock.gettime", 73.0, 73.1, 0, ""},
	{"syscall.null", "syscall.null", 325, 325, 1.0, ""},
	{"syscall.yield", "syscall.yield", 808, 809, 0, ""},
	{"event.same_cpu", "event.futex.same_cpu", 7374, 10115, 0.6, ""},
	{"reg.open_query_close", "file.open_read4k_close", 7777, 7777, 0.5, ""},
	{"reg.set_value", "vfat.pwrite4k", 3003, 3013, 0, ""},
	{"file.open_close", "vfat.open_close", 6889, 7350, 0.9, ""},
	{"file.stat", "vfat.stat", 4207, 4212, 0.9, ""},
	{"file.pread4k", "vfat.pread4k", 2117, 2128, 0.8, ""},
	{"file.pwrite4k", "vfat.pwrite4k", 3003, 3013, 0.8, ""},
	{"file.create_close_unlink", "vfat.create_close_unlink", 60121, 61998, 0.6, ""},
	{"file.rename", "vfat.rename", 40544, 41209, 0.6, ""},
	{"file.readdir1000", "vfat.readdir1000", 1062059, 1067000, 0.6, ""},
	{"file.mmap_fault_hot", "vfat.mmap_fault_hot", 583, 583, 1.0, ""},
	{"fault.zero4k", "fault.zero4k", 3309, 3309, 0.8, ""},
	{"fault.unmap4k", "fault.unmap4k", 1301, 1301, 0, ""},
	{"vm.map_touch_unmap4k", "vm.map_touch_unmap4k", 19624, 20643, 0, ""},
	{"zero4k_hot.stosb", "zero4k_hot.stosb", 4101, 4106, 0, ""},
	{"thread.create_join", "thread.create_join", 50856, 52501, 0.5, ""},
	{"exec.hot", "exec.vfat_hot", 620497, 638958, 0.4, ""},
	{"process.spawn_wait", "process.spawn_wait (minimal program)", 306038, 316736, 0.5, ""},
	{"process.spawn_go_wait", "process.spawn_wait", 555472, 576434, 0, ""},
}

// A limit is for what the peer has nothing beside: the most that a figure may be, or, with
// beside, the most that it may be as a part of another one.
type limit struct {
	figure, beside string
	most           float64
	unit           string
}

// limits: a device control makes and completes one request; a hive in memory costs the
// collector nothing, so that its stop is as long as without one.
var limits = []limit{
	{"irp.null.med", "", 1000, "insn"},
	{"reg.load10mb.med", "", 170e6, "insn"},
	{"reg.load10mb.stop", "reg.load10mb.stop_without", 1.05, ""},
}

// ratio is the larger of the ratios of two figures, least and median.
func (p peer) ratio(lo, med float64) float64 { return max(lo/p.min, med/p.med) }

// zeroTarget is how near the zero-page thread shall come to the best loop.
const zeroTarget = 0.9

// figures collects BENCH lines: values by "name.stat".
type figures map[string]float64

// add takes one line; others than "BENCH name.stat value ..." are left out. A line that goes on
// with "without ... value" has a second value, name.stat_without.
func (f figures) add(line string) {
	w := strings.Fields(line)
	if len(w) < 3 || w[0] != "BENCH" {
		return
	}
	if v, err := strconv.ParseFloat(w[2], 64); err == nil {
		f[w[1]] = v
	}
	if i := slices.Index(w, "without"); i > 2 {
		if v, err := strconv.ParseFloat(w[len(w)-1], 64); err == nil {
			f[w[1]+"_without"] = v
		}
	}
}

// pair returns the least and the median of a figure; a boot has one number for both.
func (f figures) pair(name string) (lo, med float64, ok bool) {
	if n, ok := f[name+".insn"]; ok {
		return n, n, true
	}
	lo, ok = f[name+".min"]
	med, ok2 := f[name+".med"]
	return lo, med, ok && ok2
}

// verdict says whether a target is reached.
func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "NOT reached"
}

// compare returns a line for every figure that the peer has too: the ratio, of
// what, and the target; and one for every limit. f was counted in instructions.
func (f figures) compare() (lines []string) {
	for _, p := range peers {
		lo, med, ok := f.pair(p.ours)
		if !ok {
			continue
		}
		unit := p.unit
		if unit == "" {
			unit = "insn"
		}
		l := fmt.Sprintf("RATIO %s %.2f (%.0f of %.0f %s, %s)", p.ours, p.ratio(lo, med), lo, p.min, unit, p.theirs)
		if p.target != 0 {
			l += fmt.Sprintf(", to be at most %.2f: %s", p.target, verdict(p.ratio(lo, med) <= p.target))
		}
		lines = append(lines, l)
	}
	for _, m := range limits {
		v, ok := f[m.figure]
		if !ok {
			continue
		}
		if m.beside == "" {
			lines = append(lines, fmt.Sprintf("LIMIT %s %.0f %s, to be at most %.0f: %s", m.figure, v, m.unit, m.most, verdict(v <= m.most)))
		} else if w := f[m.beside]; w > 0 {
			lines = append(lines, fmt.Sprintf("LIMIT %s %.2f of %s (%.0f of %.0f), to be at most %.2f: %s", m.figure, v/w, m.beside, v, w, m.most, verdict(v <= m.most*w)))
		}
	}
	return lines
}

// depthTarget is how many times more pages an NVMe disk shall read in a second with 32 requests under way than with one.
const depthTarget = 4.0

// compareDepths is compare for that.
func (f figures) compareDepths() (lines []string) {
	one, many := f[nvmePrefix+"disk.read4k_depth1.med"], f[nvmePrefix+"disk.read4k_depth32.med"]
	if one > 0 {
		lines = append(lines, fmt.Sprintf("RATIO nvme.disk.read4k %.2f (%.0f a second with 32 requests under way, %.0f with one), to be at least %.2f: %s",
			many/one, many, one, depthTarget, verdict(many >= depthTarget*one)))
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
