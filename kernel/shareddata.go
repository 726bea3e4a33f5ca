//go:build kernel

package main

import (
	"sync/atomic"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// The page of KUSER_SHARED_DATA, as the kernel sees it, and its page frame.
var (
	shared     *nt.KUserSharedData
	sharedPage uint32
)

// createSharedData makes the page that every process sees at 0x7FFE0000.
func createSharedData() nt.Status {
	n, ok := mm.AllocatePage(mm.UseShared, true)
	if !ok {
		return nt.StatusNoMemory
	}
	sharedPage = n
	shared = (*nt.KUserSharedData)(hal.Phys(uint64(n) << mm.PageShift))
	shared.TickCountMultiplier = uint32(hal.TimeIncrement * (1 << 24) / 10000)
	shared.NtMajorVersion, shared.NtMinorVersion, shared.NtBuildNumber = nt.NtMajor, nt.NtMinor, nt.NtBuild
	shared.NtProductType, shared.ProductTypeIsValid, shared.SuiteMask = product.Type, 1, product.Suite
	shared.ImageNumberLow, shared.ImageNumberHigh = 0x8664, 0x8664
	for i, c := range `C:` + loader.systemRoot {
		if i < len(shared.NtSystemRoot)-1 {
			shared.NtSystemRoot[i] = uint16(c)
		}
	}
	shared.TscBase, shared.TscMultiplier, shared.TscOffset = hal.TscScale()
	updateSharedData()
	return nt.StatusSuccess
}

func mapSharedData(p *ps.Process) nt.Status { return p.Space.MapShared(nt.SharedUserData, sharedPage) }

// updateSharedData is processor 0's.
func updateSharedData() {
	if shared == nil {
		return
	}
	set := func(k *nt.KSystemTime, v uint64) {
		k.High2 = int32(v >> 32)
		k.Low = uint32(v)
		k.High1 = int32(v >> 32)
	}
	if _, m, _ := hal.TscScale(); m == 0 {
		atomic.StoreUint64(&shared.TscMultiplier, 0) // programs ask the kernel
	}
	now := interruptTime()
	set(&shared.InterruptTime, now)
	set(&shared.SystemTime, now+ke.SystemTimeOffset())
	set(&shared.TickCount, hal.Ticks())
	z := ex.CurrentTimeZone()
	set(&shared.TimeZoneBias, uint64(z.Active*minute))
	shared.TimeZoneID = uint32(z.Period)
	shared.TickCountLowDeprecated = uint32(hal.Ticks())
}

// sharedTimeChanged is called when the system time has been set: programs see the
// new one at once. The page that they see it in is processor 0's to write.
func sharedTimeChanged(_, _, _ any) {
	done := ke.NewEvent(nt.NotificationEvent, false)
	d := ke.NewDpc(func(any) {
		updateSharedData()
		done.Set()
	})
	d.SetTargetProcessor(0)
	d.Insert(nil)
	ke.WaitForSingleObject(done, ke.KernelMode, false, nil)
}
