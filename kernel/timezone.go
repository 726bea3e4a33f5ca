//go:build kernel

package main

import (
	"fmt"

	"gont/cm"
	"gont/cm/control"
	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/nt"
	"gont/rtl/timezone"
)

// The time zone (SPEC P1.7, P1.25).

const timeZoneKey = `\Registry\Machine\SYSTEM\CurrentControlSet\Control\TimeZoneInformation`

// minute is in 100 ns.
const minute = 60 * 10_000_000

// clockBias is added to what the CMOS clock shows to get the system time, 100 ns: nothing for a
// clock that shows universal time. active is the zone's bias that counted when the clock was
// last set.
func clockBias(active int64) uint64 {
	if settings.Flag(control.RealTimeIsUniversal) {
		return 0
	}
	return uint64(active * minute)
}

// lastBias is the bias that was in force when the system was last up.
func lastBias() int64 {
	if settings.Values[control.ActiveTimeBias].Given {
		return settings.Signed(control.ActiveTimeBias)
	}
	return settings.Signed(control.Bias)
}

// timeZone is the registry's description; a rule that makes no sense is named, and there is
// no daylight saving then.
func timeZone() timezone.Zone {
	z := timezone.Zone{Bias: settings.Signed(control.Bias), StandardBias: settings.Signed(control.StandardBias), DaylightBias: settings.Signed(control.DaylightBias),
		StandardName: settings.Text(control.StandardName), DaylightName: settings.Text(control.DaylightName)}
	if settings.Flag(control.DynamicDaylightTimeDisabled) {
		return z
	}
	var err [2]error
	z.Standard, err[0] = timezone.ParseRule(settings.Values[control.StandardStart].Date)
	z.Daylight, err[1] = timezone.ParseRule(settings.Values[control.DaylightStart].Date)
	for i, e := range err {
		if e != nil {
			name := control.Table[[]control.ID{control.StandardStart, control.DaylightStart}[i]].Path()
			display.String("registry value Control\\" + name + ": " + e.Error() + "; there is no daylight saving\n")
			z.Standard, z.Daylight = timezone.Rule{}, timezone.Rule{}
		}
	}
	return z
}

// zoneChange is set to the next change of the bias; zoneWork follows it.
var (
	zoneChange = ke.NewTimer(nt.NotificationTimer)
	zoneDpc    = ke.NewDpc(func(any) { ex.QueueWorkItem(zoneWork, ex.DelayedWorkQueue) })
	zoneWork   *ex.WorkItem
)

// refreshTimeZoneInformation (SPEC P1.25): the bias by the rules and today's date; the
// system time is set again if it was reckoned with another one.
func refreshTimeZoneInformation() nt.Status {
	zoneWork = ex.NewWorkItem(func(any) {
		if followTimeZone() {
			realTimeChanged(nil, nil, nil) // a CMOS clock of local time
		}
	}, nil)
	ex.TimeCallback.Register(zoneTimeChanged, nil)
	ex.RefreshTimeZone(timeZone(), ke.SystemTime())
	if active := ex.CurrentTimeZone().Active; active != lastBias() && !settings.Flag(control.RealTimeIsUniversal) {
		// The clock goes by the zone: it shows local time by the bias that counts now.
		by := clockBias(active) - clockBias(lastBias())
		ke.SetSystemTime(ke.SystemTime() + by)
		ke.MoveBootTime(by)
		dbgprint.Line(fmt.Sprintf("P1.25: the bias was %d minutes and is %d: the system time is set again", lastBias(), active))
	}
	followTimeZone()
	return nt.StatusSuccess
}

// followTimeZone finds the bias that counts now, keeps it in the registry, shows it to
// programs, and comes again when it changes. It reports whether it has changed. PASSIVE_LEVEL.
func followTimeZone() bool {
	now := ke.SystemTime()
	changed, next := ex.RefreshTimeZone(ex.CurrentTimeZone().Zone, now)
	z := ex.CurrentTimeZone()
	if next != 0 {
		zoneChange.SetDpc(int64(next), 0, zoneDpc)
	}
	if key, s := cm.OpenKey(timeZoneKey); s.OK() {
		if v, ok := key.Uint32("ActiveTimeBias"); !ok || v != uint32(z.Active) {
			key.SetUint32("ActiveTimeBias", uint32(z.Active))
		}
		key.Close()
	}
	if changed {
		sharedTimeChanged(nil, nil, nil)
	}
	return changed
}

// zoneTimeChanged is called when the system time has been set: another bias may count then.
func zoneTimeChanged(_, _, _ any) { followTimeZone() }

// localTime is a system time as the CMOS clock is to show it.
func localTime(system uint64) hal.Time {
	return hal.FromSystemTime(system - clockBias(ex.CurrentTimeZone().Active))
}
