//go:build kernel

package hal

import "gont/arc"

// LeaveRestartMessage writes m to the alarm registers of the real-time clock, where
// OSLDR looks (arc.RestartMessage); RestartNothing takes a message away. The caller
// holds the lock of the clock. False: the alarm is in use, or the clock has none.
func LeaveRestartMessage(m arc.RestartMessage) bool {
	if cmos(arc.ClockRegisterB)&arc.AlarmEnable != 0 {
		return false
	}
	seconds, minutes, hours := m.Registers()
	if m.Kind == arc.RestartNothing {
		seconds, minutes, hours = 0, 0, 0
	}
	setCmos(arc.AlarmSeconds, seconds)
	setCmos(arc.AlarmMinutes, minutes)
	setCmos(arc.AlarmHours, hours)
	return cmos(arc.AlarmSeconds) == seconds && cmos(arc.AlarmMinutes) == minutes && cmos(arc.AlarmHours) == hours
}
