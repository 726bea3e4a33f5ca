// Package pci is the PCI bus as the kernel sees it (SPEC I2, P1.29): which functions there
// are, what address space they decode, what they can do, how they interrupt. Registers are
// named as in the PCI Local Bus Specification 3.0 (PCI) and the PCI Express Base
// Specification 3.0 (PCIe).
//
// Everything is done by way of a Space, and nothing that a function answers is believed:
// the tests play buses that answer nonsense. The machine's Space is in space_kernel.go, on
// github.com/usbarmory/tamago's soc/intel/pci.
//
// Locks and IRQL: the machine's Space may be used at any IRQL and on any processor; a
// Function's registers belong to its driver, and to the bus before it has one.
package pci

import "fmt"

// Address is where a function is, in segment 0.
type Address struct {
	Bus, Slot, Function uint8
}

func (a Address) String() string {
	return fmt.Sprintf("%02x:%02x.%x", a.Bus, a.Slot, a.Function)
}

// Space is configuration space. Offsets are multiples of 4, below 256, or below 4096 where
// Extended says so. What is not there reads as FFFFFFFFh.
type Space interface {
	Read(a Address, offset uint16) uint32
	Write(a Address, offset uint16, v uint32)
	Extended(a Address) bool
}

// Registers (PCI, 6.1; PCI-to-PCI Bridge Architecture 1.2, 3.2).
const (
	regID           = 0x00
	regCommand      = 0x04
	regClass        = 0x08
	regHeader       = 0x0C
	regBar          = 0x10
	regBuses        = 0x18 // of a bridge: primary, secondary, subordinate
	regSubsystem    = 0x2C
	regRom          = 0x30
	regCapabilities = 0x34
	regRomBridge    = 0x38
	regInterrupt    = 0x3C
)

// Bits of the command register, and of the status register above it.
const (
	CommandIo          = 1 << 0
	CommandMemory      = 1 << 1
	CommandMaster      = 1 << 2
	CommandIntxDisable = 1 << 10
	statusCapabilities = 1 << 20
)

// Capability identifiers (PCI Code and ID Assignment Specification 1.11, 2).
const (
	CapabilityPower = 0x01
	CapabilityMsi   = 0x05
	CapabilityPcie  = 0x10
	CapabilityMsiX  = 0x11
)

// Classes (PCI, appendix D).
const (
	ClassDisplay = 0x03
	ClassBridge  = 0x06
)

// Function is a function of a device, as it was found.
type Function struct {
	Address
	Vendor, Device             uint16
	SubsystemVendor, Subsystem uint16
	Class, Subclass, Interface uint8
	Revision                   uint8
	Header                     uint8 // 0 device, 1 bridge, 2 CardBus bridge
	Pin                        uint8 // 1 to 4: INTA# to INTD#, 0 none
	Line                       uint8 // where the firmware says that the pin is routed
	Secondary, Subordinate     uint8 // of a bridge
	Parent                     int   // index of the bridge above, -1 for a root bus
	Bars                       []Bar
	Capabilities               []Capability
}

// Capability is an entry of a capability list.
type Capability struct {
	ID       uint16
	Offset   uint16
	Extended bool // of the list at 100h
}

// Find returns where a capability of the old list is, 0 if there is none.
func (f *Function) Find(id uint16) uint16 {
	for _, c := range f.Capabilities {
		if c.ID == id && !c.Extended {
			return c.Offset
		}
	}
	return 0
}

// change rewrites some bits of the command register; the status bits above, which are
// cleared by writing ones, stay.
func change(s Space, a Address, clear, set uint32) (old uint32) {
	old = s.Read(a, regCommand) & 0xFFFF
	s.Write(a, regCommand, old&^clear|set)
	return old
}

// Enable lets a function decode its address space and be a bus master.
func (f *Function) Enable(s Space, bits uint32) { change(s, f.Address, 0, bits) }
