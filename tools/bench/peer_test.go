package main

import (
	"slices"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	f := figures{}
	for _, l := range []string{"BENCH syscall.null.min 325.0 ns", "BENCH syscall.null.med 338.0 ns",
		"BENCH event.same_cpu.min 4000 ns", "BENCH event.same_cpu.med 4000 ns",
		"BENCH thread.create_join.min 1 ns", // no median: left out
		"BENCH fault.zero4k.min nonsense ns", "BENCH done", "other 1 2", "BENCH zero.thread_to_best.med 0.90 x",
		"BENCH boot.disk_ide.insn 231.8 Minsn", "BENCH irp.null.med 1000.4 ns",
		"BENCH reg.load10mb.stop 21000 ns, without the hive 20000", "BENCH reg.load10mb.med 170000000 ns"} {
		f.add(l)
	}
	want := []string{"RATIO boot.disk_ide 0.12 (232 of 1932 Minsn, boot, MBR disk, IDE), to be at most 0.12: reached",
		"RATIO syscall.null 1.04 (325 of 325 insn, syscall.null), to be at most 1.00: NOT reached",
		"RATIO event.same_cpu 0.54 (4000 of 7374 insn, event.futex.same_cpu), to be at most 0.60: reached",
		"LIMIT irp.null.med 1000 insn, to be at most 1000: NOT reached", "LIMIT reg.load10mb.med 170000000 insn, to be at most 170000000: reached",
		"LIMIT reg.load10mb.stop 1.05 of reg.load10mb.stop_without (21000 of 20000), to be at most 1.05: reached"}
	if got := f.compare(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := f.compareZeroing(); len(got) != 1 || !strings.HasSuffix(got[0], ": reached") {
		t.Error(got)
	}
	f["zero.thread_to_best.med"] = 0.89
	if got := f.compareZeroing(); !strings.HasSuffix(got[0], "NOT reached") {
		t.Error(got)
	}
	f["nvme.disk.read4k_depth1.med"], f["nvme.disk.read4k_depth32.med"] = 10, 40
	if got := f.compareDepths(); len(got) != 1 || !strings.HasSuffix(got[0], ": reached") {
		t.Error(got)
	}
	f["nvme.disk.read4k_depth32.med"] = 39
	if got := f.compareDepths(); len(got) != 1 || !strings.HasSuffix(got[0], "NOT reached") {
		t.Error(got)
	}
	if got := (figures{}).compareDepths(); got != nil {
		t.Error(got)
	}
	if got := (figures{}).compareZeroing(); got != nil {
		t.Error(got)
	}
}
