//go:build kernel

package main

import (
	"encoding/binary"
	"fmt"

	"gont/cm"
	"gont/cm/control"
	"gont/ex"
	"gont/hal"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// The control vector (SPEC P0.7) and what is decided by it in phase 0.

// settings is what is in force. Before P0.7 everything has its default.
var settings = control.Read(func(string, string) (uint32, []byte, bool) { return 0, nil, false })

// bootSource reads the hive where OSLDR has put it.
func bootSource(key, name string) (uint32, []byte, bool) {
	v, ok := cm.BootValue(`Control\`+key, name)
	return v.Type, v.Data, ok
}

// users takes a setting to the variables that it is of; those that are read where they are
// needed have nil.
var users = map[control.ID]func(){
	control.GlobalFlag: func() { ps.PebSettings.GlobalFlag = uint32(settings.Number(control.GlobalFlag)) },
	control.CSDVersion: func() { ps.PebSettings.CSDVersion = uint16(settings.Number(control.CSDVersion)) },
	control.CriticalSectionTimeout: func() {
		ps.PebSettings.CriticalSectionTimeout = settings.Number(control.CriticalSectionTimeout)
	},
	control.HeapSegmentReserve: func() { ps.PebSettings.Heap[0] = settings.Number(control.HeapSegmentReserve) },
	control.HeapSegmentCommit:  func() { ps.PebSettings.Heap[1] = settings.Number(control.HeapSegmentCommit) },
	control.HeapDeCommitTotalFreeThreshold: func() {
		ps.PebSettings.Heap[2] = settings.Number(control.HeapDeCommitTotalFreeThreshold)
	},
	control.HeapDeCommitFreeBlockThreshold: func() {
		ps.PebSettings.Heap[3] = settings.Number(control.HeapDeCommitFreeBlockThreshold)
	},
	control.AdditionalCriticalWorkerThreads: func() { ex.AddWorkers(int(settings.Number(control.AdditionalCriticalWorkerThreads)), 0) },
	control.AdditionalDelayedWorkerThreads:  func() { ex.AddWorkers(0, int(settings.Number(control.AdditionalDelayedWorkerThreads))) },
	control.ObCaseInsensitive:               func() { ob.CaseInsensitive = settings.Flag(control.ObCaseInsensitive) },
	control.DpcQueueDepth:                   func() { ke.SetDpcQueueDepth(int(settings.Number(control.DpcQueueDepth))) },
	control.Win32PrioritySeparation:         setQuantum,
	control.NonPagedPoolQuota:               func() { ex.SetPacketQuota(settings.Number(control.NonPagedPoolQuota) << 20) },
	control.NonPagedPoolSize:                tuneMemory,

	// tuneMemory's, too.
	control.PagedPoolSize: nil, control.PagingFileQuota: nil, control.SystemPages: nil, control.ClearPageFileAtShutdown: nil, control.PoolTag: nil,
	// P0.8, P0.9, P0.11.
	control.ProductType: nil, control.ProductSuite: nil, control.VerifyDrivers: nil, control.VerifyDriverLevel: nil,
	control.VerifierRandomTargets: nil, control.CSDBuildNumber: nil,
	// The stop screen.
	control.AutoReboot: nil,
	// P1.7, P1.25.
	control.RealTimeIsUniversal: nil, control.Bias: nil, control.ActiveTimeBias: nil, control.StandardName: nil, control.StandardStart: nil,
	control.StandardBias: nil, control.DaylightName: nil, control.DaylightStart: nil, control.DaylightBias: nil,
	control.DynamicDaylightTimeDisabled: nil,
}

// setQuantum: a quantum is long on a server, short on a workstation, unless the setting says
// which.
func setQuantum() {
	ticks := ke.Quantum
	switch settings.Number(control.Win32PrioritySeparation) >> 4 & 3 {
	case 1:
		ticks = ke.LongQuantum
	case 0, 3:
		if settings.Text(control.ProductType) != "WinNT" {
			ticks = ke.LongQuantum
		}
	}
	ke.SetQuantum(ticks)
}

func tuneMemory() {
	t := mm.Tuning{PoolBytes: [2]uint64{mm.NonPagedPool: settings.Number(control.NonPagedPoolSize), mm.PagedPool: settings.Number(control.PagedPoolSize)},
		ProcessCommit: settings.Number(control.PagingFileQuota) << 20, SystemPages: settings.Number(control.SystemPages),
		ClearPageFiles: settings.Flag(control.ClearPageFileAtShutdown)}
	switch tag := settings.Number(control.PoolTag); tag {
	case 0:
	case '*':
		mm.InitializePool(true)
	default:
		var b mm.Tag
		binary.LittleEndian.PutUint32(b[:], uint32(tag))
		t.SpecialTags = append(t.SpecialTags, b)
	}
	mm.Tune(t)
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
	checkFlags()
	settings = control.Read(bootSource)
	for _, p := range settings.Problems {
		bootProblem(p)
	}
	for id := range control.Table {
		set, there := users[control.ID(id)]
		if !there {
			return fail(fmt.Errorf("the setting %s has no user", control.Table[id].Path()))
		}
		if set != nil {
			set()
		}
	}
	return nt.StatusSuccess
}

// product is what is installed.
var product ex.Product

// exInitSystem0 (SPEC P0.8): product type and suites, validated.
func exInitSystem0() nt.Status {
	checkFlags()
	var problems []string
	product, problems = ex.ValidateProduct(settings.Text(control.ProductType), settings.Values[control.ProductSuite].List)
	for _, p := range problems {
		bootProblem(p)
	}
	return nt.StatusSuccess
}

// initVerifier (SPEC P0.9): which drivers are verified, and how.
func initVerifier() nt.Status {
	checkFlags()
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
			files = append(files, baseName(d.FilePath))
		}
	}
	return files
}
