package nt

// Control codes of serial ports (IOCTL_SERIAL_...), all METHOD_BUFFERED.
const (
	IoctlSerialSetBaudRate    = FileDeviceSerialPort<<16 | 1<<2  // uint32
	IoctlSerialSetQueueSize   = FileDeviceSerialPort<<16 | 2<<2  // two uint32: accepted, and not needed
	IoctlSerialSetLineControl = FileDeviceSerialPort<<16 | 3<<2  // SerialLineControl
	IoctlSerialSetBreakOn     = FileDeviceSerialPort<<16 | 4<<2  //
	IoctlSerialSetBreakOff    = FileDeviceSerialPort<<16 | 5<<2  //
	IoctlSerialSetTimeouts    = FileDeviceSerialPort<<16 | 7<<2  // SerialTimeouts
	IoctlSerialGetTimeouts    = FileDeviceSerialPort<<16 | 8<<2  // SerialTimeouts
	IoctlSerialSetDtr         = FileDeviceSerialPort<<16 | 9<<2  //
	IoctlSerialClearDtr       = FileDeviceSerialPort<<16 | 10<<2 //
	IoctlSerialResetDevice    = FileDeviceSerialPort<<16 | 11<<2 //
	IoctlSerialSetRts         = FileDeviceSerialPort<<16 | 12<<2 //
	IoctlSerialClearRts       = FileDeviceSerialPort<<16 | 13<<2 //
	IoctlSerialPurge          = FileDeviceSerialPort<<16 | 19<<2 // uint32: SerialPurge...
	IoctlSerialGetBaudRate    = FileDeviceSerialPort<<16 | 20<<2 // uint32
	IoctlSerialGetLineControl = FileDeviceSerialPort<<16 | 21<<2 // SerialLineControl
	IoctlSerialGetModemStatus = FileDeviceSerialPort<<16 | 26<<2 // uint32: the register's bits
	IoctlSerialGetCommStatus  = FileDeviceSerialPort<<16 | 27<<2 // SerialStatus
	IoctlSerialGetDtrRts      = FileDeviceSerialPort<<16 | 30<<2 // uint32: 1 DTR, 2 RTS
	IoctlSerialGetStats       = FileDeviceSerialPort<<16 | 35<<2 // SerialStatistics
	IoctlSerialClearStats     = FileDeviceSerialPort<<16 | 36<<2 //
)

// SerialLineControl is SERIAL_LINE_CONTROL.
type SerialLineControl struct {
	StopBits   uint8 // 0: 1, 1: 1.5, 2: 2
	Parity     uint8 // 0 none, 1 odd, 2 even, 3 mark, 4 space
	WordLength uint8 // 5 to 8
}

// SerialTimeouts is SERIAL_TIMEOUTS, in milliseconds. A read ends when its bytes are there,
// when ReadIntervalTimeout has passed since the last byte, or ReadTotalTimeoutMultiplier for
// each byte and ReadTotalTimeoutConstant since it began; 0 is no limit. An interval of
// FFFFFFFFh with both totals 0 returns at once with what is there; with a multiplier of
// FFFFFFFFh, too, and a constant, with what is there as soon as there is something, or
// when the constant has passed.
type SerialTimeouts struct {
	ReadIntervalTimeout, ReadTotalTimeoutMultiplier, ReadTotalTimeoutConstant uint32
	WriteTotalTimeoutMultiplier, WriteTotalTimeoutConstant                    uint32
}

// What IoctlSerialPurge takes away.
const (
	SerialPurgeTxAbort = 1
	SerialPurgeRxAbort = 2
	SerialPurgeTxClear = 4
	SerialPurgeRxClear = 8
)

// SerialStatus is SERIAL_STATUS.
type SerialStatus struct {
	Errors           uint32 // SerialError...
	HoldReasons      uint32
	AmountInInQueue  uint32
	AmountInOutQueue uint32
	EofReceived      uint8
	WaitForImmediate uint8
	_                [2]uint8
}

// Errors of SerialStatus, which tells and forgets them.
const (
	SerialErrorBreak        = 1
	SerialErrorFraming      = 2
	SerialErrorOverrun      = 4
	SerialErrorQueueOverrun = 8
	SerialErrorParity       = 16
)

// SerialStatistics is SERIALPERF_STATS.
type SerialStatistics struct {
	Received, Transmitted, FrameErrors, SerialOverruns, BufferOverruns, ParityErrors uint32
}
