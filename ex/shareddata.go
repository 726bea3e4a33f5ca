package ex

import (
	"sync/atomic"
	"unsafe"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// The page of KUSER_SHARED_DATA, which every process sees at 0x7FFE0000 (SPEC P1.18).

// SharedMachine is what the page tells of the machine.
type SharedMachine struct {
	// Page returns a frame's bytes as the kernel sees them.
	Page func(pfn uint32) *[mm.PageSize]byte
	// TscScale returns how programs make nanoseconds of the TSC (nt.KUserSharedData);
	// multiplier 0: they ask the kernel. Any processor.
	TscScale func() (base, multiplier, offset uint64)
	// Ticks counts the clock interrupts of the boot processor.
	Ticks func() uint64
}

var sharedData struct {
	machine SharedMachine
	page    uint32
	data    *nt.KUserSharedData // nil until CreateSharedData
}

// minute is in 100 ns.
const minute = 60 * 10_000_000

// CreateSharedData makes the page. systemRoot is the system's folder, `\Windows\`.
func CreateSharedData(m SharedMachine, p Product, systemRoot string) nt.Status {
	n, ok := mm.AllocatePage(mm.UseShared, true)
	if !ok {
		return nt.StatusNoMemory
	}
	d := (*nt.KUserSharedData)(unsafe.Pointer(m.Page(n)))
	d.TickCountMultiplier = uint32(ke.TimeIncrement * (1 << 24) / 10000)
	d.NtMajorVersion, d.NtMinorVersion, d.NtBuildNumber = nt.NtMajor, nt.NtMinor, nt.NtBuild
	d.NtProductType, d.ProductTypeIsValid, d.SuiteMask = p.Type, 1, p.Suite
	d.ImageNumberLow, d.ImageNumberHigh = 0x8664, 0x8664
	for i, c := range `C:` + systemRoot {
		if i < len(d.NtSystemRoot)-1 {
			d.NtSystemRoot[i] = uint16(c)
		}
	}
	sharedData.machine, sharedData.page, sharedData.data = m, n, d
	ShareTscScale()
	UpdateSharedData()
	return nt.StatusSuccess
}

// SharedData is the page as the kernel sees it, nil before P1.18.
func SharedData() *nt.KUserSharedData { return sharedData.data }

// MapSharedData maps the page into a process (ps.BeforeUser).
func MapSharedData(p *ps.Process) nt.Status {
	return p.Space.MapShared(nt.SharedUserData, sharedData.page)
}

// ShareTscScale shows programs how the TSC counts now.
func ShareTscScale() {
	if d := sharedData.data; d != nil {
		d.TscBase, d.TscMultiplier, d.TscOffset = sharedData.machine.TscScale()
	}
}

// UpdateSharedData shows programs the time. The boot processor alone calls it, at clock
// ticks; PASSIVE_LEVEL or DISPATCH_LEVEL.
func UpdateSharedData() {
	d := sharedData.data
	if d == nil {
		return
	}
	set := func(k *nt.KSystemTime, v uint64) {
		k.High2 = int32(v >> 32)
		k.Low = uint32(v)
		k.High1 = int32(v >> 32)
	}
	if _, m, _ := sharedData.machine.TscScale(); m == 0 {
		atomic.StoreUint64(&d.TscMultiplier, 0) // programs ask the kernel
	}
	now, ticks := ke.InterruptTime(), sharedData.machine.Ticks()
	set(&d.InterruptTime, now)
	set(&d.SystemTime, now+ke.SystemTimeOffset())
	set(&d.TickCount, ticks)
	z := CurrentTimeZone()
	set(&d.TimeZoneBias, uint64(z.Active*minute))
	d.TimeZoneID = uint32(z.Period)
	d.TickCountLowDeprecated = uint32(ticks)
}

// ShareTime shows programs at once that the system time or the bias has been set. The page
// is the boot processor's to write: the calling thread waits for a DPC there. PASSIVE_LEVEL;
// a callback of \Callback\SetSystemTime, whose arguments are not used.
func ShareTime(_, _, _ any) {
	done := ke.NewEvent(nt.NotificationEvent, false)
	d := ke.NewDpc(func(any) {
		UpdateSharedData()
		done.Set()
	})
	d.SetTargetProcessor(0)
	d.Insert(nil)
	ke.WaitForSingleObject(done, ke.KernelMode, false, nil)
}
