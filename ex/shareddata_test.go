package ex

import (
	"testing"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/rtl/timezone"
)

// TestSharedData (P1.18): programs see product, time and the TSC's scale; a new system time
// at once; a folder that is too long is cut, not written behind its field.
func TestSharedData(t *testing.T) {
	multiplier, ticks := uint64(77), uint64(0)
	m := SharedMachine{Page: func(pfn uint32) *[mm.PageSize]byte { return &memory[pfn] }, Ticks: func() uint64 { return ticks },
		TscScale: func() (uint64, uint64, uint64) { return 5, multiplier, 9 }}
	defer func() { sharedData.data = nil }()
	simulate(t, func(w *world) {
		UpdateSharedData() // there is no page yet
		ShareTscScale()
		w.expect("before P1.18", SharedData() == nil, true)
		long := make([]byte, 400)
		for i := range long {
			long[i] = 'x'
		}
		if s := CreateSharedData(m, Product{Type: ProductServer, Suite: 0x2}, string(long)); !s.OK() {
			t.Fatal(s)
		}
		d := SharedData()
		w.expect("the type", d.NtProductType, uint32(ProductServer))
		w.expect("the folder's last character", d.NtSystemRoot[len(d.NtSystemRoot)-1], uint16(0))
		w.expect("the folder's first character", d.NtSystemRoot[0], uint16('C'))
		w.expect("the TSC's scale", [3]uint64{d.TscBase, d.TscMultiplier, d.TscOffset}, [3]uint64{5, 77, 9})
		ticks, multiplier = 12, 0
		RefreshTimeZone(timezone.Zone{Bias: -60}, 0)
		defer timeZone.Store(nil)
		ke.SetSystemTime(1 << 40)
		ShareTime(nil, nil, nil)
		system := uint64(d.SystemTime.High1)<<32 | uint64(d.SystemTime.Low)
		w.expect("the system time is new", system >= 1<<40 && d.SystemTime.High1 == d.SystemTime.High2, true)
		bias := int64(d.TimeZoneBias.High1)<<32 | int64(d.TimeZoneBias.Low)
		w.expect("the bias", bias, int64(-60*minute))
		w.expect("ticks", d.TickCount.Low, uint32(12))
		w.expect("a TSC that tells no time", d.TscMultiplier, uint64(0))
		space, _ := mm.NewAddressSpace()
		b := make([]byte, 4)
		if s := space.MapShared(nt.SharedUserData, sharedData.page); !s.OK() {
			t.Error(s)
		} else if _, s := space.ReadBytes(nt.SharedUserData, b); !s.OK() {
			t.Error(s)
		}
		space.Destroy()
	})
}

// TestSharedDataWithoutMemory: the step fails, and there is no page.
func TestSharedDataWithoutMemory(t *testing.T) {
	simulate(t, func(w *world) {
		for {
			if _, ok := mm.AllocatePage(mm.UseShared, false); !ok {
				break
			}
		}
		w.expect("without memory", CreateSharedData(SharedMachine{}, Product{}, `\Windows\`), nt.StatusNoMemory)
		w.expect("the page", SharedData() == nil, true)
	})
}
