//go:build kernel

package main

import (
	"gont/arc"
	"gont/cm"
	"gont/cm/control"
	"gont/cm/tuning"
	"gont/ex"
	"gont/hal"
	"gont/kd/dbgprint"
	"gont/mm"
	"gont/nt"
)

// The control vector (SPEC P0.7) and what is decided by it in phase 0.

// settings is what is in force. Before P0.7 everything has its default.
var settings = control.Read(func(string, string) (uint32, []byte, bool) { return 0, nil, false })

// bootSource reads the hive where OSLDR has put it.
func bootSource(key, name string) (uint32, []byte, bool) {
	v, ok := cm.BootValue(`Control\`+key, name)
	return v.Type, v.Data, ok
}

// bootProblems is what was wrong with settings. P0.11 shows it, the first step that has a
// screen.
var bootProblems []string

func bootProblem(s string) {
	dbgprint.Line(s)
	bootProblems = append(bootProblems, s)
}

// readControlVector is CmGetSystemControlValues (SPEC P0.7): process quotas, and everything
// else that the kernel takes from Control.
func readControlVector() nt.Status {
	settings = control.Read(bootSource)
	for _, p := range settings.Problems {
		bootProblem(p)
	}
	if err := tuning.Apply(settings); err != nil {
		return fail(err)
	}
	return nt.StatusSuccess
}

// product is what is installed.
var product ex.Product

// exInitSystem0 (SPEC P0.8): product type and suites, validated.
func exInitSystem0() nt.Status {
	var problems []string
	product, problems = ex.ValidateProduct(settings.Text(control.ProductType), settings.Values[control.ProductSuite].List)
	for _, p := range problems {
		bootProblem(p)
	}
	return nt.StatusSuccess
}

// initVerifier (SPEC P0.9): which drivers are verified, and how.
func initVerifier() nt.Status {
	safe, _ := options.SafeMode()
	v, problems := mm.NewVerifier(settings.Text(control.VerifyDrivers), uint32(settings.Number(control.VerifyDriverLevel)),
		int(settings.Number(control.VerifierRandomTargets)), bootDriverFiles(), func(n int) int { return int(hal.ReadTSC()>>4) % n }, safe != 0)
	for _, p := range problems {
		bootProblem("P0.9: " + p)
	}
	mm.SetVerifier(v)
	if s := v.String(); s != "" {
		dbgprint.Line("P0.9: verified: " + s)
	}
	return nt.StatusSuccess
}

// bootDriverFiles are the file names of the boot-start drivers that OSLDR has loaded.
func bootDriverFiles() (files []string) {
	list, _ := loaderReader.BootDrivers(loaderBlockAddress())
	for _, d := range list {
		if d.Image != nil {
			files = append(files, arc.BaseName(d.FilePath))
		}
	}
	return files
}
