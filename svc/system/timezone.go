package system

import (
	"encoding/binary"
	"unicode/utf16"

	"gont/ex"
	"gont/nt"
	"gont/rtl/timezone"
)

// currentTimeZone is SystemCurrentTimeZoneInformation.
func currentTimeZone() *nt.TimeZoneInformation {
	z := ex.CurrentTimeZone()
	v := &nt.TimeZoneInformation{Bias: int32(z.Bias), StandardBias: int32(z.StandardBias), DaylightBias: int32(z.DaylightBias)}
	name := func(to *[32]uint16, s string) {
		copy(to[:31], utf16.Encode([]rune(s)))
	}
	rule := func(to *[8]uint16, r timezone.Rule) {
		b := r.Bytes()
		for i := range to {
			to[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
	}
	name(&v.StandardName, z.StandardName)
	name(&v.DaylightName, z.DaylightName)
	rule(&v.StandardStart, z.Standard)
	rule(&v.DaylightStart, z.Daylight)
	return v
}
