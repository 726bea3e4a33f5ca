// Package usb is what drivers of USB host controllers and drivers of USB functions have between
// them (SPEC I2, I10): what a device says of itself, and what a function's driver asks of the bus.
//
//	descriptor   a device's, configuration's, interface's, endpoint's description, read from bytes
//	function     pipes, transfers, control requests
//
// A device is not believed: whatever its descriptors say, reading them neither fails to end nor
// takes more than a bounded amount of memory, and what cannot be is an error.
//
// Sources: Universal Serial Bus Specification 2.0 (chapter 9); 3.2 (chapter 9).
package usb

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Types of descriptors (2.0, table 9-5; 3.2, table 9-6).
const (
	DeviceType        = 1
	ConfigurationType = 2
	StringType        = 3
	InterfaceType     = 4
	EndpointType      = 5
	HubType           = 0x29
	CompanionType     = 0x30 // of an endpoint of a SuperSpeed device
)

// Lengths of descriptors in bytes (2.0, 9.6).
const (
	DeviceLength        = 18
	ConfigurationLength = 9
	interfaceLength     = 9
	endpointLength      = 7
	companionLength     = 6
)

// MostConfiguration is how many bytes of a configuration are read, mostInterfaces how many
// interfaces with their alternates are kept of it.
const (
	MostConfiguration = 4096
	mostInterfaces    = 64
	mostEndpoints     = 30
)

// Classes of interfaces.
const (
	ClassMassStorage = 8
	ClassHub         = 9
)

// Device is a device descriptor (2.0, 9.6.1).
type Device struct {
	Usb                       uint16 // release in BCD: 0x0200
	Class, Subclass, Protocol uint8
	MaxPacket                 uint16 // of endpoint 0, in bytes: 8, 16, 32, 64 or 512
	Vendor, Product, Release  uint16
	ManufacturerText          uint8 // numbers of strings, 0: none
	ProductText, SerialText   uint8
	Configurations            uint8
}

// Configuration is a configuration with its interfaces (9.6.3).
type Configuration struct {
	Value      uint8 // for SET_CONFIGURATION
	Interfaces []Interface
}

// Interface is an interface, or an alternate of one (9.6.5).
type Interface struct {
	Number, Alternate         uint8
	Class, Subclass, Protocol uint8
	Endpoints                 []Endpoint
}

// Kind is how an endpoint transfers (9.6.6).
type Kind uint8

// The kinds.
const (
	Control Kind = iota
	Isochronous
	Bulk
	Interrupt
)

// Endpoint is an endpoint (9.6.6; 3.2, 9.6.7).
type Endpoint struct {
	Address   uint8 // 1 to 15, and bit 7 for IN
	Kind      Kind
	MaxPacket uint16 // bytes, 1 to 1024
	Interval  uint8  // as the descriptor has it
	Burst     uint8  // packets that follow one more in a burst, 0 to 15
}

// In reports whether data come from the device.
func (e *Endpoint) In() bool { return e.Address&0x80 != 0 }

// Number is the endpoint's number, 1 to 15.
func (e *Endpoint) Number() int { return int(e.Address & 15) }

// ParseDevice reads a device descriptor of 18 bytes.
func ParseDevice(b []byte) (d Device, err error) {
	if len(b) < DeviceLength || b[0] < DeviceLength || b[1] != DeviceType {
		return d, errors.New("its device descriptor is none")
	}
	word := func(i int) uint16 { return binary.LittleEndian.Uint16(b[i:]) }
	d = Device{Usb: word(2), Class: b[4], Subclass: b[5], Protocol: b[6], Vendor: word(8), Product: word(10), Release: word(12),
		ManufacturerText: b[14], ProductText: b[15], SerialText: b[16], Configurations: b[17]}
	if d.MaxPacket, err = MaxPacket0(d.Usb, b[7]); err != nil {
		return d, err
	}
	if d.Configurations == 0 {
		return d, errors.New("it has no configuration")
	}
	return d, nil
}

// MaxPacket0 is the packet size of endpoint 0, in bytes, that a device descriptor's byte 7 says:
// bytes, or for a device of USB 3 the exponent of two.
func MaxPacket0(usb uint16, v uint8) (uint16, error) {
	switch {
	case usb >= 0x0300 && v == 9:
		return 512, nil
	case v == 8 || v == 16 || v == 32 || v == 64:
		return uint16(v), nil
	}
	return 0, fmt.Errorf("its packets of control have %d bytes", v)
}

// TotalLength is how many bytes a configuration has, at most MostConfiguration, by its first 9.
func TotalLength(b []byte) (int, error) {
	if len(b) < ConfigurationLength || b[0] < ConfigurationLength || b[1] != ConfigurationType {
		return 0, errors.New("its configuration descriptor is none")
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	if n < ConfigurationLength {
		return 0, fmt.Errorf("its configuration has %d bytes", n)
	}
	return min(n, MostConfiguration), nil
}

// ParseConfiguration reads a configuration with what follows it. What it does not know is left
// out; what is cut off ends the list. An endpoint that cannot be is an error.
func ParseConfiguration(b []byte) (c Configuration, err error) {
	n, err := TotalLength(b)
	if err != nil {
		return c, err
	}
	b = b[:min(n, len(b))]
	c.Value = b[5]
	var at *Interface
	var last *Endpoint
	for b = b[min(int(b[0]), len(b)):]; len(b) >= 2; b = b[b[0]:] {
		if b[0] < 2 || int(b[0]) > len(b) {
			break
		}
		switch b[1] {
		case InterfaceType:
			at, last = nil, nil
			if b[0] < interfaceLength {
				return c, errors.New("an interface descriptor is too short")
			}
			if len(c.Interfaces) == mostInterfaces {
				return c, errors.New("it has too many interfaces")
			}
			c.Interfaces = append(c.Interfaces, Interface{Number: b[2], Alternate: b[3], Class: b[5], Subclass: b[6], Protocol: b[7]})
			at = &c.Interfaces[len(c.Interfaces)-1]
		case EndpointType:
			last = nil
			if at == nil {
				continue
			}
			e, err := parseEndpoint(b[:b[0]])
			if err != nil {
				return c, err
			}
			if len(at.Endpoints) == mostEndpoints {
				return c, errors.New("an interface has too many endpoints")
			}
			at.Endpoints = append(at.Endpoints, e)
			last = &at.Endpoints[len(at.Endpoints)-1]
		case CompanionType:
			if last != nil && b[0] >= companionLength {
				last.Burst = min(b[2], 15)
			}
		}
	}
	if len(c.Interfaces) == 0 {
		return c, errors.New("its configuration has no interface")
	}
	return c, nil
}

func parseEndpoint(b []byte) (e Endpoint, err error) {
	if len(b) < endpointLength {
		return e, errors.New("an endpoint descriptor is too short")
	}
	e = Endpoint{Address: b[2] & 0x8F, Kind: Kind(b[3] & 3), MaxPacket: binary.LittleEndian.Uint16(b[4:]) & 0x7FF, Interval: b[6]}
	if e.Number() == 0 || e.MaxPacket > 1024 || e.MaxPacket == 0 && e.Kind != Isochronous {
		return e, fmt.Errorf("an endpoint (%02Xh) has packets of %d bytes", b[2], e.MaxPacket)
	}
	return e, nil
}

// Text is a string descriptor's text, with what is not printable ASCII left out, at most
// 126 characters. A descriptor that is none has none.
func Text(b []byte) string {
	if len(b) < 2 || b[1] != StringType {
		return ""
	}
	b = b[2:min(len(b), max(int(b[0]), 2))]
	var t []byte
	for ; len(b) >= 2; b = b[2:] {
		if u := binary.LittleEndian.Uint16(b); u >= ' ' && u <= '~' {
			t = append(t, byte(u))
		}
	}
	for len(t) > 0 && t[len(t)-1] == ' ' {
		t = t[:len(t)-1]
	}
	for len(t) > 0 && t[0] == ' ' {
		t = t[1:]
	}
	return string(t)
}
