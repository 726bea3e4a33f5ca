//go:build kernel

package main

import (
	"fmt"
	"strings"
	"unsafe"

	"gont/arc"
	bootline "gont/arc/options"
	"gont/cm"
	"gont/cm/regf"
	"gont/kernel/selftest"
	"gont/nt"
)

// bootHive is what P1.22 has to know of the SYSTEM hive.
var bootHive struct {
	err     error // why it cannot be used
	changed bool  // the file does not hold what is in memory
}

// openBootHive makes the SYSTEM hive readable where the loader has put it (part of P0.1).
// What is wrong with it stops the system at P1.22 only, so that it can be said on the
// screen.
func openBootHive(b *arc.LoaderParameterBlock, e *arc.LoaderParameterExtension) {
	file := unsafe.Slice((*byte)(pointer(uintptr(b.RegistryBase))), b.RegistryLength)
	if strings.Contains(strings.ToUpper(loader.options), "HIVETEST=") {
		dbgPrintLine(selftest.DamageHive(bootline.Parse(loader.options).Text("HIVETEST"), file))
	}
	report, err := cm.OpenBootHive(file, e.ControlSet)
	bootHive.err = err
	bootHive.changed = report != nil && report.Faults > 0 || e.HiveSource != arc.HiveSound || e.HiveFaults > 0 || e.LastKnownGood != arc.CurrentSet
	if err == nil && report.Faults > 0 {
		dbgPrintLine(fmt.Sprintf("P0.1: the SYSTEM hive has %d faults, which are mended: %s", report.Faults, faults(report.List)))
	}
}

// faults is the text of the first of some faults.
func faults(list []regf.Fault) string {
	var lines []string
	for _, f := range list {
		if !f.Note && len(lines) < 3 {
			lines = append(lines, f.String())
		}
	}
	return strings.Join(lines, "; ")
}

// cmInitSystem1: \Registry (SPEC P1.22).
func cmInitSystem1() nt.Status {
	if bootHive.err != nil {
		return fail(fmt.Errorf("the SYSTEM hive: %w", bootHive.err))
	}
	set := cm.BootControlSet()
	if err := cm.InitSystem1(bootHive.changed); err != nil {
		return fail(err)
	}
	if s := describeHardware(); !s.OK() {
		return fail(fmt.Errorf("HARDWARE: %w", s))
	}
	dbgPrintLine(fmt.Sprintf("P1.22: \\Registry; control set %d", set))
	return nt.StatusSuccess
}
