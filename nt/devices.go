package nt

// Control codes of the smaller devices.
const (
	// IoctlBeepSet lets the speaker sound: BeepSetParameters.
	IoctlBeepSet = FileDeviceBeep<<16 | 0<<2
	// IoctlVideoQuerySize asks \Device\Video0 for its columns and rows, two uint32.
	IoctlVideoQuerySize = FileDeviceVideo<<16 | 0x800<<2
	// IoctlRtcSetRate lets the clock interrupt that many times a second: a uint32, a power
	// of two from 2 to 8192; 0: not.
	IoctlRtcSetRate = FileDeviceUnknown<<16 | 0x800<<2
	// IoctlRtcSetAlarm sets the alarm: a uint32, seconds from now, below a day; 0: none.
	IoctlRtcSetAlarm = FileDeviceUnknown<<16 | 0x801<<2
	// IoctlRtcQuery asks for RtcInformation.
	IoctlRtcQuery = FileDeviceUnknown<<16 | 0x802<<2
)

// BeepSetParameters is BEEP_SET_PARAMETERS: hertz, 37 to 32767, and milliseconds;
// FFFFFFFFh: until the next one. Both 0: silence.
type BeepSetParameters struct{ Frequency, Duration uint32 }

// What a beep may be.
const (
	BeepFrequencyMinimum = 0x25
	BeepFrequencyMaximum = 0x7FFF
)

// RtcInformation tells of the CMOS clock's interrupts since it was started.
type RtcInformation struct {
	Rate     uint32 // periodic interrupts a second, 0: off
	_        uint32
	Periodic uint64
	Updates  uint64 // seconds
	Alarms   uint64
	// Second is the length of the last second by the system's clock, 100 ns units; 0: none
	// has been measured.
	Second uint64
}
