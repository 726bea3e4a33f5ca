package io

import (
	"encoding/binary"
	"fmt"

	"gont/hal"
)

// Resource is a piece of the machine that a device has (CM_PARTIAL_RESOURCE_DESCRIPTOR).
type Resource struct {
	Kind          ResourceKind
	Shared        bool
	Start, Length uint64   // ports, memory; of an interrupt Start is the number, and Length 1
	Line          hal.Line // of an interrupt
	Prefetchable  bool     // of memory
	Bar           int      // of PCI: the base address register's number, plus one; 0: none
}

// ResourceKind is CmResourceType...; the values are NT's.
type ResourceKind uint8

// The kinds.
const (
	PortResource      ResourceKind = 1
	InterruptResource ResourceKind = 2
	MemoryResource    ResourceKind = 3
	DmaResource       ResourceKind = 4
)

func (r Resource) String() string {
	switch r.Kind {
	case PortResource:
		if r.Length == 1 {
			return fmt.Sprintf("port %Xh", r.Start)
		}
		return fmt.Sprintf("ports %Xh-%Xh", r.Start, r.Start+r.Length-1)
	case MemoryResource:
		return fmt.Sprintf("memory %X-%X", r.Start, r.Start+r.Length-1)
	case InterruptResource:
		return fmt.Sprintf("IRQ %d", r.Start)
	}
	return fmt.Sprintf("DMA %d", r.Start)
}

// InterfaceType is INTERFACE_TYPE: the bus that a resource list belongs to.
type InterfaceType uint32

// The buses of PCs.
const (
	InternalBus InterfaceType = 0
	IsaBus      InterfaceType = 1
	PciBus      InterfaceType = 5
)

// ResourceList is a CM_RESOURCE_LIST of one bus as it lies in the registry
// (REG_RESOURCE_LIST). No more than 4 GiB of memory can be told of one resource.
func ResourceList(bus InterfaceType, number uint32, list []Resource) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 1)
	b = le.AppendUint32(b, uint32(bus))
	b = le.AppendUint32(b, number)
	b = le.AppendUint16(b, 1) // version
	b = le.AppendUint16(b, 1) // revision
	b = le.AppendUint32(b, uint32(len(list)))
	for _, r := range list {
		share := byte(1) // CmResourceShareDeviceExclusive
		if r.Shared {
			share = 3
		}
		flags := uint16(0)
		switch {
		case r.Kind == PortResource:
			flags = 1 | 0x10 // CM_RESOURCE_PORT_IO, 16_BIT_DECODE
		case r.Kind == InterruptResource && !r.Line.Level:
			flags = 1 // LATCHED
		case r.Kind == MemoryResource && r.Prefetchable:
			flags = 4
		}
		b = append(b, byte(r.Kind), share)
		b = le.AppendUint16(b, flags)
		if r.Kind == InterruptResource {
			b = le.AppendUint32(b, uint32(r.Start)) // level
			b = le.AppendUint32(b, uint32(r.Start)) // vector
			b = le.AppendUint64(b, ^uint64(0))      // affinity
			continue
		}
		b = le.AppendUint64(b, r.Start)
		b = le.AppendUint32(b, uint32(min(r.Length, 1<<32-1)))
		b = le.AppendUint32(b, 0)
	}
	return b
}

// Find returns the n'th resource of a kind, from 0; false if there are not so many.
func Find(list []Resource, kind ResourceKind, n int) (Resource, bool) {
	for _, r := range list {
		if r.Kind == kind {
			if n == 0 {
				return r, true
			}
			n--
		}
	}
	return Resource{}, false
}
