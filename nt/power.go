package nt

// Levels of NtPowerInformation (POWER_INFORMATION_LEVEL) that are answered, and the last one
// that NT 6.1 has.
const (
	SystemPowerCapabilitiesLevel = 4  // PowerCapabilities
	ProcessorInformationLevel    = 11 // ProcessorPower, one for each processor
	LastWakeTimeLevel            = 14 // uint64, interrupt time
	LastSleepTimeLevel           = 15
	SystemExecutionStateLevel    = 16 // uint32, ES_...
	LastPowerInformationLevel    = 49
)

// PowerCapabilities is SYSTEM_POWER_CAPABILITIES: what the machine and its system can do.
// Booleans are 0 and 1.
type PowerCapabilities struct {
	PowerButtonPresent, SleepButtonPresent, LidPresent uint8
	SystemS1, SystemS2, SystemS3, SystemS4, SystemS5   uint8
	HiberFilePresent, FullWake, VideoDimPresent        uint8
	ApmPresent, UpsPresent, ThermalControl             uint8
	ProcessorThrottle, ProcessorMinThrottle            uint8
	ProcessorMaxThrottle, FastSystemS4                 uint8
	_                                                  [3]uint8
	DiskSpinDown                                       uint8
	_                                                  [8]uint8
	SystemBatteriesPresent, BatteriesAreShortTerm      uint8
	BatteryScale                                       [3]struct{ Granularity, Capacity uint32 }
	AcOnLineWake, SoftLidWake, RtcWake                 uint32 // SYSTEM_POWER_STATE
	MinDeviceWakeState, DefaultLowLatencyWake          uint32
}

// ProcessorPower is PROCESSOR_POWER_INFORMATION.
type ProcessorPower struct {
	Number, MaxMhz, CurrentMhz, MhzLimit uint32
	MaxIdleState, CurrentIdleState       uint32 // C-states
}
