package system

import (
	"gont/ke"
	"gont/nt"
	"gont/po"
	"gont/svc"
)

// NtPowerInformation(level, input, inputLength, output, outputLength) answers what there is
// something true to say of: levels that set a policy, or ask for one, for batteries, or for
// thermal zones, are STATUS_NOT_SUPPORTED. STATUS_INVALID_PARAMETER for a level that NT does
// not have, or with an input; STATUS_BUFFER_TOO_SMALL when the answer has no room.
func NtPowerInformation(c *svc.Call) nt.Status {
	level, input, inputLength := c.Uint32(1), c.Arg(2), c.Uint32(3)
	if level > nt.LastPowerInformationLevel {
		return nt.StatusInvalidParameter
	}
	b := powerInformation(level)
	if b == nil {
		return nt.StatusNotSupported
	}
	if input != 0 || inputLength != 0 {
		return nt.StatusInvalidParameter
	}
	s := svc.Reply{Thread: c.Thread, Buffer: c.Arg(4), Length: c.Uint32(5)}.Bytes(b)
	if s == nt.StatusInfoLengthMismatch {
		return nt.StatusBufferTooSmall
	}
	return s
}

// powerInformation is the answer, nil where there is none.
func powerInformation(level uint32) []byte {
	switch level {
	case nt.SystemPowerCapabilitiesLevel:
		can := po.QueryCapabilities()
		// There is no sleep, nothing that could wake the machine, and no throttling.
		return svc.AsBytes(&nt.PowerCapabilities{PowerButtonPresent: number(can.PowerButton), SleepButtonPresent: number(can.SleepButton),
			SystemS5: number(can.SwitchOff), ProcessorMinThrottle: 100, ProcessorMaxThrottle: 100})
	case nt.ProcessorInformationLevel:
		// All run at the rate of their counters, and halt (C1) when they have nothing to do.
		mhz := Machine.Processor().MHz
		var b []byte
		for n := range ke.Processors() {
			b = svc.AppendValue(b, &nt.ProcessorPower{Number: uint32(n), MaxMhz: mhz, CurrentMhz: mhz, MhzLimit: mhz, MaxIdleState: 1, CurrentIdleState: 1})
		}
		return b
	case nt.LastWakeTimeLevel, nt.LastSleepTimeLevel:
		return make([]byte, 8) // it has never slept
	case nt.SystemExecutionStateLevel:
		return make([]byte, 4) // no thread can ask for one
	}
	return nil
}

func number(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
