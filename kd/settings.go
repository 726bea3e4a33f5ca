package kd

import "strings"

// Settings say what the boot options make of the kernel debugger (SPEC K2).
type Settings struct {
	// Enabled: DEBUG, and nothing against it. OnlyStop: but it is entered at a stop only
	// (CRASHDEBUG, DEBUG=DISABLE), or at the first exception (DEBUG=AUTOENABLE).
	Enabled, OnlyStop, AutoEnable bool
	// UserExceptions: exceptions of programs are the debugger's, too (not with NOUMEX).
	UserExceptions bool
	Port           uint16 // the first I/O port of the debugger's serial port; 0 for PciPort
	PortName       string
	Baud           uint32
}

// ports are the PC's serial ports, COM1 first.
var ports = map[string]uint16{"COM1": 0x3F8, "COM2": 0x2F8, "COM3": 0x3E8, "COM4": 0x2E8}

// PciPort is the name of the first 16550 on PCI, whose address the machine has to tell.
const PciPort = "PCI"

// Options is what Configure asks for boot options.
type Options interface {
	Has(name string) bool
	Text(name string) string
	Number(name string, def uint64) uint64
}

// Configure reads the options: NODEBUG wins over everything, DEBUGPORT and BAUDRATE alone
// turn the debugger on, as on NT. Without DEBUGPORT it is COM2, so that COM1 stays the
// console.
func Configure(o Options) Settings {
	s := Settings{PortName: strings.ToUpper(o.Text("DEBUGPORT")), Baud: uint32(o.Number("BAUDRATE", 115200)), UserExceptions: true}
	if ports[s.PortName] == 0 && s.PortName != PciPort {
		s.PortName = "COM2"
	}
	s.Port = ports[s.PortName]
	switch strings.ToUpper(o.Text("DEBUG")) {
	case "AUTOENABLE":
		s.AutoEnable = true
	case "DISABLE":
		s.OnlyStop = true
	case "NOUMEX":
		s.UserExceptions = false
	}
	s.OnlyStop = s.OnlyStop || o.Has("CRASHDEBUG") && !o.Has("DEBUG")
	s.Enabled = !o.Has("NODEBUG") && (o.Has("DEBUG") || o.Has("CRASHDEBUG") || o.Has("DEBUGPORT") || o.Has("BAUDRATE"))
	return s
}

// SharedFlag is KUSER_SHARED_DATA.KdDebuggerEnabled: bit 0 the debugger is enabled, bit 1
// one has answered.
func (s Settings) SharedFlag(present bool) uint8 {
	var f uint8
	if s.Enabled {
		f = 1
		if present {
			f |= 2
		}
	}
	return f
}

// claimed is the debugger's port, 0 for none.
var claimed uint16

// Claim makes the port the debugger's own, if it is enabled.
func Claim(s Settings) {
	claimed = 0
	if s.Enabled {
		claimed = s.Port
	}
}

// Claims reports whether the serial port whose first I/O port is base is the debugger's:
// no driver may use it.
func Claims(base uint16) bool { return claimed != 0 && base == claimed }
