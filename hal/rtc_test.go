package hal

import (
	"testing"
	"time"
)

// TestRtcDecode (P1.7): both number formats, both hour formats, and nonsense.
func TestRtcDecode(t *testing.T) {
	for _, c := range []struct {
		r    RtcRegisters
		want Time
		ok   bool
	}{
		{RtcRegisters{0x59, 0x34, 0x23, 0x22, 0x11, 0x26, 0x20, 0x02}, Time{2026, 11, 22, 23, 34, 59}, true},
		{RtcRegisters{59, 34, 23, 22, 11, 26, 0x20, 0x06}, Time{2026, 11, 22, 23, 34, 59}, true},
		{RtcRegisters{0x00, 0x00, 0x92, 0x01, 0x01, 0x00, 0x20, 0x00}, Time{2000, 1, 1, 12, 0, 0}, true},
		{RtcRegisters{0x00, 0x00, 0x12, 0x01, 0x01, 0x00, 0x20, 0x00}, Time{2000, 1, 1, 0, 0, 0}, true},
		{RtcRegisters{0, 0, 0, 0x29, 0x02, 0x24, 0x20, 0x02}, Time{2024, 2, 29, 0, 0, 0}, true},
		{RtcRegisters{0, 0, 0, 0x29, 0x02, 0x25, 0x20, 0x02}, Time{}, false},
		{RtcRegisters{0, 0, 0, 0x31, 0x13, 0x25, 0x20, 0x02}, Time{}, false},
		{RtcRegisters{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, Time{}, false},
		{RtcRegisters{0x1A, 0, 0, 0x01, 0x01, 0x25, 0x20, 0x02}, Time{}, false},
		{RtcRegisters{0, 0, 0, 0x01, 0x01, 0x25, 0xFF, 0x02}, Time{2025, 1, 1, 0, 0, 0}, true},
	} {
		got, ok := c.r.Decode()
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%+v: %+v %v, want %+v %v", c.r, got, ok, c.want, c.ok)
		}
	}
}

// TestRtcEncode: every form of the clock shows what it was set to, and years of other
// centuries are refused.
func TestRtcEncode(t *testing.T) {
	for _, b := range []uint8{0, 2, 4, 6} {
		for v := (Time{2000, 1, 1, 0, 0, 0}).SystemTime(); v < (Time{2100, 1, 1, 0, 0, 0}).SystemTime(); v += 1234567 * 10_000_000 {
			want := FromSystemTime(v)
			r, ok := want.Encode(RtcRegisters{Century: 0x20, StatusB: b})
			if got, shown := r.Decode(); !ok || !shown || got != want {
				t.Fatalf("%+v is shown as %+v, %v, by %+v", want, got, ok, r)
			}
		}
	}
	for year, want := range map[int]bool{1601: false, 1999: false, 2000: true, 2099: true, 2100: false, 31000: false} {
		for _, century := range []uint8{0x20, 0xFF, 0} {
			if _, ok := (Time{year, 1, 1, 0, 0, 0}).Encode(RtcRegisters{Century: century}); ok != want {
				t.Errorf("%d with century %#x: %v", year, century, ok)
			}
		}
	}
}

// TestSystemTime compares the calendar with package time's over four centuries.
func TestSystemTime(t *testing.T) {
	epoch := time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)
	for d := time.Date(1601, 1, 1, 5, 6, 7, 0, time.UTC); d.Year() < 2101; d = d.AddDate(0, 0, 13) {
		v := Time{d.Year(), int(d.Month()), d.Day(), d.Hour(), d.Minute(), d.Second()}
		if got, want := v.SystemTime(), uint64(d.Unix()-epoch.Unix())*10_000_000; got != want {
			t.Fatalf("%v: %d, want %d", d, got, want)
		}
		if back := FromSystemTime(v.SystemTime()); back != v {
			t.Fatalf("%v comes back as %v", v, back)
		}
	}
}
