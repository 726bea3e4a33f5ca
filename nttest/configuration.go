//go:build ntuser

package main

import (
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// What the start has made of registry and files: tables of characters, settings in the PEB,
// the time zone.
var configurationTests = []test{
	// P1.19: the tables can be mapped to read, and nothing else.
	{"nls-sections", func() error {
		for name, page := range map[string]uint16{`\NLS\NlsSectionCP1252`: 1252, `\NLS\NlsSectionCP437`: 437, `\NLS\NlsSectionLANG_INTL`: 0} {
			h, s := ntdll.NtOpenSection(nt.SectionMapRead|nt.SectionMapWrite, ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0))
			if !s.OK() {
				return expect(name, s, 0)
			}
			defer ntdll.NtClose(h)
			if _, _, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite); s != nt.StatusSectionProtection {
				return expect(name+" to write", s, nt.StatusSectionProtection)
			}
			base, size, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly)
			if !s.OK() {
				return expect(name+" to read", s, 0)
			}
			defer ntdll.NtUnmapViewOfSection(nt.CurrentProcess, base)
			w := unsafe.Slice((*uint16)(unsafe.Pointer(at(uintptr(base)))), size/2)
			switch {
			case page != 0 && (w[0] != 13 || w[1] != page || w[14+'A'] != 'A'):
				return fmt.Errorf("%s begins with %d, %d", name, w[0], w[1])
			case page == 0:
				upper := w[2:]
				for c, want := range map[uint16]uint16{'a': 'A', 0xE4: 0xC4, 0x3B1: 0x391, '1': '1'} {
					if got := c + upper[upper[upper[c>>8]+c>>4&15]+c&15]; got != want {
						return fmt.Errorf("upper case of %04X is %04X", c, got)
					}
				}
			}
		}
		return nil
	}},
	// P0.7: what Control\Session Manager says is in the PEB.
	{"peb-settings", func() error {
		p, s := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
		if !s.OK() {
			return expect("NtQueryInformationProcess", s, 0)
		}
		peb := func(offset uintptr) uint64 { return *(*uint64)(unsafe.Pointer(at(uintptr(p.PebBaseAddress) + offset))) }
		for offset, want := range map[uintptr]uint64{
			nt.PebCriticalSectionTimeout: ^uint64(2592000*10_000_000 - 1), nt.PebHeapSegmentReserve: 1 << 20, nt.PebHeapSegmentCommit: 1 << 13,
			nt.PebHeapDeCommitTotalFreeThreshold: 1 << 16, nt.PebHeapDeCommitFreeBlockThreshold: 1 << 12,
		} {
			if got := peb(offset); got != want {
				return fmt.Errorf("PEB+%#x is %#x, not %#x", offset, got, want)
			}
		}
		if got := uint16(peb(nt.PebOSCSDVersion)); got != 0x100 {
			return fmt.Errorf("OSCSDVersion is %#x", got)
		}
		return nil
	}},
	// P1.25: the zone, by the service and by KUSER_SHARED_DATA.
	{"time-zone", func() error {
		var v nt.TimeZoneInformation
		var n uint32
		if s := ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemCurrentTimeZoneInformationClass, pointer(&v), unsafe.Sizeof(v), pointer(&n)); !s.OK() || uintptr(n) != unsafe.Sizeof(v) {
			return fmt.Errorf("%v, %d bytes", s, n)
		}
		if v.Bias != 0 || v.StandardName[0] != 'U' || v.StandardName[2] != 'C' || v.StandardStart != [8]uint16{} {
			return fmt.Errorf("%+v", v)
		}
		shared := (*nt.KUserSharedData)(unsafe.Pointer(at(nt.SharedUserData)))
		if shared.TimeZoneBias.Low != 0 || shared.TimeZoneID != 0 || shared.NtProductType != 1 || shared.SuiteMask != 0 {
			return fmt.Errorf("bias %+v, period %d, product %d, suites %#x", shared.TimeZoneBias, shared.TimeZoneID, shared.NtProductType, shared.SuiteMask)
		}
		return nil
	}},
}
