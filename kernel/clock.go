//go:build kernel

package main

import (
	"runtime"
	"strconv"

	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// banner is what runs; the message table's first line (SPEC P0.11, P1.5).
const banner = "GoNT Operating System Version 6.1 (Build 7601)"

var (
	lastTick   uint64 // clock interrupts that have been worked on
	bootTime   uint64 // system time at P1.7
	shared     *nt.KUserSharedData
	sharedPage uint32
	loadedRoot uint64
)

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// interruptTime is the time since the kernel's start in 100 ns units.
func interruptTime() uint64 { return uint64(hal.Nanotime()) / 100 }

// systemTime is 100 ns units since 1601, UTC.
func systemTime() uint64 { return interruptTime() + ke.SystemTimeOffset }

// poll does the work of the clock interrupts that have come. It is called at
// dispatch points: after every trap from ring 3, by the idle thread, and in
// loops of the kernel that may be long. The current thread may lose the
// processor in it.
func poll(user bool) {
	now := hal.Ticks()
	n := now - lastTick
	if n == 0 {
		return
	}
	lastTick = now
	updateSharedData()
	refillHeap()
	ke.Tick(int(n), user)
	runtime.Gosched() // the collector's turn
}

// switched saves what is still the old thread's in the processor, and loads the
// address space of the thread that will run. Threads of the system run in
// whichever is loaded.
func switched(from, to *ke.Thread) {
	if f, _ := from.Owner.(*ps.Thread); f != nil && f.Context != nil {
		hal.SaveFloat(f.Context)
	}
	t, _ := to.Owner.(*ps.Thread)
	if t == nil || t.Process.Space == nil {
		return
	}
	if root := t.Process.Space.Root(); root != loadedRoot {
		loadedRoot = root
		hal.WriteCR3(root)
	}
}

// leaveSpace makes sure that the processor does not use an address space that
// is to be destroyed.
func leaveSpace(a *mm.AddressSpace) {
	if a.Root() == loadedRoot {
		loadedRoot = uint64(loader.tableRoot) << mm.PageShift
		hal.WriteCR3(loadedRoot)
	}
}

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
	shared.NtProductType, shared.ProductTypeIsValid = 1, 1
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

func updateSharedData() {
	if shared == nil {
		return
	}
	set := func(k *nt.KSystemTime, v uint64) {
		k.High2 = int32(v >> 32)
		k.Low = uint32(v)
		k.High1 = int32(v >> 32)
	}
	now := interruptTime()
	set(&shared.InterruptTime, now)
	set(&shared.SystemTime, now+ke.SystemTimeOffset)
	set(&shared.TickCount, lastTick)
	shared.TickCountLowDeprecated = uint32(lastTick)
}
