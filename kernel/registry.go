//go:build kernel

package main

import (
	"fmt"
	"strings"

	"gont/arc"
	bootline "gont/arc/options"
	"gont/cm"
	"gont/kd/dbgprint"
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
func openBootHive(file []byte, e *arc.LoaderParameterExtension) {
	if strings.Contains(strings.ToUpper(loader.options), "HIVETEST=") {
		dbgprint.Line(selftest.DamageHive(bootline.Parse(loader.options).Text("HIVETEST"), file))
	}
	report, err := cm.OpenBootHive(file, e.ControlSet)
	bootHive.err = err
	bootHive.changed = report != nil && report.Faults > 0 || e.HiveSource != arc.HiveSound || e.HiveFaults > 0 || e.LastKnownGood != arc.CurrentSet
	if err == nil && report.Faults > 0 {
		dbgprint.Line(fmt.Sprintf("P0.1: the SYSTEM hive has %d faults, which are mended: %s", report.Faults, cm.DescribeFaults(report.List)))
	}
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
	dbgprint.Line(fmt.Sprintf("P1.22: \\Registry; control set %d", set))
	return nt.StatusSuccess
}
