// Package pp is the PnP manager (SPEC P0.18, P1.27, P1.29, I2): the tree of devices, what is
// known of each in `\Registry\Machine\SYSTEM\CurrentControlSet\Enum`, which driver serves
// it, which resources it has, and starting it.
//
//	Node      a device: its names, resources, driver, problem
//	legacy    devices that no bus tells of: keyboard controller, serial ports, timers
//	enum      a node's key in the registry; the service that serves it
//	arbiter   who has which ports, memory, interrupts
//	start     AddDevice and StartDevice
//	change    what a bus reports, at its start and when its devices change
//
// Every node has a physical device (PDO): its bus's driver has made it, for legacy devices
// the PnP manager's own, \Driver\PnpManager. A driver's AddDevice attaches to it.
//
// AML is not interpreted: what ACPI alone could tell (which legacy devices there are, which
// resources they have, where PCI pins go) is found by the FADT's flags, by looking at the
// usual places, and by the chipset's routing registers.
//
// Locks: treeLock (P0.18), a resource that its holder may wait with: exclusively for whoever
// changes the tree, shared for whoever reads it. No other lock is held where it is taken.
// IRQL: PASSIVE_LEVEL.
package pp
