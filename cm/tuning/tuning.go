// Package tuning takes the control vector (cm/control, SPEC P0.7) to the components whose
// settings it holds. It is used once, by the boot processor with interrupts off.
package tuning

import (
	"encoding/binary"
	"fmt"

	"gont/cm/control"
	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/ob"
	"gont/ps"
)

// Apply puts every setting in force. The error names a setting of the table that nobody
// uses.
func Apply(v *control.Vector) error {
	for id := range control.Table {
		set, there := users[control.ID(id)]
		if !there {
			return fmt.Errorf("the setting %s has no user", control.Table[id].Path())
		}
		if set != nil {
			set(v)
		}
	}
	return nil
}

// users takes a setting to the variables that it is of; those that are read where they are
// needed have nil.
var users = map[control.ID]func(v *control.Vector){
	control.GlobalFlag: func(v *control.Vector) { ps.PebSettings.GlobalFlag = uint32(v.Number(control.GlobalFlag)) },
	control.CSDVersion: func(v *control.Vector) { ps.PebSettings.CSDVersion = uint16(v.Number(control.CSDVersion)) },
	control.CriticalSectionTimeout: func(v *control.Vector) {
		ps.PebSettings.CriticalSectionTimeout = v.Number(control.CriticalSectionTimeout)
	},
	control.HeapSegmentReserve: func(v *control.Vector) { ps.PebSettings.Heap[0] = v.Number(control.HeapSegmentReserve) },
	control.HeapSegmentCommit:  func(v *control.Vector) { ps.PebSettings.Heap[1] = v.Number(control.HeapSegmentCommit) },
	control.HeapDeCommitTotalFreeThreshold: func(v *control.Vector) {
		ps.PebSettings.Heap[2] = v.Number(control.HeapDeCommitTotalFreeThreshold)
	},
	control.HeapDeCommitFreeBlockThreshold: func(v *control.Vector) {
		ps.PebSettings.Heap[3] = v.Number(control.HeapDeCommitFreeBlockThreshold)
	},
	control.AdditionalCriticalWorkerThreads: func(v *control.Vector) { ex.AddWorkers(int(v.Number(control.AdditionalCriticalWorkerThreads)), 0) },
	control.AdditionalDelayedWorkerThreads:  func(v *control.Vector) { ex.AddWorkers(0, int(v.Number(control.AdditionalDelayedWorkerThreads))) },
	control.ObCaseInsensitive:               func(v *control.Vector) { ob.CaseInsensitive = v.Flag(control.ObCaseInsensitive) },
	control.DpcQueueDepth:                   func(v *control.Vector) { ke.SetDpcQueueDepth(int(v.Number(control.DpcQueueDepth))) },
	control.Win32PrioritySeparation:         setQuantum,
	control.NonPagedPoolQuota:               func(v *control.Vector) { ex.SetPacketQuota(v.Number(control.NonPagedPoolQuota) << 20) },
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
func setQuantum(v *control.Vector) {
	ticks := ke.Quantum
	switch v.Number(control.Win32PrioritySeparation) >> 4 & 3 {
	case 1:
		ticks = ke.LongQuantum
	case 0, 3:
		if v.Text(control.ProductType) != "WinNT" {
			ticks = ke.LongQuantum
		}
	}
	ke.SetQuantum(ticks)
}

func tuneMemory(v *control.Vector) {
	t := mm.Tuning{PoolBytes: [2]uint64{mm.NonPagedPool: v.Number(control.NonPagedPoolSize), mm.PagedPool: v.Number(control.PagedPoolSize)},
		ProcessCommit: v.Number(control.PagingFileQuota) << 20, SystemPages: v.Number(control.SystemPages),
		ClearPageFiles: v.Flag(control.ClearPageFileAtShutdown)}
	switch tag := v.Number(control.PoolTag); tag {
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
