package realtime

import (
	"fmt"

	"gont/cm"
	"gont/cm/control"
	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/rtl/timezone"
)

const timeZoneKey = `\Registry\Machine\SYSTEM\CurrentControlSet\Control\TimeZoneInformation`

// lastBias is the bias, in minutes, that was in force when the system was last up.
func lastBias() int64 {
	if settings.Values[control.ActiveTimeBias].Given {
		return settings.Signed(control.ActiveTimeBias)
	}
	return settings.Signed(control.Bias)
}

// zone is the registry's description; a rule that makes no sense is a problem, and there is
// no daylight saving then.
func zone() (z timezone.Zone, problems []string) {
	z = timezone.Zone{Bias: settings.Signed(control.Bias), StandardBias: settings.Signed(control.StandardBias), DaylightBias: settings.Signed(control.DaylightBias),
		StandardName: settings.Text(control.StandardName), DaylightName: settings.Text(control.DaylightName)}
	if settings.Flag(control.DynamicDaylightTimeDisabled) {
		return z, nil
	}
	parse := func(id control.ID) timezone.Rule {
		rule, err := timezone.ParseRule(settings.Values[id].Date)
		if err != nil {
			problems = append(problems, "registry value Control\\"+control.Table[id].Path()+": "+err.Error()+"; there is no daylight saving")
		}
		return rule
	}
	z.Standard, z.Daylight = parse(control.StandardStart), parse(control.DaylightStart)
	if problems != nil {
		z.Standard, z.Daylight = timezone.Rule{}, timezone.Rule{}
	}
	return z, problems
}

// zoneChange is set to the next change of the bias; zoneWork follows it.
var (
	zoneChange = ke.NewTimer(nt.NotificationTimer)
	zoneDpc    = ke.NewDpc(func(any) { ex.QueueWorkItem(zoneWork, ex.DelayedWorkQueue) })
	zoneWork   *ex.WorkItem
)

// RefreshTimeZone puts the bias in force that the rules have for today (SPEC P1.25), and
// follows it from here on. The system time is set again if P1.7 has reckoned with another
// bias; said tells of that. Problems are those of the registry's rules.
func RefreshTimeZone() (said string, problems []string) {
	zoneWork = ex.NewWorkItem(func(any) {
		if follow() {
			Changed(nil, nil, nil) // a machine's clock of local time
		}
	}, nil)
	ex.TimeCallback.Register(func(_, _, _ any) { follow() }, nil) // another bias may count then
	z, problems := zone()
	ex.RefreshTimeZone(z, ke.SystemTime())
	if active := ex.CurrentTimeZone().Active; active != lastBias() && !settings.Flag(control.RealTimeIsUniversal) {
		// The clock goes by the zone: it shows local time by the bias that counts now.
		by := bias(active) - bias(lastBias())
		ke.SetSystemTime(ke.SystemTime() + by)
		ke.MoveBootTime(by)
		said = fmt.Sprintf("the bias was %d minutes and is %d: the system time is set again", lastBias(), active)
	}
	follow()
	return said, problems
}

// follow finds the bias that counts now, keeps it in the registry, shows it to programs, and
// comes again when it changes. It reports whether it has changed.
func follow() bool {
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
		ex.ShareTime(nil, nil, nil)
	}
	return changed
}
