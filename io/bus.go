package io

// QueryInterface asks a physical device for what its bus can do for its driver: the
// Argument is a *BusInterface (IRP_MN_QUERY_INTERFACE).
const QueryInterface = 0x08

// BusInterface is what the bus of a device offers its driver (BUS_INTERFACE_STANDARD, and
// IoConnectInterruptEx's messages).
type BusInterface struct {
	// ReadConfig and WriteConfig are the device's configuration space, 32 bits at
	// multiples of 4.
	ReadConfig  func(offset uint16) uint32
	WriteConfig func(offset uint16, v uint32)
	// ConnectMessages connects up to n messages, of MSI-X or else of MSI, and lets the device
	// send them; it returns how many. STATUS_NOT_SUPPORTED where the device has none.
	ConnectMessages func(name string, n int, routine ServiceRoutine) (*Interrupt, int, error)
	// Disconnect takes ConnectMessages back.
	Disconnect func(*Interrupt)
}
