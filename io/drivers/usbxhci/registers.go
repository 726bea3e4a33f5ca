package usbxhci

// Capability registers (xHCI 1.2, 5.3).
const (
	capLength   = 0x00 // 8 bits; 31:16 is the version
	capParams1  = 0x04
	capParams2  = 0x08
	capHcc1     = 0x10
	capDoorbell = 0x14
	capRuntime  = 0x18

	hccWide       = 1 << 0 // 64-bit addresses
	hccContext64  = 1 << 2
	hccPowerPorts = 1 << 3
)

// Operational registers (5.4), from the capability registers' length on.
const (
	opCommand = 0x00
	opStatus  = 0x04
	opPage    = 0x08
	opNotify  = 0x14
	opRing    = 0x18
	opDcbaa   = 0x30
	opConfig  = 0x38
	opPorts   = 0x400
	portSize  = 0x10

	commandRun       = 1 << 0
	commandReset     = 1 << 1
	commandInterrupt = 1 << 2

	statusHalted   = 1 << 0
	statusSystem   = 1 << 2 // host system error
	statusEvent    = 1 << 3
	statusNotReady = 1 << 11
	statusInternal = 1 << 12 // host controller error

	ringCycle = 1 << 0
	ringAbort = 1 << 2
	ringRuns  = 1 << 3
)

// A port's status and control (5.4.8).
const (
	portConnected = 1 << 0
	portEnabled   = 1 << 1 // writing 1 disables it
	portOver      = 1 << 3
	portReset     = 1 << 4
	portPower     = 1 << 9

	portConnectChange = 1 << 17
	portResetChange   = 1 << 21
	portChanges       = 0x7F << 17
	portWarmReset     = 1 << 31

	// portKeep are the bits that are written as they are read: power, indicators, wake-up.
	portKeep = portPower | 3<<14 | 7<<25

	linkU0       = 0
	linkRxDetect = 5
	linkInactive = 6
	linkPolling  = 7
)

// Runtime registers (5.5): the first interrupter's.
const (
	rtManagement = 0x20
	rtModeration = 0x24
	rtTableSize  = 0x28
	rtTable      = 0x30
	rtDequeue    = 0x38

	managementPending = 1 << 0
	managementEnable  = 1 << 1
	dequeueBusy       = 1 << 3

	// moderation is the least time between interrupts, in 250 ns: 40 µs.
	moderation = 160
)

// Extended capabilities (7).
const (
	extLegacy   = 1
	extProtocol = 2

	legacyBios  = 1 << 16
	legacyOs    = 1 << 24
	legacySmis  = 1<<0 | 1<<4 | 7<<13 // of the second register
	legacyClear = 7 << 29
)

// Types of TRBs (table 6-91).
const (
	trbNormal        = 1
	trbSetup         = 2
	trbData          = 3
	trbStatus        = 4
	trbLink          = 6
	trbEnableSlot    = 9
	trbDisableSlot   = 10
	trbAddress       = 11
	trbConfigure     = 12
	trbEvaluate      = 13
	trbResetEndpoint = 14
	trbStopEndpoint  = 15
	trbSetDequeue    = 16
	trbResetDevice   = 17

	eventTransfer = 32
	eventCommand  = 33
	eventPort     = 34
	eventHost     = 37
)

// Bits of a TRB's last word.
const (
	trbCycle     = 1 << 0
	trbToggle    = 1 << 1 // a link's
	trbShort     = 1 << 2 // an event for a short packet
	trbChain     = 1 << 4
	trbOnEnd     = 1 << 5 // an event at its end
	trbImmediate = 1 << 6
	trbIn        = 1 << 16
	trbType      = 10 // the type's lowest bit
)

// Completion codes (table 6-90).
const (
	codeSuccess      = 1
	codeBabble       = 3
	codeTransaction  = 4
	codeStall        = 6
	codeShort        = 13
	codeContextState = 19
	codeRingStopped  = 24
	codeAborted      = 25
	codeStopped      = 26
	codeStoppedShort = 28
)

// States of an endpoint (6.2.3).
const (
	endpointDisabled = 0
	endpointRunning  = 1
	endpointHalted   = 2
)

// Types of endpoints (table 6-9).
const (
	typeBulkOut     = 2
	typeControl     = 4
	typeBulkIn      = 6
	typeInterruptIn = 7
)
