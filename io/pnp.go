package io

import (
	"gont/ke"
	"gont/nt"
)

// Requests between the PnP manager and drivers: major function Pnp. A bus's driver has a
// physical device for every device that it finds; the device's own driver attaches a
// functional one in AddDevice, and is told by requests what to do with it.

// Minor functions of Pnp (IRP_MN_...).
const (
	StartDevice          = 0x00 // Argument: *StartParameters
	QueryRemoveDevice    = 0x01
	RemoveDevice         = 0x02
	CancelRemoveDevice   = 0x03
	StopDevice           = 0x04
	QueryStopDevice      = 0x05
	CancelStopDevice     = 0x06
	QueryDeviceRelations = 0x07 // Argument: *DeviceRelations
	QueryResources       = 0x0A // Argument: *ResourceAnswer
	QueryId              = 0x13 // Argument: *Identity
	SurpriseRemoval      = 0x17
)

// StartParameters are what StartDevice hands to a device.
type StartParameters struct{ Resources []Resource }

// DeviceRelations are the physical devices that a bus's driver has found.
type DeviceRelations struct{ Devices []*Device }

// ResourceAnswer is what a device has had from the firmware, for QueryResources.
type ResourceAnswer struct {
	Bus       InterfaceType
	Number    uint32
	Resources []Resource
}

// Identity is what a physical device answers to QueryId: all ids at once, and the texts.
type Identity struct {
	DeviceID      string   // enumerator and device: `PCI\VEN_8086&DEV_7000...`
	InstanceID    string   // one of several
	HardwareIDs   []string // the exactest first
	CompatibleIDs []string
	Description   string // DeviceDesc, for who reads it
	Location      string // LocationInformation
}

// PnpRequest makes a request of the kernel's own of a device's stack, and waits for it: minor
// says what, argument is what that wants. A driver that does not know of it leaves
// STATUS_NOT_SUPPORTED. PASSIVE_LEVEL.
func PnpRequest(d *Device, minor uint8, argument any) nt.Status {
	top := AttachedDevice(d)
	defer top.Object.Dereference()
	irp := AllocateIrp(top.StackSize)
	irp.Mode = ke.KernelMode
	irp.IoStatus.Status = nt.StatusNotSupported
	l := irp.NextLocation()
	l.Major, l.Minor, l.Argument = Pnp, minor, argument
	return Synchronously(top, irp)
}

// RelationsChanged is the PnP manager's, for InvalidateDeviceRelations; the kernel sets it.
var RelationsChanged = func(*Device) {}

// InvalidateDeviceRelations is IoInvalidateDeviceRelations, for a bus's driver: the devices of the
// bus that physical is are not those of its last answer any more. The PnP manager soon asks for
// QueryDeviceRelations again. A device that is missing then gets SurpriseRemoval and
// RemoveDevice, and after that the PnP manager deletes its physical device. It returns at
// once. PASSIVE_LEVEL.
func InvalidateDeviceRelations(physical *Device) { RelationsChanged(physical) }

// PassDown gives a request that a driver leaves as it is to the device below.
func PassDown(lower *Device, irp *IRP) nt.Status {
	irp.SkipLocation()
	return CallDriver(lower, irp)
}

// PassAndWait gives a request to the device below and waits until it has come back, which is
// how a driver starts its device: the bus first. The request is the caller's again, to be
// completed. PASSIVE_LEVEL.
func PassAndWait(lower *Device, irp *IRP) nt.Status {
	irp.CopyLocationToNext()
	return passOn(lower, irp)
}
