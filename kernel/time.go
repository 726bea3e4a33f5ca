//go:build kernel

package main

import (
	"gont/ex/realtime"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/nt"
)

// queryClock is SPEC P1.7: system time and boot time from the CMOS clock; YEAR= overrides.
func queryClock() nt.Status {
	realtime.Connect(realtime.Machine{Query: hal.QueryRealTimeClock, Set: hal.SetRealTimeClock, Present: hal.HasRealTimeClock}, settings)
	if p := realtime.QueryClock(int(options.Number("YEAR", 0))); p != "" {
		display.String(p + "\n")
	}
	return nt.StatusSuccess
}

// refreshTimeZoneInformation is SPEC P1.25.
func refreshTimeZoneInformation() nt.Status {
	said, problems := realtime.RefreshTimeZone()
	for _, p := range problems {
		display.String(p + "\n")
	}
	if said != "" {
		dbgprint.Line("P1.25: " + said)
	}
	return nt.StatusSuccess
}
